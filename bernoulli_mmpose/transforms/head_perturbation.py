"""Boxes that are moved, covered heads (Hu et al., Fig. 9) and small ones.

A seed repeats a test; ``seed=None`` is for training.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from mmpose.registry import TRANSFORMS

from bernoulli_headpose.boxes import check_margin


def sample_rng(seed: int | None, results: dict) -> np.random.Generator:
    """One stream a sample: results depend on neither order nor workers.

    Without a seed a new one each time, from NumPy's, which MMEngine seeds.
    """
    if seed is None:
        return np.random.default_rng(np.random.randint(2**31))  # noqa: NPY002
    return np.random.default_rng([seed, int(results['id'])])


@TRANSFORMS.register_module()
class HeadTranslation(BaseTransform):
    """Shift and scale the crop at random, as another detector's box would be.

    Place it between ``GetBBoxCenterScale`` and ``TopdownAffine``. The shift is
    uniform in ``[-max_shift, max_shift]`` of the box's width and of its height, the
    factor log-uniform in ``[1 / max_scale, max_scale]``; the keypoints follow by the
    crop, the angles stay.

    Required Keys:

        - id, bbox_center, bbox_scale

    Modified Keys:

        - bbox_center
        - bbox_scale (with ``max_scale`` alone)

    Args:
        max_shift: Largest shift as a share of the box, 0 to 0.5.
        seed: Seed; another one is another repetition of the test. None draws anew
            each time, for training.
        max_scale: Largest factor of the crop's size, 1 or more.
        margin: Share of a face box that the data set adds on each side: a shift is
            then one of the face box. 0 takes the whole crop for the box.

    Raises:
        ValueError: If an argument is out of its range.
    """

    def __init__(
        self,
        max_shift: float = 0.1,
        seed: int | None = 0,
        max_scale: float = 1.0,
        margin: float = 0.0,
    ) -> None:
        if not 0 <= max_shift <= 0.5:
            raise ValueError(f'max_shift: expected 0 to 0.5, got {max_shift}')
        if not 1 <= max_scale <= 10:
            raise ValueError(f'max_scale: expected 1 to 10, got {max_scale}')
        check_margin(margin)
        self.max_shift = max_shift / (1 + 2 * margin)
        self.seed = seed
        self.max_scale = max_scale

    def transform(self, results: dict) -> dict:
        """Shift and scale the crop of one record."""
        center, scale = results['bbox_center'], results['bbox_scale']
        rng = sample_rng(self.seed, results)
        shift = self.max_shift * rng.uniform(-1, 1, center.shape) * scale
        results['bbox_center'] = (center + shift).astype(center.dtype)
        if self.max_scale > 1:
            factor = self.max_scale ** rng.uniform(-1, 1)
            results['bbox_scale'] = (scale * factor).astype(scale.dtype)
        return results


@TRANSFORMS.register_module()
class HeadOcclusion(BaseTransform):
    """Cover a square of the crop at random.

    Place it after ``TopdownAffine``. The square's middle is uniform over the
    crop, so that a part of it can lie outside.

    Required Keys:

        - id, img

    Modified Keys:

        - img

    Args:
        size: Side of the square as a share of the crop's shorter side, 0 to 1; or the
            least and the largest, uniform between them.
        fill: ``'black'``, ``'mean'`` (the crop's mean colour) or ``'noise'``.
        seed: Seed; another one is another repetition of the test. None draws anew
            each time, for training.

    Raises:
        ValueError: If the size is out of its range or the fill unknown.
    """

    def __init__(
        self,
        size: float | Sequence[float] = 0.25,
        fill: Literal['black', 'mean', 'noise'] = 'black',
        seed: int | None = 0,
    ) -> None:
        limits = tuple(size) if isinstance(size, Sequence) else (size, size)
        if len(limits) != 2 or not 0 <= limits[0] <= limits[1] <= 1:
            raise ValueError(
                f'size: expected 0 to 1, or two such, the least first, got {size}'
            )
        if fill not in ('black', 'mean', 'noise'):
            raise ValueError(f"fill: expected 'black', 'mean' or 'noise', got {fill!r}")
        self.limits = limits
        self.fill = fill
        self.seed = seed

    def transform(self, results: dict) -> dict:
        """Cover a square of one record's crop."""
        image = results['img'].copy()
        height, width = image.shape[:2]
        rng = sample_rng(self.seed, results)
        least, largest = self.limits
        size = rng.uniform(least, largest) if least < largest else least
        side = round(size * min(height, width))
        left = int(rng.integers(width + 1)) - side // 2
        top = int(rng.integers(height + 1)) - side // 2
        patch = image[max(top, 0) : top + side, max(left, 0) : left + side]
        if self.fill == 'noise':
            patch[:] = rng.integers(0, 256, patch.shape)
        else:
            patch[:] = 0 if self.fill == 'black' else image.mean(axis=(0, 1))
        results['img'] = image
        return results


@TRANSFORMS.register_module()
class HeadDownscaling(BaseTransform):
    """Show the crop as if the head were small in its picture: blurred.

    Place it after ``TopdownAffine``.

    Required Keys:

        - img

    Modified Keys:

        - img

    Args:
        size: Pixels of the crop's shorter side in that picture, 2 or more; a crop that
            has no more stays as it is.

    Raises:
        ValueError: If the size is out of its range.
    """

    def __init__(self, size: int = 16) -> None:
        if size < 2:
            raise ValueError(f'size: expected 2 or more pixels, got {size}')
        self.size = size

    def transform(self, results: dict) -> dict:
        """Reduce one record's crop, and enlarge it again."""
        height, width = results['img'].shape[:2]
        scale = self.size / min(height, width)
        if scale < 1:
            small = (round(width * scale), round(height * scale))
            reduced = cv2.resize(results['img'], small, interpolation=cv2.INTER_AREA)
            results['img'] = cv2.resize(reduced, (width, height))
        return results
