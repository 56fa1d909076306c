"""Which model is loaded, and what is wrong with one that cannot be used."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

import torch
from mmcv.cnn.utils import fuse_conv_bn
from mmengine.config import Config
from mmengine.dataset import Compose
from mmpose.apis import init_model
from mmpose.models.backbones import HRNet
from mmpose.models.pose_estimators import TopdownPoseEstimator
from torch import nn

from bernoulli_headpose.estimation.picture_fit import PictureFit
from bernoulli_headpose.rotation import ANGLE_NAMES

from ..models import head_of
from ..shipped import SHIPPED, resolve_model
from ..transforms import FitPicture
from .checkpoints import find_checkpoint, read_checkpoint, weights_of
from .configs import config_of

ModelName: TypeAlias = 'str | Path | Config | dict | None'


def find_model(model: ModelName, weights: str | Path | None) -> tuple[Config, str]:
    """Config and path of the checkpoint of a model.

    Args:
        model: Path of a config, a config, or the name of a shipped model; None is
            ``head-pose`` or, with weights, the config that they hold.
        weights: Path or web address of a checkpoint; None takes a named model's own.

    Returns:
        A config that is the caller's to change, and a path.

    Raises:
        FileNotFoundError: If there is no such checkpoint.
        ValueError: If there is no such model, it comes without weights and none are
            given, or their config cannot be used.
        OSError: If they cannot be downloaded.
    """
    if model is None and weights is not None:
        path = find_checkpoint(weights)
        return config_of(path), path
    model, named = model or SHIPPED, 'that is given'
    if isinstance(model, (str, Path)):
        model, own_weights = resolve_model(model)
        weights, named = weights or own_weights, str(model)
    if weights is None:
        raise ValueError(
            f'weights: expected a checkpoint for the config {named}, got none'
        )
    path = find_checkpoint(weights)
    if isinstance(model, Path):
        return Config.fromfile(model), path
    is_config = isinstance(model, Config)
    return copy.deepcopy(model) if is_config else Config(model), path


def load_model(
    model: ModelName = None,
    weights: str | Path | None = None,
    *,
    device: str = 'cpu',
    flip_test: bool | None = None,
    scope: str = 'mmpose',
) -> TopdownPoseEstimator:
    """A trained model.

    Args:
        model: See :func:`find_model`.
        weights: See :func:`find_model`; they must hold the whole model.
        device: Such as ``'cuda:0'``.
        flip_test: Whether each head is estimated mirrored, too; None leaves it to the
            config.
        scope: MMEngine's, for a config that names none.

    Raises:
        FileNotFoundError: If there is no such checkpoint.
        ValueError: If there is no such model, or the weights are not its.
    """
    config, path = find_model(model, weights)
    checkpoint = read_checkpoint(path)
    config.setdefault('default_scope', scope)
    with explain_bad_config(path if model is None and weights else None):
        network = init_model(config, device=device)
    load_weights(network, checkpoint, path)
    _speed_up(network)
    if flip_test is not None:
        network.test_cfg = {**(network.test_cfg or {}), 'flip_test': flip_test}
    return network


def _speed_up(network: TopdownPoseEstimator) -> None:
    """Change a network so that it computes the same faster (on a CPU, by a third)."""
    if isinstance(network.backbone, HRNet):  # others may not use layers in their order
        network.backbone = fuse_conv_bn(network.backbone)
    network.to(memory_format=torch.channels_last)


@contextmanager
def explain_bad_config(weights: str | Path | None) -> Iterator[None]:
    """Say which file it is when the config of a checkpoint makes no model that works.

    Args:
        weights: The checkpoint; None where the config came from elsewhere.

    Raises:
        ValueError: In place of errors of all kinds, whatever the config asks for.
    """
    try:
        yield
    except Exception as error:
        if weights is None:
            raise
        raise ValueError(
            f'weights: {weights}: its config makes no model that works: {error!r}'
        ) from error


def load_weights(model: nn.Module, checkpoint: dict, path: str) -> None:
    """Load the weights of a checkpoint, and its skeleton if it has one.

    Raises:
        ValueError: If they are not the model's; ``path`` is named.
    """
    check_weights(model, checkpoint, path)
    try:
        model.load_state_dict(weights_of(checkpoint), strict=False)
    except (RuntimeError, ValueError) as error:
        raise ValueError(f'weights: {path}: {error}') from error
    meta = checkpoint.get('meta') or {}
    if 'dataset_meta' in meta:
        model.dataset_meta = meta['dataset_meta']


def check_weights(model: nn.Module, checkpoint: dict, path: str) -> None:
    """Refuse a checkpoint that holds a part of the model only, or another model.

    MMEngine would say so and go on, with angles that mean nothing.

    Raises:
        ValueError: If layers are missing or of another shape.
    """
    given, wanted = weights_of(checkpoint), model.state_dict()
    layers = [name for name in wanted if name.endswith('.weight')]
    missing = [name for name in layers if name not in given]
    if missing:
        raise ValueError(
            f'weights: expected all {len(layers)} layers of the model, got {path} '
            f'without {len(missing)} of them ({missing[-1]} ...)'
        )
    for name in wanted.keys() & given.keys():
        if given[name].shape != wanted[name].shape:
            raise ValueError(
                f'weights: expected {name} of shape {tuple(wanted[name].shape)}, got '
                f'{tuple(given[name].shape)} in {path}: it is of another model'
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
    """Refuse a model that gives no head angles, or whose weights are damaged.

    Raises:
        ValueError: If it has no :class:`.BernoulliHead`, its values do not begin with
            pitch, yaw and roll, or a weight is not finite (of maps of rotations nothing
            else would tell but a score of 0).
    """
    names = head_of(model).decoder.angle_names
    if names[:3] != ANGLE_NAMES:
        raise ValueError(
            f'model: expected a head whose first values are {ANGLE_NAMES}, got {names}'
        )
    for name, values in model.state_dict().items():
        if not torch.isfinite(values).all():
            raise ValueError(
                f'model: expected finite weights, got NaN or inf in {name}; they are '
                'damaged'
            )


def find_fit(pipeline: Compose) -> PictureFit:
    """What fits pictures to a model that finds heads itself.

    Raises:
        ValueError: If the pipeline has no :class:`FitPicture`.
    """
    for step in pipeline.transforms:
        if isinstance(step, FitPicture):
            return step.fit
    raise ValueError(
        "model: expected 'FitPicture' in the test pipeline of a model that finds heads "
        f'itself, got {[type(step).__name__ for step in pipeline.transforms]}'
    )
