"""Rows and columns are paired as SciPy pairs them."""

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from bernoulli_headpose.video.assignment import cheapest_pairs


@pytest.mark.parametrize('kind', ['any', 'forbidden', 'ties'])
@pytest.mark.parametrize('seed', range(100))
def test_the_total_cost_is_that_of_scipy(kind, seed):
    rng = np.random.default_rng(seed)
    cost = rng.normal(0, 3, rng.integers(0, 12, 2))
    if kind == 'forbidden':
        cost = np.where(cost > 1, 1e6, cost)
    elif kind == 'ties':
        cost = np.rint(cost)
    pairs = cheapest_pairs(cost)
    assert len(pairs) == min(cost.shape)
    assert all(len(set(side)) == len(pairs) for side in zip(*pairs, strict=True))
    expected = linear_sum_assignment(cost)
    total = sum(cost[pair] for pair in pairs)
    assert total == pytest.approx(cost[expected].sum(), abs=1e-9)
    if kind == 'any':
        assert pairs == list(zip(*map(np.ndarray.tolist, expected), strict=True))


def test_the_nearest_pair_is_given_up_for_the_sum():
    assert cheapest_pairs(np.array([[1.0, 2.0], [1.5, 9.0]])) == [(0, 1), (1, 0)]
