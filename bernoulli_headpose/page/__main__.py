"""``python -m bernoulli_headpose.page``: serve the page on this machine."""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..cli import quiet
from ..cli_model import add_model_options, check_model_options, open_runner
from ..terminal import CommandParser, run_command
from .hosts import OwnHosts

if TYPE_CHECKING:
    from ..runner import HeadPoseRunner

DESCRIPTION = """\
Serve a page to try the model on: give a picture or take one with the camera, and see
the angles of every head and its axes; of a network of MMPose also its maps. Nothing
leaves this machine; Ctrl-C ends it.
"""


def build_parser() -> argparse.ArgumentParser:
    """The arguments."""
    parser = CommandParser('python -m bernoulli_headpose.page', description=DESCRIPTION)
    add = parser.add_argument
    add(
        '--host',
        default='127.0.0.1',
        help='address to listen on (default: 127.0.0.1, this machine only; 0.0.0.0 '
        "lets the whole network in, by this machine's name or the number of its "
        'address)',
    )
    add('--port', type=int, help='port (default: the first free one from 7860)')
    add('--open', action='store_true', help='open the page in a browser')
    add_model_options(parser.add_argument_group('the model').add_argument)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until Ctrl-C; returns the exit code."""

    def run() -> None:
        args = build_parser().parse_args(argv)
        check_address(args.host, args.port)
        check_model_options(args)
        if importlib.util.find_spec('gradio') is None:
            raise ImportError(
                "the page needs gradio: pip install 'bernoulli_mmpose[demo]'"
            )
        with quiet(), contextlib.suppress(KeyboardInterrupt):
            serve(args)

    return run_command(run)


def check_address(host: str, port: int | None) -> None:
    """Make sure that it can be listened on: gradio tries a wrong one again and again.

    Raises:
        OSError: If the host is no address of this machine.
        ValueError: If the port is out of range.
    """
    if port is not None and not 1 <= port <= 65535:
        raise ValueError(f'--port: expected 1 to 65535, got {port}')
    try:
        family, kind, *_, address = socket.getaddrinfo(
            host, 0, type=socket.SOCK_STREAM
        )[0]
        with socket.socket(family, kind) as probe:
            probe.bind(address)
    except (OSError, UnicodeError) as error:
        raise OSError(
            f'--host: expected an address of this machine, got {host!r} ({error})'
        ) from error


def serve(args: argparse.Namespace) -> None:
    """Load the model and serve the page.

    Raises:
        OSError: If the port is taken.
        ValueError: If the model cannot be used.
    """
    parent = os.environ.get('GRADIO_TEMP_DIR')
    with (
        open_runner(args) as runner,
        tempfile.TemporaryDirectory(prefix='head-pose-page-', dir=parent) as folder,
    ):
        # What ends the process ends the pictures, too.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        os.environ['GRADIO_TEMP_DIR'] = folder
        launch(runner, args)


def launch(runner: HeadPoseRunner, args: argparse.Namespace) -> None:
    """Serve the page until the process is told to end.

    Raises:
        OSError: If the port is taken.
    """
    from starlette.middleware import Middleware

    from .layout import CSS, MAX_FILE_SIZE, build_page

    page = build_page(runner)
    try:
        _, url, _ = page.launch(
            server_name=args.host,
            server_port=args.port,
            inbrowser=args.open,
            share=False,
            quiet=True,
            prevent_thread_lock=True,
            ssr_mode=False,
            run_history=False,
            mcp_server=False,
            footer_links=[],
            max_file_size=MAX_FILE_SIZE,
            css=CSS,
            app_kwargs=dict(middleware=[Middleware(OwnHosts, address=args.host)]),
        )
    except OSError as error:
        if args.port is None:
            raise
        raise OSError(f'--port: expected a free port, got {args.port}') from error
    print(f'head pose: {url} (Ctrl-C ends it)', flush=True)
    page.block_thread()


if __name__ == '__main__':
    sys.exit(main())
