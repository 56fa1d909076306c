"""Comparisons person by person: people differ by more than approaches do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ..evaluation import HeadPoseResults, criteria
from ..evaluation.summary import Table
from .figures import Repeats, figures_of, mean_error, of_subject, parts_of
from .findings import Shown
from .verdicts import as_list, verdict_over_people


def compare_people(
    name: str,
    ours: HeadPoseResults,
    reference: str,
    theirs: HeadPoseResults,
    of_whom: str = '',
) -> str:
    """One setting's error over another's, person by person.

    Args:
        name: Of the setting that is spoken of.
        ours: Its results.
        reference: Name of the other.
        theirs: Its results on the same heads.
        of_whom: Which of their heads, in words after a comma; all where it is empty.

    Raises:
        ValueError: If they are of other people.
    """
    sentences, people = [], _same_people(name, ours, reference, theirs)
    comma = ',' if of_whom else ''
    for off, beginning in (
        (False, 'The mean error'),
        (True, "With each person's constant offsets taken off, the mean error"),
    ):
        errors = np.array(
            [
                [_error_of_person(found, who, off) for found in (ours, theirs)]
                for who in people
            ]
        )
        own, other = errors.mean(axis=0)
        excess = errors[:, 1] - errors[:, 0]
        verdict = verdict_over_people(excess, ('lower', 'higher'))
        sentences.append(
            f'{beginning} of {name} over {len(people)} people{of_whom}{comma} is '
            f'{own / other:.2f} of that of {reference}, {verdict}; for '
            f'{int((excess > 0).sum())} of them it is lower.'
        )
    return as_list(sentences)


def offsets_table(tested: Mapping[str, HeadPoseResults]) -> Table:
    """Each person's constant offset of pitch, degrees: a row a setting.

    Args:
        tested: Results on the same heads, by the name of the setting.
    """
    people = sorted({who for results in tested.values() for who in results.subject})
    rows = []
    for name, results in tested.items():
        heads = [of_subject(results, who) for who in people]
        offsets = [
            criteria.constant_offsets(of.predicted, of.labels)['offset_pitch']
            for of in heads
        ]
        size = float(np.mean(np.abs(offsets)))
        rows.append([name, *(f'{offset:+.1f}' for offset in offsets), f'{size:.1f}'])
    title = (
        'Predicted less labelled pitch, mean of each person, degrees; mean size last'
    )
    return Table(title, ['', *people, 'size'], rows)


def protocols(
    settings: Mapping[str, Repeats], datasets: Sequence[str], shown: Shown
) -> str:
    """Whether the error rises as there are fewer people to learn from.

    Args:
        settings: Results by protocol, in their order, one a draw of people; those of a
            draw are on the same heads.
        datasets: Test sets.
        shown: What the page calls them.

    Raises:
        ValueError: If the draws of a protocol are not those of another.
    """
    sentences = []
    for dataset in datasets:
        errors = [mean_error(repeats, dataset) for repeats in settings.values()]
        errors = [error for error in errors if not np.isnan(error)]
        if len(errors) > 1:
            listed = ', '.join(f'{error:.2f}' for error in errors)
            rising = all(np.diff(errors) > 0)
            ends = [parts_of(repeats, dataset) for repeats in settings.values()]
            ends = [repeats for repeats in ends if repeats]
            growths = _growths(ends[0], ends[-1])
            sentences.append(
                f'{shown(dataset)}: on the people that all protocols of a draw test, '
                f'mean errors {listed} degrees from the most people learnt from to '
                f'the fewest: {"rising" if rising else "not rising throughout"}; '
                f'from first to last, over {len(growths)} people, '
                f'{verdict_over_people(growths)}.'
            )
    return as_list(sentences)


def _growths(first: Repeats, last: Repeats) -> np.ndarray:
    """How much larger each person's error is in the last, (N,), the mean over draws."""
    if len(first) != len(last):
        raise ValueError(
            'expected as many draws of people in the first and the last protocol, got '
            f'{len(first)} and {len(last)}'
        )
    of_people: dict[str, list[float]] = {}
    for before, after in zip(first, last, strict=True):
        for who in _same_people('the first protocol', before, 'the last', after):
            growth = _error_of_person(after, who) - _error_of_person(before, who)
            of_people.setdefault(who, []).append(growth)
    return np.array([np.mean(growths) for growths in of_people.values()])


def _same_people(
    name: str, ours: HeadPoseResults, reference: str, theirs: HeadPoseResults
) -> list[str]:
    people, others = sorted(set(ours.subject)), sorted(set(theirs.subject))
    if people != others:
        raise ValueError(
            f'expected the same people of {name} and {reference}, got '
            f'{", ".join(people)} and {", ".join(others)}'
        )
    return people


def _error_of_person(
    results: HeadPoseResults, who: str, without_offset: bool = False
) -> float:
    """A person's MAE, mean over angles; without each angle's mean signed error."""
    heads = of_subject(results, who)
    if not without_offset:
        return figures_of(heads)['mae']
    left = criteria.constant_offsets(heads.predicted, heads.labels)
    return float(np.mean([v for k, v in left.items() if k.endswith('_without_offset')]))
