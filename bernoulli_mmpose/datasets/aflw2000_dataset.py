"""AFLW2000-3D."""

from __future__ import annotations

from mmpose.registry import DATASETS

from .mat_head_pose_dataset import MatHeadPoseDataset


@DATASETS.register_module()
class AFLW2000Dataset(MatHeadPoseDataset):
    """AFLW2000-3D (Zhu et al. 2016): ``imageNNNNN.jpg`` and ``.mat`` in one folder.

    With the default ``max_abs_angle`` it is the usual test set of 1,969 images.

    Args: see :class:`MatHeadPoseDataset`.
    """

    METAINFO: dict = {**MatHeadPoseDataset.METAINFO, 'dataset_name': 'aflw2000'}
    LAYOUT = 'imageNNNNN.jpg and imageNNNNN.mat'
