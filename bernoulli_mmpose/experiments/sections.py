"""The sections of the page of results, one an experiment."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from matplotlib.figure import Figure

from ..evaluation import HeadPoseResults
from ..evaluation.plots import plot_error_by_interval, plot_share_by_threshold
from ..evaluation.summary import Table
from . import catalogue, findings, robustness
from .catalogue import (
    ABLATION,
    EXPERIMENTS,
    METHODS,
    OTHER_SETTINGS,
    PEERS,
    RADII,
    Suite,
)
from .figures import (
    COLUMNS,
    Repeats,
    cell,
    error_table,
    mean_and_spread,
    part,
    parts_of,
)
from .plots import plot_by_setting
from .robustness import PERTURBATIONS, dump_name
from .runs import Run
from .training import LANDMARKS, RESULTS, Finished

FOLDER = 'results'  # of the plots, below the page's
# Hu et al., Table II, on BIWI (16 sequences for training, 8 for testing): pitch, yaw,
# roll, mean. Rows whose method the table names.
PUBLISHED = {
    'DeepHeadPose (published, BIWI)': ('5.18', '5.67', '-', '-'),
    'SSR-Net-MD (published, BIWI)': ('4.35', '4.24', '4.19', '4.26'),
    'VGG16, Gu et al. (published, BIWI)': ('4.03', '3.91', '3.03', '3.66'),
    'FSA-Net (published, BIWI)': ('4.29', '2.89', '3.60', '3.60'),
    'Hu et al., last row (published, BIWI)': ('3.74', '3.07', '3.11', '3.31'),
}

# What a reader of the comparison should know.
_FAIRNESS = """\
All but the landmarks have the same data, crops, augmentation, backbone, schedule and
flip test. The settings of the Bernoulli heatmap were chosen by errors on the test sets
of Pointing'04 and GENKI-4K, see the ablation (the protocols below have other people);
for the others, a table below has other settings. In profile, pitch and roll turn about
nearly one axis: read as angles, the 6D rotation's pitch suffers there. The landmarks'
predictor was trained by others, on other faces.
"""

_PICTURES = """\
Feature maps of the network, and the best, worst, most turned and random heads of the
test sets with labels and predictions, without background and with it. They show people
and are not part of this page: the command draws them from the data.
"""


@dataclass
class Collection:
    """The finished runs of a suite.

    Attributes:
        suite: The suite.
        name: The suite's, for commands.
        runs: By name.
        plots: Figures of the page by file name, filled while it is written.
    """

    suite: Suite
    name: str
    runs: dict[str, Finished]
    plots: dict[str, Figure]

    def repeats(self, *runs: Run) -> list[HeadPoseResults]:
        """Results of those of some runs that are finished."""
        return [self.runs[run.name].results() for run in runs if run.name in self.runs]

    def datasets(self, repeats: Repeats) -> list[str]:
        """Their test sets, in the suite's order."""
        found = {name for results in repeats for name in results.dataset}
        known = [name for name in self.suite.test_sets if name in found]
        return known + sorted(found.difference(known))

    def shown(self, dataset: str) -> str:
        """What the page calls a test set."""
        return self.suite.test_sets.get(dataset, dataset)

    def command(self, words: str) -> str:
        """A command line of tools/experiments.py, for this suite."""
        other = '' if self.name == 'sample' else f' --suite {self.name}'
        return f'`python tools/experiments.py {words}{other}`'

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
    for dataset in collection.datasets(_flat(settings)):
        shown = collection.shown(dataset)
        table = error_table(title, settings, dataset, against, shown)
        if table is not None:
            yield table.to_markdown()


def _flat(settings: Mapping[str, Repeats]) -> list[HeadPoseResults]:
    return [results for repeats in settings.values() for results in repeats]


def _plot(collection: Collection, name: str, figure: Figure, title: str) -> str:
    collection.plots[name] = figure
    return f'![{title}]({FOLDER}/{name}.png)\n'


