"""tools/benchmark.py: its choices, and that both networks can be trained."""

import benchmark
import pytest
import torch
from benchmarks import training

ARGUMENTS = ['--arch', 'w18_small_v1', '--size', '32', '32', '--batch', '2']


@pytest.fixture
def args(monkeypatch):
    monkeypatch.setattr('sys.argv', ['benchmark.py', *ARGUMENTS])
    return benchmark.parse_args()


def test_choices_are_those_of_the_measurement():
    assert tuple(training.ARCHS) == benchmark.ARCHS
    assert tuple(training.SETTINGS) == benchmark.SETTINGS
    assert training.PARTS == benchmark.PARTS


@pytest.mark.parametrize('part', training.PARTS)
def test_a_step_trains(args, part):
    losses = training.build_step(part, args)()
    assert torch.isfinite(losses['loss'])


def test_codecs_encode_and_decode(args):
    calls = training.codec_calls(args)
    assert {name: list(parts) for name, parts in calls.items()} == {
        'encode': ['ours', 'stock'],
        'decode': ['ours', 'stock'],
    }
    for parts in calls.values():
        for call in parts.values():
            call()
