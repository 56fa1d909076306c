"""Entries of folders: which are files of a user, and can be read to their end."""

from __future__ import annotations

import os
import stat
from pathlib import Path

_SYSTEM_FILES = {'.ds_store', 'desktop.ini', 'ehthumbs.db', 'thumbs.db'}
_KINDS = {
    stat.S_IFDIR: 'a folder',
    stat.S_IFIFO: 'a pipe',
    stat.S_IFSOCK: 'a socket',
    stat.S_IFCHR: 'a device',
    stat.S_IFBLK: 'a device',
}


def is_system_file(name: str | Path) -> bool:
    """Whether macOS or Windows put a file there for itself, by its name.

    Such are ``._photo.jpg`` (beside ``photo.jpg``, on disks that are not Apple's),
    ``.DS_Store``, ``Thumbs.db`` and ``desktop.ini``. They have a user's suffixes, and
    nothing of a user in them.

    Args:
        name: Of the file, or its path.
    """
    last = Path(name).name
    return last.startswith('._') or last.lower() in _SYSTEM_FILES


def check_file(path: str | Path, expected: str = 'a file') -> os.stat_result:
    """Make sure that something can be read to its end: no pipe, device or folder.

    Args:
        path: Of the file; a link is followed.
        expected: What it should be, for errors.

    Returns:
        Its state.

    Raises:
        FileNotFoundError: If there is none.
        ValueError: If it is no file.
        OSError: If the system does not let it be looked at.
    """
    try:
        status = os.stat(path)  # noqa: PTH116  (takes any path that the system takes)
    except (FileNotFoundError, NotADirectoryError):
        link = ' (the link leads nowhere)' if os.path.islink(path) else ''  # noqa: PTH114
        raise FileNotFoundError(
            f'{path}: expected {expected}, found no such file{link}'
        ) from None
    except ValueError:  # a NUL in the path
        raise FileNotFoundError(
            f'expected the name of {expected}, got {str(path)!r}'
        ) from None
    kind = stat.S_IFMT(status.st_mode)
    if kind != stat.S_IFREG:
        raise ValueError(f'{path}: expected {expected}, got {_KINDS.get(kind, "none")}')
    return status
