"""What the tables say, in a sentence for each test set, as Markdown lists.

Where the paper gives a direction, the sentence says whether it is so here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from .figures import Repeats, mean_and_spread, mean_error, parts_of

Settings = Mapping[str, Repeats]
Shown = Callable[[str], str]


def _as_list(sentences: Iterable[str]) -> str:
    return ''.join(f'- {sentence}\n' for sentence in sentences)


def _verdict(holds: bool) -> str:
    return 'as in the paper' if holds else '**unlike in the paper**'


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
        if ours not in errors or reference not in errors:
            continue
        best = min(errors, key=lambda name: errors[name])
        place = '; the lowest of all' if best == ours else f'; the lowest is of {best}'
        ratio = errors[ours] / errors[reference]
        sentences.append(
            f'{shown(dataset)}: mean error of {ours} {ratio:.2f} of that of '
            f'{reference}{place if len(errors) > 2 else ""}.'
        )
    return _as_list(sentences)


def fusion(
    channelwise: Settings, plain: Settings, datasets: Sequence[str], shown: Shown
) -> str:
    """Whether channelwise fusion has the lower error, over the radii.

    Args:
        channelwise: Repeats with it by radius.
        plain: Without.
        datasets: Test sets.
        shown: What the page calls them.
    """
    sentences = []
    for dataset in datasets:
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
        holds = ratio < 1 and 2 * lower > len(pairs)
        sentences.append(
            f'{shown(dataset)}: with channelwise fusion the mean error is {ratio:.2f} '
            f'of that without, in the mean of {len(pairs)} radii (lower at {lower}), '
            f'{_verdict(holds)}; with it, lowest at r = {best}.'
        )
    return _as_list(sentences)


def background(
    heads: Repeats, images: Repeats, datasets: Sequence[str], shown: Shown
) -> str:
    """How much the error grows where the whole image is shown to the network.

    Args:
        heads: Repeats on crops of heads.
        images: On whole images.
        datasets: Test sets.
        shown: What the page calls them.
    """
    sentences = []
    for dataset in datasets:
        ratio = mean_error(images, dataset) / mean_error(heads, dataset)
        if not np.isnan(ratio):
            sentences.append(
                f'{shown(dataset)}: with background the mean error of the Bernoulli '
                f'heatmap is {ratio:.2f} times that without: '
                f'{"higher" if ratio > 1 else "not higher"}, {_verdict(ratio > 1)}.'
            )
    return _as_list(sentences)


def protocols(settings: Settings, datasets: Sequence[str], shown: Shown) -> str:
    """Whether the error rises as there are fewer people to learn from.

    Args:
        settings: Repeats by protocol, in their order.
        datasets: Test sets.
        shown: What the page calls them.
    """
    sentences = []
    for dataset in datasets:
        errors = [mean_error(repeats, dataset) for repeats in settings.values()]
        errors = [error for error in errors if not np.isnan(error)]
        if len(errors) > 1:
            listed = ', '.join(f'{error:.2f}' for error in errors)
            holds = all(np.diff(errors) > 0)
            sentences.append(
                f'{shown(dataset)}: mean errors {listed} degrees from the most people '
                f'to the fewest: {"rising" if holds else "not rising throughout"}, '
                f'{_verdict(holds)}.'
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
