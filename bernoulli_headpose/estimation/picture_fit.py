"""How a whole picture is fitted to a network that finds heads itself."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True)
class View:
    """The part of a picture that a network sees.

    Attributes:
        image: As the network sees it, BGR of shape (h, w, 3).
        center: Its middle (x, y) in the picture, pixels.
        scale: Its width and height in the picture, pixels.
    """

    image: NDArray[np.uint8]
    center: NDArray[np.float32]
    scale: NDArray[np.float32]

    def to_picture(self, points: ArrayLike) -> NDArray:
        """Points (..., 2) of the network's input, in the picture."""
        shares = np.asarray(points) / self.image.shape[1::-1]
        return shares * self.scale + self.center - 0.5 * self.scale


@dataclass(frozen=True)
class PictureFit:
    """Scales a picture so that its longer side has a length.

    Below and to the right it is padded with black to multiples of ``size_factor``.

    Attributes:
        side: Length of the longer side in pixels.
        enlarge: Most that a picture is enlarged by.
        size_factor: See above; the network's greatest stride.

    Raises:
        ValueError: If an argument is out of its range.
    """

    side: int
    enlarge: float = 2.0
    size_factor: int = 32

    def __post_init__(self) -> None:
        if self.side < self.size_factor or self.side % self.size_factor:
            raise ValueError(
                f'side: expected a multiple of {self.size_factor} pixels, got '
                f'{self.side!r}'
            )
        if not self.enlarge > 0:
            raise ValueError(f'enlarge: expected a factor above 0, got {self.enlarge}')

    def fit(self, image: NDArray[np.uint8], side: int | None = None) -> View:
        """A picture as a network sees it.

        Args:
            image: Shape (H, W, 3).
            side: Length of its longer side, in place of the usual one.
        """
        size = np.array(image.shape[1::-1])
        scale = min((side or self.side) / size.max(), self.enlarge)
        width, height = np.maximum(np.rint(size * scale), 1).astype(int).tolist()
        kind = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        padded = -(-np.array([width, height]) // self.size_factor) * self.size_factor
        canvas = np.zeros((padded[1], padded[0], 3), np.uint8)
        canvas[:height, :width] = cv2.resize(image, (width, height), interpolation=kind)
        ratio = size / (width, height)  # of its pixels, whose centres are at 0, 1, ...
        reach = padded * ratio
        center = reach / 2 + ratio / 2 - 0.5
        return View(canvas, center.astype(np.float32), reach.astype(np.float32))
