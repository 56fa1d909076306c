"""Head-pose metric: collects the heads of a test and computes the criteria."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from mmengine.dist import get_world_size
from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log
from mmpose.registry import METRICS

from bernoulli_headpose import rotation
from bernoulli_headpose.files import identify_files
from bernoulli_headpose.heads import check_value_names, check_value_order

from . import criteria
from .results import COLUMNS, LABELS, PREDICTED, results_table, write_results
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
class HeadPoseMetric(BaseMetric):
    """Geodesic error, Criterion I, II and III and the predict-the-mean baseline.

    Reads of each data sample ``gt_instances`` (``head_angles``,
    ``head_rotation``, ``head_angles_valid``) and ``pred_instances``
    (``head_angles``, and where present ``head_angles_std``, ``head_scores``,
    ``keypoints``, whose last one is the head centre). Predicted angles are compared as
    they are within +-90 degrees of labelled yaw; but where there is also a predicted
    ``head_rotation`` (and perhaps its ``head_rotation_std`` in degrees), what was
    predicted is a rotation, and its triple nearest to the label counts
    (:func:`bernoulli_headpose.rotation.nearer_triple`), as it does of any head beyond
    90. Heads without a labelled angle, and samples without the head's fields (a body
    data set in the mix), are counted and left out. Of pictures that show no head
    (``head_absent``) the score counts.

    The geodesic error of a head that is labelled without roll is the least over all
    rolls, the angle between where it faces and where it is predicted to
    (:func:`bernoulli_headpose.rotation.direction_error`).

    Metrics (degrees, shares in [0, 1], see :mod:`.criteria`): ``geodesic_mean``,
    ``geodesic_median``, ``mae``, ``mae_pitch``, ``mae_yaw``, ``mae_roll``,
    ``offset_pitch`` ... (mean signed error), ``mae_pitch_without_offset`` ...,
    ``within_5`` ..., ``baseline_mae``, ``baseline_mae_pitch`` ..., ``mae_0_15``,
    ``share_0_15`` ..., ``n`` (heads with a label) and ``n_unlabelled``. With pictures
    without a head also ``n_headless`` and percentiles of their score,
    ``headless_score_50``, ``_95`` and ``_99``. A metric that nothing is labelled for is
    absent. Of each further value there is ``mae_<name>``, the mean absolute error in
    its own unit over the heads whose value is known, with or without angles; read from
    ``head_values`` and ``head_values_valid``, and predicted ``head_values``, (1, V).

    Args:
        thresholds: Criterion II, increasing degrees.
        interval_edges: Criterion III, increasing degrees.
        by_dataset: Whether to give the metrics of each data set too, as
            ``<dataset_name>/mae`` ... (the zero of pitch differs between them).
        dump_file: CSV file for the heads that have a label and the pictures without a
            head (:mod:`.results`), written by the main process; None for no file.
            Further values add ``<name>``, ``pred_<name>`` and ``std_<name>``.
        value_names: Of the further values, in the order of the codec's.
        collect_device: See ``BaseMetric``.
        prefix: See ``BaseMetric``.
        collect_dir: See ``BaseMetric``.

    Raises:
        ValueError: If thresholds or edges are not increasing, the file does not end
            with ``.csv``, or a name is taken.
    """

    default_prefix = 'head_pose'

    def __init__(
        self,
        thresholds: Sequence[float] = criteria.THRESHOLDS,
        interval_edges: Sequence[float] = criteria.INTERVAL_EDGES,
        by_dataset: bool = False,
        dump_file: str | None = None,
        value_names: Sequence[str] = (),
        collect_device: str = 'cpu',
        prefix: str | None = None,
        collect_dir: str | None = None,
    ) -> None:
        super().__init__(collect_device, prefix, collect_dir)
        criteria.check_thresholds(thresholds)
        criteria.check_edges(interval_edges, 'interval_edges')
        if dump_file is not None and Path(dump_file).suffix != '.csv':
            raise ValueError(f'dump_file: expected a .csv file, got {dump_file!r}')
        self.value_names = check_value_names('value_names', value_names, COLUMNS)
        self.thresholds = tuple(thresholds)
        self.interval_edges = tuple(interval_edges)
        self.by_dataset = by_dataset
        self.dump_file = dump_file

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:  # noqa: ARG002  (MMEngine's signature)
        """Store one small record a sample.

        Args:
            data_batch: Not used.
            data_samples: What ``PoseDataSample.to_dict()`` gives.

        Raises:
            ValueError: If a field has a wrong shape or is not finite.
            KeyError: If a labelled sample has no prediction or no ``id``.
        """
        for sample in data_samples:
            self.results.append(self._record(sample))

    def evaluate(self, size: int) -> dict:  # noqa: ARG002  (MMEngine's signature)
        """Collect the records of all processes and compute the metrics.

        MMEngine puts the processes' results in turn and cuts at ``size``, which
        drops the sampler's padding only where one metric sees every sample. Here
        each process hands over its records as one item, and the padding is what
        comes twice, so that the metrics are exact in any mix of data sets.

        Args:
            size: Number of samples of the data set; not used.
        """
        self.results: list[Any] = [list(self.results)]
        return super().evaluate(get_world_size())

    def compute_metrics(self, results: list) -> dict[str, float]:
        """Metrics of the records that each process has collected.

        Args:
            results: One list of records a process.
        """
        unique = {record['key']: record for part in results for record in part}
        repeated = sum(map(len, results)) - len(unique)
        if repeated >= len(results):
            _warn(
                f'{repeated} samples came again with the same data set, id and image; '
                'each counts once'
            )
        records = [unique[key] for key in sorted(unique)]
        told = [record for record in records if 'labels' in record]
        headless = [record for record in told if record['head_absent']]
        heads = [record for record in told if not record['head_absent']]
        if not heads:
            _warn(
                f'expected heads with a known angle, got none in {len(records)} '
                'samples; there is no mae to choose a checkpoint by'
            )
        table = results_table(heads)
        if self.dump_file is not None:
            rows = results_table(told).assign(**self._value_columns(told))
            write_results(rows, self.dump_file, identify_files(rows['img_path']))
        metrics = {**self._metrics(table), **_headless_metrics(headless)}
        metrics |= self._value_metrics(records)
        metrics['n_unlabelled'] = len(records) - len(told)
        if self.by_dataset:
            for name, rows in table.groupby('dataset'):
                part = self._metrics(rows)
                metrics.update({f'{name}/{key}': v for key, v in part.items()})
            for name in sorted({record['key'][0] for record in records}):
                own = [record for record in records if record['key'][0] == name]
                part = self._value_metrics(own)
                metrics.update({f'{name}/{key}': v for key, v in part.items()})
        return metrics

    def _value_metrics(self, records: Sequence[Mapping[str, Any]]) -> dict[str, float]:
        labels, predicted, _ = self._further_of(records)
        errors = np.abs(predicted - labels)
        return {
            f'mae_{name}': float(np.nanmean(column))
            for name, column in zip(self.value_names, errors.T, strict=True)
            if np.isfinite(column).any()
        }

    def _value_columns(self, records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Columns of the dump file."""
        kinds = zip(('', 'pred_', 'std_'), self._further_of(records), strict=True)
        return {
            f'{kind}{name}': column
            for kind, rows in kinds
            for name, column in zip(self.value_names, rows.T, strict=True)
        }

    def _further_of(self, records: Sequence[Mapping[str, Any]]) -> np.ndarray:
        """Labels, predictions and deviations of further values, (3, N, V), or NaN."""
        further = np.full((3, len(records), len(self.value_names)), np.nan)
        for i, record in enumerate(records):
            further[:, i] = record.get('further', np.nan)
        return further

    def _metrics(self, table: pd.DataFrame) -> dict[str, float]:
        metrics = criteria.all_metrics(
            table[PREDICTED],
            table[LABELS],
            table['geodesic_deg'],
            self.thresholds,
            self.interval_edges,
        )
        return {**metrics, 'n': len(table)}

    def _record(self, sample: Mapping[str, Any]) -> dict[str, Any]:
        """The record of one sample; without ``labels`` where it has none."""
        key = sample_key(sample, self.dataset_meta)
        truth = sample.get('gt_instances', {})
        place = f'image {key[2]!r}, gt_instances'
        rest = {'key': key, **self._read_further(sample, place)}
        if 'head_angles' not in truth or 'head_angles_valid' not in truth:
            return rest
        valid = read_array(truth, 'head_angles_valid', place, (1, 3)) > 0
        absent = bool((read_optional(truth, 'head_absent', place, (1,)) > 0).all())
        if not valid.any() and not absent:
            return rest
        angles = read_array(truth, 'head_angles', place, (1, 3))
        if not np.isfinite(angles[valid]).all():
            raise ValueError(f'{place}: expected finite head_angles, got {angles[0]}')
        labels = criteria.mask_labels(angles, valid)[0]
        record = dict(
            rest,
            img_path=key[2],
            dataset=key[0],
            subject=str(sample.get('subject', '')),
            labels=labels,
            head_absent=absent,
            bbox=read_optional(truth, 'bboxes', place, (1, 4))[0],
            geodesic=np.nan,
            **_prediction(sample, key[2], labels),
        )
        if np.isfinite(labels[:2]).all():
            matrix = read_rotations(truth, place, 1, labels=True)[0]
            record['geodesic'] = criteria.labelled_error(
                record['predicted'], matrix, labels
            )
        return record

    def _read_further(self, sample: Mapping[str, Any], place: str) -> dict[str, Any]:
        """``further``, (3, V), see :meth:`_further_of`; nothing without a label."""
        truth, shape = sample.get('gt_instances', {}), (1, len(self.value_names))
        if not self.value_names or 'head_values' not in truth:
            return {}
        what = 'HeadPoseMetric, value_names'
        check_value_order(what, self.value_names, truth.get('head_value_names'))
        labels = read_array(truth, 'head_values', place, shape)
        valid = read_array(truth, 'head_values_valid', place, shape) > 0
        if not valid.any():
            return {}
        if not np.isfinite(labels[valid]).all():
            raise ValueError(f'{place}: expected finite head_values, got {labels[0]}')
        place = place.replace('gt_instances', 'pred_instances')
        found = sample.get('pred_instances', {})
        rows = (
            np.where(valid, labels, np.nan),
            read_finite(found, 'head_values', place, shape),
            read_optional(found, 'head_values_std', place, shape),
        )
        return {'further': np.concatenate(rows)}


