"""Videos that are complete or do not bear their name."""

import numpy as np
import pytest

from bernoulli_mmpose.video import (
    FrameReader,
    VideoWriter,
    check_output_path,
    writer,
)


def colored(size, color=(10, 120, 240)) -> np.ndarray:
    return np.full((size[1], size[0], 3), color, np.uint8)


@pytest.mark.parametrize('suffix', ['.mp4', '.avi', '.mkv', '.MP4'])
@pytest.mark.parametrize('fps', [5, 29.97])
def test_what_is_written_can_be_read(tmp_path, suffix, fps):
    path = tmp_path / 'new' / f'video{suffix}'
    with VideoWriter(path, fps, (64, 48)) as opened:
        for _ in range(4):
            opened.write(colored((64, 48)))
    with FrameReader(path) as read:
        assert (read.size, read.n_frames) == ((64, 48), 4)
        assert read.fps == pytest.approx(fps, abs=0.001)
        for _, _, frame in read:
            np.testing.assert_allclose(frame, colored((64, 48)), atol=6)
    assert [p.name for p in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize('size', [(33, 47), (1, 1)])
def test_odd_sizes_lose_no_pixel(tmp_path, size):
    path = tmp_path / 'odd.mp4'
    with VideoWriter(path, 10, size) as opened:
        opened.write(colored(size, (200, 200, 200)))
    _, _, frame = next(iter(FrameReader(path)))
    assert frame.shape == (size[1] + 1, size[0] + 1, 3)
    assert frame[: size[1], : size[0]].mean() > 120


def test_an_exception_leaves_the_earlier_file_and_a_part_that_plays(tmp_path):
    path = tmp_path / 'video.mp4'
    path.write_text('earlier')

    def write_and_stop():
        with VideoWriter(path, 10, (32, 32)) as opened:
            opened.write(colored((32, 32)))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_and_stop()
    assert path.read_text() == 'earlier'
    assert FrameReader(tmp_path / 'video.part.mp4').n_frames == 1


def test_no_frame_no_file(tmp_path):
    with VideoWriter(tmp_path / 'video.mp4', 10, (32, 32)):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ('frame', 'got'),
    [
        (colored((32, 30)), r'uint8 of shape \(30, 32, 3\)'),
        (np.zeros((32, 32), np.uint8), r'uint8 of shape \(32, 32\)'),
        (np.zeros((32, 32, 3)), r'float64 of shape \(32, 32, 3\)'),
    ],
)
def test_wrong_frames(tmp_path, frame, got):
    opened = VideoWriter(tmp_path / 'video.avi', 10, (32, 32))
    with pytest.raises(ValueError, match=f'expected uint8 of shape .*got {got}'):
        opened.write(frame)
    opened.close()
    with pytest.raises(ValueError, match='closed'):
        opened.write(colored((32, 32)))


@pytest.mark.parametrize(
    ('name', 'fps', 'size', 'message'),
    [
        ('a.gif', 10, (8, 8), 'expected a name that ends in .mp4, .avi, .mkv'),
        ('a.mp4', 0, (8, 8), 'fps: expected above 0'),
        ('a.mp4', float('nan'), (8, 8), 'fps: expected above 0'),
        ('a.mp4', 10, (0, 8), r'expected \(w, h\) of 1 or more pixels'),
    ],
)
def test_wrong_arguments(tmp_path, name, fps, size, message):
    with pytest.raises(ValueError, match=message):
        VideoWriter(tmp_path / name, fps, size)
    assert list(tmp_path.iterdir()) == []


def test_no_codec(tmp_path, monkeypatch):
    monkeypatch.setitem(writer._CODECS, '.avi', ('ZZZZ', 'YYYY'))
    with pytest.raises(OSError, match='none of the codecs ZZZZ, YYYY of .avi opens'):
        VideoWriter(tmp_path / 'a.avi', 10, (32, 32))
    assert list(tmp_path.iterdir()) == []


def test_unwritable_folder(tmp_path):
    (tmp_path / 'file').write_text('')
    with pytest.raises(OSError, match='file'):
        VideoWriter(tmp_path / 'file' / 'a.mp4', 10, (32, 32))


def test_output_is_not_the_input(tmp_path, monkeypatch):
    source = tmp_path / 'a.mp4'
    source.write_text('video')
    (tmp_path / 'soft.mp4').symlink_to(source)
    (tmp_path / 'hard.mp4').hardlink_to(source)
    monkeypatch.chdir(tmp_path)
    for output in ('a.mp4', './a.mp4', source, 'soft.mp4', 'hard.mp4'):
        with pytest.raises(ValueError, match='would overwrite the input'):
            check_output_path(output, source)
    (tmp_path / 'b.part.mp4').write_text('video')
    with pytest.raises(ValueError, match='would overwrite the input'):
        check_output_path('b.mp4', 'b.part.mp4')


@pytest.mark.parametrize('source', [0, 'webcam:1', 'other.mp4', 'rtsp://a/b'])
def test_other_outputs_are_fine(tmp_path, source, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'other.mp4').write_text('video')
    (tmp_path / 'out.mp4').write_text('from before')
    check_output_path(tmp_path / 'out.mp4', source)
