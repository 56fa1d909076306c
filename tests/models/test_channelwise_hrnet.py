"""The backbone: equals HRNet where it should, and Eq. 4-5 where it differs."""

import pytest
import torch
from mmengine.runner import load_checkpoint
from mmpose.models import HRNet
from mmpose.registry import MODELS
from torch import nn

from bernoulli_mmpose.models.channelwise_hrnet import (
    ARCHS,
    ChannelwiseFusion,
    ChannelwiseHRNet,
)

SMALL = 'w18_small_v1'


@pytest.fixture(scope='module')
def images():
    return torch.randn(2, 3, 64, 96, generator=torch.Generator().manual_seed(0))


def evaluated(network: nn.Module) -> nn.Module:
    network.eval()  # HRNet's own train() returns None
    return network


def randomised(network: nn.Module) -> nn.Module:
    """Weights far from their initial zeros, and batch statistics."""
    generator = torch.Generator().manual_seed(1)
    for parameter in network.parameters():
        parameter.data = torch.randn(parameter.shape, generator=generator) * 0.1
    return evaluated(network)


def test_without_fusion_and_with_relu_it_is_hrnet(images):
    theirs = randomised(HRNet(ARCHS[SMALL]))
    ours = evaluated(ChannelwiseHRNet(SMALL, channelwise=False, negative_slope=0))
    missing, unexpected = ours.load_state_dict(theirs.state_dict(), strict=False)
    assert missing == ['channelwise']
    assert not unexpected
    torch.testing.assert_close(ours(images)[0], theirs(images)[0], rtol=0, atol=0)


def test_fusion_by_the_definition():
    fusion = ChannelwiseFusion(8, reduction=4)
    x = torch.randn(2, 8, 5, 6)
    w1, w2 = fusion[1], fusion[3]
    pooled = x.mean((2, 3))
    hidden = torch.relu(pooled @ w1.weight[:, :, 0, 0].T + w1.bias)
    w = torch.sigmoid(hidden @ w2.weight[:, :, 0, 0].T + w2.bias)
    torch.testing.assert_close(fusion(x), x * (1 + w)[:, :, None, None])
    assert w1.out_channels == 2


def test_zero_fusion_weights_reproduce_hrnet(images):
    """1 + w = 1 where the sigmoid is 0: the rest of the network is untouched."""
    ours = randomised(ChannelwiseHRNet(SMALL, negative_slope=0))
    for module in ours.modules():
        if isinstance(module, ChannelwiseFusion):
            nn.init.zeros_(module[3].weight)
            nn.init.constant_(module[3].bias, -1e4)
    theirs = evaluated(HRNet(ARCHS[SMALL]))
    theirs.load_state_dict(ours.state_dict(), strict=False)
    torch.testing.assert_close(ours(images)[0], theirs(images)[0])


def test_activations_are_leaky_but_for_the_fusions():
    network = ChannelwiseHRNet(SMALL)
    relus = [m for m in network.modules() if isinstance(m, nn.ReLU)]
    fusions = [m for m in network.modules() if isinstance(m, ChannelwiseFusion)]
    leaky = [m for m in network.modules() if isinstance(m, nn.LeakyReLU)]
    assert len(relus) == len(fusions) == 2 + 3 + 4
    assert {m.negative_slope for m in leaky} == {0.2}


def test_every_branch_is_rescaled_before_each_fusion():
    network = ChannelwiseHRNet('w32')
    names = [n for n, m in network.named_modules() if isinstance(m, ChannelwiseFusion)]
    assert len(names) == 1 * 2 + 4 * 3 + 3 * 4
    branch = network.stage3[0].branches[2]
    assert list(branch._modules)[-1] == 'fusion'


@pytest.mark.parametrize(
    ('arch', 'millions'),
    # HRNet-W32 and -W48 of MMPose's top-down models: 28.5 M and 63.6 M.
    [('w32', 28.5), ('w48', 63.6)],
)
def test_size_of_the_standard_networks(arch, millions):
    network = ChannelwiseHRNet(arch, channelwise=False)
    count = sum(p.numel() for p in network.parameters()) / 1e6
    assert count == pytest.approx(millions, abs=0.1)


@pytest.mark.parametrize('arch', sorted(ARCHS))
def test_output_is_at_a_quarter_of_the_input(arch):
    network = evaluated(ChannelwiseHRNet(arch))
    with torch.no_grad():
        (output,) = network(torch.zeros(1, 3, 64, 64))
    width = ARCHS[arch]['stage4']['num_channels'][0]
    assert output.shape == (1, width, 16, 16)


