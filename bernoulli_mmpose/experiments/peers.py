"""The section that compares the approaches (Hu et al., Table II)."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from ..evaluation.plots import plot_share_by_threshold
from ..evaluation.summary import Table
from . import by_person, findings
from .catalogue import LANDMARKS, METHODS, OTHER_SETTINGS, PEERS, other_people_runs
from .collection import Collection
from .figures import COLUMNS, Repeats, error_table, flatten, parts_of, pooled
from .plots import plot_pooled
from .runs import Run

# Hu et al., Table II, on BIWI (16 sequences for training, 8 for testing): pitch, yaw,
# roll, mean, in its order. The copy at hand names no row; those that others report with
# the same figures (Yang et al., FSA-Net, CVPR 2019) are named after them. Of the last
# three it is not known which are the authors' own and which is with background.
PUBLISHED = {
    'DeepHeadPose, uses depth (published, BIWI)': ('5.18', '5.67', '-', '-'),
    'SSR-Net-MD (published, BIWI)': ('4.35', '4.24', '4.19', '4.26'),
    'VGG16, Gu et al. (published, BIWI)': ('4.03', '3.91', '3.03', '3.66'),
    'VGG16+RNN, Gu et al., uses time (published, BIWI)': (
        '3.14',
        '3.48',
        '2.60',
        '3.07',
    ),
    'Martin et al., uses depth (published, BIWI)': ('2.50', '2.60', '3.60', '2.90'),
    'FSA-Net (published, BIWI)': ('4.29', '2.89', '3.60', '3.60'),
    'Hu et al., Table II, row 7 (published, BIWI)': ('5.25', '4.91', '4.25', '4.80'),
    'Hu et al., Table II, row 8 (published, BIWI)': ('3.55', '3.40', '3.07', '3.34'),
    'Hu et al., Table II, row 9 (published, BIWI)': ('3.74', '3.07', '3.11', '3.31'),
}

# What a reader of the comparison should know.
_FAIRNESS = """\
All but the landmarks have the same data, crops, augmentation, backbone, optimiser,
schedule and flip test, where nothing else is said; gradients are clipped at the same
norm, each loss in its own units. The Bernoulli heatmap is that of the head configs:
maps from all four scales of the backbone, and a heavier loss on the head's centre. The
paper's setting has its model and its loss, maps from the finest scale,
{papers_schedule}. A 6D rotation is learnt as a whole: where roll is not labelled, it is
taught to be 0, which the others are not told; in profile, where pitch and roll turn
about nearly one axis, its pitch is not well determined. The landmarks' predictor was
trained by others, on other faces. {chosen_on} Where a test set has few people, spreads
over seeds do not tell how far the order holds for others.
"""
_OWN_SCHEDULE = 'and its optimiser and schedule (Adam, steps)'
_SCHEDULE_OF_ALL = 'in the schedule of all (below also with its optimiser)'
_PROFILE = 75  # heads turned by more, in degrees, are profiles

_OTHER_PEOPLE = """\
Each network learns from all other people and GENKI-4K, and is tested on three people;
the three trainings together test everyone once on whom no setting was chosen. The
peers have, of the learning rates above, the one with their lowest error on
Pointing'04. Labels are of where people were told to look, and may be off by a constant
for a person; what is taken off with it is also what a network gets wrong of that
person, so that it favours the network with the larger offsets.
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
    chances = collection.chances(datasets)
    for name in (ours, METHODS['paper'].title):
        yield findings.ratios(settings, name, reference, chances, collection.shown)
    for key in ('regression', 'bins', 'sixd'):
        name = METHODS[key].title
        tried = {name: settings[name]} | {
            title: others[title]
            for title, run in OTHER_SETTINGS.items()
            if run.method == key
        }
        best = ours, settings[ours], tried
        yield findings.against_the_best(*best, chances, collection.shown)
    suite = collection.suite
    papers = _OWN_SCHEDULE if suite.papers_setting else _SCHEDULE_OF_ALL
    fairness = _FAIRNESS.format(chosen_on=suite.chosen_on, papers_schedule=papers)
    yield f'{textwrap.fill(fairness, 88)}\n' if datasets else ''
    yield from collection.tables('Approaches', settings, reference)
    yield from collection.tables('Other settings of the approaches', others)
    rows = [[name, *figures] for name, figures in PUBLISHED.items()]
    header = ['', *COLUMNS.values()]
    title = 'Published, on BIWI (Hu et al., Table II; columns as printed there)'
    yield Table(title, header, rows).to_markdown()
    for dataset in datasets:
        shown = collection.shown(dataset)
        figure = plot_pooled(plot_share_by_threshold, settings, dataset, shown)
        title = f'Criterion II on {shown}'
        yield collection.plot(f'peers_{dataset}_shares', figure, title)


def people_section(collection: Collection) -> Iterator[str]:
    """The approaches on people on whom no setting was chosen, each tested once."""
    folds = collection.suite.folds
    found = {
        collection.title(run): collection.repeats(
            *(replace(run, data=f) for f in folds)
        )
        for run in other_people_runs()
    }
    found = {
        name: repeats for name, repeats in found.items() if len(repeats) == len(folds)
    }
    if not found or not folds:
        return
    people = collection.datasets(flatten(found))[0]
    tested = {name: pooled(parts_of(r, people)) for name, r in found.items()}
    ours = METHODS['bernoulli'].title
    groups = {
        of_whom: {
            name: all_of.select(np.flatnonzero(abs(all_of.labels[:, 1]) <= most))
            for name, all_of in tested.items()
        }
        for of_whom, most in (('', 180), (', without profiles', _PROFILE))
    }
    for of_whom, heads in groups.items():
        for name in heads if ours in heads else ():
            if name != ours:
                pair = ours, heads[ours], name, heads[name]
                yield by_person.compare_people(*pair, of_whom)
    yield _OTHER_PEOPLE
    title = f'Other people, {len(folds)} trainings together'
    for of_whom, heads in groups.items():
        named: dict[str, Repeats] = {name: [all_of] for name, all_of in heads.items()}
        shown = f'{collection.shown(people)}{of_whom}'
        table = error_table(title, named, people, ours, shown)
        yield table.to_markdown() if table else ''
    yield by_person.offsets_table(tested).to_markdown()
