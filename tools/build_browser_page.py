"""Make the folder of a page that estimates heads in the browser, for any web server.

python tools/build_browser_page.py work_dirs/page
python -m http.server -d work_dirs/page
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from bernoulli_headpose.files import printable, write_whole
from bernoulli_headpose.onnx import FINDER, find_model
from bernoulli_headpose.terminal import CommandParser, run_command

SOURCE = Path(__file__).resolve().parents[1] / 'docs' / 'browser'
PAGE_SUFFIXES = ('.css', '.html', '.js')
SETTINGS = 'settings.json'
RUNTIME = 'runtime'


def parse_args(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = CommandParser(description=__doc__.splitlines()[0])
    parser.add_argument('out', type=Path, help='folder to make')
    parser.add_argument(
        '--model',
        metavar='FILE',
        help="model of tools/export_onnx.py, in place of the package's own",
    )
    parser.add_argument(
        '--finder',
        metavar='FILE',
        help="model that finds the heads, in place of the package's own",
    )
    parser.add_argument(
        '--runtime',
        type=Path,
        metavar='FOLDER',
        help='an unpacked copy of onnxruntime-web, which npm fetches otherwise',
    )
    return parser.parse_args(arguments)


def check_folder(folder: Path, names: Iterable[str]) -> None:
    """Refuse a folder with files that are none of the page.

    Raises:
        OSError: If something else than a folder is there.
        ValueError: If there are other files.
    """
    if not folder.exists():
        return
    kept = {*names, RUNTIME}
    own = {entry.relative_to(folder).as_posix() for entry in folder.rglob('*')}
    if not folder.is_dir() or not own <= kept:
        got = min(own - kept) if folder.is_dir() else 'a file'
        raise ValueError(
            f'{folder}: expected an empty folder, or one of this page, got {got}'
        )


def main(arguments: Sequence[str] | None = None) -> None:
    """Collect the files, write them, tell their size."""
    args = parse_args(arguments)
    from browser_page.runtime import FILES, read_runtime
    from browser_page.settings import make_settings

    model = find_model(args.model)
    settings = make_settings(model, args.finder)
    models = [model]
    if settings['finder'] is not None:
        models.append(find_model(args.finder, FINDER))
    pages = [path for path in SOURCE.iterdir() if path.suffix in PAGE_SUFFIXES]
    files = {path.name: path.read_bytes() for path in sorted([*pages, *models])}
    files[SETTINGS] = (json.dumps(settings, indent=2) + '\n').encode()
    check_folder(args.out, [*files, *(f'{RUNTIME}/{name}' for name in FILES.values())])
    for name, content in read_runtime(args.runtime).items():
        files[f'{RUNTIME}/{name}'] = content
    for name, content in files.items():
        write_whole(args.out / name, content)
    megabytes = sum(map(len, files.values())) / 1e6
    print(f'{printable(args.out)}: {len(files)} files, {megabytes:.1f} MB')


if __name__ == '__main__':
    sys.exit(run_command(main))