def test_standard_checkpoint_loads_with_only_the_fusion_new(tmp_path):
    """As an HRNet trained elsewhere: prefixed, with keys of other parts."""
    theirs = randomised(HRNet(ARCHS[SMALL]))
    state = {f'backbone.{k}': v for k, v in theirs.state_dict().items()}
    state['classifier.weight'] = torch.zeros(10, 10)
    torch.save(dict(state_dict=state), tmp_path / 'hrnet.pth')
    ours = MODELS.build(
        dict(
            type='ChannelwiseHRNet',
            arch=SMALL,
            init_cfg=dict(
                type='Pretrained',
                checkpoint=str(tmp_path / 'hrnet.pth'),
                prefix='backbone.',
            ),
        )
    )
    ours.init_weights()
    own = ours.state_dict()
    for name, value in theirs.state_dict().items():
        torch.testing.assert_close(own[name], value)


def test_own_checkpoint_keeps_its_fusions(tmp_path):
    trained = randomised(ChannelwiseHRNet(SMALL))
    torch.save(trained.state_dict(), tmp_path / 'own.pth')
    init_cfg = dict(type='Pretrained', checkpoint=str(tmp_path / 'own.pth'))
    network = ChannelwiseHRNet(SMALL, init_cfg=init_cfg)
    network.init_weights()
    for name, value in trained.state_dict().items():
        torch.testing.assert_close(network.state_dict()[name], value)


def test_second_init_weights_changes_nothing():
    network = ChannelwiseHRNet(SMALL)
    network.init_weights()
    weights = [parameter.data.fill_(0.5) for parameter in network.parameters()]
    network.init_weights()
    assert all((weight == 0.5).all() for weight in weights)


def test_fusion_begins_near_one():
    """So that a pretrained network is not disturbed."""
    network = ChannelwiseHRNet(SMALL)
    network.init_weights()
    fusion = network.stage2[0].branches[0].fusion
    x = torch.randn(1, 16, 4, 4)
    assert (fusion(x) / x).max() < 1.06


@pytest.mark.parametrize(
    ('source', 'message'),
    [
        (
            lambda: ChannelwiseHRNet('w18_small_v2'),
            r'another architecture.*expected sh',
        ),
        (lambda: nn.Sequential(nn.Linear(3, 3)), r'conv1.weight.* got nothing'),
    ],
)
def test_checkpoint_of_another_architecture_is_refused(tmp_path, source, message):
    torch.save(dict(state_dict=source().state_dict()), tmp_path / 'other.pth')
    network = ChannelwiseHRNet(SMALL)
    with pytest.raises(ValueError, match=message):
        load_checkpoint(network, str(tmp_path / 'other.pth'))


def test_checkpoint_with_fusion_is_not_loaded_without(tmp_path):
    torch.save(ChannelwiseHRNet(SMALL).state_dict(), tmp_path / 'fused.pth')
    with pytest.raises(ValueError, match='trained with channelwise=True'):
        load_checkpoint(
            ChannelwiseHRNet(SMALL, channelwise=False), str(tmp_path / 'fused.pth')
        )


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (dict(arch='w31'), r"arch: expected one of \[.*'w32'.*\], got 'w31'"),
        (dict(reduction=0), r'reduction: expected 1 or more, got 0'),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        ChannelwiseHRNet(**arguments)


def test_all_four_maps_on_request():
    """The finest is what the network gives otherwise; weights of it load."""
    config = dict(type='ChannelwiseHRNet', arch='w18_small_v1')
    one = evaluated(MODELS.build(config))
    four = evaluated(MODELS.build(dict(config, multiscale_output=True)))
    image = torch.randn(1, 3, 64, 64)
    shared = one.state_dict()
    four.load_state_dict({**four.state_dict(), **shared})
    with torch.no_grad():
        maps, (finest,) = four(image), one(image)
    assert [one.shape[1] for one in maps] == [16, 32, 64, 128]
    assert [one.shape[2] for one in maps] == [16, 8, 4, 2]
    torch.testing.assert_close(maps[0], finest)
    assert 'multiscale_output' not in ARCHS['w18_small_v1']['stage4']


def test_a_stem_of_fewer_channels():
    network = ChannelwiseHRNet('w16_slim_stem', frozen_stages=1)
    assert network.conv1.weight.shape == (32, 3, 3, 3)
    assert network.conv2.weight.shape == (32, 32, 3, 3)
    assert network.transition1[0][0].in_channels == 64
    frozen = [
        p.requires_grad
        for p in (*network.conv1.parameters(), *network.layer1.parameters())
    ]
    assert not any(frozen)
    assert network.stage2[0].branches[0][0].conv1.weight.requires_grad
    reached = network(torch.rand(2, 3, 64, 64))[0].sum()
    reached.backward()
