"""What spoils pictures of heads, for training: poor cameras, masks, glasses, hats."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from mmpose.registry import TRANSFORMS
from numpy.random import Generator
from numpy.typing import NDArray

from bernoulli_headpose.boxes import check_margin

from .head_perturbation import sample_rng

# Outlines in the head's frame (see bernoulli_headpose.rotation) about its centre, in
# half breadths of a face; each is mirrored from the image's left to its right.
_MASK = np.array(
    [[0, -0.1, 1.45], [-0.95, -0.2, 0.4], [-0.8, -1.05, 0.75], [0, -1.5, 1.3]]
)
_LENS = np.array(
    [[-0.1, 0.2, 1.3], [-0.75, 0.35, 1.05], [-0.8, -0.15, 1.05], [-0.25, -0.25, 1.25]]
)
_BRIDGE = np.array([[-0.15, 0.1, 1.3], [0.15, 0.1, 1.3]])
_HAT = np.array(
    [[0, 0.6, 1.3], [-1.1, 0.5, 0.3], [-1.15, 1.2, -0.1], [-0.6, 1.75, 0], [0, 1.9, 0]]
)
_FACE = np.array(  # brows, jaw and chin, which a face box holds
    [[-0.5, 0.43, 1.2], [-1, 0.05, 0.36], [-0.78, -1.05, 0.73], [0, -1.45, 1.33]]
)
_MIRROR = np.array([-1.0, 1.0, 1.0])
_FACING = 0.2  # least cosine between the face's direction and the viewer's


@TRANSFORMS.register_module()
class PictureDegradation(BaseTransform):
    """Make a crop as poor cameras, dim rooms and old photographs have it.

    Place it after ``TopdownAffine``. Each of the steps is taken with the probability:
    grey; darker or brighter (gamma of 0.4 to 2.5); fewer pixels; blurred, or along a
    line as of a motion; noise; JPEG of a quality of 10 to 60.

    Required Keys:

        - img

    Modified Keys:

        - img

    Args:
        prob: Of each step.
        smallest: Side of the crop that fewer pixels leave at least, in pixels.

    Raises:
        ValueError: If an argument is out of its range, or, in use, if the crop is none
            of three colours in 8 bits each.
    """

    def __init__(self, prob: float = 0.15, smallest: int = 16) -> None:
        _check_share('prob', prob)
        if not smallest >= 1:
            raise ValueError(f'smallest: expected 1 or more, got {smallest}')
        self.prob = prob
        self.smallest = smallest

    def transform(self, results: dict) -> dict:
        """Degrade one record's crop."""
        image, rng = results['img'], sample_rng(None, results)
        if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
            raise ValueError(
                'PictureDegradation: expected an img of uint8 (H, W, 3), got '
                f'{image.dtype} {image.shape}'
            )
        steps = (_grey, _change_gamma, self._shrink, _blur, _add_noise, _compress)
        for step in steps:
            if rng.random() < self.prob:
                results['img'] = step(results['img'], rng)
        return results

    def _shrink(self, image: NDArray, rng: Generator) -> NDArray:
        height, width = image.shape[:2]
        least = min(self.smallest / min(height, width), 1.0)
        factor = rng.uniform(least, 1)
        size = max(round(width * factor), 1), max(round(height * factor), 1)
        small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        kind = (cv2.INTER_LINEAR, cv2.INTER_CUBIC)[rng.integers(2)]
        return cv2.resize(small, (width, height), interpolation=kind)


