"""The sections of the page of results, one an experiment."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from ..evaluation import HeadPoseResults
from ..evaluation.plots import plot_error_by_interval, plot_share_by_threshold
from ..evaluation.summary import Table
from . import findings, robustness
from .catalogue import (
    ABLATION,
    DEFAULT_RADIUS,
    EXPERIMENTS,
    METHODS,
    OTHER_SETTINGS,
    PAPERS_FUSION,
    PEERS,
    RADII,
    REPEATED_CHANGES,
    runs_of_radius,
)
from .collection import Collection
from .figures import (
    COLUMNS,
    Repeats,
    cell,
    count_angles,
    error_table,
    mean_and_spread,
    part,
    without_angles,
)
from .plots import plot_by_setting
from .robustness import PERTURBATIONS, perturbed_errors
from .runs import Run
from .training import LANDMARKS

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
flip test. {chosen_on} A table below has other settings of the approaches. In profile,
pitch and roll turn about nearly one axis: read as angles, the 6D rotation's pitch
suffers there. The landmarks' predictor was trained by others, on other faces.
"""
_PICTURES = """\
Feature maps of the network, and the best, worst, most turned and random heads of the
test sets with labels and predictions, without background and with it. They show people
and are not part of this page: the command draws them from the data.
"""
_UNLABELLED = """\
Where a training set does not label roll, a network's roll is not learnt: it is left out
there, and with it the mean, the geodesic error and the line in the plot.
"""

Settings = Mapping[str, Repeats]


def _tables(
    collection: Collection, title: str, settings: Settings, against: str | None = None
) -> Iterator[str]:
    """A table for each test set."""
    for dataset in collection.datasets(_flat(settings)):
        shown = collection.shown(dataset)
        table = error_table(title, settings, dataset, against, shown)
        if table is not None:
            yield table.to_markdown()


def _flat(settings: Settings) -> list[HeadPoseResults]:
    return [results for repeats in settings.values() for results in repeats]


def _of(settings: Settings, dataset: str) -> dict[str, HeadPoseResults]:
    """The heads of a data set in the first repeat of each setting that has some."""
    firsts = {name: repeats[0] for name, repeats in settings.items() if repeats}
    parts = {name: part(results, dataset) for name, results in firsts.items()}
    return {name: found for name, found in parts.items() if found is not None}


def _peers(collection: Collection) -> Iterator[str]:
    settings: dict[str, Repeats] = {
        METHODS[key].title: collection.seeded(Run(method=key)) for key in PEERS
    }
    if LANDMARKS in collection.runs:
        settings['landmarks and PnP'] = [collection.runs[LANDMARKS].results()]
    others = {title: collection.seeded(run) for title, run in OTHER_SETTINGS.items()}
    ours, reference = METHODS['bernoulli'].title, METHODS['regression'].title
    tried = {reference: settings[reference]} | {
        name: found for name, found in others.items() if name.startswith(reference)
    }
    datasets = collection.datasets(_flat(settings))
    yield findings.ratios(settings, ours, reference, datasets, collection.shown)
    best = ours, settings[ours], tried
    yield findings.against_the_best(*best, datasets, collection.shown)
    fairness = _FAIRNESS.format(chosen_on=collection.suite.chosen_on)
    yield fairness if datasets else ''
    yield from _tables(collection, 'Approaches', settings, reference)
    yield from _tables(collection, 'Other settings of the approaches', others)
    rows = [[name, *figures] for name, figures in PUBLISHED.items()]
    header = ['', *COLUMNS.values()]
    yield Table('Published, on BIWI (Hu et al., Table II)', header, rows).to_markdown()
    for dataset in datasets:
        title = f'Criterion II on {collection.shown(dataset)}'
        figure = plot_share_by_threshold(_of(settings, dataset))
        yield collection.plot(f'peers_{dataset}_shares', figure, title)


def _radius(collection: Collection) -> Iterator[str]:
    pairs = {str(radius): runs_of_radius(radius) for radius in RADII}
    fused = {name: collection.seeded(run) for name, (run, _) in pairs.items()}
    plain = {name: collection.seeded(run) for name, (_, run) in pairs.items()}
    lines = {'channelwise fusion': fused, 'plain fusion': plain}
    settings = {
        f'r = {radius}, {label}': repeats
        for label, by_radius in lines.items()
        for radius, repeats in by_radius.items()
    }
    papers = [collection.seeded(run) for run in PAPERS_FUSION]
    for label, repeats in zip(lines, papers, strict=True):
        settings[f"the paper's setting, {label}"] = repeats
    datasets = collection.datasets(_flat(settings))
    chances = {dataset: collection.chance(dataset) for dataset in datasets}
    yield findings.fusion(fused, plain, chances, collection.shown)
    yield findings.fusion(
        {str(DEFAULT_RADIUS): papers[0]},
        {str(DEFAULT_RADIUS): papers[1]},
        chances,
        lambda dataset: f"{collection.shown(dataset)}, the paper's setting",
    )
    yield from _tables(collection, 'Radius in pixels of 16x16 maps', settings)
    for dataset in datasets:
        shown = collection.shown(dataset)
        figure = plot_by_setting(lines, dataset, 'Radius (heatmap pixels)', shown)
        title = f'Criterion I by radius, {shown}'
        yield collection.plot(f'radius_{dataset}', figure, title)
        parts = _of({f'r = {name}': r for name, r in fused.items()}, dataset)
        if parts:
            figure = plot_share_by_threshold(parts)
            title = f'Criterion II by radius, {shown}'
            yield collection.plot(f'radius_{dataset}_shares', figure, title)