def _peers(collection: Collection) -> Iterator[str]:
    settings = {
        METHODS[key].title: collection.repeats(*collection.seeds(key)) for key in PEERS
    }
    if LANDMARKS in collection.runs:
        settings['landmarks and PnP'] = [collection.runs[LANDMARKS].results()]
    ours, reference = METHODS['bernoulli'].title, METHODS['regression'].title
    datasets = collection.datasets(_flat(settings))
    yield findings.ratios(settings, ours, reference, datasets, collection.shown)
    yield _FAIRNESS if datasets else ''
    yield from _tables(collection, 'Approaches', settings, reference)
    others = {title: collection.repeats(run) for title, run in OTHER_SETTINGS.items()}
    yield from _tables(collection, 'Other settings of the approaches', others)
    rows = [[name, *figures] for name, figures in PUBLISHED.items()]
    header = ['', *COLUMNS.values()]
    yield Table('Published, on BIWI (Hu et al., Table II)', header, rows).to_markdown()
    firsts = {name: repeats[0] for name, repeats in settings.items() if repeats}
    for dataset in datasets:
        parts = {n: p for n, r in firsts.items() if (p := part(r, dataset)) is not None}
        title = f'Criterion II on {collection.shown(dataset)}'
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
    datasets = collection.datasets(_flat(settings))
    with_fusion, without = lines.values()
    yield findings.fusion(with_fusion, without, datasets, collection.shown)
    yield from _tables(collection, 'Radius in pixels of 16x16 maps', settings)
    for dataset in datasets:
        shown = collection.shown(dataset)
        figure = plot_by_setting(lines, dataset, 'Radius (heatmap pixels)', shown)
        title = f'Criterion I by radius, {shown}'
        yield _plot(collection, f'radius_{dataset}', figure, title)
        parts = {
            f'r = {radius}': p
            for radius, repeats in with_fusion.items()
            for results in repeats
            if (p := part(results, dataset)) is not None
        }
        if parts:
            figure = plot_share_by_threshold(parts)
            title = f'Criterion II by radius, {shown}'
            yield _plot(collection, f'radius_{dataset}_shares', figure, title)


def _background(collection: Collection) -> Iterator[str]:
    groups = {
        data: {
            f'{METHODS[key].title}, {collection.suite.data[data].title}': (
                collection.repeats(Run(data, key))
            )
            for key in PEERS
        }
        for data in ('head', 'background')
    }
    settings = {**groups['head'], **groups['background']}
    if not _flat(groups['background']):
        return
    datasets = collection.datasets(_flat(groups['background']))
    heads, images = (list(group.values())[0] for group in groups.values())
    yield findings.background(heads, images, datasets, collection.shown)
    yield from _tables(collection, 'With and without background', settings)


def _robustness(collection: Collection) -> Iterator[str]:
    tables, sentences = [], []
    for dataset in collection.datasets(collection.repeats(Run())):
        rows, heads, shown = [], 0, collection.shown(dataset)
        for key in PEERS:
            run = collection.runs.get(Run(method=key).name)
            cells, growth = _growth(run, dataset) if run else ([], {})
            if not run or not growth:
                continue
            rows.append([METHODS[key].title, *cells])
            heads = len(_perturbed(run, dataset, None)[0])
            if key == 'bernoulli':
                worst = max(growth, key=lambda name: growth[name])
                sentences.append(
                    f'- {shown}: the error of {METHODS[key].title} grows at most '
                    f'{growth[worst]:.2f} times ({worst}).\n'
                )
        title = (
            f'{shown}: MAE in degrees (mean over angles) of shifted (by at most this '
            "share of the box's width and height) and covered (a square of this share "
            f"of the crop's side) heads; n = {heads} heads, one training, "
            f'{len(robustness.SEEDS)} repeats of the test with their spread, growth in '
            'brackets'
        )
        if rows:
            header = ['', 'as they are', *PERTURBATIONS]
            tables.append(Table(title, header, rows).to_markdown())
    yield ''.join(sentences)
    yield from tables


