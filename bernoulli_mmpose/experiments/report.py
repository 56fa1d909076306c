"""The page of results, written from the folders of finished runs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmengine.config import Config

from bernoulli_headpose.files import printable, whole_file, write_whole

from . import robustness
from .archive import ARCHIVE, archived_tests, pack
from .collection import FOLDER, Collection
from .figures import COLUMNS, GEODESIC, SHARES, figures_of, mean_error, part
from .records import Finished, find_run
from .robustness import perturbed_results
from .runs import Run
from .sections import sections
from .selection import wanted_runs
from .suites import Suite

PAGE, LIST = 'results.md', 'runs.json'
_HEAD = """\
# Results

Written by {command} from the folders of the runs; do not
edit.

- Data: {title}.
{about}
- Every training: {network}; {budget}; {hardware}.
- Seeds set the weights and the order of samples. A spread is the standard deviation
  over seeds, of tests on the same heads; where a protocol has several draws of who
  trains and who is tested, over these.
- Criterion I is the mean absolute error (MAE) of an angle; II the share of heads whose
  every angle is closer than a threshold; III the MAE of heads by how far they are
  turned. The geodesic error is the angle of the one rotation between two poses.
  A rotation has two triples of angles: one that is predicted as a rotation (6D,
  landmarks) counts with that nearer to the label.
- An effect is called level where it is within two of its standard errors, from the
  spread over seeds (as a share of the error, the root mean square of all settings that
  have several; one with a single seed, or learnt from other data, is taken to spread as
  much); where people are compared one by one, within the 95 % interval over people.
- Where each number comes from is in [runs.json]({folder}/{list}): what a run changes,
  its seed, the project's revision, machine and figures; and in
  [{archive}]({folder}/{archive}), a folder for each run: its whole config, the course
  of its training and the angles it predicted in every test. {restore}
  makes such folders of it ({runs}), with the labels of the
  data; {command} makes this page of them.
"""


def write(
    suite: Suite, folder: Path, docs: Path, configs: Mapping[Path, Config]
) -> Path:
    """Write the page, its plots, the list of runs and their archive.

    Args:
        suite: The suite.
        folder: Of its runs.
        docs: Where ``results.md`` and ``results/`` go.
        configs: Of the suite's runs and its landmarks by their folder; what is not
            finished is left out.

    Raises:
        FileNotFoundError: If no run is finished.
        ValueError: If a folder holds a run of another config, or the archive of a
            former page has tests of wanted runs that are missing here.
    """
    pictures = docs / FOLDER
    checked = {path.name: find_run(path, config) for path, config in configs.items()}
    default = configs[folder / Run().name]
    runs = {name: found for name, found in sorted(checked.items()) if found}
    if not runs:
        raise FileNotFoundError(f'{folder}: expected finished runs, got none')
    _check_former(pictures / ARCHIVE, set(checked), runs)
    collection = Collection(suite, folder.name, runs, {})
    place = f'`{folder.as_posix()}/<run>`'
    text = _HEAD.format(
        command=collection.command('report'),
        title=suite.title,
        about='\n'.join(f'- {line}' for line in suite.about),
        network=_network(default),
        budget=_budget(runs, default),
        hardware=_hardware(runs),
        folder=FOLDER,
        list=LIST,
        archive=ARCHIVE,
        restore=collection.command('restore'),
        runs='where `--out` says' if folder.is_absolute() else place,
    )
    text += ''.join(sections(collection))
    pack(runs.values(), pictures / ARCHIVE)
    for name, figure in collection.plots.items():
        with whole_file(pictures / f'{name}.png') as part:
            figure.savefig(part)
    wanted = {run.name: run for run in wanted_runs(suite, ['all'])}
    write_whole(pictures / LIST, _list_runs(runs, wanted))
    return write_whole(docs / PAGE, text)


def _check_former(
    archive: Path, wanted: set[str], found: Mapping[str, Finished]
) -> None:
    """Refuse to lose logged tests: the archive may be all that is left of them."""
    former = archived_tests(archive)
    lost = [
        f'{run}/{test}'
        for run in sorted(wanted.intersection(former))
        for test in former[run]
        if run not in found or not (found[run].folder / test).is_file()
    ]
    if lost:
        raise ValueError(
            f'{archive}: expected no tests but those in the folders of the runs, got '
            f'{len(lost)} more ({", ".join(lost[:3])} ...); `restore` brings back '
            'whole runs, `run` tests again, --docs names another folder for the page'
        )
    for run in sorted(set(former) - wanted):
        print(f'{printable(run)} leaves the archive: no experiment needs it')


def _network(config: Config) -> str:
    """Backbone, input and batch of a run's config."""
    width, height = config.model.head.decoder.input_size
    optimizer = config.optim_wrapper.optimizer
    precision = (config.model.get('train_cfg') or {}).get('autocast', 'float32')
    return (
        f'HRNet `{config.model.backbone.arch}` from scratch, {width}x{height} input '
        f'(whole images are larger), batches of {config.train_dataloader.batch_size}, '
        f'{optimizer.type} at a learning rate of {optimizer.lr:g} where no other is '
        f'named, {precision}, the last checkpoint, flip test'
    )


