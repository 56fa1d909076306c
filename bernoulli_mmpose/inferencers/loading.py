"""Which model an inferencer gets, and what is wrong with one that it cannot use."""

from __future__ import annotations

import pickle
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from numbers import Integral
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config, ConfigDict
from mmengine.dataset import Compose
from mmpose.apis import init_model
from mmpose.datasets.transforms import BottomupResize
from mmpose.models.pose_estimators import TopdownPoseEstimator
from torch import nn

from ..models import BernoulliHead
from ..shipped import SHIPPED, resolve_model


def find_model(
    model: str | Path | Config | ConfigDict | None, weights: str | Path | None
) -> tuple[str | Config | ConfigDict | None, str]:
    """Config and checkpoint as MMEngine's inferencers take them.

    Args:
        model: Path of a config, a config, or the name of a shipped model; None is the
            shipped one or, with weights, the config that they hold.
        weights: Path or address of a checkpoint; None takes a named model's own.

    Raises:
        FileNotFoundError: If there is no such checkpoint.
        ValueError: If there is no such model, it comes without weights and none are
            given, or the file is no checkpoint.
    """
    if model is None and weights is None:
        model = SHIPPED
    if isinstance(model, (str, Path)):
        config, own_weights = resolve_model(model)
        model, weights = str(config), weights or own_weights
    if weights is None:
        named = model if isinstance(model, str) else 'that is given'
        raise ValueError(
            f'weights: expected a checkpoint for the config {named}, got none'
        )
    if '://' not in str(weights):
        read_checkpoint(weights)
    return model, str(weights)


def read_checkpoint(path: str | Path) -> dict[str, Any]:
    """Read a checkpoint, tensors and plain values only, to the CPU.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is no checkpoint, or a damaged one.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f'weights: expected a checkpoint, found no {path}')
    try:
        checkpoint = torch.load(path, map_location='cpu', weights_only=True)
    except Exception as error:  # which one depends on the bytes of the file
        # torch's own text advises to switch its protection off.
        raise ValueError(
            f'weights: expected a checkpoint of MMEngine, got {path}, which is none or '
            'is damaged'
        ) from error
    if not isinstance(checkpoint, dict):
        raise ValueError(
            f'weights: expected a checkpoint of MMEngine, got {path}, which holds '
            f'a {type(checkpoint).__name__}'
        )
    return checkpoint


def load_model(
    model: str | Path | None = None,
    weights: str | Path | None = None,
    *,
    flip_test: bool | None = None,
) -> TopdownPoseEstimator:
    """A trained model on the CPU, as the tools take it.

    Args:
        model: As in :func:`find_model`.
        weights: As in :func:`find_model`; they must hold the whole model.
        flip_test: None leaves it to the config.

    Raises:
        FileNotFoundError: If there is no such checkpoint.
        ValueError: If there is no such model, or the weights are not its.
    """
    config, checkpoint = find_model(model, weights)
    if config is None:
        raise ValueError(f'model: expected one for the weights {weights}, got none')
    network = init_model(config, checkpoint, device='cpu')
    check_weights(network, read_checkpoint(checkpoint))
    if flip_test is not None:
        network.test_cfg = {**(network.test_cfg or {}), 'flip_test': flip_test}
    return network


@contextmanager
def explain_bad_weights(weights: str | None) -> Iterator[None]:
    """Say which file it is when torch cannot read a checkpoint.

    Raises:
        ValueError: In place of the unpickler's errors.
    """
    try:
        yield
    except (pickle.UnpicklingError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(
            f'weights: expected a checkpoint of MMEngine, got {weights}, which is none '
            'or is damaged'
        ) from error


def check_weights(model: nn.Module, checkpoint: dict) -> None:
    """Refuse a checkpoint that holds a part of the model only, or another model.

    MMEngine would say so and go on, with angles that mean nothing.

    Raises:
        ValueError: If layers are missing or of another shape.
    """
    state = checkpoint.get('state_dict', checkpoint)
    given = {name.removeprefix('module.'): value for name, value in state.items()}
    layers = {k: v for k, v in model.state_dict().items() if k.endswith('.weight')}
    missing = [name for name in layers if name not in given]
    if missing:
        raise ValueError(
            f'weights: expected all {len(layers)} layers of the model, got a '
            f'checkpoint without {len(missing)} of them ({missing[-1]} ...)'
        )
    for name, layer in layers.items():
        if given[name].shape != layer.shape:
            raise ValueError(
                f'weights: expected {name} of shape {tuple(layer.shape)}, got '
                f'{tuple(given[name].shape)}: they are those of another model'
            )


def check_device(device: str | torch.device | None) -> None:
    """Refuse a device that is not there; None is any.

    Raises:
        ValueError: In place of torch's many kinds of errors.
    """
    try:
        torch.zeros(1, device=device).item()
    except (RuntimeError, AssertionError, TypeError) as error:
        first_line = str(error).partition('\n')[0]
        raise ValueError(
            "device: expected one that is here, such as 'cpu' or 'cuda:0', got "
            f'{device!r}: {first_line}'
        ) from error


def check_model(model: nn.Module) -> None:
    """Refuse a model that gives no head angles.

    Raises:
        ValueError: If its head is no :class:`BernoulliHead`.
    """
    head = getattr(model, 'head', None)
    if not isinstance(head, BernoulliHead):
        raise ValueError(
            'model: expected one with a BernoulliHead, got '
            f'{type(model).__name__} with {type(head).__name__}'
        )


def set_input_size(pipeline: Compose, side: int) -> None:
    """Let a pipeline resize whole images into a square of that side, in place.

    Raises:
        ValueError: If the model does not take whole images, or the side is not a
            multiple of the pipeline's ``size_factor``, 32.
    """
    steps = [step for step in pipeline.transforms if isinstance(step, BottomupResize)]
    if not steps:
        raise ValueError(
            'input_size: expected none, since the model takes crops of a fixed size'
        )
    factor = steps[0].size_factor
    if not isinstance(side, Integral) or side < factor or side % factor:
        raise ValueError(
            f'input_size: expected a multiple of {factor} pixels, got {side!r}'
        )
    steps[0].input_size = (side, side)