@TRANSFORMS.register_module()
class FaceCovering(BaseTransform):
    """Draw a mask over mouth and nose, sunglasses or a hat, as the head is turned.

    Place it after ``LoadImage``, before the picture is flipped or cut, for data sets
    whose boxes hold a face from brows to chin. Heads that turn their face away, or
    whose rotation is not wholly labelled, stay as they are.

    Required Keys:

        - img, bbox (1, 4), head_rotation (1, 3, 3), head_angles_valid (1, 3)

    Modified Keys:

        - img

    Args:
        mask_prob: Share of heads with a mask.
        glasses_prob: Share of heads with sunglasses.
        hat_prob: Share of heads with a hat, cap or helmet, from the brows on.
        margin: Share of the face box that the data set adds on each side.

    Raises:
        ValueError: If an argument is out of its range.
    """

    def __init__(
        self,
        mask_prob: float = 0.1,
        glasses_prob: float = 0.05,
        margin: float = 0.4,
        hat_prob: float = 0.0,
    ) -> None:
        _check_share('mask_prob', mask_prob)
        _check_share('glasses_prob', glasses_prob)
        _check_share('hat_prob', hat_prob)
        self.probs = mask_prob, glasses_prob, hat_prob
        self.margin = check_margin(margin)

    def transform(self, results: dict) -> dict:
        """Cover the face of one record."""
        rng = sample_rng(None, results)
        mask, glasses, hat = rng.random(3) < self.probs
        is_covered = mask or glasses or hat
        if not is_covered or not np.all(results.get('head_angles_valid', 0)):
            return results
        rotation = np.asarray(results['head_rotation'], np.float64)[0]
        if rotation[2, 2] < _FACING:
            return results
        box = np.asarray(results['bbox'], np.float64)[0]
        to_pixels = _projection(box, rotation, self.margin)
        image = results['img'].copy()
        if hat:
            size = rng.uniform(1, 1.2) * np.array([1, rng.uniform(0.7, 1.2), 1])
            brim = _HAT[0] + (0, rng.uniform(-0.1, 0.3), 0)
            outline = (_HAT - _HAT[0]) * size + brim
            outline = np.concatenate([outline, outline * _MIRROR])
            _fill(image, to_pixels(outline), rng.uniform(0, 255, 3))
        if mask:
            outline = np.concatenate([_MASK, _MASK * _MIRROR])
            _fill(image, to_pixels(outline), rng.uniform(0, 255, 3))
        if glasses:
            color = rng.uniform(0, 70, 3)
            for lens in (_LENS, _LENS * _MIRROR):
                _fill(image, to_pixels(lens), color)
            left, right = np.rint(to_pixels(_BRIDGE)).astype(int).tolist()
            thickness = max(round(_width(box) / 60), 1)
            cv2.line(image, left, right, color.tolist(), thickness)
        results['img'] = image
        return results


def _check_share(name: str, value: float) -> None:
    if not 0 <= value <= 1:
        raise ValueError(f'{name}: expected 0 to 1, got {value}')


def _grey(image: NDArray, rng: Generator) -> NDArray:  # noqa: ARG001  (as the others)
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    return cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR)


def _change_gamma(image: NDArray, rng: Generator) -> NDArray:
    gamma = np.exp(rng.uniform(np.log(0.4), np.log(2.5)))
    table = 255 * np.linspace(0, 1, 256) ** gamma
    return cv2.LUT(image, np.rint(table).astype(np.uint8))


def _blur(image: NDArray, rng: Generator) -> NDArray:
    if rng.random() < 0.5:
        return cv2.GaussianBlur(image, (0, 0), rng.uniform(0.5, 2.0))
    length = int(rng.integers(3, 8))
    line = np.zeros((length, length), np.float32)
    line[length // 2] = 1 / length
    middle = (length - 1) / 2
    turn = cv2.getRotationMatrix2D((middle, middle), rng.uniform(0, 180), 1)
    kernel = cv2.warpAffine(line, turn, (length, length))
    return cv2.filter2D(image, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REFLECT)


def _add_noise(image: NDArray, rng: Generator) -> NDArray:
    noise = rng.normal(0, rng.uniform(3, 20), image.shape)
    return np.clip(image + noise, 0, 255).astype(image.dtype)


def _compress(image: NDArray, rng: Generator) -> NDArray:
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(10, 61))]
    encoded = cv2.imencode('.jpg', image, quality)[1]
    return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR))


def _width(box: NDArray) -> float:
    return float(np.sqrt(np.prod(box[2:] - box[:2])))


def _projection(
    box: NDArray, rotation: NDArray, margin: float
) -> Callable[[NDArray], NDArray]:
    """A function from points of a head to pixels: the face's outline fills its box."""
    turned = np.concatenate([_FACE, _FACE * _MIRROR]) @ rotation.T
    low, high = turned[:, :2].min(0), turned[:, :2].max(0)
    scale = _width(box) / (1 + 2 * margin) / float(np.sqrt(np.prod(high - low)))
    middle = (box[:2] + box[2:]) / 2

    def to_pixels(points: NDArray) -> NDArray:
        seen = (points @ rotation.T)[:, :2] - (low + high) / 2
        return middle + scale * seen * (1, -1)

    return to_pixels


def _fill(image: NDArray, points: NDArray, color: NDArray) -> None:
    """Draw the hull of points, (N, 2), in one colour, with a smooth edge."""
    hull = cv2.convexHull(np.rint(points).astype(np.int32))
    cv2.fillConvexPoly(image, hull, [float(part) for part in color], cv2.LINE_AA)
