"""The estimator of all heads of an image in one pass."""

from __future__ import annotations

import numpy as np
from mmengine.structures import InstanceData, PixelData
from mmpose.models import BottomupPoseEstimator
from mmpose.registry import MODELS
from mmpose.structures import PoseDataSample

from ..tip_keypoints import append_tips
from .training_autocast import TrainingAutocast


@MODELS.register_module()
class BottomupHeadPoseEstimator(TrainingAutocast, BottomupPoseEstimator):
    """``BottomupPoseEstimator`` whose heads' angles and boxes come in image pixels.

    The whole image goes in and every head comes out, without a detector; the head is
    a :class:`MultiBernoulliHead`. An image without heads gives empty instances of the
    same fields.

    Args:
        *args: See ``BottomupPoseEstimator``.
        **kwargs: See ``BottomupPoseEstimator``. ``test_cfg`` may hold
            ``axis_tip_share``, and ``train_cfg`` ``autocast``, as in
            :class:`TopdownHeadPoseEstimator`.
    """

    def add_pred_to_datasample(
        self,
        batch_pred_instances: list[InstanceData],
        batch_pred_fields: list[PixelData] | None,
        batch_data_samples: list[PoseDataSample],
    ) -> list[PoseDataSample]:
        """Put predictions into data samples, in image pixels."""
        for sample in batch_data_samples:
            width, height = sample.metainfo['input_size']
            # Images that went in as they are have no record of a crop.
            for key, value in (
                ('input_center', (width / 2, height / 2)),
                ('input_scale', (width, height)),
            ):
                if key not in sample.metainfo:
                    sample.set_metainfo({key: np.array(value, np.float32)})
        samples = super().add_pred_to_datasample(
            batch_pred_instances, batch_pred_fields, batch_data_samples
        )
        share = self.test_cfg.get('axis_tip_share')
        for sample in samples:
            sample.pred_instances = _inside(sample)
            if share is not None and not len(sample.gt_instances):
                append_tips(sample.pred_instances, share)
        return samples


def _inside(sample: PoseDataSample) -> InstanceData:
    """The heads whose centre is in the image, not in what it was padded with."""
    heads = sample.pred_instances
    if 'ori_shape' not in sample.metainfo:
        return heads
    height, width = sample.metainfo['ori_shape'][:2]
    x, y = heads.keypoints[:, -1, 0], heads.keypoints[:, -1, 1]
    return heads[(x >= 0) & (x < width) & (y >= 0) & (y < height)]
