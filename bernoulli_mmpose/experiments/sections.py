"""The sections of the page of results, one an experiment."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..evaluation.plots import plot_error_by_interval, plot_share_by_threshold
from . import by_person, findings
from .catalogue import (
    ABLATION,
    EXPERIMENTS,
    METHODS,
    OURS_AND_REFERENCE,
    PEERS,
    RADII,
    REPEATED_CHANGES,
    cross_methods,
    landmark_tests,
    runs_of_radius,
)
from .collection import Collection
from .figures import (
    Repeats,
    count_angles,
    error_table,
    flatten,
    on_common_heads,
    parts_of,
    without_angles,
)
from .findings import Settings
from .peers import peers_section, people_section
from .perturbed import perturbed_section
from .plots import plot_by_setting, plot_pooled
from .runs import Run

_PICTURES = """\
Feature maps of the network, and the best, worst, most turned and random heads of the
test sets with labels and predictions, without background and with it. They show people
and are not part of this page: the command draws them from the data.
"""
_UNLABELLED = """\
Where a training set does not label roll, a network's roll is not learnt: it is left out
there, and with it the mean, the geodesic error and the line in the plot; the mean of
the sentences is that of pitch and yaw.
"""

_VIEWS = 'head', 'background'  # keys of a suite's data
_PAPERS = ", the paper's setting"


def _radius(collection: Collection) -> Iterator[str]:
    fused, plain = _by_radius(collection, 'bernoulli')
    papers = _by_radius(collection, 'paper')
    lines = {'channelwise fusion': fused, 'plain fusion': plain}
    settings = {
        f'r = {radius}, {label}{setting}': repeats
        for setting, groups in (('', (fused, plain)), (_PAPERS, papers))
        for label, by_radius in zip(lines, groups, strict=True)
        for radius, repeats in by_radius.items()
        if repeats
    }
    datasets = collection.datasets(flatten(settings))
    chances = collection.chances(datasets)
    yield findings.fusion(fused, plain, chances, collection.shown)
    yield findings.fusion(
        *papers, chances, lambda dataset: f'{collection.shown(dataset)}{_PAPERS}'
    )
    yield from collection.tables('Radius in pixels of 16x16 maps', settings)
    for dataset in datasets:
        shown = collection.shown(dataset)
        figure = plot_by_setting(lines, dataset, 'Radius (heatmap pixels)', shown)
        title = f'Criterion I by radius, {shown}'
        yield collection.plot(f'radius_{dataset}', figure, title)
        for (label, by_radius), suffix in zip(
            lines.items(), ('', '_plain'), strict=True
        ):
            named = {f'r = {name}': repeats for name, repeats in by_radius.items()}
            if not parts_of(flatten(named), dataset):
                continue
            place = f'{shown}, {label}'
            figure = plot_pooled(plot_share_by_threshold, named, dataset, place)
            title = f'Criterion II by radius, {place}'
            yield collection.plot(f'radius_{dataset}_shares{suffix}', figure, title)


def _by_radius(collection: Collection, method: str) -> tuple[Settings, Settings]:
    """Results by radius, with channelwise and with plain fusion."""
    fused, plain = zip(
        *(runs_of_radius(radius, method) for radius in RADII), strict=True
    )
    names = [str(radius) for radius in RADII]
    return (
        dict(zip(names, map(collection.seeded, fused), strict=True)),
        dict(zip(names, map(collection.seeded, plain), strict=True)),
    )


def _background(collection: Collection) -> Iterator[str]:
    heads: dict[str, Repeats] = {}
    images: dict[str, Repeats] = {}
    for key in PEERS:
        near, far = (collection.repeats(Run(data, key)) for data in _VIEWS)
        if near and far:
            heads[METHODS[key].title], images[METHODS[key].title] = near, far
    datasets = collection.datasets(flatten(images))
    chances = collection.chances(datasets)
    yield findings.background(heads, images, chances, collection.shown)
    of_heads, of_images = (
        {
            f'{name} on {collection.suite.data[data].title}': r
            for name, r in group.items()
        }
        for data, group in zip(_VIEWS, (heads, images), strict=True)
    )
    ours, reference = (
        f'{METHODS[key].title} on {collection.suite.data["background"].title}'
        for key in OURS_AND_REFERENCE
    )
    yield findings.ratios(of_images, ours, reference, chances, collection.shown)
    for dataset in datasets:
        title, shown = 'With and without background', collection.shown(dataset)
        table = error_table(title, of_heads | of_images, dataset, shown=shown)
        yield table.to_markdown() if table else ''


def _protocols(collection: Collection) -> Iterator[str]:
    ours, papers, theirs = (
        {
            f'{METHODS[key].title}, {title}': collection.repeats(
                *(Run(draw, key) for draw in draws)
            )
            for title, draws in collection.suite.protocols.items()
        }
        for key in ('bernoulli', 'paper', 'regression')
    )
    first, reference = next(iter(ours)), next(iter(theirs))
    papers = papers if collection.suite.papers_setting else {}
    settings = ours | papers | {reference: theirs[reference]}
    datasets = collection.datasets(flatten(settings))
    common = _on_common_people(collection)
    yield by_person.protocols(common, datasets, collection.shown)
    pair = {name: settings[name] for name in (first, reference)}
    chances = collection.chances(datasets)
    yield findings.ratios(pair, first, reference, chances, collection.shown)
    several = any(len(draws) > 1 for draws in collection.suite.protocols.values())
    each = (
        ' (one training for each draw of people, counted as seeds)' if several else ''
    )
    yield from collection.tables(f'Protocols 1 to 3{each}', settings)
    for dataset in collection.datasets(flatten(common)):
        shown = f'{collection.shown(dataset)}, people whom all protocols test'
        lines = {METHODS['bernoulli'].title: common}
        figure = plot_by_setting(lines, dataset, 'Learnt from', shown)
        title = f'Criterion I by protocol, {shown}'
        yield collection.plot(f'protocols_{dataset}', figure, title)


def _on_common_people(collection: Collection) -> dict[str, Repeats]:
    """The heatmap's results by protocol, of draws on the heads tested in all of them.

    Other people are easier or harder by more than there are fewer to learn from.
    """
    protocols = collection.suite.protocols
    names = [title.split(' for ')[0] for title in protocols]
    draws = [
        on_common_heads(repeats)
        for runs in zip(*protocols.values(), strict=True)
        if len(repeats := collection.repeats(*map(Run, runs))) == len(protocols)
    ]
    return {name: [draw[i] for draw in draws] for i, name in enumerate(names)}


def _cross(collection: Collection) -> Iterator[str]:
    settings: dict[str, Repeats] = {}
    landmarks = {data: name for name, data in landmark_tests(collection.suite).items()}
    for name, data in collection.suite.data.items():
        methods = OURS_AND_REFERENCE if name == 'head' else cross_methods(name)
        group: dict[str, Repeats] = {}
        labels = {m: f'{METHODS[m].title} trained on {data.sources}' for m in methods}
        for method, label in labels.items():
            repeats = collection.repeats(Run(name, method))
            group[label] = [without_angles(r, data.unlabelled) for r in repeats]
        if name != 'head' and landmarks.get(name) in collection.runs:
            group['landmarks and PnP'] = [collection.runs[landmarks[name]].results()]
        settings |= group
        chances = collection.chances(collection.datasets(flatten(group)))
        if methods:
            mine, other = (labels[key] for key in OURS_AND_REFERENCE)
            yield findings.ratios(group, mine, other, chances, collection.shown)
    partly = any(data.unlabelled for data in collection.suite.data.values())
    yield _UNLABELLED if partly and flatten(settings) else ''
    yield from collection.tables('Trained', settings)
    for dataset in collection.datasets(flatten(settings)):
        shown = collection.shown(dataset)
        found = {name: parts_of(r, dataset) for name, r in settings.items()}
        counts = {name: count_angles(r[0]) for name, r in found.items() if r}
        most = max(counts.values())
        whole = {name: found[name] for name in counts if counts[name] == most}
        figure = plot_pooled(plot_error_by_interval, whole, dataset, shown)
        title = f'Criterion III on {shown}'
        yield collection.plot(f'cross_{dataset}_intervals', figure, title)


def _ablation(collection: Collection) -> Iterator[str]:
    changed = {title: collection.repeats(run) for title, run in ABLATION.items()}
    if not flatten(changed):
        return
    default, seeds = collection.repeats(Run()), collection.seeded(Run())
    datasets = collection.datasets(default)
    chances = collection.chances(datasets)
    trained = {t: changed[t] for t, run in ABLATION.items() if not run.weights}
    tests = {title: changed[title] for title in changed if title not in trained}
    yield findings.ablation({'default': default, **trained}, chances, collection.shown)
    yield findings.same_weights(default, tests, datasets, collection.shown)
    repeated = {
        title: collection.seeded(run)
        for title, run in ABLATION.items()
        if run.variant in REPEATED_CHANGES
    }
    again = {
        f'{title} ({len(repeats)} seeds)': repeats
        for title, repeats in {'default': seeds, **repeated}.items()
        if len(repeats) > 1
    }
    reference, *others = again or ['']
    for name in others:
        pair = {name: again[name], reference: again[reference]}
        yield findings.ratios(pair, name, reference, chances, collection.shown)
    settings = {'default': default, **changed, **again}
    yield from collection.tables('One thing changed', settings, 'default')


def sections(collection: Collection) -> Iterator[str]:
    """The page's text, experiment by experiment."""
    writers: dict[str, Callable[[Collection], Iterator[str]]] = dict(
        peers=peers_section,
        people=people_section,
        radius=_radius,
        background=_background,
        robustness=perturbed_section,
        protocols=_protocols,
        cross=_cross,
        ablation=_ablation,
    )
    for name, writer in writers.items():
        experiment = EXPERIMENTS[name]
        runs = experiment.runs(collection.suite)
        if not runs:
            continue
        blocks = [block for block in writer(collection) if block]
        source = '' if experiment.source == '-' else f' ({experiment.source})'
        done = sum(collection.is_finished(name, run) for run in runs)
        yield f'\n## {experiment.title}{source}\n\n'
        yield f'{collection.command(f"run {name}")}\n\n'
        if blocks and done < len(runs):
            yield f'So far, {done} of its {len(runs)} runs are finished.\n\n'
        yield '\n'.join(blocks) if blocks else 'Not run.\n'
    yield '\n## Feature maps, examples and failures (Fig. 14 to 17)\n\n'
    yield f'{collection.command("pictures")}\n\n{_PICTURES}'
