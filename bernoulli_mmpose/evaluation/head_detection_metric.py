"""The metric of many heads: which were found, and how well they are measured."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from mmpose.registry import METRICS

from bernoulli_headpose import rotation
from bernoulli_headpose.files import identify_files

from . import criteria
from .head_matching import Matching, average_precision, match_heads
from .head_pose_metric import HeadPoseMetric
from .results import results_table, write_results
from .sample_fields import (
    read_array,
    read_finite,
    read_optional,
    read_rotations,
    sample_key,
)

if TYPE_CHECKING:
    import pandas as pd


@METRICS.register_module()
class HeadDetectionMetric(HeadPoseMetric):
    """Precision and recall of heads, and the angle errors of those that were found.

    Predicted and labelled heads of an image are paired one to one by their centres, in
    order of the scores (:func:`.head_matching.match_heads`). Errors of angles are those
    of :class:`HeadPoseMetric` over the pairs; they mean nothing without the recall
    beside them, since a network that misses hard heads has lower errors.

    Reads of each data sample ``gt_instances`` (``keypoints``, whose last one is the
    head centre, ``keypoints_visible``, ``bboxes``, ``head_angles``,
    ``head_rotation``, ``head_angles_valid``, of N heads) and ``pred_instances``
    (``keypoints``, ``head_scores``, ``head_angles``, and where present
    ``head_angles_std``, ``head_rotation``, ``head_rotation_std`` and ``bboxes``). A
    labelled head that is not visible, or whose centre is outside the image
    (``ori_shape``), is neither missed nor a false alarm.

    Further metrics: ``precision``, ``recall``, ``f1``, ``average_precision`` (over all
    predictions that the network gives), ``center_error`` (mean distance over the head's
    size), ``size_error`` (mean of abs(log2) of the ratio, octaves), ``n_truth``,
    ``n_predicted``, ``n`` (pairs) and ``n_with_angles`` (those of them that have
    labelled angles). Without any prediction the precision is 1 (nothing was wrong),
    without any labelled head the recall is absent.

    Args:
        match_threshold: Greatest distance of a pair over the labelled head's size, the
            geometric mean of its box' sides.
        score_threshold: Predictions below it are left out, but for
            ``average_precision``.
        size_ranges: Least and greatest size (None for no limit) of labelled heads, in
            pixels of the image, of which precision, recall and average precision are
            told apart, as ``size_8-16/recall`` or ``size_20+/average_precision``. Of
            false alarms those of such a size count.
        **kwargs: Arguments of :class:`HeadPoseMetric`.

    Raises:
        ValueError: If a threshold is out of its range.
    """

    default_prefix = 'heads'

    def __init__(
        self,
        match_threshold: float = 0.5,
        score_threshold: float = 0.3,
        size_ranges: Sequence[tuple[float, float | None]] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if not match_threshold > 0 or not 0 <= score_threshold < 1:
            raise ValueError(
                'expected match_threshold above 0 and score_threshold in [0, 1), got '
                f'{match_threshold} and {score_threshold}'
            )
        self.match_threshold = match_threshold
        self.score_threshold = score_threshold
        self.size_ranges = {
            _range_name(least, most): (least, math.inf if most is None else most)
            for least, most in size_ranges
        }
        for name, (least, greatest) in self.size_ranges.items():
            if not 0 <= least < greatest:
                raise ValueError(
                    f'size_ranges: expected 0 <= least < greatest, got {name}'
                )

    def compute_metrics(self, results: list) -> dict[str, float]:
        """Metrics of the records that each process has collected.

        Args:
            results: One list of records a process.
        """
        unique = {record['key']: record for part in results for record in part}
        records = [unique[key] for key in sorted(unique)]
        heads = [head for record in records for head in record['heads']]
        table = results_table(heads)
        if self.dump_file is not None:
            write_results(table, self.dump_file, identify_files(table['img_path']))
        metrics = self._all_metrics(records, table)
        if self.by_dataset:
            for name in sorted({record['key'][0] for record in records}):
                chosen = [record for record in records if record['key'][0] == name]
                part = self._all_metrics(chosen, table[table['dataset'] == name])
                metrics.update({f'{name}/{key}': v for key, v in part.items()})
        return metrics

    def _all_metrics(
        self, records: Sequence[Mapping[str, Any]], table: pd.DataFrame
    ) -> dict[str, float]:
        def joined(name: str) -> np.ndarray:
            return np.concatenate([np.zeros(0), *(r[name] for r in records)])

        metrics = self._found(records)
        matched = len(joined('distance'))
        for name in self.size_ranges:
            part = self._found([record['by_size'][name] for record in records])
            metrics.update({f'{name}/{key}': value for key, value in part.items()})
        metrics['n'] = matched
        if matched:
            metrics['center_error'] = float(joined('distance').mean())
            sizes = joined('octaves')
            if len(sizes):
                metrics['size_error'] = float(np.abs(sizes).mean())
        if len(table):
            metrics.update(self._metrics(table))
            metrics['n_with_angles'] = metrics['n']
            metrics['n'] = matched
        return metrics

    def _found(self, records: Sequence[Mapping[str, Any]]) -> dict[str, float]:
        """How many of the labelled heads were found, and of the predictions right."""
        scores, right = (
            np.concatenate([np.zeros(0), *(record[name] for record in records)])
            for name in ('scores', 'right')
        )
        truth = sum(record['n_truth'] for record in records)
        sure = scores >= self.score_threshold
        predicted, matched = int(sure.sum()), int(right[sure].sum())
        metrics: dict[str, float] = {'n_truth': truth, 'n_predicted': predicted}
        metrics['precision'] = matched / predicted if predicted else 1.0
        if truth:
            recall = matched / truth
            total = metrics['precision'] + recall
            metrics['recall'] = recall
            metrics['f1'] = 2 * metrics['precision'] * recall / total if total else 0.0
            metrics['average_precision'] = average_precision(scores, right, truth)
        return metrics

    def _record(self, sample: Mapping[str, Any]) -> dict[str, Any]:
        """Counts and pairs of one image."""
        key = sample_key(sample, self.dataset_meta)
        truth = _truth(sample.get('gt_instances', {}), key[2])
        if 'ori_shape' in sample:
            height, width = sample['ori_shape'][:2]
            place = truth['centre']
            truth['visible'] &= ((place >= 0) & (place < (width, height))).all(axis=1)
        guess = _prediction(sample.get('pred_instances', {}), key[2])
        if self.size_ranges and not np.isfinite(guess['size']).all():
            raise ValueError(
                f'image {key[2]!r}, pred_instances: expected finite bboxes for '
                'size_ranges'
            )
        pairs = self._match(guess, truth)
        counted = np.sort(np.concatenate([pairs.predicted, pairs.spurious]))
        scores = guess['score'][counted]
        sure = guess['score'][pairs.predicted] >= self.score_threshold
        chosen, labelled = pairs.predicted[sure], pairs.truth[sure]
        octaves = np.log2(guess['size'][chosen] / truth['size'][labelled])
        return dict(
            key=key,
            n_truth=int(truth['visible'].sum()),
            by_size={
                name: _of_size(limits, pairs, guess, truth)
                for name, limits in self.size_ranges.items()
            },
            distance=pairs.distance[sure],
            octaves=octaves[np.isfinite(octaves)],
            scores=scores,
            right=np.isin(counted, pairs.predicted),
            heads=[
                _head(key, truth, guess, i, j)
                for i, j in zip(labelled, chosen, strict=True)
                if np.isfinite(truth['labels'][i]).any()
            ],
        )

    def _match(
        self, guess: dict[str, np.ndarray], truth: dict[str, np.ndarray]
    ) -> Matching:
        """Pairs of predicted heads and of those of the labelled that are visible."""
        shown = truth['visible']
        pairs = match_heads(
            guess['centre'],
            truth['centre'][shown],
            truth['size'][shown],
            self.match_threshold,
            truth['bbox'][~shown],
            guess['score'],
        )
        return replace(pairs, truth=np.flatnonzero(shown)[pairs.truth])


def _range_name(least: float, greatest: float | None) -> str:
    return f'size_{least:g}+' if greatest is None else f'size_{least:g}-{greatest:g}'


def _of_size(
    limits: tuple[float, float],
    pairs: Matching,
    guess: Mapping[str, np.ndarray],
    truth: Mapping[str, np.ndarray],
) -> dict[str, Any]:
    """Labelled heads of a size, predictions of them, and false alarms of that size."""

    def fits(sizes: np.ndarray) -> np.ndarray:
        return (sizes >= limits[0]) & (sizes < limits[1])

    matched = pairs.predicted[fits(truth['size'][pairs.truth])]
    spurious = pairs.spurious[fits(guess['size'][pairs.spurious])]
    return dict(
        n_truth=int((truth['visible'] & fits(truth['size'])).sum()),
        scores=guess['score'][np.concatenate([matched, spurious])],
        right=np.repeat([1.0, 0.0], [len(matched), len(spurious)]),
    )


def _truth(fields: Mapping[str, Any], path: str) -> dict[str, np.ndarray]:
    """Labelled heads of an image as float arrays; a check of their shapes."""
    place = f'image {path!r}, gt_instances'
    count = len(fields.get('keypoints', ()))
    if not count:
        return dict(
            centre=np.zeros((0, 2)),
            visible=np.zeros(0, bool),
            bbox=np.zeros((0, 4)),
            size=np.zeros(0),
            labels=np.zeros((0, 3)),
            rotation=np.zeros((0, 3, 3)),
        )
    keypoints = read_array(fields, 'keypoints', place)[..., :2]
    centre = keypoints.reshape(count, -1, 2)[:, -1]
    box = read_array(fields, 'bboxes', place, (count, 4))
    visible = np.ones(count, bool)
    if 'keypoints_visible' in fields:
        flags = read_array(fields, 'keypoints_visible', place)
        visible = flags.reshape(count, -1)[:, -1] > 0
    size = _sizes(box)
    sound = np.isfinite(centre).all(axis=1) & np.isfinite(size) & (size > 0)
    for i in np.flatnonzero(visible & ~sound):
        raise ValueError(
            f'{place}: expected a finite centre and a box of positive size of head '
            f'{i}, got {centre[i].tolist()} and {box[i].tolist()}'
        )
    labels = criteria.mask_labels(
        read_array(fields, 'head_angles', place, (count, 3)),
        read_array(fields, 'head_angles_valid', place, (count, 3)),
    )
    return dict(
        centre=centre,
        visible=visible,
        bbox=box,
        size=size,
        labels=labels,
        rotation=read_rotations(fields, place, count, labels=True),
    )


def _prediction(fields: Mapping[str, Any], path: str) -> dict[str, np.ndarray]:
    """Predicted heads of an image as float arrays."""
    place = f'image {path!r}, pred_instances'
    angles = read_finite(fields, 'head_angles', place).reshape(-1, 3)
    count = len(angles)
    keypoints = read_finite(fields, 'keypoints', place)
    return dict(
        centre=keypoints.reshape(count, -1, 2)[:, -1] if count else np.zeros((0, 2)),
        score=read_finite(fields, 'head_scores', place, (count,)),
        angles=angles,
        rotation=read_rotations(fields, place, count),
        rotation_std=read_optional(fields, 'head_rotation_std', place, (count,)),
        std=read_optional(fields, 'head_angles_std', place, (count, 3)),
        size=_sizes(read_optional(fields, 'bboxes', place, (count, 4))),
    )


def _head(
    key: tuple[str, int, str],
    truth: dict[str, np.ndarray],
    guess: dict[str, np.ndarray],
    i: int,
    j: int,
) -> dict[str, Any]:
    """The record of labelled head i and predicted head j, for ``results_table``."""
    labels = truth['labels'][i]
    angles, matrix = guess['angles'][j], guess['rotation'][j]
    if np.isfinite(matrix).all():
        angles = rotation.matrix_to_euler(matrix, near=labels)
    return dict(
        img_path=key[2],
        dataset=key[0],
        subject='',
        labels=labels,
        predicted=angles,
        std=guess['std'][j],
        geodesic=criteria.labelled_error(angles, truth['rotation'][i], labels),
        score=guess['score'][j],
        centre=guess['centre'][j],
        bbox=truth['bbox'][i],
        rotation_std=guess['rotation_std'][j],
    )


def _sizes(boxes: np.ndarray) -> np.ndarray:
    return np.sqrt((boxes[:, 2:] - boxes[:, :2]).clip(0).prod(axis=1))
