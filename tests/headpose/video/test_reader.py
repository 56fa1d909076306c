"""Frames from whole, damaged and strange videos."""

import os
import struct
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from bernoulli_headpose.video import FrameReader, VideoWriter, frames, reader

N, FPS, SIZE = 40, 25, (96, 64)


def grainy_frame(index: int) -> np.ndarray:
    """A frame that a codec cannot make small, of mean brightness 4 * index + 16."""
    rng = np.random.default_rng(index)
    grain = rng.integers(0, 33, (SIZE[1], SIZE[0], 1))
    return np.repeat(4 * index + grain, 3, axis=2).astype(np.uint8)


@pytest.fixture(params=['.mp4', '.avi', '.mkv'])
def video(request, tmp_path) -> Path:
    path = tmp_path / f'video{request.param}'
    with VideoWriter(path, FPS, SIZE) as writer:
        for index in range(N):
            writer.write(grainy_frame(index))
    return path


def damage(path: Path, start: float, stop: float) -> None:
    """Put zeros in a part of a file."""
    content = bytearray(path.read_bytes())
    first, last = int(start * len(content)), int(stop * len(content))
    content[first:last] = bytes(last - first)
    path.write_bytes(content)


def test_gives_every_frame_with_its_place_and_time(video):
    with FrameReader(video) as opened:
        assert (opened.fps, opened.size, opened.n_frames) == (FPS, SIZE, N)
        got = list(opened)
        assert (opened.n_read, opened.n_broken, opened.n_missing) == (N, 0, 0)
    assert [index for index, _, _ in got] == list(range(N))
    assert [time for _, time, _ in got] == pytest.approx(np.arange(N) / FPS, abs=1e-3)
    means = np.array([frame.mean() for _, _, frame in got])
    assert means[0] == pytest.approx(16, abs=4)  # codecs differ in brightness
    np.testing.assert_allclose(means - means[0], 4 * np.arange(N), atol=1)


def matrix(*numbers: int) -> bytes:
    """The display matrix of an MP4 track: 3x3, 16.16 fixed point."""
    a, b, c, d = (number % 2**32 for number in (n << 16 for n in numbers))
    return struct.pack('>9I', a, b, 0, c, d, 0, 0, 0, 1 << 30)


@pytest.mark.parametrize(
    ('turn', 'size', 'white'),
    [
        ((0, 1, -1, 0), (64, 96), 'top'),  # clockwise by 90 degrees
        ((-1, 0, 0, -1), (96, 64), 'right'),
        ((0, -1, 1, 0), (64, 96), 'bottom'),
    ],
)
def test_a_video_filmed_on_its_side_is_turned(tmp_path, turn, size, white):
    path = tmp_path / 'phone.mp4'
    frame = np.zeros((64, 96, 3), dtype=np.uint8)
    frame[:, :48] = 255  # the left half
    with VideoWriter(path, FPS, SIZE) as writer:
        writer.write(frame)
    content = path.read_bytes()
    track = content.index(b'tkhd')
    assert content.index(matrix(1, 0, 0, 1), track) < track + 64
    turned = content[track:].replace(matrix(1, 0, 0, 1), matrix(*turn), 1)
    path.write_bytes(content[:track] + turned)
    with FrameReader(path) as opened:
        ((_, _, got),) = opened
        assert opened.size == size
    assert got.shape == (size[1], size[0], 3)
    halves = dict(top=got[:30], bottom=got[-30:], left=got[:, :30], right=got[:, -30:])
    assert max(halves, key=lambda name: halves[name].mean()) == white


@pytest.mark.parametrize('video', ['.mp4'], indirect=True)
def test_broken_frames_are_left_out_and_counted(video):
    damage(video, 0.45, 0.6)
    opened = FrameReader(video)
    got = list(opened)
    indices = np.array([index for index, _, _ in got])
    assert opened.n_broken > 2
    assert opened.n_broken + len(got) == N
    assert indices[-1] == N - 1
    lost = np.setdiff1d(np.arange(N), indices)
    assert 10 < lost.min() < lost.max() < 30
    # After the hole: the right pictures, at the right times.
    assert got[-1][1] == pytest.approx((N - 1) / FPS)
    assert got[-1][2].mean() == pytest.approx(4 * (N - 1) + 16, abs=10)