def _background(collection: Collection) -> Iterator[str]:
    groups: dict[str, dict[str, Repeats]] = {'head': {}, 'background': {}}
    for key in PEERS:
        pair = {data: collection.repeats(Run(data, key)) for data in groups}
        if all(pair.values()):
            for data, repeats in pair.items():
                title = collection.suite.data[data].title
                groups[data][f'{METHODS[key].title}, {title}'] = repeats
    datasets = collection.datasets(_flat(groups['background']))
    chances = {dataset: collection.chance(dataset) for dataset in datasets}
    heads, images = groups.values()
    yield findings.background(heads, images, chances, collection.shown)
    for dataset in datasets:
        title, shown = 'With and without background', collection.shown(dataset)
        table = error_table(title, heads | images, dataset, shown=shown)
        yield table.to_markdown() if table else ''


def _robustness(collection: Collection) -> Iterator[str]:
    datasets = collection.datasets(collection.repeats(Run()))
    for dataset in datasets:
        errors = perturbed_errors(collection.runs[Run().name], dataset)
        growth = {name: times for name, (*_, times) in errors.items()}
        if len(growth) == len(PERTURBATIONS):
            title, shown = METHODS['bernoulli'].title, collection.shown(dataset)
            yield findings.growth(title, growth, shown)
    for dataset in datasets:
        table = _perturbed_table(collection, dataset)
        yield table.to_markdown() if table else ''


def _perturbed_table(collection: Collection, dataset: str) -> Table | None:
    """Errors of shifted and covered heads of the approaches."""
    rows, heads = [], 0
    for key in PEERS:
        run = collection.runs.get(Run(method=key).name)
        moved = perturbed_errors(run, dataset) if run else {}
        plain = part(run.results(), dataset) if run else None
        if not moved or plain is None:
            continue
        heads = len(plain)
        cells = [
            f'{cell(*found[:2])} (x{found[2]:.2f})'
            if (found := moved.get(name))
            else '-'
            for name in PERTURBATIONS
        ]
        error, _ = mean_and_spread([plain], 'mae')
        rows.append([METHODS[key].title, f'{error:.2f}', *cells])
    title = (
        f'{collection.shown(dataset)}: MAE in degrees (mean over angles) of shifted '
        "(by at most this share of the box's width and height) and covered (a square "
        f"of this share of the crop's side) heads; n = {heads} heads, one training, "
        f'{len(robustness.SEEDS)} repeats of the test with their spread, growth in '
        'brackets'
    )
    return Table(title, ['', 'as they are', *PERTURBATIONS], rows) if rows else None


def _protocols(collection: Collection) -> Iterator[str]:
    ours, theirs = (
        {
            f'{METHODS[key].title}, {title}': collection.repeats(
                *(Run(draw, key) for draw in draws)
            )
            for title, draws in collection.suite.protocols.items()
        }
        for key in ('bernoulli', 'regression')
    )
    first, reference = next(iter(ours)), next(iter(theirs))
    settings = ours | {reference: theirs[reference]}
    datasets = collection.datasets(_flat(settings))
    chances = {dataset: collection.chance(dataset) for dataset in datasets}
    yield findings.protocols(ours, chances, collection.shown)
    pair = {name: settings[name] for name in (first, reference)}
    yield findings.ratios(pair, first, reference, datasets, collection.shown)
    yield from _tables(collection, 'Protocols 1 to 3 (a seed, a draw)', settings)


def _cross(collection: Collection) -> Iterator[str]:
    settings: dict[str, Repeats] = {}
    for name in ('head', 'only-pointing04', 'only-genki4k', 'wild'):
        if name not in collection.suite.data:
            continue
        data = collection.suite.data[name]
        for method in ('bernoulli', 'regression'):
            repeats = collection.repeats(Run(name, method))
            label = f'{METHODS[method].title}, on {data.sources}'
            settings[label] = [without_angles(r, data.unlabelled) for r in repeats]
    partly = any(data.unlabelled for data in collection.suite.data.values())
    yield _UNLABELLED if partly and _flat(settings) else ''
    yield from _tables(collection, 'Trained', settings)
    for dataset in collection.datasets(_flat(settings)):
        title = f'Criterion III on {collection.shown(dataset)}'
        parts = _of(settings, dataset)
        most = max(count_angles(found) for found in parts.values())
        parts = {name: r for name, r in parts.items() if count_angles(r) == most}
        figure = plot_error_by_interval(parts)
        yield collection.plot(f'cross_{dataset}_intervals', figure, title)


def _ablation(collection: Collection) -> Iterator[str]:
    changed = {title: collection.repeats(run) for title, run in ABLATION.items()}
    if not _flat(changed):
        return
    # Of the seed of the changes: some of them are other tests of its very weights.
    settings = {'default': collection.repeats(Run()), **changed}
    seeds = collection.seeded(Run())
    datasets = collection.datasets(settings['default'])
    yield findings.ablation(settings, seeds, datasets, collection.shown)
    repeated = {
        title: collection.seeded(run)
        for title, run in ABLATION.items()
        if run.variant in REPEATED_CHANGES
    }
    again = {
        f'{title}, {len(repeats)} seeds': repeats
        for title, repeats in {'default': seeds, **repeated}.items()
        if len(repeats) > 1
    }
    reference, *others = again or ['']
    for name in others:
        pair = {name: again[name], reference: again[reference]}
        yield findings.ratios(pair, name, reference, datasets, collection.shown)
    settings = {'default': settings['default'], **changed, **again}
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
