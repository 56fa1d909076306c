"""The page of results, written from the folders of finished runs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from .catalogue import Suite
from .figures import COLUMNS, GEODESIC, SHARES, figures_of, part
from .sections import FOLDER, Collection, sections
from .training import RECORD, Finished, read_run

PAGE, LIST = 'results.md', 'runs.json'
_HEAD = """\
# Results

Written by {command} from the folders of the runs; do not
edit.

- Data: {title}.
- Every run: {budget}; {hardware}.
- A spread is the standard deviation over seeds (of weights, or of who trains and who is
  tested). Published figures, where shown, are on other data.
- Where each number comes from is in [runs.json]({folder}/{list}) and, whole, in the
  run's folder (`work_dirs/experiments/{suite}/<run>`: config, log, per-head results).
"""


def write(suite: Suite, folder: Path, docs: Path) -> Path:
    """Write the page, its plots and the list of runs.

    Args:
        suite: The suite.
        folder: Of its runs.
        docs: Where ``results.md`` and ``results/`` go.

    Raises:
        FileNotFoundError: If no run is finished.
    """
    records = sorted(folder.glob(f'*/{RECORD}'))
    if not records:
        raise FileNotFoundError(f'{folder}: expected finished runs, got none')
    runs = {path.parent.name: read_run(path.parent) for path in records}
    collection = Collection(suite, folder.name, runs, {})
    text = _HEAD.format(
        command=collection.command('report'),
        title=suite.title,
        budget=_budget(runs),
        hardware=_hardware(runs),
        folder=FOLDER,
        list=LIST,
        suite=folder.name,
    )
    text += ''.join(sections(collection))
    pictures = docs / FOLDER
    pictures.mkdir(parents=True, exist_ok=True)
    for name, figure in collection.plots.items():
        figure.savefig(pictures / f'{name}.png')
    (pictures / LIST).write_text(_list_runs(runs), encoding='utf-8')
    page = docs / PAGE
    page.write_text(text, encoding='utf-8')
    return page


def _budget(runs: Mapping[str, Finished]) -> str:
    """How many crops the runs were trained on, as their records say."""
    counts = sorted({n for run in runs.values() if (n := run.record.get('crops'))})
    if not counts:
        return "the paper's schedule"
    count = ' to '.join(f'{n:,}' for n in dict.fromkeys((counts[0], counts[-1])))
    return f'a short schedule of {count} crops'


def _hardware(runs: Mapping[str, Finished]) -> str:
    """On what the runs were trained and how long."""
    everything = [run.record for run in runs.values()]
    records = [record for record in everything if 'minutes_of_training' in record]
    devices = ', '.join(sorted({record['device'] for record in everything}))
    minutes = sorted(record['minutes_of_training'] for record in records)
    if not minutes:
        return devices
    middle = minutes[len(minutes) // 2]
    return (
        f'{len(minutes)} of them, {middle:.0f} minutes in the median ({minutes[0]:.0f} '
        f'to {minutes[-1]:.0f}) on {devices}'
    )


def one_line(run: Finished) -> str:
    """The MAE of each test set of a run, and how long it took."""
    results = run.results()
    parts = []
    for dataset in sorted(set(results.dataset)):
        chosen = part(results, dataset)
        assert chosen is not None
        figures = figures_of(chosen)
        angles = '/'.join(f'{figures[k]:.2f}' for k in COLUMNS if k in figures)
        parts.append(f'{dataset} {angles}')
    minutes = run.record.get('minutes_of_training')
    time = '' if minutes is None else f' ({minutes:.1f} min)'
    return '; '.join(parts) + time


def _list_runs(runs: Mapping[str, Finished]) -> str:
    """Every run's record with its figures, as JSON."""
    keys = {**COLUMNS, **GEODESIC, **SHARES}
    listed = []
    for run in runs.values():
        results = run.results()
        figures = {}
        for dataset in sorted(set(results.dataset)):
            chosen = part(results, dataset)
            assert chosen is not None
            all_of = figures_of(chosen)
            figures[dataset] = {k: round(all_of[k], 4) for k in keys if k in all_of}
            figures[dataset]['n'] = len(chosen)
        listed.append({**run.record, 'figures': figures})
    return json.dumps(listed, indent=1) + '\n'
