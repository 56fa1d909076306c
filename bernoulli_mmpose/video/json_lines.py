"""Results of a video as JSON lines: one object a frame, readable at any time."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any


class JsonLinesWriter:
    """Writes ``{"frame": i, "time_s": t, "heads": [...]}``, one line a frame.

    Every line is strict JSON (no NaN) and is on its way to the disk when
    :meth:`write` returns, so a run that was stopped leaves whole lines.

    Args:
        path: File to write, from its beginning; its folder is made where it is
            missing.

    Raises:
        OSError: If the file cannot be opened.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self.path.open('w', encoding='utf-8', newline='\n')

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
        self._file.write(line + '\n')
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> JsonLinesWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
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
