"""Estimate and ground truth in one picture (Hu et al., Fig. 15 to 17)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..arrays import FloatArray, as_numbers
from ..rotation import euler_to_matrix
from .canvas import Image, as_image
from .labels import angles_to_label, draw_label
from .shapes import draw_axes
from .sheets import crop_square

# Length over the picture's side, thickness in pixels, lightness.
_LABEL_STYLE = (0.42, 2, 0.55)
_ESTIMATE_STYLE = (0.3, 3, 0.0)


def draw_comparison(
    image: ArrayLike,
    predicted: ArrayLike,
    labels: ArrayLike,
    box: ArrayLike | None = None,
    center: ArrayLike | None = None,
    size: int = 240,
) -> Image:
    """A head with the estimated axes (thick) and the labelled ones (pale, long).

    An angle without label is taken from the estimate for the labelled axes and shown
    as ``-`` in the text. Lay several out with
    :func:`bernoulli_headpose.drawing.contact_sheet`.

    Args:
        image: Shape (H, W, 3), uint8, BGR.
        predicted: Estimated (pitch, yaw, roll), degrees.
        labels: Labelled (pitch, yaw, roll), degrees, NaN where unknown.
        box: Pixels (x1, y1, x2, y2) to show; None, or numbers that are not finite,
            for the whole image.
        center: Where the axes start, pixels (x, y); None, or numbers that are not
            finite, for the box's middle.
        size: Side of the picture, pixels.

    Returns:
        Picture of shape (size, size, 3), BGR.
    """
    pixels = as_image(image)
    whole = np.array([0.0, 0.0, pixels.shape[1], pixels.shape[0]])
    shown = _finite_or('box', box, whole)
    start = _finite_or('center', center, (shown[:2] + shown[2:]) / 2)
    tile, matrix = crop_square(pixels, shown, size)
    place = matrix @ np.append(start, 1.0)
    estimate = as_numbers('predicted', predicted, (3,))
    known = as_numbers('labels', labels, (3,))
    truth = np.where(np.isnan(known), estimate, known)
    for angles, style in ((truth, _LABEL_STYLE), (estimate, _ESTIMATE_STYLE)):
        share, thickness, lightness = style
        rotation = euler_to_matrix(angles)
        tile = draw_axes(tile, rotation, place, share * size, thickness, lightness)
    lines = [angles_to_label('pred ', estimate), angles_to_label('label', known)]
    return draw_label(tile, lines)


def _finite_or(name: str, given: ArrayLike | None, default: FloatArray) -> FloatArray:
    if given is None:
        return default
    numbers = as_numbers(name, given, default.shape)
    return numbers if np.isfinite(numbers).all() else default
