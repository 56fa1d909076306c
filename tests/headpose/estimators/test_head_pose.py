"""The class HeadPose: what it gives, and that it needs neither torch nor MMPose."""

import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

import bernoulli_headpose
from bernoulli_headpose import Frame, Head, HeadPose
from bernoulli_headpose.rotation import euler_to_matrix

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope='module')
def estimate() -> HeadPose:
    return HeadPose(threads=1)


@pytest.fixture(scope='module')
def picture(rendered_head) -> np.ndarray:
    image = np.full((300, 500, 3), 90, np.uint8)
    image[100:228, 250:378] = rendered_head
    return image


def test_a_head_and_its_units(estimate, picture):
    (head,) = estimate(picture)
    assert isinstance(head, Head)
    assert max(abs(head.pitch), abs(head.yaw), abs(head.roll)) < 60
    angles = head.pitch, head.yaw, head.roll
    np.testing.assert_allclose(head.rotation, euler_to_matrix(angles), atol=1e-5)
    assert 0 < min(head.std) <= max(head.std) < 30
    x1, y1, x2, y2 = head.box
    assert 250 < x1 < head.center[0] < x2 < 378
    assert 100 < y1 < y2 < 240
    assert min(head.score, head.box_score) > 0.65
    assert head.to_dict() == estimate.predict(picture)[0]
    json.dumps(head.to_dict(), allow_nan=False)


def test_lists_and_boxes(estimate, picture, tmp_path):
    path = tmp_path / 'photo.png'
    cv2.imwrite(str(path), picture)
    (alone,), both = estimate(str(path)), estimate([path, picture * 0, picture])
    assert [len(heads) for heads in both] == [1, 0, 1]
    assert both[0][0].to_dict() == alone.to_dict() == both[2][0].to_dict()
    (given,) = estimate(picture, boxes=alone.box)
    assert given.box_score == 1
    np.testing.assert_allclose(given.rotation, alone.rotation, atol=1e-4)
    assert estimate(picture, threshold=1.0) == []


def test_both_models_and_a_finder_of_one_s_own(picture):
    (one,) = HeadPose('heads', threads=1)(picture)
    (other,) = HeadPose(finder=lambda _: ([one.box], [0.9]), threads=1)(picture)
    np.testing.assert_allclose(other.box, one.box, rtol=1e-6)
    assert other.box_score == pytest.approx(0.9)
    assert abs(one.yaw - other.yaw) < 20


@pytest.fixture
def film(picture, tmp_path) -> str:
    path = str(tmp_path / 'film.avi')
    video = cv2.VideoWriter(path, cv2.VideoWriter.fourcc(*'MJPG'), 20, (500, 300))
    for shift in range(5):
        video.write(np.roll(picture, shift, axis=1))
    video.release()
    return path


@pytest.mark.parametrize('found', [None, [[1, 2, 3]], ([[1, 2, 3, 4]] * 2, [0.9]), 5])
def test_a_finder_that_gives_no_boxes_is_told(picture, found):
    estimate = HeadPose(finder=lambda _: found, threads=1)
    with pytest.raises(ValueError, match=r'detector: expected boxes \(N, 4\)'):
        estimate(picture)


def test_a_threshold_is_a_score(estimate, picture):
    for wrong in (2, -1, 'a'):
        with pytest.raises(ValueError, match='threshold: expected a score of 0 to 1'):
            estimate(picture, threshold=wrong)


def test_what_is_found_where_nothing_can_be_seen_is_no_head(picture):
    boxes = [[250.0, 100, 378, 228], [10, 10, 60, 60]]
    estimate = HeadPose(finder=lambda _: (boxes, [0.9, 0.9]), threads=1)
    assert [head.box[0] for head in estimate(picture)] == [250]
    assert len(estimate(picture, boxes=boxes)) == 2  # who gives boxes gets them all


def test_a_video(estimate, film):
    frames = [*estimate.video(film, smooth=True)]
    assert [frame.index for frame in frames] == [*range(5)]
    assert isinstance(frames[0], Frame)
    assert frames[4].time_s == pytest.approx(0.2, abs=0.01)
    assert frames[4].image.shape == (300, 500, 3)
    tracks = [[head.track_id for head in frame.heads] for frame in frames]
    assert tracks == [[0]] * 5
    with pytest.raises(ValueError, match='source: expected a video, got'):
        next(estimate.video(__file__))
    with pytest.raises(FileNotFoundError, match='missing.mp4: expected a video'):
        next(estimate.video('missing.mp4'))


IMPORTS = """
import json, sys
import bernoulli_headpose
first = set(sys.modules)
picture, film, out = sys.argv[1:]
estimate = bernoulli_headpose.HeadPose(threads=1)
count = len(estimate(picture))
count += sum(len(frame.heads) for frame in estimate.video(film, smooth=True))
from bernoulli_headpose.run_options import RunOptions
options = RunOptions(vis_out_dir=out, pred_out_dir=out, draw='cube')
(one,) = estimate.run(picture, options)
count += len(one.heads[0])
print(json.dumps([count, sorted(first), sorted(sys.modules)]))
"""


def run_alone(code: str, *words: str) -> list:
    """What a process of its own prints, as JSON."""
    command = [sys.executable, '-c', code, *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    return json.loads(done.stdout)


def test_it_imports_numpy_opencv_and_onnxruntime_alone(picture, film, tmp_path):
    path = tmp_path / 'photo.jpg'
    cv2.imwrite(str(path), picture)
    count, first, modules = run_alone(IMPORTS, str(path), film, str(tmp_path / 'out'))
    assert count == 1 + 5 + 1
    assert (tmp_path / 'out' / 'photo.jpg').is_file()
    heavy = {'torch', 'mmpose', 'mmcv', 'mmengine', 'bernoulli_mmpose', 'scipy'}
    heavy |= {'pandas', 'matplotlib', 'PIL', 'rich', 'skimage', 'onnx'}
    assert not heavy & {*modules}
    assert not {'cv2', 'onnxruntime'} & {*first}


PEAK = """
import sys
from pathlib import Path
from bernoulli_headpose import HeadPose
heads = HeadPose(threads=1)(sys.argv[1])
lines = Path('/proc/self/status').read_text().splitlines()
(peak,) = (int(line.split()[1]) for line in lines if line.startswith('VmHWM'))
print([len(heads), peak])
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != 'linux', reason='reads the peak in /proc')
def test_a_photograph_of_12_megapixels_needs_no_300_megabytes(rendered_head, tmp_path):
    photo = np.full((3000, 4000, 3), 90, np.uint8)
    photo[1000:1400, 2500:2900] = cv2.resize(rendered_head, (400, 400))
    cv2.imwrite(str(tmp_path / 'photo.jpg'), photo)
    count, kilobytes = run_alone(PEAK, str(tmp_path / 'photo.jpg'))
    assert count == 1
    assert kilobytes * 1024 < 290e6


def test_names_that_are_not_there():
    with pytest.raises(AttributeError, match="no attribute 'HeadPoses'"):
        _ = bernoulli_headpose.HeadPoses
