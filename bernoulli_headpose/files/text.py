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


def is_name(value: object) -> bool:
    """Whether it is text that can name a file, and be written to one.

    JSON can have a NUL and halves of characters in its text.
    """
    if not isinstance(value, str) or '\0' in value:
        return False
    try:
        value.encode(errors='surrogateescape')
    except UnicodeEncodeError:
        return False
    return True


def read_text(path: str | Path, errors: str = 'strict') -> str:
    """Text of a file in UTF-8, or in UTF-16 with its mark at the beginning.

    Args:
        path: The file.
        errors: What to do with other bytes, as for ``bytes.decode``.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is in another encoding.
    """
    data = Path(path).read_bytes()
    encoding = 'utf-16' if data.startswith(_UTF16) else 'utf-8-sig'
    try:
        return data.decode(encoding, errors)
    except UnicodeDecodeError as error:
        raise ValueError(f'{path}: expected text in UTF-8, got: {error}') from None


def read_json(path: str | Path, finite: bool = True) -> Any:
    """Content of a JSON file.

    Args:
        path: The file.
        finite: Whether to refuse NaN and infinity, which JSON does not have and
            Python writes; else they are read.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is no JSON.
    """
    text = read_text(path)
    try:
        return json.loads(text, parse_constant=_refuse if finite else None)
    # Too deep, or with numbers of thousands of digits.
    except (ValueError, RecursionError) as error:
        raise ValueError(f'{path}: expected JSON, got: {error}') from None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f'{constant}, which is no number of JSON')
