"""All heads of a picture, by a network that finds them itself."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..boxes import best_boxes, parts_of_better
from ..detectors import HEADS_THR, Faces, no_faces
from ..heads import Heads
from ..sources import Picture
from .picture_fit import PictureFit
from .picture_parts import default_side, parts_of

if TYPE_CHECKING:
    from ..runner import Estimator

LEAST_SCORE = 0.1  # of a head that is found; who asks for heads tells what is enough
_SAME_HEAD = 0.4  # boxes that overlap by more are of one head
_PART_OF_HEAD = 0.7  # what lies by more in a head is a part of it: an eye, a cheek


def describe() -> dict[str, float]:
    """How heads of parts are joined, by name, for a runtime in another language."""
    return dict(same_head=_SAME_HEAD, part_of_head=_PART_OF_HEAD)


def find_heads(
    picture: Picture,
    fit: PictureFit,
    side: int | None,
    look: Callable[[NDArray[np.uint8], int], Heads],
) -> Heads:
    """The heads of a picture, best first, looked for at several scales.

    Args:
        picture: The image.
        fit: How the network takes pictures.
        side: Longer side of the picture at the finest scale, pixels; None takes what
            suits its size.
        look: The network: from a part, (H, W, 3), and the longer side that it is to
            have, pixels, to the heads in it, in pixels of the part.
    """
    side = side or default_side(picture.size, fit.side)
    side = min(side, max(round(fit.enlarge * max(picture.size)), 1))
    found = []
    for part in parts_of(picture.size, side):
        heads = look(part.of(picture.image), part.side)
        heads = heads[part.holds(heads.bboxes)]
        heads.keypoints += np.array(part.corner, np.float32)
        heads.bboxes += np.tile(part.corner, 2).astype(np.float32)
        found.append(heads)
    heads = Heads.join(found)
    heads = heads[best_boxes(heads.bboxes, heads.bbox_scores, _SAME_HEAD)]
    return heads[~parts_of_better(heads.bboxes, heads.bbox_scores, _PART_OF_HEAD)]


class SinglePassDetector:
    """A detector of faces made of an estimator that finds all heads of a picture.

    Args:
        load: Gives the estimator. It is called when the first picture comes: whoever
            gives boxes does not wait.
    """

    threshold = HEADS_THR

    def __init__(self, load: Callable[[], Estimator]) -> None:
        self._load = load

    @cached_property
    def estimator(self) -> Estimator:
        """What finds the heads."""
        return self._load()

    def __call__(self, image: NDArray[np.uint8]) -> Faces:
        (heads,) = self.estimator([Picture('image', 'image', image)], [no_faces()])
        return heads.bboxes, heads.bbox_scores
