"""Heads of pictures by an exported model."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..boxes import check_margin, enlarge
from ..detectors import Faces
from ..drawing import Skeleton
from ..estimation.crops import MAX_CROPS, CropRule, doubt_blank
from ..estimation.finding import find_heads
from ..estimation.picture_fit import PictureFit, View
from ..estimation.picture_parts import check_side
from ..heads import Heads
from ..sources import Picture
from .model import OnnxModel


class OnnxEstimator:
    """Estimates heads in boxes of faces or people, or finds them in whole pictures.

    Args:
        model: What does it.
        margin: Share of a box's width and height that is added on each side; None
            takes that of the training.
        input_size: Longer side of a picture, in pixels, at the finest scale at which
            heads are looked for; None takes what suits its size.

    Attributes:
        model: See above.
        finds_heads: Whether it takes whole pictures and finds the heads itself.
        of_faces: Whether its boxes are those of faces; else of people, or none.
        pads_whole: Whether a box of the whole picture gets the margin, too. Where
            whole pictures stand for faces it would put a black frame about them.

    Raises:
        ValueError: If the margin leaves nothing of a box, the side is none, or one is
            given that would not be used.
    """

    def __init__(
        self,
        model: OnnxModel,
        margin: float | None = None,
        input_size: int | None = None,
    ) -> None:
        self.model, info = model, model.info
        self.finds_heads: bool = info['finds_heads']
        self.of_faces: bool = not self.finds_heads and info['of_faces']
        self.pads_whole = True
        self._side = check_side(input_size)
        if self.finds_heads:
            sides = info['longer_side'], info['enlarge'], info['size_multiple']
            self._fit = PictureFit(*sides)
        else:
            width, height = info['input_size']
            self._rule = CropRule((width, height), info['padding'], info['use_udp'])
            own = ((1 + 2 * info['margin']) / info['padding'] - 1) / 2
            self._margin = own if margin is None else check_margin(margin)
            self._unknown = np.array(info['unknown_std'], np.float32)
        self._check_used(margin, input_size)

    def _check_used(self, margin: float | None, input_size: int | None) -> None:
        given = dict(margin=margin) if self.finds_heads else dict(input_size=input_size)
        kind = 'finds heads itself' if self.finds_heads else 'is given boxes'
        for name, value in given.items():
            if value is not None:
                raise ValueError(
                    f'{name}: expected none with a model that {kind}, got {value}'
                )

    @property
    def skeleton(self) -> Skeleton:
        """What joins the keypoints of bodies."""
        links, colors = (self.model.info[f'skeleton_{k}'] for k in ('links', 'colors'))
        return Skeleton([(a, b) for a, b in links], [(r, g, b) for r, g, b in colors])

    def __call__(
        self, pictures: Sequence[Picture], faces: Sequence[Faces]
    ) -> list[Heads]:
        """The heads of each picture, in the order of its boxes.

        Args:
            pictures: The images.
            faces: Boxes and scores of each; not used if the model finds heads itself.

        Raises:
            ValueError: If the model gives numbers that are not finite.
        """
        if self.finds_heads:
            looks = [partial(self._look, picture.name) for picture in pictures]
            jobs = zip(pictures, looks, strict=True)
            return [find_heads(one, self._fit, self._side, look) for one, look in jobs]
        pairs = [*zip(pictures, faces, strict=True)]
        views = [self._cut(one, box) for one, (boxes, _) in pairs for box in boxes]
        outputs = self._run(views)
        heads, start = [], 0
        for picture, found in pairs:
            rows = slice(start, start + len(found[0]))
            own = {name: values[rows] for name, values in outputs.items()}
            heads.append(self._gather(picture, found, views[rows], own))
            start = rows.stop
        return heads

    def _cut(self, picture: Picture, box: NDArray[np.float32]) -> View:
        is_whole = np.array_equal(box, (0, 0, *picture.size))
        margin = 0.0 if is_whole and not self.pads_whole else self._margin
        return self._rule.cut(picture.image, enlarge(box[None], margin)[0])

    def _run(self, views: list[View]) -> dict[str, NDArray]:
        starts = range(0, len(views), MAX_CROPS)
        images = [view.image for view in views]
        parts = [self.model.run(images[i : i + MAX_CROPS]) for i in starts]
        names = parts[0] if parts else ()
        return {name: np.concatenate([part[name] for part in parts]) for name in names}

    def _gather(
        self,
        picture: Picture,
        faces: Faces,
        views: list[View],
        outputs: dict[str, NDArray],
    ) -> Heads:
        """The heads of a picture, with their boxes as they were given."""
        names = self.model.info['values'], self.model.info['keypoints']
        if not views:
            return Heads.none(len(names[1]) + 1)
        points, scores = outputs['center'][:, None], outputs['score'][:, None]
        if names[1]:
            points = np.concatenate([outputs['keypoints'], points], axis=1)
            scores = np.concatenate([outputs['keypoint_scores'], scores], axis=1)
        places = [view.to_picture(own) for view, own in zip(views, points, strict=True)]
        heads = Heads(
            keypoints=np.stack(places).astype(np.float32),
            keypoint_scores=scores,
            bboxes=faces[0],
            bbox_scores=faces[1],
            head_values=outputs.get('values'),
            head_values_std=outputs.get('values_std'),
            value_names=tuple(names[0]),
            **_poses(outputs),
        )
        heads.check_finite(picture.name)
        doubt_blank(picture, heads, self._margin, self._unknown)
        return heads

    def _look(self, name: str, image: NDArray[np.uint8], side: int) -> Heads:
        """All heads of a part of a picture, in its pixels."""
        view = self._fit.fit(image, side)
        slots = {k: values[0] for k, values in self.model.run([view.image]).items()}
        if not np.isfinite(slots['score']).all():
            raise ValueError(
                f'{name}: expected finite scores from the model, got NaN or inf; its '
                'weights are damaged'
            )
        found = {k: values[slots['found'] > 0] for k, values in slots.items()}
        half = found['size'][:, None] / 2
        ends = [view.to_picture(found['center'] + step) for step in (-half, half)]
        centers = view.to_picture(found['center'])
        scores = found['score']
        heads = Heads(
            keypoints=centers[:, None],
            keypoint_scores=scores[:, None],
            bboxes=np.concatenate(ends, axis=1),
            bbox_scores=scores.copy(),
            **_poses(found),
        )
        is_in = ((centers >= 0) & (centers < image.shape[1::-1])).all(axis=1)
        return heads.check_finite(name)[np.asarray(is_in)]


def _poses(outputs: dict[str, NDArray]) -> dict[str, Any]:
    """Angles, rotations and scores, as :class:`.Heads` names them."""
    return dict(
        head_angles=outputs['angles'],
        head_angles_std=outputs['angles_std'],
        head_scores=outputs['score'],
        head_rotation=outputs.get('rotation'),
        head_rotation_std=outputs.get('rotation_std'),
    )