@pytest.mark.parametrize('video', ['.avi', '.mkv'], indirect=True)
def test_frames_that_a_container_swallows_are_missing(video):
    damage(video, 0.45, 0.6)
    opened = FrameReader(video)
    got = list(opened)
    assert opened.n_missing == N - len(got) - opened.n_broken > 2
    assert np.all(np.diff([time for _, time, _ in got]) > 0)


@pytest.mark.parametrize('video', ['.avi'], indirect=True)
def test_a_video_cut_off_gives_what_is_there(video):
    video.write_bytes(video.read_bytes()[: video.stat().st_size // 2])
    opened = FrameReader(video)
    assert 10 < len(list(opened)) < 25
    assert opened.n_missing > 15


class StubCapture:
    """Answers reads from a list; an exception in it is raised."""

    def __init__(self, answers, milliseconds=0.0, fps=10.0, count=0.0):
        self.answers = list(answers)
        self.values = {
            cv2.CAP_PROP_FPS: fps,
            cv2.CAP_PROP_FRAME_COUNT: count,
            cv2.CAP_PROP_POS_MSEC: milliseconds,
        }
        self.is_released = False

    def get(self, key):
        return self.values[key]

    def isOpened(self):  # noqa: N802  (OpenCV's name)
        return not self.is_released

    def release(self):
        self.is_released = True

    def read(self):
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, Exception):
            raise answer
        return answer is not None, answer


@pytest.fixture
def read_stub(monkeypatch):
    def read(*args, source: str | int = 'rtsp://stub', **kwargs):
        stub = StubCapture(*args, **kwargs)
        monkeypatch.setattr(reader, '_open_capture', lambda _: stub)
        return FrameReader(source)

    return read


def grey(value: int, shape=(6, 8, 3), dtype=np.uint8) -> np.ndarray:
    return np.full(shape, value, dtype)


def test_failed_and_raising_reads_are_broken_frames(read_stub):
    error = cv2.error('decoder')
    opened = read_stub([None, grey(1), None, error, grey(4), None, grey(6), None])
    got = list(opened)
    assert [(index, int(frame[0, 0, 0])) for index, _, frame in got] == [
        (1, 1),
        (4, 4),
        (6, 6),
    ]
    assert opened.n_broken == 4  # what follows the last good one is the end


@pytest.mark.parametrize(
    ('strange', 'value'),
    [
        (grey(7, (6, 8)), 7),
        (grey(7, (6, 8, 1)), 7),
        (grey(7, (6, 8, 4)), 7),
        (grey(7 * 257 + 200, dtype=np.uint16), 8),
        (grey(7, (12, 16, 3)), 7),
    ],
    ids=['2d', 'one channel', 'alpha', '16 bit', 'larger'],
)
def test_frames_of_another_kind_become_like_the_others(read_stub, strange, value):
    got = list(read_stub([grey(1), strange, grey(2)]))
    assert [frame.shape for _, _, frame in got] == [(6, 8, 3)] * 3
    assert got[1][2].dtype == np.uint8
    assert np.all(got[1][2] == value)


@pytest.mark.parametrize(
    'strange', [grey(1, (6, 8, 2)), grey(300, dtype=np.int32), grey(1, (0, 8, 3))]
)
def test_frames_of_no_kind_are_broken(read_stub, strange):
    opened = read_stub([grey(1), strange, grey(2)])
    assert len(list(opened)) == 2
    assert opened.n_broken == 1


@pytest.mark.parametrize('milliseconds', [0.0, -5.0, float('nan'), float('inf')])
def test_time_grows_where_the_container_has_no_time(read_stub, milliseconds):
    frames_and_hole = [grey(1), grey(2), None, grey(3)]
    got = list(read_stub(frames_and_hole, milliseconds))
    assert [time for _, time, _ in got] == pytest.approx([0, 0.1, 0.3])


@pytest.mark.parametrize('fps', [0.0, float('nan'), 1000.0, -1.0])
def test_unknown_rate_and_count(read_stub, fps):
    opened = read_stub([grey(1), grey(2)], fps=fps, count=-9e18)
    assert (opened.fps, opened.n_frames, opened.n_missing) == (None, None, 0)
    assert [time for _, time, _ in opened] == pytest.approx([0, 1 / 25])


def test_camera_has_a_clock_and_no_count(read_stub):
    opened = read_stub([grey(1)] * 5, source=0, count=100)
    times = [time for _, time, _ in opened]
    assert opened.n_frames is None
    assert len(times) == 5
    assert times[0] == 0
    assert np.all(np.diff(times) > 0)


def test_close_ends_the_iteration(read_stub):
    opened = read_stub([grey(1)] * 5)
    with opened:
        next(iter(opened))
    assert list(opened) == []


def test_fit_frame_keeps_the_aspect():
    fitted = frames.fit_frame(grey(9, (10, 10, 3)), (40, 20))
    assert fitted.shape == (20, 40, 3)
    assert np.all(fitted[:, 10:30] == 9)
    assert not fitted[:, :10].any()
    assert not fitted[:, 30:].any()


@pytest.mark.parametrize(
    ('times', 'expected'),
    [
        ([0, 0.1, 0.2, 0.3], [0, 1, 2, 3]),
        ([5.03, 5.09, 5.25, 5.31, 5.43], [0, 1, 2, 3, 4]),  # trembling stamps
        ([0, 0.5, 0.6], [0, 0, 0, 0, 0, 1, 2]),  # a pause
        ([0, 0.02, 0.04, 0.06, 0.08, 0.1, 0.2], [0, 1, 6]),  # too many
        ([0, 3600, 3600.1], [0] * 601 + [1, 2]),  # an hour by mistake
    ],
)
def test_a_constant_rate_keeps_the_time(times, expected):
    at_rate = frames.ConstantRate(10)
    due = [frame for i, time in enumerate(times) for frame in at_rate(time, grey(i))]
    assert [int(frame[0, 0, 0]) for frame in due] == expected


def no_video(folder: Path, name: str) -> Path:
    """Files that are no video, by name."""
    path = folder / f'{name}.mp4'
    if name in ('whole', 'cut_off'):
        with VideoWriter(path, FPS, SIZE) as writer:
            for index in range(5):
                writer.write(grainy_frame(index))
        path.write_bytes(path.read_bytes()[:600])
    elif name == 'no_frames':
        path = path.with_suffix('.avi')
        code = cv2.VideoWriter.fourcc(*'MJPG')
        cv2.VideoWriter(str(path), code, FPS, SIZE).release()
    else:
        path.write_text({'text5': 'no video\n' * 100, 'empty': ''}[name])
    return path


@pytest.mark.parametrize(
    ('name', 'message'),
    [
        ('text5', 'expected a video that OpenCV can decode'),
        ('empty', 'expected a video that OpenCV can decode'),
        ('cut_off', 'expected a video that OpenCV can decode'),
        ('no_frames', 'not one readable frame'),
    ],
)
def test_no_video(tmp_path, name, message):
    path = no_video(tmp_path, name)
    with pytest.raises(ValueError, match=message) as caught:
        FrameReader(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize('video', ['.mp4'], indirect=True)
def test_frames_larger_than_any_camera_gives_are_refused_by_the_header(
    video, monkeypatch
):
    monkeypatch.setattr(reader, '_MAX_MEGAPIXELS', 0.006)
    with pytest.raises(ValueError, match=r'video.mp4: .* 0.006 megapixels, got 96x64'):
        FrameReader(video)


def broken(content: bytes, kind: str) -> bytes:
    """An AVI of which something is wrong that costs time or memory if believed."""
    data = bytearray(content)
    if kind == '10^9 frames':
        for where in (b'avih', b'strh'):
            shift = 16 if where == b'avih' else 32
            struct.pack_into('<I', data, data.index(where) + 8 + shift, 10**9)
    elif kind == 'no size':
        struct.pack_into('<II', data, data.index(b'avih') + 8 + 32, 0, 0)
        struct.pack_into('<II', data, data.index(b'strf') + 8 + 4, 0, 0)
    else:  # the JPEG of every frame says 65500x65500
        place = data.find(b'\xff\xc0\x00\x11')
        while place > 0:
            struct.pack_into('>HH', data, place + 5, 65500, 65500)
            place = data.find(b'\xff\xc0\x00\x11', place + 4)
    return bytes(data)


@pytest.mark.parametrize('video', ['.avi'], indirect=True)
@pytest.mark.parametrize(
    ('kind', 'n_read'), [('10^9 frames', N), ('no size', N), ('huge frames', 0)]
)
def test_headers_are_not_believed(video, kind, n_read):
    video.write_bytes(broken(video.read_bytes(), kind))
    start = time.monotonic()
    if n_read:
        opened = FrameReader(video)
        assert len(list(opened)) == n_read
        assert opened.size == SIZE
    else:
        with pytest.raises(ValueError, match=r'video.avi: .* not one readable frame'):
            FrameReader(video)
    assert time.monotonic() - start < 5


@pytest.mark.skipif(not hasattr(os, 'mkfifo'), reason='this system has no pipes')
@pytest.mark.parametrize('kind', ['pipe', 'device'])
def test_pipes_and_devices_are_refused_at_once(tmp_path, kind):
    path = tmp_path / 'film.mp4'
    if kind == 'pipe':
        os.mkfifo(path)
    else:
        path.symlink_to('/dev/zero')
    with pytest.raises(FileNotFoundError, match=r'expected a video file, .*film.mp4'):
        FrameReader(path)


@pytest.mark.parametrize(
    ('source', 'error', 'message'),
    [
        ('missing.mp4', FileNotFoundError, 'found none: missing.mp4'),
        ('.', FileNotFoundError, 'expected a video file'),
        ('webcam:front', ValueError, "expected 'webcam' or 'webcam:N'"),
        (-1, ValueError, 'a camera of 0 or more, got -1'),
        (97, OSError, 'camera 97: not there'),
        ('webcam:97', OSError, 'camera 97: not there'),
    ],
)
def test_no_source(source, error, message):
    with pytest.raises(error, match=message):
        FrameReader(source)


def test_silent_camera(read_stub):
    with pytest.raises(OSError, match='camera 2: opened, but gives no frame'):
        read_stub([], source=2)


def test_opencv_is_kept_quiet(tmp_path):
    path = no_video(tmp_path, 'text5')
    code = (
        'import importlib.util, os, sys\n'
        'spec = importlib.util.spec_from_file_location("frames", sys.argv[1])\n'
        'frames = importlib.util.module_from_spec(spec)\n'
        'spec.loader.exec_module(frames)\n'
        'if sys.argv[3] == "quiet":\n'
        '    with frames.quiet_opencv():\n'
        '        frames.cv2.VideoCapture(sys.argv[2])\n'
        'frames.cv2.VideoCapture(sys.argv[2])\n'
        'assert "OPENCV_FFMPEG_LOGLEVEL" not in os.environ\n'
    )
    said = {
        mode: subprocess.run(
            [sys.executable, '-c', code, frames.__file__, str(path), mode],
            capture_output=True,
            text=True,
            check=True,
        ).stderr
        for mode in ('quiet', 'loud')
    }
    assert 'moov atom not found' in said['loud']
    assert 'moov atom' not in said['quiet']


def test_a_path_that_is_no_text_is_told(tmp_path):
    (tmp_path / 'caf\udce9.mp4').write_bytes(b'video')
    with pytest.raises(ValueError, match=r'caf\\udce9.mp4: expected a path in UTF-8'):
        FrameReader(tmp_path / 'caf\udce9.mp4')
