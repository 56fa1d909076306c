"""Images and videos through an estimator that needs no network."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from bernoulli_headpose.drawing import Skeleton
from bernoulli_headpose.heads import Heads
from bernoulli_headpose.run_options import RunOptions
from bernoulli_headpose.runner import HeadPoseRunner


class Brightness:
    """Says of each box how bright its picture is, in place of angles."""

    of_faces = True
    skeleton = Skeleton([], [])

    def __init__(self, finds_heads: bool = False) -> None:
        self.finds_heads = finds_heads
        self.batches: list[int] = []

    def __call__(self, pictures, faces):
        self.batches.append(len(pictures))
        return [self._describe(*one) for one in zip(pictures, faces, strict=True)]

    def _describe(self, picture, faces):
        boxes, scores = faces
        if self.finds_heads:
            boxes, scores = one_face(picture.image)
        if picture.image.max() == 255:
            raise ValueError(f'{picture.name}: too bright')
        n = len(boxes)
        return Heads(
            keypoints=((boxes[:, :2] + boxes[:, 2:]) / 2)[:, None],
            keypoint_scores=np.ones((n, 1), np.float32),
            head_angles=np.full((n, 3), picture.image.mean(), np.float32),
            head_angles_std=np.ones((n, 3), np.float32),
            head_scores=np.ones(n, np.float32),
            bboxes=boxes,
            bbox_scores=scores,
        )


def one_face(_):
    return np.array([[10, 10, 30, 30]], np.float32), np.full(1, 0.8, np.float32)


def grey(level: int) -> np.ndarray:
    return np.full((40, 60, 3), level, np.uint8)


def yaws(results) -> list[list[float]]:
    return [[head['yaw'] for head in heads] for r in results for heads in r.dicts]


@pytest.fixture
def film(tmp_path) -> Path:
    path = tmp_path / 'film.avi'
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*'MJPG'), 10, (60, 40))
    for level in (10, 20, 30):
        writer.write(grey(level))
    writer.release()
    return path


def test_images_in_batches():
    runner = HeadPoseRunner(Brightness(), one_face)
    images = [grey(level) for level in (1, 2, 3)]
    assert yaws(runner.run(images, RunOptions(batch_size=2))) == [[1], [2], [3]]
    assert runner.estimator.batches == [2, 1]
    none = RunOptions(bboxes=[[], [[0, 0, 9, 9]] * 2, None])
    assert yaws(runner.run(images, none)) == [[], [2, 2], [3]]
    unsure = RunOptions(bbox_thr=0.9)
    assert yaws(runner.run(images, unsure)) == [[], [], []]


def test_an_image_that_fails_leaves_its_batch():
    runner = HeadPoseRunner(Brightness(), one_face)
    images, errors = [grey(1), grey(255), grey(3)], []
    with pytest.raises(ValueError, match='array 1: too bright'):
        [*runner.run(images, RunOptions())]
    options = RunOptions(on_error=lambda name, _: errors.append(name))
    assert yaws(runner.run(images, options)) == [[1], [3]]
    assert errors == ['array 1']


def test_results_that_cannot_be_written_are_told(tmp_path):
    runner = HeadPoseRunner(Brightness(), one_face)
    (tmp_path / '000000.png').mkdir()
    errors = []
    folder = str(tmp_path)
    options = dict(vis_out_dir=folder, pred_out_dir=folder)
    (result,) = runner.run(
        [grey(1)], RunOptions(**options, on_error=lambda *one: errors.append(one))
    )
    assert [name for name, _ in errors] == ['array 0']
    assert json.loads((tmp_path / '000000.json').read_text()) == result.dicts[0]


@pytest.mark.parametrize('finds_heads', [False, True])
def test_a_video(film, tmp_path, finds_heads):
    detector = None if finds_heads else one_face
    runner = HeadPoseRunner(Brightness(finds_heads), detector)
    out = str(tmp_path / 'out')
    options = RunOptions(vis_out_dir=out, pred_out_dir=out, draw_bbox=True)
    results = [*runner.run(film, options)]
    np.testing.assert_allclose(yaws(results), [[10], [20], [30]], atol=2)
    assert [r.dicts[0][0]['track_id'] for r in results] == [0, 0, 0]
    assert [r.pictures[0].index for r in results] == [0, 1, 2]
    assert runner.video_info['n_read'] == 3
    files = [Path(out, 'film.mp4'), Path(out, 'film.jsonl')]
    assert [*map(Path, runner.video_info['files'])] == files
    with pytest.raises(ValueError, match='bboxes: expected none'):
        [*HeadPoseRunner(Brightness(True), None).run(film, RunOptions(bboxes=[0]))]


def test_a_camera_is_shown_and_a_film_that_is_named_so_is_not(film, monkeypatch):
    shown = []
    show = 'bernoulli_headpose.runner.show_picture'
    monkeypatch.setattr(show, lambda *args: shown.append(args) or True)
    runner = HeadPoseRunner(Brightness(), one_face)
    named = film.rename(film.with_name('webcam_1.avi'))
    assert len([*runner.run(str(named), RunOptions())]) == 3
    assert not shown
    monkeypatch.setattr('bernoulli_headpose.runner.is_camera', lambda _: True)
    assert len([*runner.run(str(named), RunOptions())]) == 1
    assert shown[0][2] == 1  # millisecond


def test_progress_is_shown(capsys):
    runner = HeadPoseRunner(Brightness(), one_face, show_progress=True)
    assert len([*runner.run([grey(1)] * 3, RunOptions(batch_size=1))]) == 3
    assert 'Inference' in capsys.readouterr().out
