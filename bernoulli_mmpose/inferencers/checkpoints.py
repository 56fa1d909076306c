"""Checkpoints, read as data: nothing in them is run, whoever made them.

MMEngine would run the config that a checkpoint holds, and call whatever that names.
"""

from __future__ import annotations

import hashlib
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from mmengine.registry import Registry
from mmpose.registry import KEYPOINT_CODECS, MODELS
from torch import Tensor, nn

from bernoulli_headpose.files import parse_assignments

from .boxes import check_margin, config_margin

_KIND = 'a checkpoint of MMEngine'
# Where the components of a network may come from, by the beginning of their module.
_MODULES = (
    'bernoulli_mmpose.',
    'mmcv.cnn.bricks.',
    'mmdet.models.backbones.',
    'mmdet.models.layers.',
    'mmdet.models.necks.',
    'mmpose.codecs.',
    'mmpose.models.backbones.',
    'mmpose.models.data_preprocessors.',
    'mmpose.models.heads.',
    'mmpose.models.losses.',
    'mmpose.models.necks.',
    'mmpose.models.pose_estimators.',
    'torch.nn.modules.',
)
# Others take names of components by further arguments, or files.
_STEPS = (
    'BottomupResize',
    'GetBBoxCenterScale',
    'LoadImage',
    'PackPoseInputs',
    'TopdownAffine',
)
# What is of no use once there are weights, and may name files.
_DROPPED = {'backend_args', 'file_client_args', 'init_cfg', 'pretrained'}
# What MMEngine, MMPose and MMDetection take for files to run, or to load.
_REFUSED = {'_base_', 'checkpoint', 'custom_imports', 'from_file', 'teacher_config'}

# Of the numbers in a checkpoint.
_DTYPES = {torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.bool}
_DTYPES |= {torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8}
# Tensors that share their numbers count so many times at most.
_MOST_VIEWS = 4


def find_checkpoint(weights: str | Path) -> str:
    """Path of a checkpoint; one of the web is downloaded, once.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is an address of another kind.
        OSError: If it cannot be downloaded.
    """
    scheme, found, rest = str(weights).partition('://')
    if not found:
        if not Path(weights).is_file():
            raise FileNotFoundError(
                f'weights: expected a checkpoint, found no {weights}'
            )
        return str(weights)
    if scheme not in ('http', 'https'):
        raise ValueError(f'weights: expected a path or a web address, got {weights}')
    name = re.sub(r'[^\w.-]', '_', rest.rpartition('/')[2])[:100]
    digest = hashlib.sha256(str(weights).encode()).hexdigest()[:8]
    path = Path(torch.hub.get_dir()) / 'checkpoints' / f'{digest}-{name}'
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            torch.hub.download_url_to_file(str(weights), str(path), progress=False)
        except (OSError, ValueError) as error:
            raise OSError(f'weights: cannot download {weights}: {error}') from error
    return str(path)


def read_checkpoint(path: str | Path) -> dict[str, Any]:
    """Read a checkpoint, tensors and plain values only, to the CPU.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is no checkpoint, a damaged one, or its weights are not
            finite.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f'weights: expected a checkpoint, found no {path}')
    try:
        _check_stored(path)
        checkpoint = torch.load(path, map_location='cpu', weights_only=True)
    except Exception as error:  # which one depends on the bytes of the file
        # torch's own text advises to switch its protection off.
        old = not hasattr(torch.serialization, 'get_unsafe_globals_in_checkpoint')
        advice = ', or needs torch 2.6 to be read safely' if old else ''
        raise ValueError(
            f'weights: expected {_KIND}, got {path}, which is none or is damaged'
            f'{advice}'
        ) from error
    if not isinstance(checkpoint, dict):
        raise ValueError(
            f'weights: expected {_KIND}, got {path}, which holds '
            f'a {type(checkpoint).__name__}'
        )
    try:
        _check_content(checkpoint)
    except ValueError as error:
        raise ValueError(f'weights: {path}: {error}') from None
    return checkpoint


def weights_of(checkpoint: Mapping[str, Any]) -> dict[str, Tensor]:
    """The weights of a checkpoint by their names, with or without anything else."""
    weights = checkpoint.get('state_dict', checkpoint)
    return {name.removeprefix('module.'): one for name, one in weights.items()}


def config_of(path: str | Path) -> Config:
    """What inference needs of the config that a checkpoint holds.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is no checkpoint, has no config, or one that asks for more
            than components of a network.
    """
    checkpoint = read_checkpoint(path)
    meta = checkpoint.get('meta') or {}
    try:
        text = meta.get('cfg')
        if not isinstance(text, str) or not isinstance(meta.get('dataset_meta'), dict):
            raise ValueError("expected 'cfg' and 'dataset_meta' in its meta, got none")
        return Config(inference_config(parse_assignments(text)))
    except (ValueError, TypeError, AttributeError, LookupError) as error:
        raise ValueError(
            f'weights: {path}: its config cannot be used: {error}. A config that you '
            'trust can be given by its path, as the model'
        ) from None


def inference_config(config: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a config that inference needs, made sure to be harmless.

    Args:
        config: Of :func:`~bernoulli_headpose.files.parse_assignments`.

    Returns:
        The network, the steps from an image to its input, and the margin of boxes.

    Raises:
        ValueError: If they name anything that is not a component of a network.
        TypeError, AttributeError, LookupError: If they are no config.
    """
    margin = config_margin(config)
    steps = config.get('test_dataloader', {}).get('dataset', {}).get('pipeline', [])
    for step in steps:
        if step.get('type') not in _STEPS:
            raise ValueError(f'expected one of {_STEPS}, got {step.get("type")!r}')
    region = {'region': 'image'} if margin is None else {'margin': check_margin(margin)}
    return dict(
        model=_harmless(config.get('model', {})),
        test_dataloader=dict(dataset=dict(pipeline=_harmless(steps), **region)),
        # Without a data set MMPose runs a file for the skeleton.
        train_dataloader=dict(dataset=dict(type='HeadPoseTableDataset')),
        data_mode='bottomup' if config.get('data_mode') == 'bottomup' else 'topdown',
    )


