"""What head pose costs: beside a body's keypoints, and with many heads."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from mmengine.analysis import FlopAnalyzer
from mmengine.structures import InstanceData
from mmpose.models.pose_estimators.base import BasePoseEstimator
from mmpose.registry import MODELS
from mmpose.structures import PoseDataSample
from rich.table import Table
from torch import Tensor, nn

from bernoulli_mmpose.models import ChannelwiseHRNet, MultiBernoulliHead

from .timing import Call, spread, timed

BODY_SIZE = (192, 256)
BODY, BODY_AND_HEAD = 'body', 'body + head'


def body_table(arch: str, rounds: int) -> Table:
    """Body alone against body and head."""
    models = body_models(arch)
    seconds = timed({n: predict_call(m, BODY_SIZE) for n, m in models.items()}, rounds)
    table = Table('', 'parameters', 'GFLOPs', 'ms', title=f'{arch}, 256x192')
    counts: dict[str, tuple[int, int]] = {}
    for name, model in models.items():
        counts[name] = parameters(model), flops(model, BODY_SIZE)
        middle = 1e3 * statistics.median(seconds[name])
        row = (f'{counts[name][0]:,}', f'{counts[name][1] / 1e9:.3f}', f'{middle:.1f}')
        table.add_row(name, *row)
    both, body = seconds[BODY_AND_HEAD], seconds[BODY]
    ratio = [100 * (a / b - 1) for a, b in zip(both, body, strict=True)]
    more = [
        100 * (a / b - 1)
        for a, b in zip(counts[BODY_AND_HEAD], counts[BODY], strict=True)
    ]
    table.add_row('more, %', f'{more[0]:.3f}', f'{more[1]:.3f}', spread(ratio, '.1f'))
    return table


def growth_table(arch: str, side: int, counts: Sequence[int], rounds: int) -> Table:
    """The single pass against crops, by the number of"""
    size = (side, side)
    single = build(arch, 'MultiBernoulliHead', 'BottomupHeadPoseEstimator', size)
    crops = build(arch, 'BernoulliHead', 'TopdownHeadPoseEstimator', (64, 64))
    calls = {}
    for count in counts:
        maps = scene_maps(single.head, count, size)
        calls[f'single {count:02d}'] = scene_call(single, maps, size)
        calls[f'crops {count:02d}'] = predict_call(crops, (64, 64), count)
    seconds = timed(calls, rounds)
    title = f'{arch}, image {side}x{side}, crops 64x64'
    ratio = f'of {counts[0]}'
    table = Table('heads', 'single pass, ms', ratio, 'crops, ms', title=title)
    first = seconds[f'single {counts[0]:02d}']
    for count in counts:
        own, other = seconds[f'single {count:02d}'], seconds[f'crops {count:02d}']
        growth = [a / b for a, b in zip(own, first, strict=True)]
        table.add_row(
            str(count),
            spread([1e3 * s for s in own], '.1f'),
            spread(growth, '.2f'),
            spread([1e3 * s for s in other], '.1f'),
        )
    return table


def build(arch: str, head: str, kind: str, size: tuple[int, int]) -> BasePoseEstimator:
    """A network with random weights."""
    torch.manual_seed(0)
    backbone = MODELS.build(dict(type='ChannelwiseHRNet', arch=arch))
    codec = dict(input_size=size, heatmap_size=(size[0] // 4, size[1] // 4))
    decoder = dict(type='BernoulliHeatmap', radius=5, **codec)
    if head == 'MultiBernoulliHead':
        decoder = dict(type='MultiBernoulliHeatmap', **codec)
    width = backbone.stage4_cfg['num_channels'][0]
    config = dict(
        type=kind,
        backbone=dict(type='ChannelwiseHRNet', arch=arch),
        head=dict(type=head, in_channels=width, decoder=decoder),
        test_cfg=dict(flip_test=False),
    )
    return MODELS.build(config).eval()


def body_models(arch: str, count: int = 17) -> dict[str, BasePoseEstimator]:
    """A top-down network of a body's keypoints, and one with head pose beside.

    Both have the same backbone and random weights.

    Args:
        arch: Of :class:`ChannelwiseHRNet`.
        count: Keypoints of the body.
    """
    backbone: dict[str, Any] = dict(type='ChannelwiseHRNet', arch=arch)
    width = ChannelwiseHRNet(arch=arch).stage4_cfg['num_channels'][0]
    size = dict(input_size=BODY_SIZE, heatmap_size=(48, 64))
    body = dict(
        type='HeatmapHead',
        in_channels=width,
        out_channels=count,
        deconv_out_channels=None,
        decoder=dict(type='MSRAHeatmap', sigma=2, **size),
    )
    both = dict(
        type='BernoulliHead',
        in_channels=width,
        num_keypoints=count + 1,
        decoder=dict(type='BernoulliHeatmap', radius=4, **size),
    )
    models = {}
    for name, head in ((BODY, body), (BODY_AND_HEAD, both)):
        torch.manual_seed(0)
        config = dict(type='TopdownPoseEstimator', backbone=backbone, head=head)
        models[name] = MODELS.build(
            {**config, 'test_cfg': dict(flip_test=False)}
        ).eval()
    return models


def parameters(model: BasePoseEstimator) -> int:
    """Trained numbers of a network."""
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


def flops(model: BasePoseEstimator, size: tuple[int, int]) -> int:
    """Multiply-adds of one image of (width, height), without the decode."""
    width, height = size
    network = nn.Sequential(model.backbone, model.head)
    return count_flops(network, torch.zeros(1, 3, height, width))


def count_flops(network: nn.Module, images: Tensor) -> int:
    """Multiply-adds of a network on images, (B, 3, H, W)."""
    analysis = FlopAnalyzer(network, (images,))
    analysis.unsupported_ops_warnings(False)
    analysis.uncalled_modules_warnings(False)
    return int(analysis.total())


def predict_call(
    model: BasePoseEstimator, size: tuple[int, int], batch: int = 1
) -> Call:
    """A call that runs network and decode on a batch of images (width, height)."""
    width, height = size
    images = torch.rand(batch, 3, height, width, generator=torch.Generator())
    samples = [_sample(size) for _ in range(batch)]

    @torch.inference_mode()
    def call() -> object:
        return model.head.predict(model.backbone(images), samples, {})

    return call


def scene_call(model: BasePoseEstimator, maps: Tensor, size: tuple[int, int]) -> Call:
    """The single pass on one image, decoding maps that hold a known number of heads.

    The network runs on an image; what it gives is replaced by the maps, so that as
    many heads are decoded as wanted, whatever the weights.

    Args:
        model: With a :class:`MultiBernoulliHead`.
        maps: (1, 1 + V, H, W).
        size: (width, height) of the image.
    """
    width, height = size
    image = torch.rand(1, 3, height, width, generator=torch.Generator())
    head: MultiBernoulliHead = model.head

    @torch.inference_mode()
    def call() -> object:
        head.forward(model.backbone(image))
        return head.decode(maps)

    return call


def scene_maps(head: MultiBernoulliHead, count: int, size: tuple[int, int]) -> Tensor:
    """Maps of a scene of heads on a grid, (1, 1 + V, H, W).

    Args:
        head: Tells the codec.
        count: Heads.
        size: (width, height) of the image.

    Raises:
        ValueError: If the codec's image or ``max_heads`` is smaller.
    """
    codec = head.decoder
    if tuple(size) != codec.input_size or count > codec.max_heads:
        raise ValueError(
            f'expected an image of {codec.input_size} and at most {codec.max_heads} '
            f'heads, got {size} and {count}'
        )
    columns = int(np.ceil(np.sqrt(count)))
    pitch = np.array(size) / (columns, -(-count // columns))
    index = np.arange(count)
    cells = np.stack([index % columns, index // columns], axis=1)
    centers = (cells + 0.5) * pitch
    half = 0.3 * min(pitch)
    angles = np.random.default_rng(0).uniform(-60, 60, (count, 3))
    encoded = codec.encode(
        centers[:, None],
        bbox=np.concatenate([centers - half, centers + half], axis=1),
        head_angles=angles,
    )
    maps = np.concatenate([encoded['heatmaps'], encoded['angle_heatmaps']])
    return torch.from_numpy(maps)[None]


def _sample(size: tuple[int, int]) -> PoseDataSample:
    sample = PoseDataSample(metainfo=dict(input_size=size))
    sample.gt_instances = InstanceData()
    return sample
