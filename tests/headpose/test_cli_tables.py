"""What the command line prints of a video."""

import io

import pytest
from rich.console import Console

from bernoulli_headpose.cli_tables import tracks_table


@pytest.mark.parametrize(
    ('yaws', 'mean'),
    [
        ([10, 20, -15], '+5.1'),
        ([170, 178, -178, -170], '+180.0'),
        ([-175, 179, 170], '+178.0'),
        ([0, 0, 0, 90, 180, -90, 0, 0, 0], '+0.0'),  # once around
        ([100, -100, 100, 100], '+109.4'),  # a jump
    ],
)
def test_mean_angles_of_a_head_that_turns_round(yaws, mean):
    heads = [dict(pitch=1, yaw=yaw, roll=-2, score=0.5) for yaw in yaws]
    shown = io.StringIO()
    Console(file=shown, width=80).print(tracks_table({3: heads}))
    cells = shown.getvalue().split('#3')[1].split()
    assert cells == [str(len(yaws)), '+1.0', mean, '-2.0', '0.50']
