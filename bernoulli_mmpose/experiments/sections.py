"""The sections of the page of results, one an experiment."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from ..evaluation import HeadPoseResults
from ..evaluation.plots import plot_error_by_interval, plot_share_by_threshold
from ..evaluation.summary import Table
from . import catalogue
from .catalogue import ABLATION, EXPERIMENTS, METHODS, RADII, Suite
from .figures import COLUMNS, Repeats, cell, error_table, mean_and_spread, part
from .plots import plot_by_setting
from .robustness import PERTURBATIONS, SEEDS, dump_name
from .runs import Run
from .training import LANDMARKS, Finished

FOLDER = 'results'  # of the plots, below the page's
# Hu et al., Table II, on BIWI (16 sequences for training, 8 for testing): pitch, yaw,
# roll, mean. Rows whose method the table names.
PUBLISHED = {
    'DeepHeadPose (published, BIWI)': ('5.18', '5.67', '-', '-'),
    'SSR-Net-MD (published, BIWI)': ('4.35', '4.24', '4.19', '4.26'),
    'VGG16, Gu et al. (published, BIWI)': ('4.03', '3.91', '3.03', '3.66'),
    'FSA-Net (published, BIWI)': ('4.29', '2.89', '3.60', '3.60'),
}


@dataclass
class Collection:
    """The finished runs of a suite.

    Attributes:
        suite: The suite.
        runs: By name.
        plots: Figures of the page by file name, filled while it is written.
    """

    suite: Suite
    runs: dict[str, Finished]
    plots: dict[str, Figure]

    def repeats(self, *runs: Run) -> list[HeadPoseResults]:
        """Results of those of some runs that are finished."""
        return [self.runs[run.name].results() for run in runs if run.name in self.runs]

    def datasets(self, repeats: Repeats) -> list[str]:
        """Their test sets."""
        return sorted({name for results in repeats for name in results.dataset})

    def seeds(self, method: str, data: str = 'head') -> list[Run]:
        """Runs of a method in its default setting, one a seed."""
        return [Run(data, method, seed) for seed in range(self.suite.seeds)]


def _tables(
    collection: Collection,
    title: str,
    settings: Mapping[str, Repeats],
    against: str | None = None,
) -> Iterator[str]:
    """A table for each test set."""
    every = [results for repeats in settings.values() for results in repeats]
    for dataset in collection.datasets(every):
        table = error_table(title, settings, dataset, against)
        if table is not None:
            yield table.to_markdown()


def _plot(collection: Collection, name: str, figure: Figure, title: str) -> str:
    collection.plots[name] = figure
    return f'![{title}]({FOLDER}/{name}.png)\n'


def _peers(collection: Collection) -> Iterator[str]:
    settings = {
        method.title: collection.repeats(*collection.seeds(key))
        for key, method in METHODS.items()
    }
    paper = Run(variant='paper-loss', codec={}, options=catalogue.PAPER_LOSS)
    settings["Bernoulli heatmap, the paper's loss"] = collection.repeats(paper)
    if LANDMARKS in collection.runs:
        settings['landmarks and PnP'] = [collection.runs[LANDMARKS].results()]
    reference = METHODS['regression'].title
    yield from _tables(collection, 'Approaches', settings, reference)
    rows = [[name, *figures] for name, figures in PUBLISHED.items()]
    header = ['', *COLUMNS.values()]
    yield Table('Published, on BIWI (Hu et al., Table II)', header, rows).to_markdown()
    firsts = {name: repeats[0] for name, repeats in settings.items() if repeats}
    for dataset in collection.datasets(list(firsts.values())):
        parts = {n: p for n, r in firsts.items() if (p := part(r, dataset)) is not None}
        title = f'Criterion II on {dataset}'
        figure = plot_share_by_threshold(parts)
        yield _plot(collection, f'peers_{dataset}_shares', figure, title)


def _radius(collection: Collection) -> Iterator[str]:
    lines: dict[str, dict[str, list[HeadPoseResults]]] = {}
    for label, plain in (('channelwise fusion', ''), ('plain fusion', '-plain')):
        lines[label] = {}
        for radius in RADII:
            default = radius == catalogue.DEFAULT_RADIUS and not plain
            run = Run(variant='' if default else f'r{radius}{plain}')
            lines[label][str(radius)] = collection.repeats(run)
    settings = {
        f'r = {radius}, {label}': repeats
        for label, by_radius in lines.items()
        for radius, repeats in by_radius.items()
    }
    yield from _tables(collection, 'Radius in pixels of 16x16 maps', settings)
    every = [results for repeats in settings.values() for results in repeats]
    for dataset in collection.datasets(every):
        figure = plot_by_setting(lines, dataset, 'Radius (heatmap pixels)')
        title = f'Criterion I by radius, {dataset}'
        yield _plot(collection, f'radius_{dataset}', figure, title)
        parts = {
            f'r = {radius}': p
            for radius, repeats in lines['channelwise fusion'].items()
            for results in repeats
            if (p := part(results, dataset)) is not None
        }
        figure = plot_share_by_threshold(parts)
        title = f'Criterion II by radius, {dataset}'
        yield _plot(collection, f'radius_{dataset}_shares', figure, title)


def _background(collection: Collection) -> Iterator[str]:
    settings = {
        f'{METHODS[method].title}, {collection.suite.data[data].title}': (
            collection.repeats(Run(data, method))
        )
        for method in ('bernoulli', 'regression')
        for data in ('head', 'background')
    }
    yield from _tables(collection, 'With and without background', settings)


def _robustness(collection: Collection) -> Iterator[str]:
    for dataset in collection.datasets(collection.repeats(Run())):
        rows = []
        for key, method in METHODS.items():
            runs = [r for r in collection.seeds(key) if r.name in collection.runs]
            plain = _repeats_of(collection, runs, dataset, None)
            if not plain:
                continue
            base = mean_and_spread(plain, 'mae')
            cells = [method.title, cell(*base)]
            for name in PERTURBATIONS:
                moved = _repeats_of(collection, runs, dataset, name)
                mean, spread = mean_and_spread(moved, 'mae') if moved else (np.nan,) * 2
                growth = f' (x{mean / base[0]:.2f})' if moved else ''
                cells.append(cell(mean, spread) + growth)
            rows.append(cells)
        header = ['', 'as they are', *PERTURBATIONS]
        title = (
            f'{dataset}: MAE in degrees (mean over angles) of shifted (largest shift '
            f"over the crop's side) and covered (square over the crop's side) heads, "
            f'{len(SEEDS)} repeats of each run; growth in brackets'
        )
        if rows:
            yield Table(title, header, rows).to_markdown()


def _repeats_of(
    collection: Collection, runs: list[Run], dataset: str, perturbation: str | None
) -> list[HeadPoseResults]:
    """Results of some runs on one set, as it is or perturbed."""
    found = []
    for run in (collection.runs[r.name] for r in runs):
        names = ['results.csv']
        if perturbation is not None:
            names = [dump_name(perturbation, seed) for seed in SEEDS]
        for name in names:
            if (run.folder / name).is_file():
                chosen = part(run.results(name), dataset)
                found += [chosen] if chosen is not None else []
    return found


def _protocols(collection: Collection) -> Iterator[str]:
    settings: dict[str, list[HeadPoseResults]] = {}
    for name, data in collection.suite.data.items():
        if name.startswith('protocol'):
            settings.setdefault(data.title, []).extend(collection.repeats(Run(name)))
    yield from _tables(collection, 'Protocols 1 to 3', settings)


def _cross(collection: Collection) -> Iterator[str]:
    settings = {}
    for name in ('head', 'only-pointing04', 'only-genki4k', 'wild'):
        if name in collection.suite.data:
            for method in ('bernoulli', 'regression'):
                label = (
                    f'{METHODS[method].title}, on {collection.suite.data[name].title}'
                )
                settings[label] = collection.repeats(Run(name, method))
    yield from _tables(collection, 'Trained', settings)
    for dataset in collection.datasets([r for s in settings.values() for r in s]):
        parts = {
            name: p
            for name, repeats in settings.items()
            for results in repeats[:1]
            if (p := part(results, dataset)) is not None
        }
        title = f'Criterion III on {dataset}'
        figure = plot_error_by_interval(parts)
        yield _plot(collection, f'cross_{dataset}_intervals', figure, title)


def _ablation(collection: Collection) -> Iterator[str]:
    settings = {'default': collection.repeats(*collection.seeds('bernoulli'))}
    for name, (title, _, _) in ABLATION.items():
        settings[title] = collection.repeats(Run(variant=name))
    if any(list(settings.values())[1:]):
        yield from _tables(collection, 'One thing changed', settings, 'default')


def sections(collection: Collection) -> Iterator[str]:
    """The page's text, experiment by experiment."""
    writers: dict[str, Callable[[Collection], Iterator[str]]] = dict(
        peers=_peers,
        radius=_radius,
        background=_background,
        robustness=_robustness,
        protocols=_protocols,
        cross=_cross,
        ablation=_ablation,
    )
    for name, writer in writers.items():
        experiment = EXPERIMENTS[name]
        blocks = list(writer(collection))
        source = '' if experiment.source == '-' else f' ({experiment.source})'
        yield f'\n## {experiment.title}{source}\n\n'
        yield f'`python tools/experiments.py run {name}`\n\n'
        yield '\n'.join(blocks) if blocks else 'Not run.\n'
