"""The command ``head-pose``: head pose from the command line.

Arguments and files are looked at before a model is loaded.
"""

from __future__ import annotations

import contextlib
import sys
import warnings
from collections.abc import Iterator, Sequence

import cv2

from .cli_arguments import read_arguments
from .cli_model import check_model_options, open_runner
from .files import PartialImageWarning, check_folder, printable
from .sources import (
    Source,
    check_video,
    describe_unread,
    is_video,
    list_sources,
)
from .terminal import USER_ERRORS, report, run_command, say


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code."""

    def run() -> int:
        args = read_arguments(argv)
        if args.out:
            check_folder(args.out)
        check_model_options(args)
        images, videos, exit_code = find_sources(args.inputs)
        if not (images or videos):
            return exit_code
        from .command import HeadPoseCommand

        shows = sys.stdout.isatty() and not args.json
        with quiet(), open_runner(args, args.input_size, shows) as runner:
            command = HeadPoseCommand(args, runner)
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
                if left_out := describe_unread(source):
                    say(f'note: {printable(left_out)}')
        except USER_ERRORS as error:
            exit_code = report(error)
    return images, videos, exit_code


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep libraries' chatter away; our own warnings come as one line each."""
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        warnings.simplefilter('always', PartialImageWarning)
        warnings.showwarning = lambda message, *_, **__: say(
            f'note: {printable(message)}'
        )
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
        yield
