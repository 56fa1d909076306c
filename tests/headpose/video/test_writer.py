"""Videos that are complete or do not bear their name."""

import shutil
from contextlib import suppress

import numpy as np
import pytest

from bernoulli_headpose.files import identify_files
from bernoulli_headpose.video import FrameReader, VideoWriter, writer


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
        ('caf\udce9.mp4', 10, (8, 8), r'caf\\udce9.part.mp4: expected a path in UTF-8'),
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


@pytest.mark.parametrize('name', ['a.mp4', 'soft.mp4', 'hard.mp4', 'b.mp4'])
def test_no_input_is_written_over(tmp_path, name):
    source, part = tmp_path / 'a.mp4', tmp_path / 'b.part.mp4'
    source.write_text('video')
    part.write_text('video')
    (tmp_path / 'soft.mp4').symlink_to(source)
    (tmp_path / 'hard.mp4').hardlink_to(source)
    with pytest.raises(ValueError, match='would overwrite an input'):
        VideoWriter(tmp_path / name, 10, (32, 32), identify_files([source, part]))
    assert source.read_text() == part.read_text() == 'video'


def test_a_link_is_followed(tmp_path):
    (tmp_path / 'a').mkdir()
    (tmp_path / 'link.mp4').symlink_to(tmp_path / 'a' / 'target.mp4')
    with VideoWriter(tmp_path / 'link.mp4', 10, (32, 32)) as opened:
        opened.write(colored((32, 32)))
    assert (tmp_path / 'link.mp4').is_symlink()
    assert FrameReader(tmp_path / 'a' / 'target.mp4').n_frames == 1


def fill(opened, count):
    width, height = opened.size
    rng = np.random.default_rng(0)
    for _ in range(count):
        opened.write(rng.integers(0, 256, (height, width, 3), np.uint8))


@pytest.mark.parametrize('suffix', ['.mp4', '.avi', '.mkv'])
def test_a_full_disk_during_the_video(small_disk, suffix):
    path = small_disk / f'a{suffix}'
    path.write_text('before')
    opened = VideoWriter(path, 10, (160, 120))
    with pytest.raises(OSError, match=f'No space left.*a{suffix}'), opened:
        fill(opened, 200)
    assert path.read_text() == 'before'
    left = [entry for entry in small_disk.iterdir() if entry != path]
    assert left == [file for file in (opened.file,) if file]  # only what plays
    for file in left:
        assert next(iter(FrameReader(file)))


@pytest.mark.parametrize('suffix', ['.mp4', '.avi', '.mkv'])
def test_a_disk_that_is_full_at_the_end(small_disk, monkeypatch, suffix):
    path = small_disk / f'a{suffix}'
    opened = VideoWriter(path, 10, (64, 48))
    monkeypatch.setattr(opened, '_check_disk', lambda: None)
    fill(opened, 1)
    with suppress(OSError):
        (small_disk / 'other').write_bytes(bytes(100_000))
    fill(opened, 3)
    with pytest.raises(OSError, match=f'a{suffix}: expected 4 frames .* got'):
        opened.close()
    assert not path.exists()
    opened.close()


@pytest.mark.parametrize('when', ['before a frame', 'at the end'])
def test_a_folder_that_goes_away(tmp_path, when):
    path = tmp_path / 'new' / 'a.mp4'
    opened = VideoWriter(path, 10, (64, 48))
    fill(opened, 3)
    shutil.rmtree(path.parent)
    with pytest.raises(OSError, match='a.mp4'):
        fill(opened, 1) if when == 'before a frame' else opened.close()
    opened.__exit__(None, None, None) if when == 'at the end' else None
    assert opened.file is None
