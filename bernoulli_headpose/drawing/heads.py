"""Heads with their angles, and bodies with their skeleton, drawn on a picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..arrays import as_finite
from ..heads import HEAD_OF_PERSON, HeadDict
from ..rotation import ANGLE_NAMES, euler_to_matrix
from .canvas import Color, Image, as_image, fitting_thickness
from .labels import add_label, angles_to_label
from .shapes import add_axes, add_box, add_cube, add_skeleton

DRAWINGS = ('axes', 'cube', 'none')
AXIS_LENGTH = 0.6  # over the side of the head's box
LINE_WIDTH = 1 / 60  # over the same


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


def draw_heads(
    image: ArrayLike,
    heads: list[HeadDict],
    draw: str = 'axes',
    draw_bbox: bool = False,
    thickness: int | None = None,
    skeleton: Skeleton | None = None,
    in_place: bool = False,
) -> Image:
    """Draw heads with their angles, and bodies with their skeleton.

    Args:
        image: BGR, uint8, shape (H, W, 3).
        heads: As :meth:`~bernoulli_headpose.heads.Head.to_dict` gives them.
        draw: ``'axes'`` (x red, y green, z, out of the face, blue), ``'cube'`` or
            ``'none'``.
        draw_bbox: Whether to draw the boxes too.
        thickness: Width of the lines, pixels; None takes what fits the head's size.
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
    for head in heads:
        left, top, right, bottom = as_finite('bbox', head['bbox'], (4,)).tolist()
        side = max(right - left, bottom - top)
        if 'keypoints' in head:
            side *= HEAD_OF_PERSON
        width = fitting_thickness(side, LINE_WIDTH) if thickness is None else thickness
        if draw_bbox:
            add_box(canvas, head['bbox'], thickness=width)
        if draw != 'none':
            _draw_pose(canvas, head, draw, side, width, skeleton)
    return canvas


def _draw_pose(
    canvas: Image,
    head: HeadDict,
    draw: str,
    side: float,
    width: int,
    skeleton: Skeleton | None,
) -> None:
    """Draw skeleton, axes or cube, and label of a head, in place.

    Args:
        canvas: BGR.
        head: What is drawn.
        draw: ``'axes'`` or ``'cube'``.
        side: Side of the head, pixels.
        width: Width of the lines, pixels.
        skeleton: What joins the keypoints of a body.
    """
    angles = as_finite('angles', [head[name] for name in ANGLE_NAMES], (3,))
    matrix = head.get('rotation', euler_to_matrix(angles))
    rotation = as_finite('rotation', matrix, (3, 3))
    if skeleton is not None and 'keypoints' in head:
        points = [*head['keypoints'], head['center']]
        scores = [*head['keypoint_scores'], head['score']]
        add_skeleton(canvas, points, scores, skeleton.links, skeleton.colors, width)
    place = (canvas, rotation, head['center'])
    if draw == 'cube':
        add_cube(*place, side, width)
    else:
        add_axes(*place, side * AXIS_LENGTH, width)
    track = f'#{head["track_id"]}' if 'track_id' in head else ''
    scale = float(np.clip(min(canvas.shape[:2]) / 900, 0.35, 1.2))
    corner = (head['bbox'][0], head['bbox'][3])
    add_label(canvas, [angles_to_label(track, angles)], scale, corner=corner)
