"""Maps of several sizes joined to one."""

import pytest
import torch
from mmpose.models.necks import FeatureMapProcessor
from mmpose.registry import MODELS


def maps():
    generator = torch.Generator().manual_seed(0)
    sizes = [(2, 16, 24), (3, 8, 12), (5, 4, 6), (7, 2, 3)]
    return tuple(torch.randn(2, *size, generator=generator) for size in sizes)


def test_equals_mmpose():
    (joined,) = MODELS.build(dict(type='MultiscaleConcat'))(maps())
    (theirs,) = FeatureMapProcessor(concat=True)(maps())
    assert joined.concatenated().shape == (2, 17, 16, 24)
    torch.testing.assert_close(joined.concatenated(), theirs)
    layer = torch.nn.Conv2d(17, 5, 1)
    torch.testing.assert_close(joined.convolved(layer), layer(theirs))
    layer = torch.nn.Conv2d(17, 5, 1, bias=False)
    torch.testing.assert_close(joined.convolved(layer), layer(theirs))


@pytest.mark.parametrize(
    'changes',
    [
        dict(),
        dict(final_layer=dict(kernel_size=3, padding=1)),
        dict(conv_out_channels=(6,), conv_kernel_sizes=(1,)),
        dict(deconv_out_channels=(6,), deconv_kernel_sizes=(4,)),
    ],
)
def test_the_head_reads_joined_maps_as_one(changes):
    codec = dict(
        type='BernoulliHeatmap', input_size=(96, 64), heatmap_size=(24, 16), radius=5
    )
    head = MODELS.build(
        dict(type='BernoulliHead', in_channels=17, decoder=codec, **changes)
    ).eval()
    joined = MODELS.build(dict(type='MultiscaleConcat'))(maps())
    theirs = FeatureMapProcessor(concat=True)(maps())
    torch.testing.assert_close(head(joined), head(theirs))
    assert head(joined).shape[1] == 4


def test_the_finest_map_alone_is_kept():
    neck = MODELS.build(dict(type='MultiscaleConcat'))
    (joined,) = neck(maps()[:1])
    assert torch.equal(joined.concatenated(), maps()[0])
