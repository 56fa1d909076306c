"""Text and JSON of files, and names of files for a terminal."""

from __future__ import annotations

import codecs
import json
from pathlib import Path
from typing import Any, NoReturn

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def printable(text: object) -> str:
    """Text that a terminal shows as it is: one line, without control characters.

    Control characters (of which a terminal takes commands), those that turn the
    direction of writing, and broken characters of file names become escapes, such as
    ``\\x1b``.
    """
    return ''.join(
        char if char.isprintable() else char.encode('unicode_escape').decode()
        for char in str(text)
    )


def opencv_path(path: str | Path) -> str:
    """A path for OpenCV, which crashes the process over one that is not in UTF-8.

    Raises:
        ValueError: If it is not.
    """
    try:
        str(path).encode()
    except UnicodeEncodeError:
        raise ValueError(
            f'{printable(path)}: expected a path in UTF-8, since OpenCV takes no other'
        ) from None
    return str(path)


def read_text(path: str | Path) -> str:
    """Text of a file in UTF-8, or in UTF-16 with its mark at the beginning.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is in another encoding.
    """
    data = Path(path).read_bytes()
    encoding = 'utf-16' if data.startswith(_UTF16) else 'utf-8-sig'
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise ValueError(f'{path}: expected text in UTF-8, got: {error}') from None


def read_json(path: str | Path) -> Any:
    """Content of a JSON file; NaN and infinity, which JSON does not have, are refused.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is no JSON.
    """
    text = read_text(path)
    try:
        return json.loads(text, parse_constant=_refuse)
    # Too deep, or with numbers of thousands of digits.
    except (ValueError, RecursionError) as error:
        raise ValueError(f'{path}: expected JSON, got: {error}') from None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f'{constant}, which is no number of JSON')
