"""HRNet with learnable channelwise fusion weights."""

from __future__ import annotations

from typing import Any

import torch
from mmcv.cnn import build_conv_layer, build_norm_layer
from mmpose.models.backbones.hrnet import HRModule, HRNet
from mmpose.models.backbones.resnet import get_expansion
from mmpose.registry import MODELS
from torch import Tensor, nn

FUSION = 'fusion'
MARK = 'channelwise'
_STEM_CHANNELS = 64  # HRNet's


def _arch(
    width: int, modules: tuple[int, int, int], blocks: int, stem: tuple[int, int]
) -> dict[str, Any]:
    """Stage table of an HRNet; ``stem`` is stage 1's (blocks, channels)."""
    stages: dict[str, Any] = dict(
        stage1=dict(
            num_modules=1,
            num_branches=1,
            block='BOTTLENECK',
            num_blocks=(stem[0],),
            num_channels=(stem[1],),
        )
    )
    for branches, num_modules in zip((2, 3, 4), modules, strict=True):
        stages[f'stage{branches}'] = dict(
            num_modules=num_modules,
            num_branches=branches,
            block='BASIC',
            num_blocks=(blocks,) * branches,
            num_channels=tuple(width * 2**i for i in range(branches)),
        )
    return stages


# w18, w32, w48: Sun et al. 2019 (the paper's Table I is w32). The small ones are
# those of the HRNet authors' image classification code; `w18_one_module` keeps
# w18's blocks and has one module a stage. `w16_slim_stem` is `w18_small_v1`
# with fewer channels in the stem and the first stage: a third less work.
ARCHS = {
    'w18': _arch(18, (1, 4, 3), 4, (4, 64)),
    'w32': _arch(32, (1, 4, 3), 4, (4, 64)),
    'w48': _arch(48, (1, 4, 3), 4, (4, 64)),
    'w18_small_v1': _arch(16, (1, 1, 1), 2, (1, 32)),
    'w18_small_v2': _arch(18, (1, 3, 2), 2, (2, 64)),
    'w18_one_module': _arch(18, (1, 1, 1), 4, (4, 64)),
    'w16_slim_stem': {**_arch(16, (1, 1, 1), 2, (1, 16)), 'stem_channels': 32},
}


