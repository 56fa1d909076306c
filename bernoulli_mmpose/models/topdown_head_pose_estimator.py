"""The top-down estimator whose heads' angles reach MMPose's JSON and pictures."""

from __future__ import annotations

from typing import Any

import numpy as np
from mmengine.structures import InstanceData, PixelData
from mmpose.models import TopdownPoseEstimator
from mmpose.registry import MODELS
from mmpose.structures import PoseDataSample

from bernoulli_headpose.rotation import ANGLE_NAMES

from ..tip_keypoints import append_tips, meta_with_tips
from .training_autocast import TrainingAutocast


class AxisTips(TopdownPoseEstimator):
    """Base of the estimators that give the tips of a head's axes as keypoints.

    Args:
        *args: See ``TopdownPoseEstimator``.
        **kwargs: See ``TopdownPoseEstimator`` and :class:`TopdownHeadPoseEstimator`.
    """

    _dataset_meta: dict[str, Any] | None = None

    def check_tips(self) -> None:
        """Check ``axis_tip_share`` of ``test_cfg``.

        Raises:
            ValueError: See :class:`TopdownHeadPoseEstimator`.
        """
        share = self.test_cfg.get('axis_tip_share')
        if share is None:
            return
        if not share > 0:
            raise ValueError(f'axis_tip_share: expected a share above 0, got {share}')
        head: Any = getattr(self, 'head_pose', self.head)
        names = getattr(head.decoder, 'angle_names', ())
        if names[:3] != ANGLE_NAMES:
            raise ValueError(
                f'axis_tip_share: expected a head whose values are {ANGLE_NAMES}, got '
                f'{names}; set it to None'
            )
        kept = self.test_cfg.get('output_keypoint_indices')
        last = int(getattr(self, 'num_keypoints', head.num_keypoints)) - 1
        if kept is not None and kept[-1] != last:
            raise ValueError(
                f'output_keypoint_indices: expected the head centre, {last}, at the '
                f'end, got {list(kept)}'
            )

    @property
    def dataset_meta(self) -> dict[str, Any] | None:
        """What MMPose's inference API sets: names and colours of the keypoints.

        With axis tips in the output it has theirs too, see
        :func:`~bernoulli_mmpose.tip_keypoints.meta_with_tips`.
        """
        meta = self._dataset_meta
        tips = self.test_cfg.get('axis_tip_share') is not None
        return meta_with_tips(meta) if tips and meta is not None else meta

    @dataset_meta.setter
    def dataset_meta(self, meta: dict[str, Any] | None) -> None:
        self._dataset_meta = meta

    def add_pred_to_datasample(
        self,
        batch_pred_instances: list[InstanceData],
        batch_pred_fields: list[PixelData] | None,
        batch_data_samples: list[PoseDataSample],
    ) -> list[PoseDataSample]:
        """Put predictions into data samples, in image pixels.

        Args:
            batch_pred_instances: What the head predicts, B.
            batch_pred_fields: Its maps, B; None for none.
            batch_data_samples: The input's samples, B.

        Returns:
            The samples with ``pred_instances`` and, with maps, ``pred_fields``.
        """
        samples = super().add_pred_to_datasample(
            batch_pred_instances, batch_pred_fields, batch_data_samples
        )
        share = self.test_cfg.get('axis_tip_share')
        for sample in samples:
            if 'pred_fields' in sample:
                _carry_maps(sample)
            if share is not None and 'keypoints' not in sample.gt_instances:
                append_tips(sample.pred_instances, share)
        return samples


@MODELS.register_module()
class TopdownHeadPoseEstimator(TrainingAutocast, AxisTips):
    """``TopdownPoseEstimator`` that carries angles where MMPose keeps only keypoints.

    MMPose's inferencers write keypoints, scores and boxes of a head to JSON and drop
    the rest. With ``axis_tip_share`` in ``test_cfg``, the keypoints of a predicted
    head are the model's own K (the last being the head centre) and then the tips of
    its x, y and z axis in image pixels, with the head's score
    (:func:`bernoulli_mmpose.tip_keypoints.append_tips`);
    :func:`bernoulli_mmpose.visualization.tips_to_angles` reads the angles from them.
    Only samples without labelled keypoints get them, those of an inferencer: what a
    metric sees in validation and testing is the model's own K.

    The parameters are those of ``TopdownPoseEstimator``: checkpoints of either load
    into the other.

    Args:
        *args: See ``TopdownPoseEstimator``.
        **kwargs: See ``TopdownPoseEstimator``. ``test_cfg`` may hold
            ``axis_tip_share``, the length of an axis over the longer side of the
            given box, above 0; absent or None for no tips. With ``output_heatmaps``,
            ``pred_instances`` gets ``angle_heatmaps`` (1, V, H, W), and
            ``input_centers`` and ``input_scales``, (1, 2) in image pixels, which tell
            where they lie: MMPose drops them from ``pred_fields`` when it merges the
            heads of an image. A lone map in ``pred_fields.heatmaps`` (K = 1) comes
            twice, (2, H, W), because the same merging fails on one. ``train_cfg`` may
            hold ``autocast``, see :class:`.training_autocast.TrainingAutocast`.

    Raises:
        ValueError: If ``autocast`` or the share is wrong, the head's values do not
            begin with (pitch, yaw, roll), or ``output_keypoint_indices`` does not end
            with the head centre's.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.check_tips()


def _carry_maps(sample: PoseDataSample) -> None:
    """Make the maps outlast MMPose's merging of the heads of an image."""
    fields, instances, meta = sample.pred_fields, sample.pred_instances, sample.metainfo
    if len(fields.heatmaps) == 1:  # merging loses the axis of a lone map, and fails
        fields.heatmaps = fields.heatmaps.expand(2, -1, -1)
    if 'angle_heatmaps' in fields:
        maps = fields.angle_heatmaps.float().cpu().numpy()
        instances.angle_heatmaps = maps[None]
        instances.input_centers = np.reshape(meta['input_center'], (1, 2))
        instances.input_scales = np.reshape(meta['input_scale'], (1, 2))
