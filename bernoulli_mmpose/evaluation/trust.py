"""Tables that tell from which score and deviation on to trust a head.

They need pictures without a head in the results (:class:`.HeadlessDataset`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from bernoulli_headpose.rotation import FloatArray

from . import criteria
from .results import ERRORS, ROTATION_STD, STDS, Runs
from .summary import Table, as_decimal, as_share, with_datasets

if TYPE_CHECKING:
    import pandas as pd

SCORES = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
PASSES = (0.05, 0.01)  # shares of the pictures without a head


def trust_tables(runs: Runs, headless: Runs) -> list[Table]:
    """Shares and errors by the score, and the thresholds that few headless ones pass.

    Args:
        runs: Results of heads by the name to show.
        headless: Those of pictures without a head, by the same names; a run that has
            none is left out.
    """
    names = [name for name in runs if np.isfinite(headless[name]['score']).any()]
    if not names:
        return []
    heads = {name: runs[name] for name in names}
    without = {name: headless[name] for name in names}
    return [_score_table(heads, without), _threshold_table(heads, without)]


def threshold_of(values: ArrayLike, share: float) -> float:
    """The least of the values that at most this share of them is above.

    Args:
        values: (N,), N at least 1; NaN counts as none.
        share: In [0, 1).
    """
    known = np.asarray(values, np.float64)
    ordered = np.sort(known[~np.isnan(known)])[::-1]
    return float(ordered[int(share * len(ordered) + 1e-9)])


def _score_table(runs: Runs, headless: Runs) -> Table:
    rows = []
    for name, run in runs.items():
        parts = with_datasets({name: run}) | with_datasets(
            {f'{name}, no head': headless[name]}
        )
        for label, part in parts.items():
            shares = [float((part['score'] > score).mean()) for score in SCORES]
            rows.append([label, str(len(part)), *map(as_share, shares)])
        kept = [run[run['score'] > score] for score in SCORES]
        errors = [as_decimal(_geodesic(part)) for part in kept]
        rows.append([f'{name}, geodesic error', str(len(run)), *errors])
    title = (
        'Share of heads, and of pictures without a head, with a score above; mean '
        'geodesic error in degrees of these heads'
    )
    return Table(title, ['', 'pictures', *map(str, SCORES)], rows)


def _threshold_table(runs: Runs, headless: Runs) -> Table:
    rows = []
    for name, run in runs.items():
        for what, sign, of in (
            ('score above', 1, _score),
            ('deviation below', -1, deviation_of),
        ):
            surety, others = sign * of(run), sign * of(headless[name])
            for share in PASSES if np.isfinite(others).any() else ():
                limit = threshold_of(others, share)
                kept = run[surety > limit]
                mae = criteria.mean_absolute_errors(kept[ERRORS]).get('mae')
                cells = [f'{sign * limit:.3g}', as_share(len(kept) / len(run))]
                cells += [as_decimal(_geodesic(kept)), as_decimal(mae)]
                rows.append([f'{name}, {what}', as_share(share), *cells])
    title = (
        'What at most a share of the pictures without a head passes, the heads that '
        'do, and their mean errors in degrees'
    )
    header = ['', 'no head', 'threshold', 'heads', 'geodesic', 'MAE']
    return Table(title, header, rows)


def _score(table: pd.DataFrame) -> FloatArray:
    return table['score'].to_numpy(np.float64)


def deviation_of(table: pd.DataFrame) -> FloatArray:
    """Of each rotation, degrees, (N,); where a model tells none, the mean of angles."""
    by_angle = table[STDS].mean(axis=1)
    return table[ROTATION_STD[0]].fillna(by_angle).to_numpy(np.float64)


def _geodesic(table: pd.DataFrame) -> float | None:
    return criteria.geodesic_metrics(table['geodesic_deg']).get('geodesic_mean')
