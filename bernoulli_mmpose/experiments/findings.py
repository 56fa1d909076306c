"""What the tables say, in a sentence for each test set, as Markdown lists.

Where the paper gives a direction, the sentence says whether it is so here. An effect
within two standard errors is called level. These are estimated from the spread over
seeds, a setting's own or the default's, whichever is larger; without several seeds of
either nothing is said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from ..evaluation import HeadPoseResults, criteria
from .figures import (
    Repeats,
    figures_of,
    mean_error,
    of_subject,
    parts_of,
    standard_error,
)

Settings = Mapping[str, Repeats]
Shown = Callable[[str], str]


def _as_list(sentences: Iterable[str]) -> str:
    return ''.join(f'- {sentence}\n' for sentence in sentences)


_PAPERS = 'as in the paper', '**unlike in the paper**'


def _verdict(excess: float, error: float, names: tuple[str, str] = _PAPERS) -> str:
    """Which direction an effect has.

    Args:
        excess: The effect, as a share of the error.
        error: Standard error of that; NaN if unknown.
        names: Of an effect above zero and of one below.
    """
    if np.isnan(error):
        return 'of one seed, so it may be chance'
    if abs(excess) <= 2 * error:
        return 'level (within two standard errors)'
    return names[0] if excess > 0 else names[1]


def _joint_error(groups: Iterable[Repeats], dataset: str, chance: float) -> float:
    """Standard error of a ratio of mean errors, as a share."""
    errors = [standard_error(repeats, dataset, chance) for repeats in groups]
    return float(np.sqrt(np.sum(np.square(errors))))


def ratios(
    settings: Settings, ours: str, reference: str, datasets: Sequence[str], shown: Shown
) -> str:
    """One setting's mean error over another's, and where it stands among all.

    Args:
        settings: Repeats by name.
        ours: Name of the setting that is spoken of.
        reference: Name of the other.
        datasets: Test sets.
        shown: What the page calls them.
    """
    sentences = []
    for dataset in datasets:
        errors = {n: mean_error(r, dataset) for n, r in settings.items()}
        errors = {name: error for name, error in errors.items() if not np.isnan(error)}
        if ours not in errors or not errors.get(reference):
            continue
        best = min(errors, key=lambda name: errors[name])
        place = '; the lowest of all' if best == ours else f'; the lowest is of {best}'
        ratio = errors[ours] / errors[reference]
        sentences.append(
            f'{shown(dataset)}: mean error of {ours} {ratio:.2f} of that of '
            f'{reference}{place if len(errors) > 2 else ""}.'
        )
    return _as_list(sentences)


def against_the_best(
    name: str,
    ours: Repeats,
    tried: Settings,
    datasets: Sequence[str],
    shown: Shown,
) -> str:
    """One setting's mean error over that of the best of several others.

    Args:
        name: Of the setting that is spoken of.
        ours: Its repeats.
        tried: Repeats of the others by name.
        datasets: Test sets.
        shown: What the page calls them.
    """
    sentences = []
    for dataset in datasets:
        errors = {n: mean_error(r, dataset) for n, r in tried.items()}
        errors = {n: error for n, error in errors.items() if error > 0}
        mean = mean_error(ours, dataset)
        if len(errors) > 1 and not np.isnan(mean):
            best = min(errors, key=lambda n: errors[n])
            seeds = len(parts_of(tried[best], dataset))
            sentences.append(
                f'{shown(dataset)}: mean error of {name} in its default '
                f'{mean / errors[best]:.2f} of that of {best}, the best of '
                f'{len(errors)} settings ({seeds} {"seed" if seeds == 1 else "seeds"}).'
            )
    return _as_list(sentences)


def by_person(
    name: str, ours: HeadPoseResults, reference: str, theirs: HeadPoseResults
) -> str:
    """One setting's error over another's, person by person.

    Args:
        name: Of the setting that is spoken of.
        ours: Its results.
        reference: Name of the other.
        theirs: Its results on the same heads.
    """
    sentences, people = [], sorted(set(ours.subject))
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
        error = np.nan
        if len(people) > 1:
            error = np.std(excess, ddof=1) / np.sqrt(len(people)) / other
        verdict = _verdict(1 - own / other, error, ('lower', 'higher'))
        sentences.append(
            f'{beginning} of {name} over {len(people)} people is {own / other:.2f} of '
            f'that of {reference}, {verdict}; for {int((excess > 0).sum())} of them '
            'it is lower.'
        )
    return _as_list(sentences)


def _error_of_person(results: HeadPoseResults, who: str, without_offset: bool) -> float:
    """A person's MAE, mean over angles; without each angle's mean signed error."""
    heads = of_subject(results, who)
    if not without_offset:
        return figures_of(heads)['mae']
    left = criteria.constant_offsets(heads.predicted, heads.labels)
    return float(np.mean([v for k, v in left.items() if k.endswith('_without_offset')]))


def fusion(
    channelwise: Settings, plain: Settings, chances: Mapping[str, float], shown: Shown
) -> str:
    """Whether channelwise fusion has the lower error, over the radii.

    Args:
        channelwise: Repeats with it by radius.
        plain: Without.
        chances: Test sets, and there the spread of an error over seeds, as a share.
        shown: What the page calls them.
    """
    sentences = []
    for dataset, chance in chances.items():
        pairs = {
            radius: (
                mean_error(channelwise[radius], dataset),
                mean_error(plain[radius], dataset),
            )
            for radius in channelwise
        }
        pairs = {r: pair for r, pair in pairs.items() if not np.isnan(pair).any()}
        if not pairs:
            continue
        best = min(pairs, key=lambda radius: pairs[radius][0])
        ours, others = np.array(list(pairs.values())).T
        ratio, lower = float(np.mean(ours / others)), int((ours < others).sum())
        groups = [by_radius[r] for r in pairs for by_radius in (channelwise, plain)]
        error = _joint_error(groups, dataset, chance) / len(pairs)
        where, lowest = f'at r = {best}', ''
        if len(pairs) > 1:
            where = f'in the mean of {len(pairs)} radii (lower at {lower})'
            lowest = f'; with it, lowest at r = {best}'
        sentences.append(
            f'{shown(dataset)}: with channelwise fusion the mean error is {ratio:.2f} '
            f'of that without, {where}, {_verdict(1 - ratio, error)}{lowest}.'
        )
    return _as_list(sentences)


def background(
    heads: Settings, images: Settings, chances: Mapping[str, float], shown: Shown
) -> str:
    """How much the errors grow where the whole image is shown to the network.

    The paper's table has figures with and without background, but not which is which.

    Args:
        heads: Repeats on crops of heads, by approach.
        images: On whole images.
        chances: Test sets, and there the spread of an error over seeds, as a share.
        shown: What the page calls them.
    """
    sentences = []
    for dataset, chance in chances.items():
        for name, without in heads.items():
            within = images[name]
            ratio = mean_error(within, dataset) / mean_error(without, dataset)
            if not np.isnan(ratio):
                error = _joint_error((without, within), dataset, chance)
                verdict = _verdict(ratio - 1, error, ('higher', 'lower'))
                sentences.append(
                    f'{shown(dataset)}: with background the mean error of {name} is '
                    f'{ratio:.2f} times that without, {verdict}.'
                )
    return _as_list(sentences)


def growth(name: str, growths: Mapping[str, float], shown: str) -> str:
    """The largest growth of an error on perturbed heads.

    Args:
        name: Whose error.
        growths: Error over that of unperturbed heads, by perturbation.
        shown: What the page calls the test set.
    """
    worst = max(growths, key=lambda perturbation: growths[perturbation])
    times = f'grows at most {growths[worst]:.2f} times ({worst})'
    return f'- {shown}: the error of {name} {times}.\n'


def protocols(settings: Settings, chances: Mapping[str, float], shown: Shown) -> str:
    """Whether the error rises as there are fewer people to learn from.

    Args:
        settings: Repeats by protocol, in their order, all on the same heads.
        chances: Test sets, and there the spread of an error over seeds, as a share.
        shown: What the page calls them.
    """
    sentences = []
    for dataset, chance in chances.items():
        errors = [mean_error(repeats, dataset) for repeats in settings.values()]
        errors = [error for error in errors if not np.isnan(error)]
        if len(errors) > 1:
            listed = ', '.join(f'{error:.2f}' for error in errors)
            rising = all(np.diff(errors) > 0)
            excess = errors[-1] / errors[0] - 1
            ends = [repeats for repeats in settings.values() if repeats]
            error = _joint_error((ends[0], ends[-1]), dataset, chance)
            sentences.append(
                f'{shown(dataset)}: on the people that all protocols of a draw test, '
                f'mean errors {listed} degrees from the most people learnt from to '
                f'the fewest: {"rising" if rising else "not rising throughout"}; '
                f'from first to last {_verdict(excess, error)}.'
            )
    return _as_list(sentences)


def ablation(settings: Settings, chances: Mapping[str, float], shown: Shown) -> str:
    """Which changes lower and which raise the error, and which do so everywhere.

    Args:
        settings: Repeats by name, the default first, all of one seed.
        chances: Test sets, and there the spread of an error over seeds, as a share.
        shown: What the page calls them.
    """
    sentences, lowered = [], []
    for dataset, chance in chances.items():
        errors = {n: mean_error(r, dataset) for n, r in settings.items()}
        first, *changed = errors
        changes = {n: errors[n] / errors[first] for n in changed}
        changes = {n: ratio for n, ratio in changes.items() if not np.isnan(ratio)}
        lowered.append({name for name, ratio in changes.items() if ratio < 1})
        error = _joint_error((settings[first],) * 2, dataset, chance)
        if np.isnan(error):
            continue
        beyond = {n: r for n, r in changes.items() if abs(r - 1) > 2 * error}
        names = sorted(beyond, key=lambda name: beyond[name])
        listed = [f'{name} ({beyond[name]:.2f})' for name in names]
        sentences.append(
            f'{shown(dataset)}: {len(changes) - len(beyond)} of {len(changes)} changes '
            f'are level with the default (within {2 * error:.2f} of its error, two '
            f'standard errors of a difference); beyond that, with the ratio to the '
            f'default: {"; ".join(listed) or "none"}.'
        )
    everywhere = sorted(set.intersection(*lowered)) if lowered else []
    listed = everywhere or ['none']
    sentences.append(
        f'Lower on every test set, by whatever amount: {"; ".join(listed)}.'
    )
    return _as_list(sentences)