def _headless_metrics(records: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    if not records:
        return {}
    shares = (50, 95, 99)
    heights = np.percentile([record['score'] for record in records], shares)
    named = {
        f'headless_score_{share}': float(height)
        for share, height in zip(shares, heights, strict=True)
        if np.isfinite(height)
    }
    return {'n_headless': len(records), **named}


def _warn(message: str) -> None:
    print_log(f'HeadPoseMetric: {message}', 'current', logging.WARNING)


def as_sample(
    record: Mapping[str, Any],
    dataset_name: str,
    angles: np.ndarray,
    score: float = np.nan,
    is_rotation: bool = False,
) -> dict[str, Any]:
    """A data sample, as the metric reads it, of a head and its predicted angles.

    Args:
        record: Of :meth:`.HeadPoseDataset.get_data_info`.
        dataset_name: Of that data set.
        angles: Predicted (pitch, yaw, roll) in degrees, (3,).
        score: Confidence of the head; NaN for none.
        is_rotation: Whether the angles were read from a rotation, which is what the
            metric then compares.
    """
    predicted = dict(head_angles=angles[None], head_scores=np.array([score]))
    if is_rotation:
        predicted['head_rotation'] = rotation.euler_to_matrix(angles[None])
    labels = ('head_angles', 'head_rotation', 'head_angles_valid')
    return dict(
        {name: record[name] for name in ('id', 'img_path', 'subject')},
        dataset_name=dataset_name,
        gt_instances=dict({k: record[k] for k in labels}, bboxes=record['bbox']),
        pred_instances=predicted,
    )


def _prediction(
    sample: Mapping[str, Any], path: str, labels: np.ndarray
) -> dict[str, Any]:
    """What the network said of the head of one sample.

    Args:
        sample: The data sample.
        path: The image, told in errors.
        labels: (pitch, yaw, roll) in degrees, NaN where unknown.

    Raises:
        KeyError: If there are no predicted angles.
        ValueError: If they are not finite or of another shape, or a predicted rotation
            is none.
    """
    place = f'image {path!r}, pred_instances'
    instances = sample.get('pred_instances', {})
    predicted = read_finite(instances, 'head_angles', place, (1, 3))[0]
    if 'head_rotation' in instances:
        matrix = read_rotations(instances, place, 1)[0]
        predicted = rotation.matrix_to_euler(matrix, near=labels)
    centre = np.full(2, np.nan)
    if 'keypoints' in instances:
        centre = read_array(instances, 'keypoints', place)[0, -1, :2]
    return dict(
        predicted=predicted,
        std=read_optional(instances, 'head_angles_std', place, (1, 3))[0],
        score=read_optional(instances, 'head_scores', place, (1,))[0],
        centre=centre,
        rotation_std=read_optional(instances, 'head_rotation_std', place, (1,))[0],
    )
