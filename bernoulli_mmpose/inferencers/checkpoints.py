"""Checkpoints, read as data: nothing in them is run, whoever made them."""

from __future__ import annotations

import hashlib
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

_KIND = 'a checkpoint of MMEngine'
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
