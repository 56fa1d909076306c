"""Maps of several sizes joined to one."""

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
    assert joined.shape == (2, 17, 16, 24)
    torch.testing.assert_close(joined, theirs)


def test_the_finest_map_alone_is_kept():
    neck = MODELS.build(dict(type='MultiscaleConcat'))
    (joined,) = neck(maps()[:1])
    assert torch.equal(joined, maps()[0])
