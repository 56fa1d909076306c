"""Files of a rendered sample: layout, determinism, and what it refuses."""

import re

import cv2
import numpy as np
import pytest
from rendering.biwi_layout import SEQUENCES, SUBJECTS
from rendering.biwi_sample import (
    MARKER,
    NOTICE,
    SampleSettings,
    render_sample,
)

SMALL = SampleSettings(frames_per_sequence=2, size=(160, 120))


def _contents(folder):
    files = sorted(path for path in folder.rglob('*') if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@pytest.fixture(scope='module')
def sample(tmp_path_factory):
    root = tmp_path_factory.mktemp('sample') / 'rendered'
    render_sample(root, SMALL, [3, 1, 15])
    return root


def test_layout(sample):
    names = [f'frame_{i:05d}_{end}' for i in (0, 1) for end in ('pose.txt', 'rgb.png')]
    expected = {
        f'{sequence}/{name}'
        for sequence in ('01', '03', '15')
        for name in [*names, 'rgb.cal', 'depth.cal']
    }
    assert set(_contents(sample)) == expected | {MARKER}
    assert cv2.imread(str(sample / '01/frame_00000_rgb.png')).shape == (120, 160, 3)


def test_pose_file_has_the_form_of_biwi(sample):
    blocks = (sample / '01/frame_00001_pose.txt').read_text().split('\n\n')
    rotation, centre = (np.array(b.split(), float) for b in blocks)
    rotation = rotation.reshape(3, 3)
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-11)
    assert np.linalg.det(rotation) == pytest.approx(1)
    assert 700 < centre[2] < 1300


def test_calibration_file_has_the_form_of_biwi(sample):
    text = (sample / '03/rgb.cal').read_text()
    blocks = [np.array(block.split(), float) for block in text.split('\n\n')]
    assert [len(block) for block in blocks] == [9, 4, 9, 3, 2]
    # A quarter of the size is a quarter of the focal length of 517.679.
    assert blocks[0][0] == pytest.approx(517.679 / 4)
    np.testing.assert_allclose(blocks[3], [-24.0198, 5.8896, -13.2308])
    np.testing.assert_array_equal(blocks[4], [160, 120])
    assert (sample / '15/rgb.cal').read_text() != text
    assert (sample / '01/rgb.cal').read_text() == text
    depth = np.array((sample / '03/depth.cal').read_text().split(), float)
    np.testing.assert_array_equal(depth[13:25], [1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0])


def test_small_pictures_are_the_large_ones_shrunk(tmp_path, sample):
    settings = SampleSettings(frames_per_sequence=2)
    render_sample(tmp_path / 'full', settings, [1])
    full = cv2.imread(str(tmp_path / 'full/01/frame_00001_rgb.png'))
    small = cv2.imread(str(sample / '01/frame_00001_rgb.png'))
    shrunk = cv2.resize(full, (160, 120), interpolation=cv2.INTER_AREA)
    assert np.abs(shrunk.astype(float) - small).mean() < 4


def test_subjects_are_those_of_biwi():
    people = set(SUBJECTS.values())
    assert len(SEQUENCES) == 24
    assert len(people) == 20
    assert sum(name.startswith('F') for name in people) == 6
    twice = {
        name: [s for s in SEQUENCES if SUBJECTS[s] == name]
        for name in people
        if sum(SUBJECTS[s] == name for s in SEQUENCES) > 1
    }
    assert twice == {'F02': [2, 21], 'F03': [3, 15], 'F05': [5, 18], 'M01': [7, 22]}


def test_same_seed_same_bytes_for_any_choice_of_sequences(tmp_path, sample):
    render_sample(tmp_path / 'again', SMALL, [15])
    again = _contents(tmp_path / 'again')
    assert again == {name: _contents(sample)[name] for name in again}


def test_processes_change_nothing(tmp_path, sample):
    seen = []
    render_sample(tmp_path / 'jobs', SMALL, [1, 3, 15], jobs=2, report=seen.append)
    assert _contents(tmp_path / 'jobs') == _contents(sample)
    assert seen == [1, 3, 15]


def test_another_seed_is_another_sample(tmp_path, sample):
    settings = SampleSettings(frames_per_sequence=2, size=(160, 120), seed=1)
    render_sample(tmp_path / 'other', settings, [1])
    name = '01/frame_00000_pose.txt'
    assert (tmp_path / 'other' / name).read_text() != (sample / name).read_text()


def test_marker_says_what_it_is(sample):
    text = (sample / MARKER).read_text()
    assert text.startswith(NOTICE)
    assert re.search('seed: 0\n', text)
    assert re.search(r'renderer version: \d+\n', text)


def test_users_files_are_not_overwritten(tmp_path):
    (tmp_path / '01').mkdir()
    (tmp_path / '01/frame_00003_rgb.png').write_bytes(b'precious')
    before = _contents(tmp_path)
    with pytest.raises(FileExistsError, match='nothing was written') as caught:
        render_sample(tmp_path, SMALL, [1])
    assert str(tmp_path) in str(caught.value)
    assert _contents(tmp_path) == before


def test_readme_of_someone_else_is_not_a_marker(tmp_path):
    (tmp_path / MARKER).write_text('Biwi Kinect Head Pose Database\n')
    with pytest.raises(FileExistsError, match='other files'):
        render_sample(tmp_path, SMALL, [1])


def test_sample_of_other_settings_is_kept(sample):
    before = _contents(sample)
    settings = SampleSettings(frames_per_sequence=1, size=(160, 120))
    with pytest.raises(FileExistsError, match='other settings'):
        render_sample(sample, settings, [1])
    render_sample(sample, SMALL, [1])
    assert _contents(sample) == before


def test_file_in_place_of_the_folder(tmp_path):
    (tmp_path / 'root').write_text('')
    with pytest.raises(FileExistsError, match='expected a folder, got a file'):
        render_sample(tmp_path / 'root', SMALL, [1])


@pytest.mark.parametrize(
    ('settings', 'message'),
    [
        ({'frames_per_sequence': 0}, 'expected at least 1, got 0'),
        ({'seed': -1}, 'seed: expected 0 or more, got -1'),
        ({'size': (640, 640)}, '4:3 from 64x48, got 640x640'),
        ({'size': (32, 24)}, 'got 32x24'),
    ],
)
def test_bad_settings(settings, message):
    with pytest.raises(ValueError, match=message):
        SampleSettings(**settings)


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        ({'sequences': [0, 25, 3]}, r'numbers of 1 to 24, got \[0, 25\]'),
        ({'sequences': []}, 'numbers of 1 to 24, got none'),
        ({'jobs': 0}, 'jobs: expected at least 1, got 0'),
    ],
)
def test_bad_arguments(tmp_path, arguments, message):
    with pytest.raises(ValueError, match=message):
        render_sample(tmp_path / 'root', SMALL, **arguments)
    assert not (tmp_path / 'root').exists()
