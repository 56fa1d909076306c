"""Which model a command runs: an exported one, or a network of MMPose."""

from __future__ import annotations

import argparse
import contextlib
import io
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .files import check_file
from .onnx.session import check_threads
from .onnx.shipped import FINDER, HEAD_POSE, find_model
from .sources import check_model_files

if TYPE_CHECKING:
    from .runner import HeadPoseRunner

MODEL_SUFFIX = '.onnx'
DETECTORS = ('auto', 'heads', 'mtcnn', 'none')


def add_model_options(add: Callable[..., Any]) -> None:
    """Add the options of :func:`open_runner`.

    Args:
        add: ``add_argument`` of a parser, or of a group of it.
    """
    add(
        '--model',
        metavar='FILE',
        help=f'a model of tools/export_onnx.py (.onnx), {HEAD_POSE} (the default) or '
        f'{FINDER}; or a config of MMPose (.py), which needs MMPose',
    )
    add(
        '--weights',
        type=_checkpoint,
        metavar='PTH',
        help='checkpoint of a config; needs MMPose',
    )
    add(
        '--device',
        help='cpu (the default), cuda, coreml or what else onnxruntime has here; of '
        'MMPose such as cuda:0 (default: a GPU where there is one)',
    )
    add(
        '--threads',
        type=_thread_count,
        metavar='N',
        help='of the processor (default: all)',
    )
    add(
        '--detector',
        type=_detector,
        default='auto',
        metavar='NAME',
        help='what looks for heads: heads (comes with the package); a model that does '
        "(.onnx); mtcnn (needs MMPose and pip install 'bernoulli_mmpose[detector]'); "
        'none (the whole image is one head); or auto (the default): heads, or none '
        'for a model of bodies',
    )


def check_model_options(args: argparse.Namespace) -> None:
    """Make sure that the files of the model are there.

    Raises:
        FileNotFoundError: If one is not.
        ValueError: If they do not go together.
    """
    check_model_files(args.model, args.weights)
    for name in (args.model, args.detector):
        if name and Path(name).suffix == MODEL_SUFFIX:
            check_file(name, 'an exported model')
    if needs_mmpose(args) and args.detector not in DETECTORS:
        raise ValueError(
            f'--detector: expected one of {", ".join(DETECTORS)} with a network of '
            f'MMPose, got {args.detector}'
        )


def _checkpoint(text: str) -> str:
    if Path(text).suffix == MODEL_SUFFIX:
        message = f'expected a checkpoint, got {text}; give a model as --model'
        raise argparse.ArgumentTypeError(message)
    return text


def _thread_count(text: str) -> int:
    try:
        return check_threads(int(text) if text.isdecimal() else text)  # type: ignore[arg-type]
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _detector(text: str) -> str:
    if text not in DETECTORS and Path(text).suffix != MODEL_SUFFIX:
        raise argparse.ArgumentTypeError(
            f'expected one of {", ".join(DETECTORS)}, or a file *{MODEL_SUFFIX}, got '
            f'{text!r}'
        )
    return text


def needs_mmpose(args: argparse.Namespace) -> bool:
    """Whether the model is a network of MMPose.

    Args:
        args: See :func:`add_model_options`.
    """
    if args.weights is not None or args.detector == 'mtcnn':
        return True
    return args.model is not None and find_model(args.model).suffix != MODEL_SUFFIX


@contextlib.contextmanager
def open_runner(
    args: argparse.Namespace,
    input_size: int | None = None,
    show_progress: bool = False,
) -> Iterator[HeadPoseRunner]:
    """What estimates the heads; while it is open, libraries tell no more than errors.

    Args:
        args: See :func:`add_model_options`.
        input_size: See :class:`~bernoulli_headpose.HeadPose`.
        show_progress: Whether to show a progress bar.

    Raises:
        FileNotFoundError: If a file is not there.
        ImportError: If a package is not installed that the model needs.
        ValueError: If a file is none of a model, the device is not here, or an
            argument would not be used.
    """
    options = dict(input_size=input_size, show_progress=show_progress)
    if needs_mmpose(args):
        with _quiet_mmpose(args):
            yield _load_mmpose(args, options)
    else:
        yield _load_exported(args, options)


def _load_exported(args: argparse.Namespace, options: dict[str, Any]) -> HeadPoseRunner:
    from .detectors import WholeImage
    from .head_pose import HeadPose

    finder = {'auto': None, 'none': WholeImage()}.get(args.detector, args.detector)
    device = args.device or 'cpu'
    return HeadPose(args.model, finder, device, args.threads, **options)


def _load_mmpose(args: argparse.Namespace, options: dict[str, Any]) -> HeadPoseRunner:
    import torch

    from bernoulli_mmpose import HeadPoseInferencer

    if args.threads is not None:
        torch.set_num_threads(args.threads)
    with contextlib.redirect_stdout(io.StringIO()):  # of MMEngine's loading
        return HeadPoseInferencer(
            args.model, args.weights, args.device, args.detector, **options
        )


@contextlib.contextmanager
def _quiet_mmpose(args: argparse.Namespace) -> Iterator[None]:
    """Import MMPose, and keep it from telling more than errors.

    Raises:
        ImportError: If it is not installed.
    """
    try:
        import bernoulli_mmpose  # noqa: F401
    except ImportError as error:
        wanted = dict(weights=args.weights, model=args.model, detector=args.detector)
        option = next(name for name, value in wanted.items() if value is not None)
        raise ImportError(
            f'--{option} {wanted[option]}: expected MMPose, which runs it, or a model '
            f'that runs without: FILE{MODEL_SUFFIX}, {HEAD_POSE} or {FINDER}. {error}',
            name=error.name,
        ) from error
    from mmengine.logging import MMLogger

    logger = MMLogger.get_current_instance()
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)