def _harmless(value: Any) -> Any:
    """A part of a config without what may load files; all types in it are known.

    Raises:
        ValueError: If it names something else.
    """
    if isinstance(value, list | tuple):
        return type(value)(_harmless(one) for one in value)
    if not isinstance(value, dict):
        return value
    if refused := _REFUSED.intersection(value):
        raise ValueError(f'expected no {min(refused)!r}')
    if 'type' in value and value['type'] not in _STEPS:
        _check_component(value['type'])
    if value.get('_scope_', 'mmpose') not in ('mmpose', 'mmdet', 'mmengine'):
        raise ValueError(f'expected a scope of OpenMMLab, got {value["_scope_"]!r}')
    return {k: _harmless(one) for k, one in value.items() if k not in _DROPPED}


def _check_component(name: Any) -> None:
    """Refuse what MMEngine would import by its name, or what is no part of a network.

    Raises:
        ValueError: If no such component is registered, or it is of other kinds.
    """
    scope, key = Registry.split_scope_key(name) if isinstance(name, str) else (None, '')
    roots = (MODELS.root, KEYPOINT_CODECS.root)
    nodes = [node for root in roots for node in (root, *root.children.values())]
    found = [
        node.module_dict[key]
        for node in nodes
        if key in node.module_dict and scope in (None, node.scope)
    ]
    if not found or not all(one.__module__.startswith(_MODULES) for one in found):
        raise ValueError(f'expected the name of a component, got {name!r}')


def _check_stored(path: str | Path) -> None:
    """Refuse an archive that unpacks to more than it is; torch packs none.

    Raises:
        ValueError: If it does.
    """
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            if any(one.compress_type != zipfile.ZIP_STORED for one in archive.filelist):
                raise ValueError('it is packed')


def _check_content(checkpoint: Mapping[str, Any]) -> None:
    """Refuse what is no dict of finite tensors, or has no dict for its meta.

    Raises:
        ValueError: If it is so.
    """
    for place in ('state_dict', 'meta'):
        content = checkpoint.get(place, {})
        if not isinstance(content, dict) and (place, content) != ('meta', None):
            raise ValueError(f'{place}: expected a dict, got {content!r:.60}')
    _check_skeleton((checkpoint.get('meta') or {}).get('dataset_meta', {}))
    total, files = 0, {0: 1}  # bytes of tensors, and of the storages that they are of
    for name, tensor in checkpoint.get('state_dict', checkpoint).items():
        if not isinstance(name, str) or type(tensor) not in (Tensor, nn.Parameter):
            raise ValueError(f'{name}: expected a tensor, got {tensor!r:.60}')
        if not _is_plain(tensor):
            raise ValueError(
                f'{name}: expected numbers in the file, got {tensor.dtype}'
            )
        size = tensor.numel() * tensor.element_size()
        storage = tensor.untyped_storage()
        files[storage.data_ptr()] = storage.nbytes()
        total += size
        if size > storage.nbytes() or total > _MOST_VIEWS * sum(files.values()):
            raise ValueError(f'{name}: expected all its numbers in the file')
        if not torch.isfinite(tensor).all():
            raise ValueError(f'{name}: expected finite numbers, got NaN or infinity')


def _is_plain(tensor: Tensor) -> bool:
    """Whether a tensor is an array of numbers of a usual kind, held in memory."""
    is_array = tensor.layout == torch.strided and not tensor.is_nested
    return is_array and tensor.device.type == 'cpu' and tensor.dtype in _DTYPES


def _check_skeleton(skeleton: Any) -> None:
    """Refuse a data set's meta information that no flip test can use.

    Raises:
        ValueError: If it is so.
    """
    flip = skeleton.get('flip_indices', []) if isinstance(skeleton, dict) else None
    if not isinstance(flip, list) or not set(map(repr, flip)) <= set(
        map(repr, range(len(flip)))
    ):
        raise ValueError(
            f'dataset_meta: expected a dict with keypoints as flip_indices, got '
            f'{skeleton!r:.60}'
        )
