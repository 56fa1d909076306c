"""How a command speaks and ends: results on the standard output, faults in a line."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn, TextIO

from .files import printable

USER_ERRORS = (ValueError, OSError, ImportError, RuntimeError, KeyError, TypeError)
_INTERRUPTED, _READER_GONE = 130, 141  # as a shell says it of SIGINT and SIGPIPE


class _HelpFormatter(argparse.RawDescriptionHelpFormatter):
    """Tells the default of each option that has one."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        text, value = action.help, action.default
        is_told = text is None or 'default' in text or not action.option_strings
        values = value if isinstance(value, (list, tuple)) else [value]
        shown = ' '.join(str(one) for one in values if one not in (None, '')) or 'none'
        if (
            is_told
            or action.nargs == 0
            or action.required
            or value is argparse.SUPPRESS
        ):
            return text
        return f'{text} (default: {shown.replace("%", "%%")})'


class CommandParser(argparse.ArgumentParser):
    """A parser whose help tells all defaults, and whose errors are printable."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{'formatter_class': _HelpFormatter, **kwargs})

    def error(self, message: str) -> NoReturn:
        """End the program with the message."""
        super().error(printable(message))


def run_command(command: Callable[[], int | None]) -> int:
    """Run a command; what a user can get wrong ends it with a line, not a traceback.

    Args:
        command: Returns its exit code, or None for 0.

    Returns:
        The command's exit code; 1 after an error; 130 after Ctrl-C; 141, without a
        word, where nobody reads the standard output any more (``| head -1``).
    """
    _open_streams()
    try:
        code = command() or 0
        show('', end='')
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        _drop_output()
        return _READER_GONE
    except USER_ERRORS as error:
        with suppress(OSError):
            show('', end='')
        return report(error)
    return code


def show(text: str, end: str = '\n') -> None:
    """Print a result, and see that it has arrived.

    Args:
        text: The result.
        end: Printed after it.

    Raises:
        OSError: If it cannot be written; BrokenPipeError if nobody reads it.
    """
    try:
        print(text, end=end, flush=True)
    except BrokenPipeError:
        raise
    except OSError as error:
        _drop_output()
        name = 'standard output'
        raise OSError(error.errno, error.strerror or str(error), name) from None


def report(error: Exception) -> int:
    """Say in one line what is wrong; returns the exit code."""
    is_key = isinstance(error, KeyError) and error.args  # whose text has quotes
    lines = str(error.args[0] if is_key else error).split('\n')
    message = ' '.join(line.strip() for line in lines) or type(error).__name__
    say(f'error: {printable(message)}')
    return 1


def say(text: str) -> None:
    """Print a line about the run; where nobody reads the standard error, to nobody."""
    try:
        print(text, file=sys.stderr, flush=True)
    except OSError:
        _drop_output(sys.stderr)


def _open_streams() -> None:
    """Give closed streams (``>&-``) a place, so that no file is opened as one."""
    with suppress(OSError):
        while (opened := os.open(os.devnull, os.O_RDWR)) <= 2:
            pass
        os.close(opened)
    for name in ('stdout', 'stderr'):
        if getattr(sys, name) is None:
            nowhere = Path(os.devnull).open('w', encoding='utf-8')  # noqa: SIM115
            setattr(sys, name, nowhere)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors='replace')  # no terminal knows every character


def _drop_output(stream: TextIO | None = None) -> None:
    """Let the rest go nowhere: Python would fail on it when the program ends."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, (stream or sys.stdout).fileno())
        os.close(nowhere)
