"""Heads as plain dicts: what the inferencer and the JSON files hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from mmengine.structures import InstanceData
from numpy.typing import ArrayLike

from bernoulli_headpose.arrays import as_finite
from bernoulli_headpose.drawing import (
    Color,
    Image,
    add_axes,
    add_box,
    add_cube,
    add_label,
    add_skeleton,
    angles_to_label,
    as_image,
    fitting_thickness,
)
from bernoulli_headpose.rotation import ANGLE_NAMES, euler_to_matrix

Head = dict[str, Any]
DRAWINGS = ('axes', 'cube', 'none')
HEAD_OF_PERSON = 0.25  # side of what is drawn of a head over that of a person's box
_FIELDS = (
    'keypoints',
    'keypoint_scores',
    'head_angles',
    'head_angles_std',
    'head_scores',
    'bboxes',
)


@dataclass(frozen=True)
class Skeleton:
    """What joins the keypoints of a body.

    Attributes:
        links: Pairs of keypoints.
        colors: (red, green, blue) of each.
    """

    links: list[tuple[int, int]]
    colors: list[Color]

    @classmethod
    def of_dataset(cls, meta: dict[str, Any], count: int) -> Skeleton:
        """The skeleton of a data set's meta information; empty if it has none.

        Args:
            meta: As MMPose's ``parse_pose_metainfo`` gives it.
            count: Keypoints of the model; links of others (the axes' tips) are left
                out.
        """
        links = [(int(a), int(b)) for a, b in meta.get('skeleton_links', [])]
        rows = np.asarray(meta.get('skeleton_link_colors', [])).reshape(-1, 3)
        colors = [(int(r), int(g), int(b)) for r, g, b in rows]
        own = [
            (link, color)
            for link, color in zip(links, colors, strict=False)
            if max(link) < count
        ]
        return cls([link for link, _ in own], [color for _, color in own])


def no_heads(num_keypoints: int) -> InstanceData:
    """Predictions of an image without a head: all fields, with no rows."""
    return InstanceData(
        keypoints=np.zeros((0, num_keypoints, 2), np.float32),
        keypoint_scores=np.zeros((0, num_keypoints), np.float32),
        head_angles=np.zeros((0, len(ANGLE_NAMES)), np.float32),
        head_angles_std=np.zeros((0, len(ANGLE_NAMES)), np.float32),
        head_scores=np.zeros(0, np.float32),
        bboxes=np.zeros((0, 4), np.float32),
        bbox_scores=np.zeros(0, np.float32),
    )


def check_finite(instances: InstanceData, name: str) -> None:
    """Refuse predictions that are no numbers.

    Raises:
        ValueError: If one is NaN or infinite, which sound weights never give.
    """
    for field in _FIELDS:
        values = np.asarray(instances.get(field), dtype=np.float64)
        if not np.isfinite(values).all():
            raise ValueError(
                f'{name}: expected finite {field} from the model, got '
                f'{values[~np.isfinite(values)][0]}; its weights are damaged'
            )


def to_heads(instances: InstanceData) -> list[Head]:
    """Predictions of one image as dicts of plain Python numbers.

    Args:
        instances: N heads, as in :class:`HeadPoseInferencer`, whose values are pitch,
            yaw and roll alone; ``track_ids`` (N,) in a video.

    Returns:
        N dicts with ``pitch``, ``yaw``, ``roll`` and ``pitch_std``, ``yaw_std``,
        ``roll_std`` in degrees (:mod:`bernoulli_headpose.rotation` states the
        convention), ``center`` [x, y] and ``bbox`` [x1, y1, x2, y2] in image pixels,
        ``score`` and ``bbox_score`` in [0, 1], and ``track_id`` where it is known. Of
        a model that gives a body beside the head, also ``keypoints``, [[x, y], ...] in
        image pixels, and ``keypoint_scores``, the head centre left out.
    """
    heads = []
    for i in range(len(instances)):
        angles, std = instances.head_angles[i], instances.head_angles_std[i]
        head: Head = {k: float(v) for k, v in zip(ANGLE_NAMES, angles, strict=True)}
        head |= {f'{k}_std': float(v) for k, v in zip(ANGLE_NAMES, std, strict=True)}
        head['center'] = [float(v) for v in instances.keypoints[i][-1]]
        head['score'] = float(np.clip(instances.head_scores[i], 0, 1))
        head['bbox'] = [float(v) for v in instances.bboxes[i]]
        head['bbox_score'] = float(instances.bbox_scores[i])
        if instances.keypoints.shape[1] > 1:
            body = instances.keypoints[i, :-1]
            head['keypoints'] = [[float(v) for v in point] for point in body]
            scores = instances.keypoint_scores[i, :-1]
            head['keypoint_scores'] = [float(v) for v in scores]
        if 'track_ids' in instances:
            head['track_id'] = int(instances.track_ids[i])
        heads.append(head)
    return heads


def draw_heads(
    image: ArrayLike,
    heads: list[Head],
    draw: str = 'axes',
    draw_bbox: bool = False,
    thickness: int | None = None,
    skeleton: Skeleton | None = None,
    in_place: bool = False,
) -> Image:
    """Draw heads with their angles, and bodies with their skeleton.

    Args:
        image: BGR, uint8, shape (H, W, 3).
        heads: As :func:`to_heads` gives them.
        draw: ``'axes'`` (x red, y green, z, out of the face, blue), ``'cube'`` or
            ``'none'``.
        draw_bbox: Whether to draw the boxes too.
        thickness: Of the lines, pixels; None takes what fits the head's size.
        skeleton: What joins the keypoints of bodies; None draws none.
        in_place: Draw on the image itself, which spares a copy of it; it has to be
            C-contiguous.

    Returns:
        A new image, BGR; the image itself with ``in_place``.

    Raises:
        ValueError: If ``draw`` is unknown, the image or the thickness is none, or a
            head's number is none or not finite.
    """
    if draw not in DRAWINGS:
        raise ValueError(f'draw: expected one of {DRAWINGS}, got {draw!r}')
    # The only copy, whatever is drawn.
    canvas = np.asarray(image) if in_place else as_image(image)
    scale = float(np.clip(min(canvas.shape[:2]) / 900, 0.35, 1.2))
    for head in heads:
        left, top, right, bottom = as_finite('bbox', head['bbox'], (4,)).tolist()
        side = max(right - left, bottom - top)
        if 'keypoints' in head:
            side *= HEAD_OF_PERSON
        width = fitting_thickness(side, 1 / 60) if thickness is None else thickness
        angles = as_finite('angles', [head[name] for name in ANGLE_NAMES], (3,))
        if draw_bbox:
            add_box(canvas, head['bbox'], thickness=width)
        if draw == 'none':
            continue
        if skeleton is not None and 'keypoints' in head:
            points = [*head['keypoints'], head['center']]
            scores = [*head['keypoint_scores'], head['score']]
            joined = (skeleton.links, skeleton.colors)
            add_skeleton(canvas, points, scores, *joined, width)
        matrix = euler_to_matrix(angles)
        place = (canvas, matrix, head['center'])
        if draw == 'cube':
            add_cube(*place, side, width)
        else:
            add_axes(*place, side * 0.6, width)
        track = f'#{head["track_id"]}' if 'track_id' in head else ''
        label = angles_to_label(track, angles)
        add_label(canvas, [label], scale, corner=(left, bottom))
    return canvas
