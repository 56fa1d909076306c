"""Which predicted head is which labelled one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import linear_sum_assignment

from ..rotation import FloatArray


@dataclass(frozen=True)
class Matching:
    """Pairs of predicted and labelled heads of one image.

    Attributes:
        predicted: Indices of the matched predictions, (M,).
        truth: Indices of their labelled heads, (M,).
        distance: Distance of the centres over the labelled head's size, (M,).
        spurious: Indices of predictions that are no head.
        missed: Indices of labelled heads that were not found.
    """

    predicted: NDArray[np.intp]
    truth: NDArray[np.intp]
    distance: FloatArray
    spurious: NDArray[np.intp]
    missed: NDArray[np.intp]


def match_heads(
    centers: ArrayLike,
    truth: ArrayLike,
    sizes: ArrayLike,
    threshold: float,
    ignored_boxes: ArrayLike = (),
) -> Matching:
    """Pair heads one to one: as many as possible, at the least total distance.

    Args:
        centers: Predicted centres in pixels, (P, 2).
        truth: Labelled centres in pixels, (T, 2).
        sizes: Sizes of the labelled heads in pixels, (T,).
        threshold: Greatest distance of a pair over the labelled head's size.
        ignored_boxes: x1, y1, x2, y2 of places that are not labelled, (I, 4): an
            unpaired prediction whose centre is inside is left out of the count.

    Raises:
        ValueError: If a size or the threshold is not positive.
    """
    guesses = np.asarray(centers, dtype=np.float64).reshape(-1, 2)
    labels = np.asarray(truth, dtype=np.float64).reshape(-1, 2)
    scale = np.asarray(sizes, dtype=np.float64).reshape(-1)
    if not (scale > 0).all() or not threshold > 0:
        raise ValueError(
            'expected heads of positive size and a positive threshold, got '
            f'{scale[~(scale > 0)].tolist()} and {threshold}'
        )
    apart = np.linalg.norm(guesses[:, None] - labels[None], axis=2) / scale
    # A pair beyond the threshold costs more than any number of pairs within it.
    cost = np.where(apart <= threshold, apart, threshold * (1 + len(labels)) * 2)
    rows, columns = linear_sum_assignment(cost)
    near = apart[rows, columns] <= threshold
    rows, columns = rows[near], columns[near]
    spurious = np.setdiff1d(np.arange(len(guesses)), rows)
    boxes = np.asarray(ignored_boxes, dtype=np.float64).reshape(-1, 4)
    place = guesses[spurious][:, None]
    inside = ((place >= boxes[:, :2]) & (place <= boxes[:, 2:])).all(axis=2)
    return Matching(
        rows,
        columns,
        apart[rows, columns],
        spurious[~inside.any(axis=1)],
        np.setdiff1d(np.arange(len(labels)), columns),
    )


def average_precision(
    scores: ArrayLike, is_match: ArrayLike, truth_count: int
) -> float:
    """Area under precision over recall, precision made monotonous.

    Args:
        scores: Of all predictions, (P,).
        is_match: Whether each is a head, (P,).
        truth_count: Labelled heads.

    Raises:
        ValueError: If there is no labelled head.
    """
    if truth_count < 1:
        raise ValueError(f'expected labelled heads, got {truth_count}')
    order = np.argsort(-np.asarray(scores, dtype=np.float64), kind='stable')
    right = np.cumsum(np.asarray(is_match, dtype=bool)[order])
    precision = right / np.arange(1, len(right) + 1)
    best_from_here = np.maximum.accumulate(precision[::-1])[::-1]
    gains = np.diff(right, prepend=0) / truth_count
    return float((best_from_here * gains).sum())
