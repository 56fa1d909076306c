"""Files that are written whole or not at all, and never over an input."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from collections.abc import Container, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

FileId = tuple[int, int]
"""Device and inode: one file, by whatever name or link."""


def file_id(path: str | Path) -> FileId | None:
    """What tells a file from others; None if there is no such file."""
    try:
        status = os.stat(path)  # noqa: PTH116  (takes any path that the system takes)
    except (OSError, ValueError):  # a name too long, or with a NUL in it
        return None
    return status.st_dev, status.st_ino


def identify_files(paths: Iterable[str | Path]) -> set[FileId]:
    """What tells the files among some paths, for :func:`check_output`."""
    return {found for path in paths if (found := file_id(path)) is not None}


def check_output(path: str | Path, inputs: Container[FileId]) -> None:
    """Make sure that an output does not overwrite an input.

    Args:
        path: File to write.
        inputs: Of :func:`identify_files`.

    Raises:
        ValueError: If it is an input, by another name or a link, too.
    """
    if file_id(path) in inputs:
        raise ValueError(
            f'output: {path} would overwrite an input; write to another folder or '
            'give it another name'
        )


@contextmanager
def whole_file(path: str | Path, inputs: Container[FileId] = ()) -> Iterator[Path]:
    """A file to write that becomes ``path`` when the block ends well.

    Until then it has another name in the same folder, with the same suffix; when the
    block raises, it is removed, and what was at ``path`` stays. A link is followed. A
    device or pipe, such as ``/dev/stdout``, is written as it is.

    Args:
        path: The file; its folder is made where it is missing.
        inputs: Files that must not be overwritten, see :func:`identify_files`.

    Yields:
        The path to write to.

    Raises:
        ValueError: If ``path`` is an input, or holds a NUL.
        OSError: If it cannot be written, with ``path`` as the file's name.
    """
    if '\0' in str(path):
        raise ValueError(f'output: expected the name of a file, got {str(path)!r}')
    check_output(path, inputs)
    part, target = None, Path(os.path.realpath(path))
    try:
        if _is_device(target):
            yield target
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f'.{secrets.token_hex(4)}.part{target.suffix}')
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        yield part
        part.replace(target)
    except OSError as error:
        if error.filename not in (None, *map(str, (part, target, target.parent))):
            raise  # of another file
        raise type(error)(
            error.errno, error.strerror or str(error), str(path)
        ) from error
    finally:
        if part is not None:
            part.unlink(missing_ok=True)


def write_whole(
    path: str | Path, content: str | bytes, inputs: Container[FileId] = ()
) -> Path:
    """Write a file whole or not at all; text in UTF-8, see :func:`whole_file`."""
    data = content.encode() if isinstance(content, str) else content
    with whole_file(path, inputs) as part:
        part.write_bytes(data)
    return Path(path)


def _is_device(target: Path) -> bool:
    """Whether something is there that is written as it is.

    Raises:
        OSError: If it is a folder, or the name is none that the system takes.
    """
    try:
        mode = target.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return False
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(target))
    return not stat.S_ISREG(mode)
