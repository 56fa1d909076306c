"""What the command line prints of heads."""

import pytest

from bernoulli_headpose.cli_tables import HeadsTable, tracks_table, video_summary


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
    cells = tracks_table({3: heads}).split('#3')[1].split()
    assert cells == [str(len(yaws)), '+1.0', mean, '-2.0', '0.50']


def test_names_are_there_in_a_narrow_terminal():
    head = dict(pitch=-10.0, yaw=10.0, roll=10.0, score=1.0, center=[4000, 3000])
    head |= dict(pitch_std=10.0, yaw_std=10.0, roll_std=10.0, bbox=[5, 6, 7000, 8000])
    table = HeadsTable(['face_1.jpg'], 80)
    text = table.rows('face_1.jpg', [head])
    assert max(map(len, text.splitlines())) <= 80
    for part in ('face_1.jpg', '-10.0 \u00b110.0', 'box', '3000', '8000'):
        assert part in text
    assert '\u2026' not in text  # nothing is cut


@pytest.mark.parametrize('width', [None, 80, 100, 200])
def test_rows_keep_their_columns(width):
    head = dict(pitch=-100.0, yaw=10.0, roll=1.0, score=1.0, center=[40, 30])
    head |= dict(pitch_std=100.0, yaw_std=10.0, roll_std=1.0, bbox=[5, 6, 7, 8])
    table = HeadsTable(['a' * 12, 'b' * 300], width)
    rows = [table.rows(name, [head, head]) for name in ('a' * 12, 'b' * 300)]
    text = '\n'.join(rows)
    assert text.count('pitch') == 1
    assert text.count('b') - 1 == 600  # one in the header's box
    places = {line.rindex('1.00') for line in text.splitlines() if '1.00' in line}
    assert len(places) == 1


def test_frames_that_did_not_come_are_told():
    info = dict(name='film.avi', n_read=5, n_broken=2, n_missing=3, files=[])
    summary = video_summary(info, 0.0)
    for part in ('5 frames', '2 broken frames skipped', '3 announced by the file'):
        assert part in summary


def test_characters_of_two_columns_keep_the_others_in_line():
    head = dict(pitch=1.0, yaw=1.0, roll=1.0, score=1.0, center=[4, 3], bbox=[1] * 4)
    head |= dict(pitch_std=1.0, yaw_std=1.0, roll_std=1.0)
    wide = '\u9854'
    table = HeadsTable([wide * 3, wide * 20], 80)
    (*_, short), long = (
        table.rows(name, [head]).splitlines() for name in (wide * 3, wide * 20)
    )
    assert short.index('+1.0') - long[0].index('+1.0') == long[0].count(wide) - 3
    assert ''.join(long).count(wide) == 20
