"""What a worker was at when it died: a picture can crash the code that decodes it."""

from __future__ import annotations

import os
import socket
from collections import Counter
from contextlib import AbstractContextManager, suppress
from pathlib import Path

MOST_DEATHS = 2  # at the same picture: it is left out then


class Attempt(AbstractContextManager['Attempt']):
    """A worker's try at a shard, in a file that outlives the worker.

    The file has a line a try: the worker's host and process, then the numbers of the
    pictures (or frames) it began. It is removed when the block ends, well or not: only
    a worker that is killed leaves one.

    Args:
        path: The file, in a folder that is there.

    Attributes:
        is_first: Whether no worker died here before.
        deadly: Numbers of the pictures at which workers died twice.

    Raises:
        OSError: If the file cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        lines = path.read_text('utf-8').splitlines() if path.exists() else []
        last = Counter(line.split()[-1] for line in lines if len(line.split()) > 2)
        self.is_first = not lines
        self.deadly = {int(n) for n, deaths in last.items() if deaths >= MOST_DEATHS}
        self._file = path.open('ab', buffering=0)
        self._file.write(f'\n{socket.gethostname()} {os.getpid()}'.encode())

    def begin(self, number: int) -> None:
        """Note which picture comes now."""
        self._file.write(f' {number}'.encode())

    def __exit__(self, *_: object) -> None:
        self._file.close()
        with suppress(FileNotFoundError):
            self._path.unlink()