class ChannelwiseFusion(nn.Sequential):
    """Rescales each channel by ``1 + w`` (Hu et al., Eq. 4 and 5).

    ``w = sigmoid(W2 ReLU(W1 GAP(x)))``, with W1 reducing the channels.

    Args:
        channels: Number of channels C.
        reduction: Factor of the reduction; at least one channel is kept.
    """

    def __init__(self, channels: int, reduction: int) -> None:
        hidden = max(1, channels // reduction)
        reduce = nn.Conv2d(channels, hidden, 1)
        expand = nn.Conv2d(hidden, channels, 1)
        super().__init__(
            nn.AdaptiveAvgPool2d(1), reduce, nn.ReLU(inplace=True), expand, nn.Sigmoid()
        )
        self._convolutions = (reduce, expand)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Begin with 1 + w near 1, so that pretrained features are kept."""
        reduce, expand = self._convolutions
        nn.init.kaiming_normal_(reduce.weight)
        nn.init.zeros_(expand.weight)
        assert expand.bias is not None, 'Conv2d has a bias by default'
        nn.init.constant_(expand.bias, -3.0)

    def forward(self, x: Tensor) -> Tensor:
        """Rescale feature maps, (B, C, H, W)."""
        return x * (1 + super().forward(x))


@MODELS.register_module()
class ChannelwiseHRNet(HRNet):
    """HRNet whose branches are rescaled channel by channel before each fusion.

    Each branch ends in a :class:`ChannelwiseFusion`, so that a standard HRNet
    checkpoint loads with only the ``fusion`` weights new. The activations are
    LeakyReLU, but for the one inside the fusion. With ``channelwise=False`` and
    ``negative_slope=0`` the network is MMPose's HRNet, numerically.

    Args:
        arch: Name of a stage table (see ``ARCHS``) or the table itself, in the
            form of HRNet's ``extra``; ``stem_channels`` in it is 64 by default.
        channelwise: Whether to fuse channelwise; False is the paper's ablation.
        reduction: Channel reduction inside the fusion.
        negative_slope: Slope of the LeakyReLU; 0 keeps ReLU.
        multiscale_output: Whether to give the maps of all four branches, for a head
            that pools them, rather than that of the finest alone.
        **kwargs: Arguments of :class:`mmpose.models.HRNet`.

    Raises:
        ValueError: If the arch is unknown or the reduction below 1, or, on loading,
            if a checkpoint is of another architecture.
    """

    def __init__(
        self,
        arch: str | dict = 'w32',
        channelwise: bool = True,
        reduction: int = 16,
        negative_slope: float = 0.2,
        multiscale_output: bool = False,
        **kwargs: Any,
    ) -> None:
        if isinstance(arch, str) and arch not in ARCHS:
            raise ValueError(f'arch: expected one of {sorted(ARCHS)}, got {arch!r}')
        if reduction < 1:
            raise ValueError(f'reduction: expected 1 or more, got {reduction}')
        self._reduction = reduction if channelwise else 0
        stages = ARCHS[arch] if isinstance(arch, str) else arch
        if multiscale_output:
            last = dict(stages['stage4'], multiscale_output=True)
            stages = dict(stages, stage4=last)
        super().__init__(extra=stages, **kwargs)
        self._set_stem(stages.get('stem_channels', _STEM_CHANNELS))
        if negative_slope:
            _replace_relu(self, negative_slope)
        # Kept in checkpoints, so that they tell how they were trained.
        self.register_buffer(MARK, torch.tensor(float(channelwise)))
        self._register_load_state_dict_pre_hook(self._check_checkpoint)

    def _set_stem(self, channels: int) -> None:
        """Give the stem another number of channels than HRNet's."""
        if channels == _STEM_CHANNELS:
            return
        for index, given in ((1, self.conv1.in_channels), (2, channels)):
            layer = build_conv_layer(
                self.conv_cfg, given, channels, 3, stride=2, padding=1, bias=False
            )
            name, norm = build_norm_layer(self.norm_cfg, channels, postfix=index)
            self.add_module(f'conv{index}', layer)
            self.add_module(name, norm)
        stage = self.stage1_cfg
        block = self.blocks_dict[stage['block']]
        outputs = stage['num_channels'][0] * get_expansion(block)
        self.layer1 = self._make_layer(block, channels, outputs, stage['num_blocks'][0])
        self._freeze_stages()

    def _make_stage(self, *args: Any, **kwargs: Any) -> tuple[nn.Sequential, list]:
        stage, channels = super()._make_stage(*args, **kwargs)
        if self._reduction:
            for module in stage:
                _add_fusion(module, self._reduction)
        return stage, channels

    def init_weights(self) -> None:
        """Initialise as HRNet does; the fusions begin near 1.

        A pretrained checkpoint's fusions are kept, where it has some.
        """
        first_time = not self.is_init
        super().init_weights()
        pretrained = isinstance(self.init_cfg, dict) and (
            self.init_cfg['type'] == 'Pretrained'
        )
        if first_time and not pretrained:
            for module in self.modules():
                if isinstance(module, ChannelwiseFusion):
                    module.reset_parameters()

    def _check_checkpoint(
        self, state_dict: dict[str, Tensor], prefix: str, *_: Any
    ) -> None:
        """Refuse a checkpoint whose tensors are not this network's.

        MMEngine loads checkpoints leniently: without this a network of another
        width would train or test with random weights after a logged warning.
        """
        fusion = f'.{FUSION}.'
        fused = any(key.startswith(prefix) and fusion in key for key in state_dict)
        # Only our own checkpoints have the mark; a standard HRNet has no fusions.
        ours = fused or prefix + MARK in state_dict
        if ours and fused != bool(self._reduction):
            raise ValueError(
                f'the checkpoint was trained with channelwise={fused}: expected the '
                f'same of the backbone, got channelwise={bool(self._reduction)}'
            )
        for name, own in self.state_dict().items():
            if fusion in name or name.endswith(('num_batches_tracked', MARK)):
                continue
            given = state_dict.get(prefix + name)
            if given is None or given.shape != own.shape:
                got = 'nothing' if given is None else f'shape {tuple(given.shape)}'
                raise ValueError(
                    'the checkpoint is of another architecture: at '
                    f'{prefix + name!r} the backbone expected shape '
                    f'{tuple(own.shape)}, got {got}'
                )


def _add_fusion(module: HRModule, reduction: int) -> None:
    for branch, channels in zip(module.branches, module.in_channels, strict=True):
        branch.add_module(FUSION, ChannelwiseFusion(channels, reduction))


def _replace_relu(module: nn.Module, negative_slope: float) -> None:
    """Make every ReLU below ``module`` leaky, but those of the fusion."""
    for name, child in module.named_children():
        if isinstance(child, nn.ReLU):
            setattr(module, name, nn.LeakyReLU(negative_slope, child.inplace))
        elif not isinstance(child, ChannelwiseFusion):
            _replace_relu(child, negative_slope)
