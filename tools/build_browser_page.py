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

from bernoulli_headpose.files import check_file, printable, write_whole
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


def choose_models(model: str | None, finder: str | None) -> list[Path]:
    """The model, and what finds heads for it where it does not do so itself.

    Raises:
        FileNotFoundError: If one is not there.
        ValueError: If one is of the wrong kind.
    """
    from browser_page.settings import finds_heads

    paths = [find_model(model), find_model(finder, FINDER)]
    for path in paths:
        check_file(path, 'an exported model')
    if finds_heads(paths[0]):
        if finder is not None:
            raise ValueError(
                'finder: expected none with a model that finds heads itself, got '
                f'{finder}'
            )
        return paths[:1]
    if not finds_heads(paths[1]):
        raise ValueError(
            f'finder: expected a model that finds all heads of a picture, got {finder}'
        )
    if paths[0].name == paths[1].name:
        raise ValueError(f'finder: expected a file of another name, got {paths[1]}')
    return paths


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
    models = choose_models(args.model, args.finder)
    from browser_page.runtime import FILES, read_runtime
    from browser_page.settings import make_settings

    settings = make_settings(models[0], models[1] if len(models) > 1 else None)
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
