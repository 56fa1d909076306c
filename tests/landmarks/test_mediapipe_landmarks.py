"""MediaPipe's mesh in a process of its own, with a stand-in for MediaPipe."""

import os
import sys

import numpy as np
import pytest
from baselines.landmark_poses import predict_by_landmarks
from baselines.mediapipe_landmarks import IBUG, FaceMesh, cut_head
from mmpose.registry import DATASETS

DARK, LIGHT = (np.full((300, 400, 3), grey, np.uint8) for grey in (0, 200))


def test_landmarks_are_where_the_mesh_is_in_the_picture(mediapipe_mesh):
    with FaceMesh(sys.executable) as find:
        points = find(LIGHT, [100, 100, 60, 80])
        assert find(DARK, [100, 100, 60, 80]) is None
        # Half of 80 on each side of a box whose middle is (130, 140).
        expected = [50, 60, 0] + 160 * mediapipe_mesh[IBUG]
        np.testing.assert_allclose(points, expected, atol=1e-3)
        assert find.weights == 1_200_000


@pytest.mark.usefixtures('mediapipe_mesh')
def test_pictures_of_any_shape_are_looked_at_as_often_as_asked():
    with FaceMesh(sys.executable, video=True) as mesh:
        high = mesh.find(LIGHT[:, :100], times=3)
        wide = mesh.find(LIGHT[:100])
    np.testing.assert_allclose(high / [100, 300, 100], wide / [400, 100, 400])


def test_beyond_the_picture_it_is_black():
    part, corner, zoom = cut_head(LIGHT, [-50, 0, 100, 100])
    np.testing.assert_allclose([*corner, zoom], [-100, -50, 256 / 200])
    assert part.shape == (256, 256, 3)
    corners = part[[200, 10, 200], [10, 200, 200], 0]
    assert corners.tolist() == [0, 0, 200]


def test_a_missing_python_is_told():
    with pytest.raises(FileNotFoundError, match=r'no/python: .*found no such program'):
        FaceMesh('no/python')


def test_a_python_without_mediapipe_is_told(tmp_path, monkeypatch):
    (tmp_path / 'mediapipe.py').touch()
    monkeypatch.setenv('PYTHONPATH', str(tmp_path))
    with pytest.raises(ImportError, match=r'No module named .*pip install mediapipe=='):
        FaceMesh(sys.executable)


@pytest.mark.usefixtures('mediapipe_mesh')
def test_a_failure_of_mediapipe_is_told():
    message = 'it ended and said: RuntimeError: a red light'
    red = np.full((90, 90, 3), 255, np.uint8)
    with FaceMesh(sys.executable) as mesh, pytest.raises(RuntimeError, match=message):
        mesh.find(red)


@pytest.mark.real_data
def test_frontal_heads_of_genki4k(shared_data):
    python = os.environ.get('BERNOULLI_MEDIAPIPE_PYTHON')
    if python is None:
        pytest.skip('set BERNOULLI_MEDIAPIPE_PYTHON to a Python that has MediaPipe')
    dataset = DATASETS.build(
        dict(
            type='HeadPoseTableDataset',
            data_root=str(shared_data / 'genki4k'),
            ann_file='annotations.csv',
            split='train',
            margin=0.4,
            indices=40,
            test_mode=True,
        )
    )
    with FaceMesh(python) as find:
        assert 1e6 < find.weights < 2e6
        found = predict_by_landmarks(dataset, find)
    assert sum(found.failures.values()) <= 1
    figures = found.evaluate(with_guesses=False)
    assert figures['head_pose/mae_yaw'] < 4
    assert figures['head_pose/mae_roll'] < 3
