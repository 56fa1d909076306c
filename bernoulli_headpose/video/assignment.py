"""The cheapest way to pair rows and columns (the Hungarian method)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..arrays import FloatArray


def cheapest_pairs(cost: FloatArray) -> list[tuple[int, int]]:
    """Pairs of rows and columns, as many as there can be, at the least total cost.

    Rows are added one by one, each by the cheapest way of re-pairing those before it
    (shortest augmenting paths with prices, O(n^3)).

    Args:
        cost: Finite, shape (M, N).

    Returns:
        min(M, N) pairs (row, column), by rows.
    """
    if len(cost) > cost.shape[1]:
        return sorted((row, column) for column, row in cheapest_pairs(cost.T))
    n_columns = cost.shape[1]
    prices = np.zeros(n_columns)
    row_of = np.full(n_columns, -1)
    for row in range(len(cost)):
        _add_row(cost, prices, row_of, row)
    columns = np.flatnonzero(row_of >= 0)
    return sorted(zip(row_of[columns].tolist(), columns.tolist(), strict=True))


def _add_row(
    cost: FloatArray, prices: FloatArray, row_of: NDArray[np.int_], new_row: int
) -> None:
    """Pair one more row, in place, along the cheapest path to a free column."""
    distance = np.full(len(prices), np.inf)
    before = np.full(len(prices), -1)
    is_done = np.zeros(len(prices), bool)
    row, column, walked = new_row, -1, 0.0
    while row >= 0:
        here = 0.0 if column < 0 else cost[row, column] - prices[column]
        through = walked + cost[row] - prices - here
        is_shorter = ~is_done & (through < distance)
        distance[is_shorter], before[is_shorter] = through[is_shorter], column
        column = int(np.where(is_done, np.inf, distance).argmin())
        walked = float(distance[column])
        is_done[column] = True
        row = int(row_of[column])
    prices[is_done] += distance[is_done] - walked
    while column >= 0:
        previous = int(before[column])
        row_of[column] = row_of[previous] if previous >= 0 else new_row
        column = previous