def _growth(run: Finished, dataset: str) -> tuple[list[str], dict[str, float]]:
    """A run's errors as they are and perturbed, as cells, and how they grow."""
    plain = _perturbed(run, dataset, None)
    if not plain:
        return [], {}
    base, _ = mean_and_spread(plain, 'mae')
    cells, growth = [f'{base:.2f}'], {}
    for name in PERTURBATIONS:
        moved = _perturbed(run, dataset, name)
        if len(moved) < len(robustness.SEEDS):  # not all are done
            cells.append('-')
            continue
        mean, spread = mean_and_spread(moved, 'mae')
        growth[name] = mean / base
        cells.append(f'{cell(mean, spread)} (x{growth[name]:.2f})')
    return cells, growth


def _perturbed(
    run: Finished, dataset: str, perturbation: str | None
) -> list[HeadPoseResults]:
    """A run's results on one set, as it is or perturbed."""
    names = [RESULTS]
    if perturbation is not None:
        names = [dump_name(perturbation, seed) for seed in robustness.SEEDS]
    found = [run.results(name) for name in names if (run.folder / name).is_file()]
    return parts_of(found, dataset)


def _protocols(collection: Collection) -> Iterator[str]:
    groups: dict[str, dict[str, list[HeadPoseResults]]] = {}
    for key in ('bernoulli', 'regression'):
        group = groups.setdefault(key, {})
        for name, data in collection.suite.data.items():
            if name.startswith('protocol'):
                repeats = collection.repeats(Run(name, key))
                title = f'{METHODS[key].title}, {data.title}'
                group.setdefault(title, []).extend(repeats)
    ours, theirs = groups.values()
    settings = ours | theirs
    datasets = collection.datasets(_flat(settings))
    yield findings.protocols(ours, datasets, collection.shown)
    first, reference = next(iter(ours)), next(iter(theirs))
    pair = {name: settings[name] for name in (first, reference)}
    yield findings.ratios(pair, first, reference, datasets, collection.shown)
    yield from _tables(collection, 'Protocols 1 to 3', settings)


def _cross(collection: Collection) -> Iterator[str]:
    settings = {}
    for name in ('head', 'only-pointing04', 'only-genki4k', 'wild'):
        if name in collection.suite.data:
            for method in ('bernoulli', 'regression'):
                sources = collection.suite.data[name].sources
                label = f'{METHODS[method].title}, on {sources}'
                settings[label] = collection.repeats(Run(name, method))
    yield from _tables(collection, 'Trained', settings)
    for dataset in collection.datasets(_flat(settings)):
        parts = {
            name: p
            for name, repeats in settings.items()
            for results in repeats[:1]
            if (p := part(results, dataset)) is not None
        }
        title = f'Criterion III on {collection.shown(dataset)}'
        figure = plot_error_by_interval(parts)
        yield _plot(collection, f'cross_{dataset}_intervals', figure, title)


def _ablation(collection: Collection) -> Iterator[str]:
    changed = {title: collection.repeats(run) for title, run in ABLATION.items()}
    if not _flat(changed):
        return
    # Of the seed of the changes: some of them are other tests of its very weights.
    settings = {'default': collection.repeats(Run()), **changed}
    seeds = collection.repeats(*collection.seeds('bernoulli'))
    datasets = collection.datasets(settings['default'])
    yield findings.ablation(settings, seeds, datasets, collection.shown)
    shown = {f'default, {len(seeds)} seeds': seeds} if len(seeds) > 1 else {}
    settings = {'default': settings['default'], **shown, **changed}
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
        blocks = [block for block in writer(collection) if block]
        source = '' if experiment.source == '-' else f' ({experiment.source})'
        yield f'\n## {experiment.title}{source}\n\n'
        yield f'{collection.command(f"run {name}")}\n\n'
        yield '\n'.join(blocks) if blocks else 'Not run.\n'
    yield '\n## Feature maps, examples and failures (Fig. 14 to 17)\n\n'
    yield f'{collection.command("pictures")}\n\n{_PICTURES}'
