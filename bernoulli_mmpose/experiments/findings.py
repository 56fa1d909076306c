"""What the tables say, in a sentence for each test set, as Markdown lists.

Where the paper gives a direction, the sentence says whether it is so here. An effect
within two standard errors is called level. These come from the spread over seeds, see
:meth:`.collection.Collection.chance`; where no setting has several seeds, the sentence
says that it may be chance.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from .figures import Repeats, mean_error, parts_of
from .verdicts import as_list, joint_error, verdict

Settings = Mapping[str, Repeats]
Shown = Callable[[str], str]

_SIDES = 'lower', 'higher'
_GOAL = 4 / 3  # growth of an error on perturbed heads that is to be stayed below


def ratios(
    settings: Settings,
    ours: str,
    reference: str,
    chances: Mapping[str, float],
    shown: Shown,
) -> str:
    """One setting's mean error over another's, and where it stands among all.

    Args:
        settings: Repeats by name.
        ours: Name of the setting that is spoken of.
        reference: Name of the other.
        chances: Test sets, and there the spread of an error over seeds, as a share.
        shown: What the page calls them.
    """
    sentences = []
    for dataset, chance in chances.items():
        errors = {n: mean_error(r, dataset) for n, r in settings.items()}
        errors = {name: error for name, error in errors.items() if not np.isnan(error)}
        if ours not in errors or not errors.get(reference):
            continue
        best = min(errors, key=lambda name: errors[name])
        place = '; the lowest of all' if best == ours else f'; the lowest is of {best}'
        ratio = errors[ours] / errors[reference]
        error = joint_error((settings[ours], settings[reference]), dataset, chance)
        sentences.append(
            f'{shown(dataset)}: mean error of {ours} is {ratio:.2f} of that of '
            f'{reference}, {verdict(ratio, error, _SIDES)}'
            f'{place if len(errors) > 2 else ""}.'
        )
    return as_list(sentences)


def against_the_best(
    name: str,
    ours: Repeats,
    tried: Settings,
    chances: Mapping[str, float],
    shown: Shown,
) -> str:
    """One setting's mean error over that of the best of several others.

    Args:
        name: Of the setting that is spoken of.
        ours: Its repeats.
        tried: Repeats of the others by name.
        chances: Test sets, and there the spread of an error over seeds, as a share.
        shown: What the page calls them.
    """
    sentences = []
    for dataset, chance in chances.items():
        errors = {n: mean_error(r, dataset) for n, r in tried.items()}
        errors = {n: error for n, error in errors.items() if error > 0}
        mean = mean_error(ours, dataset)
        if len(errors) > 1 and not np.isnan(mean):
            best = min(errors, key=lambda n: errors[n])
            seeds = len(parts_of(tried[best], dataset))
            ratio = mean / errors[best]
            error = joint_error((ours, tried[best]), dataset, chance)
            sentences.append(
                f'{shown(dataset)}: mean error of {name} in its default is '
                f'{ratio:.2f} of that of {best}, {verdict(ratio, error, _SIDES)}; '
                f'that is the best of {len(errors)} settings '
                f'({seeds} {"seed" if seeds == 1 else "seeds"}).'
            )
    return as_list(sentences)


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
        error = joint_error(groups, dataset, chance) / len(pairs)
        where, lowest = f'at r = {best}', ''
        if len(pairs) > 1:
            where = f'in the mean of {len(pairs)} radii (lower at {lower})'
            lowest = f'; with it, lowest at r = {best}'
        sentences.append(
            f'{shown(dataset)}: with channelwise fusion the mean error is {ratio:.2f} '
            f'of that without, {where}, {verdict(ratio, error)}{lowest}.'
        )
    return as_list(sentences)


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
                error = joint_error((without, within), dataset, chance)
                found = verdict(ratio, error, _SIDES)
                sentences.append(
                    f'{shown(dataset)}: with background the mean error of {name} is '
                    f'{ratio:.2f} times that without, {found}.'
                )
    return as_list(sentences)


def growth(
    name: str, growths: Mapping[str, float], others: Mapping[str, float], shown: str
) -> str:
    """The largest growth of an error on perturbed heads, and where it is a third.

    The paper says that its growth is "not large", of amounts that it does not name.

    Args:
        name: Whose error.
        growths: Error over that of unperturbed heads, by perturbation.
        others: The largest growth of each of the others, by name.
        shown: What the page calls the test set.
    """
    worst = max(growths, key=lambda perturbation: growths[perturbation])
    beyond = [key for key, times in growths.items() if times >= _GOAL]
    third = (
        f'a third and more at {", ".join(beyond)}' if beyond else 'less than a third'
    )
    times = f'grows at most {growths[worst]:.2f} times ({worst}), {third}'
    listed = ', '.join(f'{times:.2f} ({other})' for other, times in others.items())
    beside = f'; the others at most {listed}' if others else ''
    return f'{shown}: the error of {name} {times}{beside}.'


def ablation(settings: Settings, chances: Mapping[str, float], shown: Shown) -> str:
    """Which changes lower and which raise the error, and which do so everywhere.

    Args:
        settings: Repeats by name, the default first, all of one seed and each trained
            on its own.
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
        error = joint_error((settings[first],) * 2, dataset, chance)
        if np.isnan(error):
            continue
        beyond = {n: r for n, r in changes.items() if abs(r - 1) > 2 * error}
        names = sorted(beyond, key=lambda name: beyond[name])
        listed = [f'{name} ({beyond[name]:.2f})' for name in names]
        sentences.append(
            f'{shown(dataset)}: {len(changes) - len(beyond)} of {len(changes)} changes '
            f'are level with the default (within {2 * error:.2f} of its error, two '
            f'standard errors of a difference); beyond that, as about one in twenty is '
            f'by chance, with the ratio to the default: {"; ".join(listed) or "none"}.'
        )
    everywhere = sorted(set.intersection(*lowered)) if lowered else []
    listed = everywhere or ['none']
    sentences.append(
        f'Lower on every test set, by whatever amount: {"; ".join(listed)}.'
    )
    return as_list(sentences)


def same_weights(
    default: Repeats, tests: Settings, datasets: Sequence[str], shown: Shown
) -> str:
    """How much the error of one training differs where it is tested in other ways.

    Args:
        default: Its test.
        tests: The others by name; no seed's chance is between them.
        datasets: Test sets.
        shown: What the page calls them.
    """
    sentences = []
    for dataset in datasets:
        reference = mean_error(default, dataset)
        errors = {n: mean_error(r, dataset) / reference for n, r in tests.items()}
        listed = [f'{n} ({x:.2f})' for n, x in errors.items() if not np.isnan(x)]
        if listed:
            sentences.append(
                f'{shown(dataset)}: the ratio to the default, of tests of its very '
                f'weights: {"; ".join(listed)}.'
            )
    return as_list(sentences)
