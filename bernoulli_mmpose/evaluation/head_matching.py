"""Which predicted head is which labelled one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bernoulli_headpose.arrays import FloatArray, as_finite, as_numbers


@dataclass(frozen=True)
class Matching:
    """Pairs of predicted and labelled heads of one image.

    Attributes:
        predicted: Indices of the matched predictions, increasing, (M,).
        truth: Indices of their labelled heads, (M,).
        distance: Distance of the centres over the labelled head's size, (M,).
        spurious: Indices of predictions that are no head.
    """

    predicted: NDArray[np.intp]
    truth: NDArray[np.intp]
    distance: FloatArray
    spurious: NDArray[np.intp]


def match_heads(
    centers: ArrayLike,
    truth: ArrayLike,
    sizes: ArrayLike,
    threshold: float,
    ignored_boxes: ArrayLike = (),
    scores: ArrayLike | None = None,
) -> Matching:
    """Pair heads one to one, as COCO does.

    In order of their scores, each prediction takes the nearest head that is left. What
    the predictions above a score are paired with does not depend on those below it.

    Args:
        centers: Predicted centres in pixels, (P, 2).
        truth: Labelled centres in pixels, (T, 2).
        sizes: Sizes of the labelled heads in pixels, (T,).
        threshold: Greatest distance of a pair over the labelled head's size.
        ignored_boxes: x1, y1, x2, y2 of places that are not labelled, (I, 4): an
            unpaired prediction whose centre is inside is left out of the count.
        scores: Of the predictions, (P,); None where they are in order, highest first.

    Raises:
        ValueError: If a size or the threshold is not positive.
    """
    guesses, labels, scale = _as_heads(centers, truth, sizes)
    if not (scale > 0).all() or not threshold > 0:
        raise ValueError(
            'expected heads of positive size and a positive threshold, got '
            f'{scale[~(scale > 0)].tolist()} and {threshold}'
        )
    order = np.arange(len(guesses))
    if scores is not None:
        ranks = as_finite('scores', scores, (len(guesses),))
        order = np.argsort(-ranks, kind='stable')
    apart = np.linalg.norm(guesses[:, None] - labels[None], axis=2) / scale
    partner = np.full(len(guesses), -1)
    left = apart.copy()
    for i in order if len(labels) else ():
        nearest = left[i].argmin()
        if left[i, nearest] <= threshold:
            partner[i] = nearest
            left[:, nearest] = np.inf
    predicted, alone = np.flatnonzero(partner >= 0), partner < 0
    spurious = np.flatnonzero(alone & ~_in_boxes(guesses, ignored_boxes))
    pairs = predicted, partner[predicted]
    return Matching(*pairs, apart[pairs], spurious)


def _as_heads(
    centers: ArrayLike, truth: ArrayLike, sizes: ArrayLike
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Checked centres (P, 2), labelled ones (T, 2) and sizes (T,)."""
    guesses = as_finite('centers', _as_rows('centers', centers, 2), (None, 2))
    labels = as_finite('truth', _as_rows('truth', truth, 2), (None, 2))
    return guesses, labels, as_numbers('sizes', sizes, (len(labels),))


def _as_rows(name: str, values: ArrayLike, columns: int) -> FloatArray:
    """Rows of numbers; none of them, however that is written."""
    array = as_numbers(name, values)
    return as_numbers(
        name, array if array.size else np.zeros((0, columns)), (None, columns)
    )


def _in_boxes(points: FloatArray, boxes: ArrayLike) -> NDArray[np.bool_]:
    """Whether points (P, 2) are in any of boxes (I, 4)."""
    sides = _as_rows('ignored_boxes', boxes, 4)
    place = points[:, None]
    inside = (place >= sides[:, :2]) & (place <= sides[:, 2:])
    return np.any(np.all(inside, axis=2), axis=1)


def average_precision(
    scores: ArrayLike, is_match: ArrayLike, truth_count: int
) -> float:
    """Area under precision over recall, precision made monotonous.

    Predictions of one score come in together, so that their order does not count.

    Args:
        scores: Of all predictions, (P,).
        is_match: Whether each is a head, (P,).
        truth_count: Labelled heads.

    Raises:
        ValueError: If there is no labelled head.
    """
    if truth_count < 1:
        raise ValueError(f'expected labelled heads, got {truth_count}')
    found = as_finite('scores', scores, (None,))
    order = np.argsort(-found, kind='stable')
    last = np.flatnonzero(np.diff(-found[order], append=np.inf))  # of each score
    right = np.cumsum(np.asarray(is_match, dtype=bool)[order])[last]
    precision = right / (last + 1)
    best_from_here = np.maximum.accumulate(precision[::-1])[::-1]
    gains = np.diff(right, prepend=0) / truth_count
    return float((best_from_here * gains).sum())
