"""onnxruntime: a file opened on a device, and images run through it."""

from __future__ import annotations

from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .interface import INPUT

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

_END = 'ExecutionProvider'
_MOST_THREADS = 1024
_REMOTE = f'Azure{_END}'  # computes nothing here


def open_session(
    source: bytes | Path, device: str = 'cpu', threads: int | None = None
) -> InferenceSession:
    """Load a model into onnxruntime.

    Args:
        source: A file, or what it holds.
        device: ``'cpu'``, ``'cuda'``, ``'cuda:1'``, ``'coreml'`` or another of which
            onnxruntime has a provider, by its name or its beginning.
        threads: Of the processor; None takes all cores.

    Raises:
        ImportError: If onnxruntime is not installed.
        ValueError: If it is no model, or a damaged one, the device is not here, or the
            threads are no number of them.
    """
    onnxruntime = _import_runtime()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = check_threads(threads)
    options.log_severity_level = 4  # what goes wrong is raised, too
    options.enable_mem_pattern = False  # a plan of memory for each size of images
    # Threads that wait for work leave the processor to others.
    options.add_session_config_entry('session.intra_op.allow_spinning', '0')
    providers = _providers(device, onnxruntime.get_available_providers())
    if providers[0][0].startswith('CUDA') and hasattr(onnxruntime, 'preload_dlls'):
        onnxruntime.preload_dlls()  # of NVIDIA's packages for Python
    given = source if isinstance(source, bytes) else str(source)
    try:
        session = onnxruntime.InferenceSession(given, options, providers=providers)
    except Exception as error:  # onnxruntime's have no common base
        name = source if isinstance(source, Path) else 'the model'
        raise ValueError(f'{name}: expected an ONNX model, got: {error}') from error
    if session.get_providers()[0] != providers[0][0]:
        raise ValueError(
            f'device: expected one that works here, got {device!r}, which onnxruntime '
            'could not load'
        )
    return session


def _import_runtime() -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        raise ImportError(
            'an exported model needs the package onnxruntime, which is not installed: '
            'pip install onnxruntime',
            name=error.name,
        ) from error
    return onnxruntime


def check_threads(threads: int | None) -> int:
    """Threads as onnxruntime counts them: 0 for None, which takes all cores.

    Raises:
        ValueError: If it is no number from 1 to 1024: many more never start.
    """
    if threads is None:
        return 0
    is_count = isinstance(threads, Integral) and not isinstance(threads, bool)
    if not (is_count and 1 <= threads <= _MOST_THREADS):
        raise ValueError(
            f'threads: expected 1 to {_MOST_THREADS}, or None, got {threads!r}'
        )
    return int(threads)


def _providers(device: str, here: list[str]) -> list[tuple[str, dict[str, Any]]]:
    """The provider of a device, and the processor for what that cannot compute."""
    name, _, number = str(device).partition(':')
    known = {one.removesuffix(_END).lower(): one for one in here if one != _REMOTE}
    found = known.get(name.lower().removesuffix(_END.lower()))
    is_number = number.isdecimal() and len(number) < 4 and name.lower() != 'cpu'
    if found is None or (number and not is_number):
        raise ValueError(
            f'device: expected one that onnxruntime has here ({", ".join(known)}), got '
            f'{device!r}; other devices need another build of it, such as '
            'onnxruntime-gpu'
        )
    chosen = [(found, {'device_id': int(number)} if number else {})]
    return chosen if found == f'CPU{_END}' else [*chosen, (f'CPU{_END}', {})]


def run_session(
    session: InferenceSession, images: NDArray[np.float32], batch: int = 64
) -> dict[str, NDArray[np.float32]]:
    """Run a model on images, a batch at a time.

    Args:
        session: Of :func:`open_session`.
        images: Normalised, (N, 3, H, W); N is 1 or more.
        batch: Images at a time.

    Returns:
        All outputs by their names, each (N, ...).

    Raises:
        ValueError: If there is no image, or the model takes others.
    """
    if not len(images):
        raise ValueError('images: expected one or more, got none')
    names = [output.name for output in session.get_outputs()]
    batches = (images[start : start + batch] for start in range(0, len(images), batch))
    try:
        parts = [session.run(names, {INPUT: part}) for part in batches]
    except Exception as error:  # onnxruntime's have no common base
        raise ValueError(
            f'expected a model of {INPUT} of shape {images.shape}, got: {error}'
        ) from error
    joined = map(np.concatenate, zip(*parts, strict=True))
    return dict(zip(names, joined, strict=True))
