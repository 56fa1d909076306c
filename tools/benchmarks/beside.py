"""What head pose beside a body of MMPose's costs: weights, work, time and memory."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.config import Config
from mmengine.model import revert_sync_batchnorm
from mmengine.structures import InstanceData, PixelData
from mmpose.models.pose_estimators.base import BasePoseEstimator
from mmpose.registry import KEYPOINT_CODECS, MODELS
from mmpose.structures import PoseDataSample
from rich.table import Table
from torch import Tensor, nn

from bernoulli_mmpose.codecs import BodyAndHead
from bernoulli_mmpose.models import TopdownWithHeadPose

from .heads import count_flops, parameters
from .timing import Call, spread, timed

PEOPLE = 2  # of a training batch; batch norm needs more than one
_STOCK = ('data_preprocessor', 'backbone', 'neck', 'head', 'test_cfg')


def beside_table(configs: Sequence[Path], rounds: int) -> Table:
    """What the branch adds to each body, and what training it saves."""
    title = '1 person, no flip test; MB kept for the gradient of 1 person'
    table = Table('', 'million', 'GFLOPs', 'times', 'frozen', 'joint', title=title)
    for path in configs:
        config = Config.fromfile(path)
        if config.model.type != 'TopdownWithHeadPose':
            raise ValueError(
                f'{path}: expected a model TopdownWithHeadPose, got {config.model.type}'
            )
        body, both = stock_model(config), model_with_head(config, 'joint')
        width, height = both.head_pose.decoder.input_size
        images = torch.rand(1, 3, height, width)
        calls = {'both': _call(both, images), 'body': _call(body, images)}
        seconds = timed(calls, rounds)
        pairs = zip(seconds['both'], seconds['body'], strict=True)
        kept = [
            kept_bytes(model_with_head(config, mode), config) / 1e6 / PEOPLE
            for mode in ('frozen', 'joint')
        ]
        table.add_row(
            path.stem,
            f'+{(parameters(both) - parameters(body)) / 1e6:.2f}',
            f'+{(_flops(both, images) - _flops(body, images)) / 1e9:.2f}',
            spread([a / b for a, b in pairs], '.2f'),
            *(f'{one:.0f}' for one in kept),
        )
    return table


class _Network(nn.Module):
    """All that a model computes before it decodes."""

    def __init__(self, model: BasePoseEstimator) -> None:
        super().__init__()
        self.model = model

    def forward(self, images: Tensor) -> Any:
        """What the heads give."""
        if not isinstance(self.model, TopdownWithHeadPose):
            return self.model.head(self.model.extract_feat(images))
        feats, joined = self.model.head_pose_maps(images)
        return self.model.head(feats), self.model.head_pose(joined)


def _flops(model: BasePoseEstimator, images: Tensor) -> int:
    return count_flops(_Network(model), images)


def _call(model: BasePoseEstimator, images: Tensor) -> Call:
    size = np.array(images.shape[:1:-1], np.float32)
    meta = dict(input_size=size, input_center=size / 2, input_scale=size)
    sample = PoseDataSample(metainfo=meta)
    box = dict(bboxes=np.array([[0, 0, *size]]), bbox_scores=np.ones(1))
    sample.gt_instances = InstanceData(**box)

    @torch.inference_mode()
    def call() -> object:
        return model.predict(images, [sample])

    return call


def stock_model(config: Config) -> BasePoseEstimator:
    """MMPose's own model, with random weights and without the flip test."""
    own = {name: config.model[name] for name in _STOCK if name in config.model}
    return _build(dict(own, type='TopdownPoseEstimator')).eval()


def model_with_head(config: Config, mode: str) -> TopdownWithHeadPose:
    """The config's model, with random weights and without the flip test."""
    return _build(dict(config.model, training_mode=mode)).eval()


def _build(model: dict[str, Any]) -> Any:
    torch.manual_seed(0)
    test_cfg = dict(model['test_cfg'], flip_test=False, axis_tip_share=None)
    backbone = dict(model['backbone'], init_cfg=None)
    built = MODELS.build(dict(model, backbone=backbone, test_cfg=test_cfg))
    return revert_sync_batchnorm(built)  # which needs GPUs


def labelled_samples(config: Config, count: int) -> list[PoseDataSample]:
    """Samples with labels of ``BodyAndHead``: points at random, heads that look ahead.

    Args:
        config: With ``head_codec``, and the body's codec in ``model.head``.
        count: Of samples.
    """
    codec = dict(body=config.model.head.decoder, head=config.head_codec)
    encoder = KEYPOINT_CODECS.build(dict(codec, type='BodyAndHead'))
    points = config.model.head.get('out_channels') or config.model.head.num_joints
    return [_labelled(encoder, points + 1, seed) for seed in range(count)]


def _labelled(encoder: BodyAndHead, points: int, seed: int) -> PoseDataSample:
    encoded = encoder.encode(
        np.random.default_rng(seed).uniform(40, 150, (1, points, 2)),
        np.ones((1, points), np.float32),
        head_rotation=np.eye(3, dtype=np.float32)[None],
        head_angles_valid=np.ones((1, 3), np.float32),
    )

    def of(table: dict[str, str]) -> dict[str, Tensor]:
        return {key: torch.as_tensor(encoded[key]) for key in table if key in encoded}

    sample = PoseDataSample()
    sample.gt_instance_labels = InstanceData(**of(encoder.label_mapping_table))
    sample.gt_fields = PixelData(**of(encoder.field_mapping_table))
    return sample


def kept_bytes(model: TopdownWithHeadPose, config: Config) -> int:
    """What one batch of :data:`PEOPLE` keeps for the gradient, weights left out."""
    width, height = model.head_pose.decoder.input_size
    images = torch.rand(PEOPLE, 3, height, width)
    samples = labelled_samples(config, PEOPLE)
    own = {one.untyped_storage().data_ptr() for one in model.state_dict().values()}
    found: dict[int, int] = {}

    def keep(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own:
            found[storage.data_ptr()] = storage.nbytes()
        return tensor

    model.load_state_dict(model.state_dict())  # as if it had been trained
    model.train()
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        losses = model.loss(images, samples)
        total = sum(value for name, value in losses.items() if 'loss' in name)
    del total  # lived till here, so that no storage came twice
    return sum(found.values())
