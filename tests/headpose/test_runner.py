"""Images and videos through an estimator that needs no network."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from bernoulli_headpose.drawing import Skeleton
from bernoulli_headpose.heads import Heads, round_heads
from bernoulli_headpose.rotation import (
    ANGLE_NAMES,
    euler_to_matrix,
    geodesic_error,
    matrix_to_euler,
)
from bernoulli_headpose.run_options import RunOptions
from bernoulli_headpose.runner import HeadPoseRunner
from bernoulli_headpose.video import FrameReader

SHOW = 'bernoulli_headpose.runner.show_picture'
BOXES = [[10, 10, 30, 30]]


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
        boxes, scores = one_face(picture.image) if self.finds_heads else faces
        if picture.image.max() == 255:
            raise cv2.error('too bright')
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
    return np.array(BOXES, np.float32), np.full(1, 0.8, np.float32)


def grey(level: int) -> np.ndarray:
    return np.full((40, 60, 3), level, np.uint8)


def yaws(results) -> list[list[float]]:
    return [[head['yaw'] for head in heads] for r in results for heads in r.dicts]


@pytest.fixture
def runner() -> HeadPoseRunner:
    return HeadPoseRunner(Brightness(), one_face)


def write_film(path: Path, levels) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*'MJPG'), 20, (60, 40))
    for level in levels:
        writer.write(grey(level))
    writer.release()
    return path


@pytest.fixture
def film(tmp_path) -> Path:
    return write_film(tmp_path / 'film.avi', range(0, 120, 10))


def test_images_in_batches(runner):
    images = [grey(level) for level in (1, 2, 3)]
    assert yaws(runner.run(images, RunOptions(batch_size=2))) == [[1], [2], [3]]
    assert runner.estimator.batches == [2, 1]
    given = RunOptions(bboxes=[[], [[0, 0, 9, 9]] * 2, None])
    assert yaws(runner.run(images, given)) == [[], [2, 2], [3]]
    assert yaws(runner.run(images, RunOptions(bbox_thr=0.9))) == [[], [], []]


def test_images_that_cannot_be_used_can_be_left_out(runner, tmp_path):
    bad = tmp_path / 'text.jpg'
    bad.write_text('no image', 'utf-8')
    images, errors = [grey(1), bad, grey(255), grey(4)], []
    for some, kind, text in (
        (images, ValueError, r'text\.jpg: expected an image'),
        (images[2:], cv2.error, 'too bright'),
    ):
        with pytest.raises(kind, match=text):
            [*runner.run(some, RunOptions())]
    options = RunOptions(on_error=lambda name, _: errors.append(name))
    (result,) = runner.run(images, options)
    assert [picture.name for picture in result.pictures] == ['array 0', 'array 3']
    assert yaws([result]) == [[1], [4]]
    assert errors == [str(bad), 'array 2']


def test_files_are_written_and_inputs_left_alone(runner, tmp_path):
    image = grey(7)
    for folder in ('a', 'b'):
        (tmp_path / folder).mkdir()
        cv2.imwrite(str(tmp_path / folder / '1.png'), image)
    sources = [tmp_path / 'a', str(tmp_path / 'b' / '1.png')]
    out = tmp_path / 'v1.2'  # a folder, whatever its name looks like
    options = dict(vis_out_dir=str(out), pred_out_dir=str(out), draw='cube')
    (result,) = runner.run(sources, RunOptions(**options))
    files = sorted(path.name for path in out.iterdir())
    assert files == ['1.json', '1.png', '1_2.json', '1_2.png']
    written = json.loads((out / '1_2.json').read_text('utf-8'))
    assert written == round_heads(result.dicts[1])
    assert (cv2.imread(str(out / '1.png')) != image).any()
    ours = str(tmp_path / 'a' / '1.png')
    for given, folder in (
        (sources[1], 'b'),
        ([sources[1], ours], 'a'),  # the second picture, by the first one's name
    ):
        with pytest.raises(ValueError, match='would overwrite an input'):
            [*runner.run(given, RunOptions(vis_out_dir=str(tmp_path / folder)))]
    for path in (sources[1], ours):
        np.testing.assert_array_equal(cv2.imread(path), image)


def test_results_that_cannot_be_written_are_told(runner, tmp_path):
    (tmp_path / '000000.png').mkdir()
    errors, out = [], str(tmp_path)
    options = RunOptions(
        on_error=lambda *error: errors.append(error), vis_out_dir=out, pred_out_dir=out
    )
    (result,) = runner.run([grey(1)], options)
    assert [name for name, _ in errors] == ['array 0']
    written = json.loads((tmp_path / '000000.json').read_text())
    assert written == round_heads(result.dicts[0])
    assert result.files == [tmp_path / '000000.json']


@pytest.mark.parametrize('finds_heads', [False, True])
def test_a_video(film, tmp_path, finds_heads):
    detector = None if finds_heads else one_face
    runner = HeadPoseRunner(Brightness(finds_heads), detector)
    out = str(tmp_path / 'out')
    options = RunOptions(vis_out_dir=out, pred_out_dir=out, draw_bbox=True)
    results = [*runner.run(film, options)]
    np.testing.assert_allclose(np.ravel(yaws(results)), np.arange(0, 120, 10), atol=2)
    assert [r.dicts[0][0]['track_id'] for r in results] == [0] * 12
    assert [r.pictures[0].index for r in results] == [*range(12)]
    assert runner.video_info['n_read'] == 12
    files = [Path(out, 'film.mp4'), Path(out, 'film.jsonl')]
    assert [*map(Path, runner.video_info['files'])] == files
    assert cv2.VideoCapture(str(files[0])).get(cv2.CAP_PROP_FRAME_COUNT) == 12


class Turning(Brightness):
    """A head that turns once around, as a model of rotations sees it."""

    n_frames = 72

    def _describe(self, picture, faces):
        heads = super()._describe(picture, faces)
        n, yaw = len(heads), 360 * picture.index / self.n_frames
        matrix = euler_to_matrix((6, yaw, -3))
        heads.head_rotation = np.tile(matrix, (n, 1, 1)).astype(np.float32)
        heads.head_angles[:] = matrix_to_euler(matrix)
        heads.head_rotation_std = np.full(n, 2, np.float32)
        return heads


@pytest.mark.parametrize('smooth', [False, True])
@pytest.mark.parametrize('draw', ['axes', 'cube'])
def test_a_head_that_turns_once_around(tmp_path, smooth, draw):
    """One track, no jump of the rotation, the file has what was found."""
    film = write_film(tmp_path / 'film.avi', [90] * Turning.n_frames)
    estimator = Turning()
    estimator.of_faces = True
    runner = HeadPoseRunner(estimator, blind_from_behind(estimator))
    out = str(tmp_path / 'out')
    options = RunOptions(vis_out_dir=out, pred_out_dir=out, smooth=smooth, draw=draw)
    found = [result.dicts[0] for result in runner.run(film, options)]
    assert [[head['track_id'] for head in heads] for heads in found] == [[0]] * 72
    lines = (tmp_path / 'out' / 'film.jsonl').read_text().splitlines()
    assert [json.loads(line)['heads'] for line in lines] == [*map(round_heads, found)]
    rotations = np.array([heads[0]['rotation'] for heads in found])
    assert geodesic_error(rotations[1:], rotations[:-1]).max() < (8 if smooth else 5.1)
    turns = [360 * index / 72 for index in range(72)]
    true = euler_to_matrix([(6, turn, -3) for turn in turns])
    assert geodesic_error(rotations, true).max() < 2.5
    angles = [[heads[0][name] for name in ANGLE_NAMES] for heads in found]
    np.testing.assert_allclose(euler_to_matrix(angles), rotations, atol=1e-5)
    assert [round(heads[0]['yaw']) for heads in found[35:38]] == pytest.approx(
        [175, 180, -175], abs=2
    )


def blind_from_behind(estimator):
    """A detector of faces that sees a head while its yaw is within 75 degrees."""

    def detect(image):
        frame = len(estimator.batches)  # one picture a batch
        away = 75 < 360 * frame / Turning.n_frames < 285
        boxes, scores = one_face(image)
        return boxes[: not away], scores[: not away]

    return detect


def test_boxes_for_a_model_that_finds_heads_are_refused(film):
    runner = HeadPoseRunner(Brightness(finds_heads=True), None)
    with pytest.raises(ValueError, match='bboxes: expected none'):
        [*runner.run(film, RunOptions(bboxes=BOXES))]


def test_a_video_that_is_stopped_leaves_whole_files(runner, film, tmp_path):
    path = tmp_path / 'film.mp4'
    run = runner.run(film, RunOptions(vis_out_dir=str(path), bboxes=BOXES))
    next(run)
    next(run)
    run.close()
    assert runner.video_info['n_read'] == 2
    assert cv2.VideoCapture(str(path)).read()[0]


def test_a_drawn_video_of_changing_rate_keeps_the_time(
    runner, film, tmp_path, monkeypatch
):
    times = [*np.arange(0, 1, 0.25), *np.arange(1, 1.4, 0.05)]  # 4/s, then 20/s
    out = str(tmp_path / 'out')
    with monkeypatch.context() as changed:
        changed.setattr(FrameReader, '_time_of', lambda _, index: times[index])
        results = [*runner.run(film, RunOptions(vis_out_dir=out))]
    assert [result.pictures[0].time_s for result in results] == times
    drawn = [time for _, time, _ in FrameReader(f'{out}/film.mp4')]
    assert drawn[-1] == pytest.approx(times[-1], abs=0.05)
    assert np.diff(drawn) == pytest.approx(0.05)  # where 12 frames would take 0.6 s


def test_a_run_that_ends_late_leaves_the_next_ones_video(runner, film):
    first = runner.run(film, RunOptions())
    next(first)
    assert len([*runner.run(film, RunOptions())]) == 12
    first.close()
    assert runner.video_info['n_read'] == 12


@pytest.mark.parametrize(
    ('name', 'error', 'text'),
    [
        ('film.mp4', ValueError, 'film.mp4'),
        ('missing.mp4', FileNotFoundError, 'missing.mp4'),
        ('webcam:99', OSError, 'camera 99'),
        ('webcam:first', ValueError, 'webcam:N'),
    ],
)
def test_bad_videos(runner, tmp_path, monkeypatch, name, error, text):
    monkeypatch.chdir(tmp_path)
    Path('film.mp4').write_text('no video', 'utf-8')
    with pytest.raises(error, match=text):
        [*runner.run(name, RunOptions())]


def test_show_without_a_display(runner, monkeypatch):
    monkeypatch.setattr('sys.platform', 'linux')
    for name in ('DISPLAY', 'WAYLAND_DISPLAY'):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(OSError, match='show: expected a display'):
        [*runner.run(grey(1), RunOptions(show=True))]


def test_a_key_in_the_window_stops(runner, film, monkeypatch):
    shown = []
    monkeypatch.setattr(SHOW, lambda *args: shown.append(args) or len(shown) == 2)
    options = RunOptions(show=True, batch_size=1)
    assert len([*runner.run([grey(1)] * 5, options)]) == 2
    shown.clear()
    assert len([*runner.run(film, options)]) == 2


def test_a_camera_is_shown_and_a_film_that_is_named_so_is_not(
    runner, film, monkeypatch
):
    shown = []
    monkeypatch.setattr(SHOW, lambda *args: shown.append(args) or True)
    monkeypatch.chdir(film.parent)
    named = film.rename(film.with_name('webcam_1.avi')).name
    assert len([*runner.run(named, RunOptions())]) == 12
    assert not shown
    monkeypatch.setattr('bernoulli_headpose.runner.is_camera', lambda _: True)
    assert len([*runner.run(named, RunOptions())]) == 1
    assert shown[0][2] == 1  # millisecond


def test_progress_is_shown_on_a_terminal_only(capsys, monkeypatch):
    runner = HeadPoseRunner(Brightness(), one_face, show_progress=True)
    for is_terminal, line in ((False, ''), (True, '2 of 3 done, 0:00 left')):
        monkeypatch.setattr('sys.stderr.isatty', lambda it=is_terminal: it)
        monkeypatch.setattr('bernoulli_headpose.progress._INTERVAL_S', 0)
        assert len([*runner.run([grey(1)] * 3, RunOptions(batch_size=1))]) == 3
        shown = capsys.readouterr()
        assert line in shown.err
        assert bool(shown.err) == is_terminal
        assert shown.out == ''
