"""Results of a video as JSON lines: one object a frame, readable at any time."""

from __future__ import annotations

import errno
import json
import math
import os
from collections.abc import Container, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Any

from ..files import FileId, check_output, file_id


class JsonLinesWriter(AbstractContextManager['JsonLinesWriter']):
    """Writes ``{"frame": i, "time_s": t, "heads": [...]}``, one line a frame.

    Every line is strict JSON (no NaN) and is on its way to the disk when
    :meth:`write` returns, so that a program can follow the file, and a run that was
    stopped, or whose disk is full, leaves whole lines under the file's own name.

    Args:
        path: File to write, from its beginning; its folder is made where it is
            missing.
        inputs: Files that must not be overwritten, see
            :func:`~bernoulli_headpose.files.identify_files`.

    Raises:
        ValueError: If the file is an input.
        OSError: If the file cannot be opened.
    """

    def __init__(self, path: str | Path, inputs: Container[FileId] = ()) -> None:
        self.path = Path(path)
        check_output(path, inputs)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self.path.open('wb', buffering=0)

    @property
    def file(self) -> Path | None:
        """The file, if it is still there."""
        return self.path if self.path.exists() else None

    def write(
        self, frame: int, time_s: float, heads: Sequence[Mapping[str, Any]]
    ) -> None:
        """Add a frame.

        Args:
            frame: Its place in the video.
            time_s: Its time, seconds.
            heads: One dict of plain numbers, lists and text each.

        Raises:
            ValueError: If a value is not finite or none that JSON has; nothing is
                written then.
            OSError: If it cannot be written, or the file is no longer there.
        """
        record = {'frame': frame, 'time_s': time_s, 'heads': [*map(dict, heads)]}
        try:
            line = json.dumps(record, allow_nan=False)
        except (TypeError, ValueError) as error:
            where, value = _first_fault(record, '') or ('record', record)
            raise ValueError(
                f'{where}: expected a finite number, text, list or dict for JSON, '
                f'got {value!r} of type {type(value).__name__} (frame {frame})'
            ) from error
        try:
            self._append(f'{line}\n'.encode())
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(self.path)) from error

    def _append(self, line: bytes) -> None:
        """Write a line, the whole of it or nothing."""
        status = os.fstat(self._file.fileno())
        if file_id(self.path) != (status.st_dev, status.st_ino):
            raise OSError(errno.ENOENT, os.strerror(errno.ENOENT))
        try:
            while line:
                line = line[self._file.write(line) :]
        except OSError:
            with suppress(OSError):  # a pipe has no end to go back to
                self._file.truncate(status.st_size)
            raise

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __exit__(self, *_: object) -> None:
        self.close()


def _first_fault(value: Any, where: str) -> tuple[str, Any] | None:
    """Place and value of the first thing that strict JSON does not have."""
    if isinstance(value, dict):
        parts = [(f'{where}.{key}'.lstrip('.'), part) for key, part in value.items()]
    elif isinstance(value, (list, tuple)):
        parts = [(f'{where}[{index}]', part) for index, part in enumerate(value)]
    elif value is None or isinstance(value, (str, int)):
        return None
    else:
        is_number = isinstance(value, float) and math.isfinite(value)
        return None if is_number else (where, value)
    faults = (_first_fault(part, place) for place, part in parts)
    return next((fault for fault in faults if fault), None)
