"""Files that are written whole or not at all, and never over an input."""

from __future__ import annotations

import errno
import os
import re
import stat
import time
from collections.abc import Container, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import cv2
from numpy.typing import NDArray

from .text import opencv_path

_PART = re.compile(r'\.[0-9a-f]{8}\.part(\.[^.]*)?')

FileId = tuple[int, int]
"""Device and inode: one file, by whatever name or link."""


def file_id(path: str | Path) -> FileId | None:
    """What tells a file from others; None if there is no such file."""
    try:
        status = os.stat(path)  # noqa: PTH116  (takes any path that the system takes)
    except (OSError, ValueError):  # a name too long, or with a NUL in it
        return None
    return status.st_dev, status.st_ino


def identify_files(paths: Iterable[object]) -> set[FileId]:
    """What tells the files among some inputs, for :func:`check_output`.

    Args:
        paths: Paths; what is none, such as an array or an address, is passed over.
    """
    named = (path for path in paths if isinstance(path, (str, Path)))
    return {found for path in named if (found := file_id(path)) is not None}


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
        ValueError: If ``path`` is an input, or holds a NUL, or text that is written
            has no form in UTF-8.
        OSError: If it cannot be written, with ``path`` as the file's name.
    """
    if '\0' in str(path):
        raise ValueError(f'output: expected the name of a file, got {str(path)!r}')
    check_output(path, inputs)
    part, target = None, Path(path)
    try:
        if _is_device(target):
            yield target
            return
        target = Path(os.path.realpath(path))
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f'.{os.urandom(4).hex()}.part{target.suffix}')
        if target.exists() and not os.access(target, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(target))
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        yield part
        if target.exists():
            part.chmod(stat.S_IMODE(target.stat().st_mode))
        part.replace(target)
    except OSError as error:
        raise _named(error, path, (part, target, target.parent)) from error
    except UnicodeEncodeError as error:
        raise ValueError(f'{path}: expected text for UTF-8: {error}') from None
    finally:
        if part is not None:
            with suppress(OSError):  # its folder may be gone
                part.unlink()


def _named(error: OSError, path: str | Path, ours: Iterable[Path | None]) -> OSError:
    """An error with the name that a caller knows; one of another file as it is."""
    if error.filename not in (None, *map(str, ours)):
        return error
    if error.errno is not None:
        return OSError(error.errno, error.strerror, str(path))
    # Not of the system, but of a library such as PIL.
    return OSError(f'{path}: {error}') if type(error) is OSError else error


def write_whole(
    path: str | Path, content: str | bytes, inputs: Container[FileId] = ()
) -> Path:
    """Write a file whole or not at all, see :func:`whole_file`.

    Args:
        path: The file.
        content: Bytes, or text that is written in UTF-8, in which names of files that
            are none stay as they are.
        inputs: Files that must not be overwritten.

    Raises:
        ValueError: If ``path`` is an input, or the text cannot be written in UTF-8.
        OSError: If it cannot be written.
    """
    with whole_file(path, inputs) as part:
        if isinstance(content, str):
            content = content.encode('utf-8', 'surrogateescape')
        part.write_bytes(content)
    return Path(path)


def write_picture(
    path: str | Path,
    picture: NDArray,
    inputs: Container[FileId] = (),
    options: Sequence[int] = (),
) -> Path:
    """Write a picture whole or not at all, see :func:`whole_file`.

    Args:
        path: The file; its suffix tells the format.
        picture: BGR, uint8, shape (H, W, 3).
        inputs: Files that must not be overwritten.
        options: Of ``cv2.imencode``.

    Raises:
        ValueError: If ``path`` is an input.
        OSError: If it cannot be written, in this format or at all.
    """
    suffix = opencv_path(Path(path).suffix)
    try:
        done, data = cv2.imencode(suffix, picture, options)
    except cv2.error as error:
        raise OSError(f'{path}: OpenCV cannot write it ({error.err})') from None
    if not done:
        raise OSError(f'{path}: OpenCV cannot write it in this format')
    return write_whole(path, data.tobytes(), inputs)


def check_folder(path: str | Path) -> None:
    """Make sure that files can be written to a folder, which may still be missing.

    Raises:
        OSError: If there is a file in its place, its name is none that the system
            takes, or it must not be written to.
    """
    folder = Path(path)
    for place in (folder, *folder.parents):
        try:
            is_folder = stat.S_ISDIR(place.stat().st_mode)
        except FileNotFoundError:
            continue
        if not is_folder:
            code = errno.ENOTDIR
        elif not os.access(place, os.W_OK | os.X_OK):
            code = errno.EACCES
        else:
            return
        raise OSError(code, os.strerror(code), str(place))


def remove_old_parts(folder: str | Path, age_s: float = 3600.0) -> None:
    """Remove what a killed process has left of :func:`whole_file` in a folder.

    Args:
        folder: Where to look; not below it.
        age_s: A younger one may still be written to, seconds.
    """
    with suppress(OSError):
        for entry in Path(folder).iterdir():
            if _PART.fullmatch(entry.name):
                with suppress(OSError):
                    if time.time() - entry.stat().st_mtime >= age_s:
                        entry.unlink()


def _is_device(target: Path) -> bool:
    """Whether something is there that is written as it is, such as a pipe.

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
