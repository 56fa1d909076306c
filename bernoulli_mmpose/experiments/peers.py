"""The section that compares the approaches (Hu et al., Table II)."""

from __future__ import annotations

from collections.abc import Iterator

from ..evaluation.plots import plot_share_by_threshold
from ..evaluation.summary import Table
from . import findings
from .catalogue import EXPERIMENTS, METHODS, OTHER_SETTINGS, PEERS
from .collection import Collection
from .figures import COLUMNS, Repeats, error_table, flatten, parts_of, pooled
from .plots import plot_pooled
from .runs import Run
from .training import LANDMARKS

# Hu et al., Table II, on BIWI (16 sequences for training, 8 for testing): pitch, yaw,
# roll, mean. The authors' own rows have no name in the copy at hand, so that it is not
# known which are with background and which without.
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


_OTHER_PEOPLE = """\
Each network learns from all other people and GENKI-4K, and is tested on three people;
the three trainings together test everyone once on whom no setting was chosen. Standard
errors are over people. Labels are of where people were told to look: for some, they are
off by a constant that no one else's pictures tell.
"""


def peers_section(collection: Collection) -> Iterator[str]:
    """Sentences, tables of each test set, the published figures, and plots."""
    settings: dict[str, Repeats] = {
        METHODS[key].title: collection.seeded(Run(method=key)) for key in PEERS
    }
    if LANDMARKS in collection.runs:
        settings['landmarks and PnP'] = [collection.runs[LANDMARKS].results()]
    others = {title: collection.seeded(run) for title, run in OTHER_SETTINGS.items()}
    ours, reference = METHODS['bernoulli'].title, METHODS['regression'].title
    datasets = collection.datasets(flatten(settings))
    for name in (ours, METHODS['paper'].title):
        yield findings.ratios(settings, name, reference, datasets, collection.shown)
    for key in ('regression', 'bins', 'sixd'):
        name = METHODS[key].title
        tried = {name: settings[name]} | {
            title: others[title]
            for title, run in OTHER_SETTINGS.items()
            if run.method == key
        }
        best = ours, settings[ours], tried
        yield findings.against_the_best(*best, datasets, collection.shown)
    fairness = _FAIRNESS.format(chosen_on=collection.suite.chosen_on)
    yield fairness if datasets else ''
    yield from collection.tables('Approaches', settings, reference)
    yield from collection.tables('Other settings of the approaches', others)
    rows = [[name, *figures] for name, figures in PUBLISHED.items()]
    header = ['', *COLUMNS.values()]
    yield Table('Published, on BIWI (Hu et al., Table II)', header, rows).to_markdown()
    for dataset in datasets:
        shown = collection.shown(dataset)
        figure = plot_pooled(plot_share_by_threshold, settings, dataset, shown)
        title = f'Criterion II on {shown}'
        yield collection.plot(f'peers_{dataset}_shares', figure, title)


def people_section(collection: Collection) -> Iterator[str]:
    """The approaches on people on whom no setting was chosen, each tested once."""
    folds = collection.suite.folds
    found = {
        METHODS[run.method].title: collection.repeats(
            *(Run(f, run.method) for f in folds)
        )
        for run in EXPERIMENTS['people'].runs(collection.suite)
    }
    found = {
        name: repeats for name, repeats in found.items() if len(repeats) == len(folds)
    }
    if not found:
        return
    people, *others = collection.datasets(flatten(found))
    tested = {name: pooled(parts_of(r, people)) for name, r in found.items()}
    ours = METHODS['bernoulli'].title
    for name in tested if ours in tested else ():
        if name != ours:
            yield findings.by_person(ours, tested[ours], name, tested[name])
    yield _OTHER_PEOPLE
    pooled_once: dict[str, Repeats] = {
        name: [all_of] for name, all_of in tested.items()
    }
    title = f'Other people, {len(folds)} trainings together'
    table = error_table(title, pooled_once, people, shown=collection.shown(people))
    yield table.to_markdown() if table else ''
    for dataset in others:
        title = f'The same {len(folds)} trainings, as if of {len(folds)} seeds'
        table = error_table(title, found, dataset, shown=collection.shown(dataset))
        yield table.to_markdown() if table else ''
