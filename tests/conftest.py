"""Fixtures shared by all tests."""

import os
import socket
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.registry import init_default_scope

import bernoulli_mmpose  # noqa: F401  (registers the components; before mmpose)

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def _seeded() -> None:
    np.random.seed(0)  # noqa: NPY002  (MMPose's transforms draw from it)
    torch.manual_seed(0)
    init_default_scope('mmpose')


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory, monkeypatch) -> None:
    """Keep the data set indices of tests out of the user's cache."""
    monkeypatch.setenv('BERNOULLI_CACHE_DIR', str(tmp_path_factory.mktemp('cache')))


@pytest.fixture(scope='session')
def project_root() -> Path:
    return ROOT


@pytest.fixture(scope='session')
def shared_data() -> Path:
    """Folder of the real data sets; tests that need it skip without it."""
    folder = Path(
        os.environ.get('BERNOULLI_DATA_ROOT', ROOT.parent / 'shared' / 'data')
    )
    if not folder.is_dir():
        pytest.skip(f'real data not found in {folder} (set BERNOULLI_DATA_ROOT)')
    return folder


@pytest.fixture
def free_port() -> int:
    """A port of this machine that is free now, for two talking processes."""
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]
