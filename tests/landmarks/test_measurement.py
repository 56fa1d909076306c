"""The MAE of poses from landmarks against known ones."""

import pytest

from bernoulli_mmpose.landmarks.measurement import measure


def test_figures_are_of_the_heads_within_the_limit(write_mat, tmp_path):
    write_mat(tmp_path / 'a.mat', (10, 30, -5))
    # The landmarks say 20 of yaw, the label 24.
    write_mat(tmp_path / 'b.mat', (0, 20, 0), Pose_Para=[[0, 0.418879, 0, 1, 1, 1, 1]])
    write_mat(tmp_path / 'c.mat', (0, 110, 0))
    measured = measure(tmp_path)
    assert (measured.count, measured.valid, measured.reasons) == (2, 2, {})
    assert measured.figures['mae_yaw'] == pytest.approx(2.0, abs=0.1)
    assert measured.figures['offset_yaw'] == pytest.approx(-2.0, abs=0.1)
    assert measured.figures['mae_roll'] == pytest.approx(0.0, abs=0.1)


def test_no_head_is_left(write_mat, tmp_path):
    write_mat(tmp_path / 'c.mat', (0, 110, 0))
    with pytest.raises(ValueError, match='expected heads within 99 degrees'):
        measure(tmp_path)


def test_heads_without_pose_are_counted_only(write_mat, face, tmp_path):
    points = face((0, 0, 0)).T.copy()
    points[:, :2] = -1
    write_mat(tmp_path / 'b.mat', (0, 0, 0), pt2d=points)
    measured = measure(tmp_path, ['pt2d'])
    assert (measured.count, measured.valid, measured.figures) == (1, 0, {})
    assert measured.reasons == {'an end of the jaw not visible': 1}


@pytest.mark.real_data
def test_aflw2000_sample(shared_data):
    """37 heads of the 40 are within 99 degrees; the landmarks are the file's own."""
    measured = measure(shared_data / 'aflw2000')
    assert (measured.count, measured.valid) == (37, 37)
    assert measured.figures['mae'] == pytest.approx(2.18, abs=0.02)
    assert measured.figures['mae_pitch'] == pytest.approx(3.83, abs=0.02)
    assert measured.figures['mae_yaw'] == pytest.approx(1.03, abs=0.02)
    assert measured.figures['mae_roll'] == pytest.approx(1.67, abs=0.02)
    assert abs(measured.figures['offset_pitch']) < 1.0