def _budget(runs: Mapping[str, Finished], config: Config) -> str:
    """How many crops the runs were trained on, as their records say, or epochs."""
    if 'max_epochs' in config.train_cfg:
        return f'{config.train_cfg.max_epochs} epochs'
    counts = sorted({n for run in runs.values() if (n := run.record.get('crops'))})
    if not counts:
        return f'a short schedule of {config.train_cfg.max_iters:,} batches'
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
    threads = ' or '.join(str(n) for n in sorted({r['threads'] for r in records}))
    middle, noun = minutes[len(minutes) // 2], 'training' + 's' * (len(minutes) > 1)
    revisions = {record['revision'] for record in records if 'revision' in record}
    made = f', at {len(revisions)} revisions' if len(revisions) > 1 else ''
    return (
        f'{len(minutes)} {noun} of {middle:.0f} minutes in the median '
        f'({minutes[0]:.0f} to {minutes[-1]:.0f}, beside each other, threads each: '
        f'{threads}) on {devices}{made}'
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


def _list_runs(runs: Mapping[str, Finished], wanted: Mapping[str, Run]) -> str:
    """Every run's record with what it is and its figures, as JSON."""
    keys = {**COLUMNS, **GEODESIC, **SHARES}
    listed = []
    for name, run in runs.items():
        results = run.results()
        figures = {}
        for dataset in sorted(set(results.dataset)):
            chosen = part(results, dataset)
            assert chosen is not None
            all_of = figures_of(chosen)
            figures[dataset] = {k: round(all_of[k], 4) for k in keys if k in all_of}
            figures[dataset]['n'] = len(chosen)
        perturbed = {
            dataset: moved for dataset in figures if (moved := _perturbed(run, dataset))
        }
        more = {'perturbed_mae': perturbed} if perturbed else {}
        what = _describe(wanted[name]) if name in wanted else {}
        listed.append({**run.record, **what, 'figures': figures, **more})
    return json.dumps(listed, indent=1) + '\n'


def _describe(run: Run) -> dict[str, Any]:
    """Data, method and what is changed of it."""
    changes = {f'codec.{name}': value for name, value in run.codec.items()}
    if run.steps:
        changes['steps'] = list(run.steps)
    return dict(data=run.data, method=run.method, changes=changes | dict(run.options))


def _perturbed(run: Finished, dataset: str) -> dict[str, list[float]]:
    """The MAE of each repeat of the tests on perturbed heads."""
    repeats = {
        name: perturbed_results(run, dataset, name) for name in robustness.PERTURBATIONS
    }
    return {
        name: [round(mean_error([one], dataset), 4) for one in found]
        for name, found in repeats.items()
        if found
    }
