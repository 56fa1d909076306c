"""onnxruntime for browsers, fetched by npm or taken from a folder."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

PACKAGE = 'onnxruntime-web'
VERSION = '1.30.0'
# Of the archive, as npm tells it (sha512).
_DIGEST = (
    'q0y+JrrtukXSzsBWEMccVfqX25LRmosXHF+CaRJmg8pZClzcV7svNc4rKY3jL02Vb7QmRMDs1SigqR4CXA'
    'fKYQ=='
)
_ARCHIVE = f'{PACKAGE}-{VERSION}.tgz'
# Of the package, and their names in the page: every web server knows the type of .js.
FILES = {
    'dist/ort.wasm.bundle.min.mjs': 'onnxruntime.js',
    'dist/ort-wasm-simd-threaded.wasm': 'onnxruntime.wasm',
}
_HINT = '; or give an unpacked copy of the package with --runtime'


def read_runtime(folder: Path | None) -> dict[str, bytes]:
    """The files of the runtime that a page needs, by their names there.

    Args:
        folder: An unpacked copy of the npm package; None asks npm for it, and keeps it
            in ``$BERNOULLI_CACHE_DIR`` or ``~/.cache/bernoulli_mmpose``.

    Raises:
        FileNotFoundError: If the folder or npm is not there.
        ValueError: If they are of another version, or damaged.
        OSError: If npm cannot fetch the package.
    """
    if folder is not None:
        return _read_folder(folder)
    archive = _cache() / _ARCHIVE
    if not (archive.is_file() and _digest(archive) == _DIGEST):
        _fetch(archive)
    return _read_archive(archive)


def _read_folder(folder: Path) -> dict[str, bytes]:
    try:
        manifest = json.loads((folder / 'package.json').read_bytes())
        found = f'{manifest["name"]} {manifest["version"]}'
        content = {ours: (folder / name).read_bytes() for name, ours in FILES.items()}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FileNotFoundError(
            f'{folder}: expected an unpacked copy of {PACKAGE} {VERSION}, got: {error}'
        ) from None
    if found != f'{PACKAGE} {VERSION}':
        raise ValueError(f'{folder}: expected {PACKAGE} {VERSION}, got {found}')
    return content


def _read_archive(archive: Path) -> dict[str, bytes]:
    """The files of an archive whose content is known, read in one go."""
    content: dict[str, bytes] = {}
    with tarfile.open(archive, 'r|gz') as opened:
        for member in opened:
            ours = FILES.get(member.name.removeprefix('package/'))
            stream = opened.extractfile(member) if ours else None
            if ours and stream:
                content[ours] = stream.read()
            if len(content) == len(FILES):
                break
    return content


def _cache() -> Path:
    given = os.environ.get('BERNOULLI_CACHE_DIR') or '~/.cache/bernoulli_mmpose'
    return Path(given).expanduser()


def _digest(path: Path) -> str:
    return base64.b64encode(hashlib.sha512(path.read_bytes()).digest()).decode()


def _fetch(archive: Path) -> None:
    """Let npm fetch the package.

    Raises:
        FileNotFoundError: If there is no npm.
        OSError: If it fails, without a network say.
        ValueError: If it gives another archive.
    """
    npm = shutil.which('npm')
    if npm is None:
        raise FileNotFoundError(
            f'npm: expected it on the PATH, to fetch {PACKAGE}, found none{_HINT}'
        )
    archive.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=archive.parent) as folder:
        words = ['pack', f'{PACKAGE}@{VERSION}', '--pack-destination', folder]
        options = ['--prefer-offline', '--fetch-retries', '1', '--loglevel', 'error']
        done = subprocess.run(
            [npm, *words, *options], capture_output=True, text=True, check=False
        )
        fetched = Path(folder) / _ARCHIVE
        if done.returncode or not fetched.is_file():
            said = ' '.join(done.stderr.split()) or f'exit status {done.returncode}'
            raise OSError(
                f'npm: expected {PACKAGE} {VERSION} of it, got: {said:.300}; is there '
                f'a network?{_HINT}'
            )
        if _digest(fetched) != _DIGEST:
            raise ValueError(
                f'npm: expected {_ARCHIVE} of sha512 {_DIGEST:.12}..., got '
                f'{_digest(fetched):.12}...'
            )
        fetched.replace(archive)
