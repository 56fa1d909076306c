"""What the tables say, in a sentence for each test set, as Markdown lists.

Where the paper gives a direction, the sentence says whether it is so here, or the
effect is within two standard errors of none. These are estimated from the spread of the
default's error over seeds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from .figures import Repeats, mean_and_spread, mean_error, parts_of

Settings = Mapping[str, Repeats]
Shown = Callable[[str], str]


def _as_list(sentences: Iterable[str]) -> str:
    return ''.join(f'- {sentence}\n' for sentence in sentences)


def _verdict(excess: float, error: float) -> str:
    """Whether an effect has the paper's direction.

    Args:
        excess: By how much it has, as a share of the error; negative if it has not.
        error: Standard error of that; NaN if unknown.
    """
    if abs(excess) <= 2 * error:
        return 'level (within two standard errors)'
    return 'as in the paper' if excess > 0 else '**unlike in the paper**'


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
        runs = [
            len(parts_of(found[radius], dataset))
            for radius in pairs
            for found in (channelwise, plain)
        ]
        error = chance * np.sqrt(np.sum(1 / np.array(runs))) / len(pairs)
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

    Args:
        heads: Repeats on crops of heads, by approach.
        images: On whole images, in the same order.
        chances: Test sets, and there the spread of an error over seeds, as a share.
        shown: What the page calls them.
    """
    sentences = []
    for dataset, chance in chances.items():
        pairs = zip(heads.items(), images.values(), strict=True)
        for (name, without), within in pairs:
            ratio = mean_error(within, dataset) / mean_error(without, dataset)
            if not np.isnan(ratio):
                verdict = _verdict(ratio - 1, chance * np.sqrt(2))
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
        settings: Repeats by protocol, in their order.
        chances: Test sets, and there the spread of an error over seeds, as a share.
        shown: What the page calls them.
    """
    sentences = []
    for dataset, chance in chances.items():
        errors = [mean_error(repeats, dataset) for repeats in settings.values()]
        errors = [error for error in errors if not np.isnan(error)]
        if len(errors) > 1:
            listed = ', '.join(f'{error:.2f}' for error in errors)
            draws = min(len(repeats) for repeats in settings.values() if repeats)
            rising = all(np.diff(errors) > 0)
            excess = errors[-1] / errors[0] - 1
            verdict = _verdict(excess, chance * np.sqrt(2 / draws))
            sentences.append(
                f'{shown(dataset)}: mean errors {listed} degrees from the most people '
                f'to the fewest: {"rising" if rising else "not rising throughout"}; '
                f'from first to last {verdict}.'
            )
    return _as_list(sentences)


def ablation(
    settings: Settings, seeds: Repeats, datasets: Sequence[str], shown: Shown
) -> str:
    """The changes that lower the error of the first setting, and what is chance.

    Args:
        settings: Repeats by name, the default first, all of one seed.
        seeds: The default with several seeds.
        datasets: Test sets.
        shown: What the page calls them.
    """
    sentences = []
    for dataset in datasets:
        errors = {n: mean_error(r, dataset) for n, r in settings.items()}
        default, *changed = errors
        lower = {n: errors[n] for n in changed if errors[n] < errors[default]}
        names = ', '.join(
            f'{name} ({lower[name] / errors[default]:.2f})'
            for name in sorted(lower, key=lambda name: lower[name])
        )
        parts = parts_of(seeds, dataset)
        mean, spread = mean_and_spread(parts, 'mae') if parts else (np.nan, np.nan)
        chance = (
            ''
            if np.isnan(spread)
            else f'; {len(parts)} seeds of the default spread by {spread / mean:.2f} '
            'of their mean'
        )
        sentences.append(
            f'{shown(dataset)}: lower errors than the default by '
            f'{names or "no change"}{chance}.'
        )
    return _as_list(sentences)
