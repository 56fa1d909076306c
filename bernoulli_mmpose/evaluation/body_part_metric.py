"""MMPose's keypoint metrics on the body's keypoints of a body + head model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mmengine.dist import get_world_size
from mmengine.evaluator import BaseMetric
from mmpose.registry import METRICS

from ..datasets.body_keypoints import HEAD_CENTER

_BY_KEYPOINT = ('keypoints', 'keypoint_scores', 'keypoints_visible')
_META_BY_KEYPOINT = ('sigmas', 'dataset_keypoint_weights', 'keypoint_colors')


@METRICS.register_module()
class BodyPartMetric(BaseMetric):
    """A keypoint metric of MMPose that sees all keypoints but the head centre.

    The model's K + 1 keypoints and a COCO file's K points do not fit together, whether
    or not the data set has a head centre. ``CocoMetric``'s own ``pred_converter`` and
    ``gt_converter`` mend that for 17 keypoints, but not for 133, whose annotations are
    in five lists, and they change the meta information that all metrics share.

    Its metrics have the inner metric's names (``coco/AP`` ...). Beside
    ``HeadPoseMetric`` in a list of metrics both see every sample; in
    ``MultiDatasetEvaluator`` each data set has one metric.

    Args:
        metric: Config of the metric, such as ``dict(type='CocoMetric')``. Without an
            ``ann_file`` the data set's own is taken, as MMPose does.
        datasets: ``dataset_name`` of the samples to evaluate, for tests of several data
            sets (such as ``['coco_head_pose']``); None for all.

    Raises:
        ValueError: If no sample is of the data sets.
    """

    def __init__(self, metric: dict, datasets: Sequence[str] | None = None) -> None:
        self.metric: BaseMetric = METRICS.build(metric)
        self.datasets = None if datasets is None else frozenset(datasets)
        super().__init__(self.metric.collect_device, self.metric.prefix)

    @property
    def dataset_meta(self) -> dict | None:
        """Meta information of the data set, of all K + 1 keypoints or the body's K."""
        return self._dataset_meta

    @dataset_meta.setter
    def dataset_meta(self, meta: dict) -> None:
        count = meta['num_keypoints']
        if meta['keypoint_id2name'][count - 1] == HEAD_CENTER:
            count -= 1
        self._dataset_meta, self._count = meta, count
        cut = {key: meta[key][:count] for key in _META_BY_KEYPOINT if key in meta}
        self.metric.dataset_meta = {**meta, **cut, 'num_keypoints': count}

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Store what the inner metric makes of each sample.

        Args:
            data_batch: Handed on.
            data_samples: What ``PoseDataSample.to_dict()`` gives.
        """
        meta = self.dataset_meta or {}
        for sample in data_samples:
            name = sample.get('dataset_name', meta.get('dataset_name'))
            if self.datasets is not None and name not in self.datasets:
                continue
            self.metric.process(data_batch, [_first_keypoints(sample, self._count)])
            key = (name, str(sample['id']), str(sample.get('img_path')))
            self.results.append((key, list(self.metric.results)))
            self.metric.results.clear()

    def evaluate(self, size: int) -> dict:  # noqa: ARG002  (MMEngine's signature)
        """Collect the samples of all processes, each once, and evaluate them.

        Each process hands over its part as one item: MMEngine's cut at ``size`` is
        right only where one metric sees every sample.

        Args:
            size: Number of samples of the data set; not used.
        """
        self.results: list[Any] = [list(self.results)]
        return super().evaluate(get_world_size())

    def compute_metrics(self, results: list) -> dict[str, float]:
        """Metrics of the inner metric.

        Args:
            results: One list of (key, stored results) a process.
        """
        unique = {key: stored for part in results for key, stored in part}
        if not unique:
            raise ValueError(
                f'BodyPartMetric: expected samples of {sorted(self.datasets or [])}, '
                'got none'
            )
        return self.metric.compute_metrics([one for s in unique.values() for one in s])


def _first_keypoints(sample: Mapping[str, Any], count: int) -> dict[str, Any]:
    """The sample with the first keypoints only; the given one is left as it is."""
    cut = dict(sample)
    for group in ('pred_instances', 'gt_instances'):
        if group in sample:
            fields = dict(sample[group])
            for name in _BY_KEYPOINT:
                if name in fields:
                    fields[name] = fields[name][:, :count]
            cut[group] = fields
    return cut
