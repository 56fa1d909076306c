"""Maps of several sizes joined to one."""

import pytest
import torch
from mmpose.models.necks import FeatureMapProcessor
from mmpose.registry import MODELS

from bernoulli_mmpose.models.multiscale_concat import concat_scales, convolve_scales


def maps():
    generator = torch.Generator().manual_seed(0)
    sizes = [(2, 16, 24), (3, 8, 12), (5, 4, 6), (7, 2, 3)]
    return tuple(torch.randn(2, *size, generator=generator) for size in sizes)


@pytest.mark.parametrize('bias', [True, False])
def test_equals_mmpose(bias):
    (theirs,) = FeatureMapProcessor(concat=True)(maps())
    assert concat_scales(maps()).shape == (2, 17, 16, 24)
    torch.testing.assert_close(concat_scales(maps()), theirs)
    layer = torch.nn.Conv2d(17, 5, 1, bias=bias)
    torch.testing.assert_close(convolve_scales(layer, maps()), layer(theirs))


@pytest.mark.parametrize(
    'changes',
    [
        dict(),
        dict(final_layer=dict(kernel_size=3, padding=1)),
        dict(conv_out_channels=(6,), conv_kernel_sizes=(1,)),
        dict(deconv_out_channels=(6,), deconv_kernel_sizes=(4,)),
    ],
)
def test_the_head_reads_all_maps_as_one(changes):
    codec = dict(
        type='BernoulliHeatmap', input_size=(96, 64), heatmap_size=(24, 16), radius=5
    )
    head = MODELS.build(
        dict(type='BernoulliHead', in_channels=17, decoder=codec, **changes)
    ).eval()
    given = MODELS.build(dict(type='MultiscaleConcat'))(maps())
    theirs = FeatureMapProcessor(concat=True)(maps())
    torch.testing.assert_close(head(given), head(theirs))
    assert head(given).shape[1] == 4


def test_a_head_of_one_map_reads_the_last():
    codec = dict(
        type='BernoulliHeatmap', input_size=(96, 64), heatmap_size=(3, 2), radius=1
    )
    head = MODELS.build(dict(type='BernoulliHead', in_channels=7, decoder=codec)).eval()
    torch.testing.assert_close(head(maps()), head(maps()[-1:]))
