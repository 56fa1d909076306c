"""Configs: the margin that they tell, and those inside of checkpoints.

MMEngine would run the config that a checkpoint holds, and call whatever that names.
Here it is read as data, and only components of a network are taken from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.registry import Registry
from mmpose.registry import KEYPOINT_CODECS, MODELS

from bernoulli_headpose.boxes import check_margin
from bernoulli_headpose.files import parse_assignments

from .checkpoints import read_checkpoint

DEFAULT_MARGIN = 0.4
# Where the components of a network may come from, by the beginning of their module.
_MODULES = (
    'bernoulli_mmpose.',
    'mmcv.cnn.bricks.',
    'mmdet.models.backbones.',
    'mmdet.models.layers.',
    'mmdet.models.losses.',
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
    'FitPicture',
    'GetBBoxCenterScale',
    'LoadImage',
    'PackPoseInputs',
    'TopdownAffine',
)
# What is of no use once there are weights, and may name files.
_DROPPED = {'backend_args', 'file_client_args', 'init_cfg', 'pretrained'}
# What MMEngine, MMPose and MMDetection take for files to run, or to load.
_REFUSED = {'_base_', 'checkpoint', 'custom_imports', 'from_file', 'teacher_config'}


def config_margin(config: Mapping[str, Any]) -> float | None:
    """Margin around a face box that a model was trained with, from its config.

    Returns:
        ``margin`` of the (first) test data set; ``DEFAULT_MARGIN`` where it says
        none; None if the model takes the whole image (``region='image'``) or, with a
        body's keypoints beside the head, a person's box.
    """
    model = config.get('model', {})
    if 'head_pose' in model or model.get('head', {}).get('num_keypoints', 1) > 1:
        return None
    dataset = config.get('test_dataloader', {}).get('dataset', {})
    while dataset.get('datasets'):  # CombinedDataset
        dataset = dataset['datasets'][0]
    if dataset.get('region') == 'image':
        return None
    return float(dataset.get('margin', DEFAULT_MARGIN))


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
        config: What :func:`~bernoulli_headpose.files.parse_assignments` gives.

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
