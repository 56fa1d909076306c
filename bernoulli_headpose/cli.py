"""The command ``head-pose``: head pose from the command line.

Arguments and files are looked at before MMPose is imported, which takes seconds.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import logging
import sys
import warnings
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from .cli_arguments import read_arguments
from .files import PartialImageWarning, check_folder, printable
from .sources import (
    Source,
    check_model_files,
    check_video,
    is_video,
    list_sources,
)
from .terminal import USER_ERRORS, report, run_command

if TYPE_CHECKING:
    from bernoulli_mmpose import HeadPoseInferencer


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code."""

    def run() -> int:
        args = read_arguments(argv)
        if args.out:
            check_folder(args.out)
        check_model_files(args.model, args.weights)
        images, videos, exit_code = find_sources(args.inputs)
        if not (images or videos):
            return exit_code
        from .command import HeadPoseCommand

        with quiet():
            command = HeadPoseCommand(args, load_inferencer(args))
            command.run(images, videos)
        return exit_code or command.exit_code

    return run_command(run)


def find_sources(inputs: Sequence[str]) -> tuple[list[Source], list[str], int]:
    """The images and the videos of what was given; what is neither is reported.

    Returns:
        Images, videos, and the exit code: 1 if something was reported, else 0.
    """
    images: list[Source] = []
    videos: list[str] = []
    exit_code = 0
    for source in inputs:
        try:
            if is_video(source):
                check_video(source)
                videos.append(source)
            else:
                images += list_sources(source)
        except USER_ERRORS as error:
            exit_code = report(error)
    return images, videos, exit_code


def load_inferencer(args: argparse.Namespace) -> HeadPoseInferencer:
    """The inferencer that the arguments ask for.

    Raises:
        ImportError: If MMPose is not installed.
    """
    from bernoulli_mmpose import HeadPoseInferencer

    with contextlib.redirect_stdout(io.StringIO()):  # of MMEngine's loading
        return HeadPoseInferencer(
            model=args.model or ('heads' if args.one_pass else None),
            weights=args.weights,
            device=args.device,
            detector=args.detector,
            input_size=args.input_size,
            show_progress=sys.stdout.isatty() and not args.json,
        )


def _mmengine_logger() -> logging.Logger:
    from mmengine.logging import MMLogger

    return MMLogger.get_current_instance()


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep libraries' chatter away; our own warnings come as one line each."""
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        warnings.simplefilter('always', PartialImageWarning)
        warnings.showwarning = lambda message, *_, **__: print(
            f'note: {printable(message)}', file=sys.stderr
        )
        import bernoulli_mmpose  # noqa: F401  (says it if MMPose is missing)

        logger = _mmengine_logger()
        level = logger.level
        logger.setLevel(logging.ERROR)
        try:
            yield
        finally:
            logger.setLevel(level)
