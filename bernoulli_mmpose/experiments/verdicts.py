"""Whether an effect is more than chance, in words."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from scipy import stats

from .figures import Repeats, standard_error

_PAPERS = 'as in the paper', '**unlike in the paper**'


def as_list(sentences: Iterable[str]) -> str:
    """A Markdown list."""
    return ''.join(f'- {sentence}\n' for sentence in sentences)


def verdict(ratio: float, error: float, names: tuple[str, str] = _PAPERS) -> str:
    """Which direction an effect has.

    Args:
        ratio: Of two mean errors.
        error: Standard error of that, as a share of it; NaN if unknown.
        names: Of a ratio below one and of one above.
    """
    if np.isnan(error):
        return 'of one seed, so it may be chance'
    if abs(ratio - 1) <= 2 * error * ratio:
        return f'{_level(names)} (within two standard errors)'
    return names[0] if ratio < 1 else names[1]


def verdict_over_people(effects: np.ndarray, names: tuple[str, str] = _PAPERS) -> str:
    """Which direction an effect has that was measured on several people.

    Args:
        effects: The effect on each, (N,).
        names: Of an effect above zero and of one below.
    """
    if len(effects) < 2:
        return 'of one person, so it may be chance'
    error = np.std(effects, ddof=1) / np.sqrt(len(effects))
    limit = stats.t.ppf(0.975, len(effects) - 1)
    if abs(effects.mean()) <= limit * error:
        return f'{_level(names)} (within the 95 % interval over people)'
    return names[0] if effects.mean() > 0 else names[1]


def _level(names: tuple[str, str]) -> str:
    return 'level, where the paper has an effect' if names == _PAPERS else 'level'


def joint_error(groups: Iterable[Repeats], dataset: str, chance: float) -> float:
    """Standard error of a ratio of mean errors, as a share."""
    errors = [standard_error(repeats, dataset, chance) for repeats in groups]
    return float(np.sqrt(np.sum(np.square(errors))))
