"""Tables, plots and pictures of the results that HeadPoseMetric has dumped.

With pictures without a head in a test (HeadlessDataset), also from which score and
deviation on to trust a head.

python tools/summarize.py results.csv --out summary --pictures 6
python tools/summarize.py ours.csv theirs.csv --out comparison
python tools/summarize.py ours.csv theirs.csv --out found --found
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from console import PlainConsole
from rich.table import Table as RichTable

from bernoulli_headpose.files import (
    FileId,
    check_file,
    check_folder,
    identify_files,
    printable,
    whole_file,
    write_picture,
    write_whole,
)
from bernoulli_headpose.terminal import CommandParser, run_command

if TYPE_CHECKING:
    from bernoulli_mmpose.evaluation import summary
    from bernoulli_mmpose.evaluation.results import Runs


def parse_args(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = CommandParser(description=__doc__.splitlines()[0])
    parser.add_argument('results', nargs='+', type=Path, help='dumped CSV files')
    parser.add_argument('--out', type=Path, required=True, help='folder to write to')
    parser.add_argument(
        '--names', nargs='+', help="names to show, one a file (the files' own)"
    )
    parser.add_argument(
        '--found',
        action='store_true',
        help='only the heads that each file has with a score above 0',
    )
    parser.add_argument(
        '--pictures',
        type=int,
        default=0,
        metavar='N',
        help='draw the N worst, best, most turned and random heads (0: none)',
    )
    args = parser.parse_args(arguments)
    if args.names and len(args.names) != len(args.results):
        parser.error(
            f'--names: expected {len(args.results)}, a name for each file, '
            f'got {len(args.names)}'
        )
    if args.names and len(set(args.names)) < len(args.names):
        parser.error(f'--names: expected different names, got {args.names}')
    if args.pictures < 0:
        parser.error(f'--pictures: expected 0 or more, got {args.pictures}')
    return args


def run_names(paths: Sequence[Path]) -> list[str]:
    """Short names that tell files apart: stem, else folder, else the path."""
    candidates = (
        [path.stem for path in paths],
        [path.resolve().parent.name for path in paths],
        [str(path) for path in paths],
    )
    for names in candidates:
        if len(set(names)) == len(names):
            return names
    raise ValueError(f'results: expected each file once, got {[*map(str, paths)]}')


def print_table(console: PlainConsole, table: summary.Table) -> None:
    """Show a table in the terminal."""
    shown = RichTable(title=table.title, title_justify='left')
    for index, name in enumerate(table.header):
        shown.add_column(name, justify='right' if index else 'left')
    for row in table.rows:
        shown.add_row(*map(printable, row))
    console.print(shown)


def write_plots(runs: Runs, out: Path, inputs: set[FileId]) -> list[str]:
    """Write the plots to a folder; returns lines of Markdown that show them."""
    from bernoulli_mmpose.evaluation import plots

    drawn = {
        'mae_by_angle.png': plots.plot_mae_by_angle,
        'share_by_threshold.png': plots.plot_share_by_threshold,
        'error_by_interval.png': plots.plot_error_by_interval,
        'risk_coverage.png': plots.plot_risk_coverage,
        'reliability.png': plots.plot_reliability,
    }
    for file, plot in drawn.items():
        with whole_file(out / file, inputs) as part:
            plot(runs).savefig(part)
    return [f'![{file}]({file})\n' for file in drawn]


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the results, print and write what they say."""
    args = parse_args(arguments)
    for path in args.results:
        check_file(path, 'a results file')
    names = [printable(name) for name in args.names or run_names(args.results)]
    from bernoulli_mmpose.evaluation import read_headless, read_results, summary, trust
    from bernoulli_mmpose.evaluation.results import found_by_all

    files = dict(zip(names, args.results, strict=True))
    runs = {name: read_results(path) for name, path in files.items()}
    headless = {name: read_headless(path) for name, path in files.items()}
    if args.found:
        runs = found_by_all(runs)
    check_folder(args.out)
    pictures = (path for run in runs.values() for path in run['img_path'])
    inputs = identify_files([*args.results, *pictures])
    console = PlainConsole()
    tables = summary.summary_tables(runs) + trust.trust_tables(runs, headless)
    for table in tables:
        print_table(console, table)
    lines = [table.to_markdown() for table in tables]
    lines += write_plots(runs, args.out, inputs)
    page = args.out / 'summary.md'
    write_whole(page, '\n'.join(lines), inputs)
    for name, run in runs.items() if args.pictures else ():
        for kind, rows in summary.rank_heads(run, args.pictures).items():
            stem = kind if len(runs) == 1 else f'{name}_{kind}'
            stem = re.sub(r'[^\w.-]+', '_', stem)
            file = f'{stem}.png'
            write_picture(args.out / file, summary.draw_heads(run, rows, 6), inputs)
            lines.append(f'{name}, {kind} heads: ![{file}]({file})\n')
    write_whole(page, '\n'.join(lines), inputs)
    out = printable(args.out)
    console.print(f'wrote {out}: summary.md and the pictures that it shows')


if __name__ == '__main__':
    sys.exit(run_command(main))
