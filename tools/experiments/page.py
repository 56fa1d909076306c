"""The page of results: its tables, between marks, and its plots."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fnmatch import translate
from pathlib import Path

import pandas as pd

from bernoulli_headpose.files import (
    printable,
    read_json,
    read_text,
    whole_file,
    write_whole,
)

from . import heads as long_table
from .errors import scores
from .heads import ANGLES, TABLE
from .plan import Plan
from .plots import Plots
from .tables import Tables

PAGE, FOLDER, LOG = 'results.md', 'results', 'runs.csv'
_BLOCK = re.compile(r'(<!-- table: (\w+) -->\n).*?(<!-- end -->)', re.DOTALL)


def collect_runs(plan: Plan, folders: Mapping[str, Path], docs: Path) -> str:
    """Take the results of finished runs into the table of a page.

    Other runs' tests stay. Of a run that is taken, all former ones go: they may be of
    other weights.

    Args:
        plan: The suite.
        folders: Of the finished runs, by name.
        docs: Folder of the page.

    Returns:
        How many runs were taken, in words.

    Raises:
        ValueError: If a file of a run is damaged.
    """
    runs = plan.runs()
    found = long_table.collect(folders, runs, plan.data)
    log = pd.DataFrame([read_json(path / 'run.json') for path in folders.values()])
    table, listed = docs / FOLDER / TABLE, docs / FOLDER / LOG
    if table.is_file():
        former = long_table.read_rows(table)
        found = pd.concat([former[~former['run'].isin(folders)], found])
        log = pd.concat([pd.read_csv(listed), log]).drop_duplicates('run', keep='last')
    long_table.write_table(found, table)
    write_whole(listed, log.sort_values('run').to_csv(index=False))
    return f'runs taken into {printable(table)}: {len(folders)}'


def write(plan: Plan, docs: Path) -> Path:
    """Write the tables and plots of a page; its text stays.

    Where there is no page, one is begun, of the questions' titles.

    Args:
        plan: The suite.
        docs: Folder of the page.

    Raises:
        FileNotFoundError: If nothing was collected.
        ValueError: If the table is damaged, or a mark of the page unknown.
    """
    tables = Tables(plan, long_table.read_table(docs / FOLDER / TABLE))
    page = docs / PAGE
    text = read_text(page) if page.is_file() else _begin(plan, tables)
    blocks = tables.blocks()

    def fill(match: re.Match[str]) -> str:
        if match[2] not in blocks:
            known = ', '.join(blocks)
            raise ValueError(f'{page}: expected a table of {known}, got {match[2]}')
        return f'{match[1]}{blocks[match[2]]()}\n{match[3]}'

    text = _BLOCK.sub(fill, text)
    for name, draw in Plots(tables).figures().items():
        if f'({FOLDER}/{name}.png)' in text:
            with whole_file(docs / FOLDER / f'{name}.png') as part:
                draw().savefig(part)
    return write_whole(page, text)


def errors_of_angles(docs: Path, pattern: str) -> str:
    """A table of each angle's error in each test, of runs whose names match.

    Raises:
        FileNotFoundError: If nothing was collected.
        ValueError: If no run matches.
    """
    found = scores(long_table.read_table(docs / FOLDER / TABLE))
    found = found[found['run'].astype(str).str.match(translate(pattern))]
    if found.empty:
        raise ValueError(f'{pattern}: expected names of runs, got none such')
    keys = ['run', 'test', 'dataset', 'n']
    means = found.groupby(keys, observed=True)[[*ANGLES, 'mean', 'geodesic']].mean()
    cells = means.map('{:.2f}'.format).replace('nan', '-').reset_index()
    return cells.to_markdown(index=False, disable_numparse=True)


def _begin(plan: Plan, tables: Tables) -> str:
    """A page without text, of the questions that have results."""
    parts = ['# Results']
    for name, question in plan.questions.items():
        if tables.groups(name, tables.scores):
            parts.append(f'## {question["title"]}')
            parts.append(f'<!-- table: {name} -->\n<!-- end -->')
            parts.append(f'![{question["title"]}]({FOLDER}/{name}.png)')
    return '\n\n'.join(parts) + '\n'
