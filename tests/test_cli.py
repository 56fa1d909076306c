"""The command line: what it prints, writes and returns."""

import io
import itertools
import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
from rich.console import Console

from bernoulli_mmpose.cli import main
from bernoulli_mmpose.cli_tables import add_heads, heads_table, video_summary
from bernoulli_mmpose.shipped import shipped_config
from bernoulli_mmpose.video import FrameReader


@pytest.fixture
def photo(tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (12, 16, 3), np.uint8)
    path = tmp_path / 'photo.png'
    cv2.imwrite(str(path), cv2.resize(noise, (160, 120)))
    return str(path)


@pytest.fixture(autouse=True)
def _on_cpu(monkeypatch):
    monkeypatch.setattr('mmengine.infer.infer.get_device', lambda: 'cpu')


BOX = ['--boxes', '40', '20', '110', '90']


def test_help_explains(capsys):
    with pytest.raises(SystemExit) as stop:
        main(['--help'])
    assert stop.value.code == 0
    text = capsys.readouterr().out
    for words in ('yaw   > 0: the nose turns', 'examples:', 'Exit code:'):
        assert words in text


def test_table_and_files(photo, tmp_path, capfd):
    out = tmp_path / 'out'
    assert main([photo, *BOX, '--out', str(out), '--draw', 'cube']) == 0
    shown = capfd.readouterr()
    heads = json.loads((out / 'photo.json').read_text('utf-8'))
    assert f'{heads[0]["yaw"]:+.1f} \u00b1{heads[0]["yaw_std"]:.1f}' in shown.out
    assert '40 20 110 90' in shown.out
    assert 'checkpoint' not in shown.out + shown.err  # MMEngine's chatter
    assert shown.err == ''
    assert cv2.imread(str(out / 'photo.png')).shape == (120, 160, 3)


def test_json_is_a_line_an_image(photo, capsys):
    assert main([photo, '--json', *BOX]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    result = json.loads(line)
    assert result['image'] == photo
    assert result['heads'][0]['bbox'] == [40, 20, 110, 90]


def test_a_black_image_has_no_face(tmp_path, capsys):
    pytest.importorskip('facenet_pytorch', reason='the extra detector')
    path = tmp_path / 'black.png'
    cv2.imwrite(str(path), np.zeros((100, 100, 3), np.uint8))
    assert main([str(path)]) == 0
    assert 'no face found' in capsys.readouterr().out


def test_one_bad_input_does_not_stop_the_others(photo, tmp_path, capsys):
    (tmp_path / 'text.jpg').write_text('no image', 'utf-8')
    (tmp_path / 'empty').mkdir()
    bad = [str(tmp_path / name) for name in ('text.jpg', 'empty', 'missing.png')]
    bad += [str(tmp_path / 'missing.mp4'), 'webcam:99']
    assert main([*bad[:2], photo, *bad[2:], '--detector', 'none', '--json']) == 1
    shown = capsys.readouterr()
    assert json.loads(shown.out)['image'] == photo
    errors = shown.err.splitlines()
    assert len(errors) == len(bad)
    assert all(line.startswith('error: ') for line in errors)
    for word in ('text.jpg', 'empty', 'missing.png', 'missing.mp4', 'camera 99'):
        assert any(word in line for line in errors)


@pytest.mark.parametrize(
    ('arguments', 'text'),
    [
        (['--boxes', '0', '0', '0', '9'], 'box 0: expected x1 < x2'),
        (['--boxes', '500', '0', '600', '9'], 'box 0: expected a box that overlaps'),
        (['--model', 'resnet'], "got 'resnet'"),
        (['--model', str(shipped_config())], 'weights: expected a checkpoint'),
        (['--weights', 'missing.pth'], 'found no missing.pth'),
        (['--device', 'abacus'], 'abacus'),
        (['--input-size', '96'], 'input_size: expected none, since the model takes'),
    ],
)
def test_errors_are_one_line(photo, capsys, arguments, text):
    assert main([photo, *arguments]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert text in line


def test_a_missing_video_alone_fails(tmp_path, capsys):
    assert main([str(tmp_path / 'missing.mp4')]) == 1
    assert 'missing.mp4' in capsys.readouterr().err


def test_wrong_command_lines(photo, capsys):
    for arguments in (
        *([], [photo, photo, *BOX], [photo, '--draw', 'sphere']),
        *([photo, '--out', photo], [photo, '--out', 'drawn.mp4']),
    ):
        with pytest.raises(SystemExit) as stop:
            main(arguments)
        assert stop.value.code == 2
    assert 'usage: head-pose' in capsys.readouterr().err


def test_whole_image_is_said_in_a_line(photo, monkeypatch, capsys):
    find = 'bernoulli_mmpose.inferencers.detectors.importlib.util.find_spec'
    monkeypatch.setattr(find, lambda _: None)
    assert main([photo, photo]) == 0
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith('note: no face detector is installed')


@pytest.fixture
def film(photo, rendered_head, tmp_path):
    path = tmp_path / 'film.avi'
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*'MJPG'), 20, (160, 120))
    image = cv2.imread(photo)
    image[:119, 11:139] = rendered_head[9:]  # BOX with its margin
    for _ in range(5):
        writer.write(image)
    writer.release()
    return path


def test_broken_frames_are_skipped_and_counted(film, monkeypatch, capsys):
    read, calls = FrameReader._read_one, itertools.count()
    monkeypatch.setattr(
        FrameReader, '_read_one', lambda self: read(self) if next(calls) != 2 else None
    )
    assert main([str(film), *BOX, '--json']) == 0
    shown = capsys.readouterr()
    frames = [json.loads(line)['frame'] for line in shown.out.splitlines()]
    assert frames == [0, 1, 3, 4, 5]
    assert '1 broken frames skipped' in shown.err


def test_video(film, tmp_path, capsys):
    out = tmp_path / 'out'
    assert main([str(film), *BOX, '--smooth', '--out', str(out)]) == 0
    shown = capsys.readouterr()
    assert '#0' in shown.out
    assert '5 frames' in shown.err
    assert str(out / 'film.mp4') in shown.err
    assert len((out / 'film.jsonl').read_text('utf-8').splitlines()) == 5
    assert main([str(film), *BOX, '--json']) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line['frame'] for line in lines] == [*range(5)]


def test_videos_of_one_name_have_files_of_their_own(film, tmp_path, capsys):
    other = tmp_path / 'other' / 'film.mkv'
    other.parent.mkdir()
    shutil.copy(film, other)
    out = tmp_path / 'out'
    assert main([str(film), str(other), '--detector', 'none', '--out', str(out)]) == 0
    files = sorted(path.name for path in out.iterdir())
    assert files == ['film.jsonl', 'film.mp4', 'film_2.jsonl', 'film_2.mp4']
    assert 'film_2.mp4' in capsys.readouterr().err


def test_no_video_is_written_over_another_input(film, tmp_path, capsys):
    other = tmp_path / 'other' / 'film.mp4'
    other.parent.mkdir()
    shutil.copy(film, other)
    inputs = [str(film), str(other), '--detector', 'none']
    assert main([*inputs, '--out', str(other.parent)]) == 1
    assert 'would overwrite the input' in capsys.readouterr().err
    assert other.read_bytes() == film.read_bytes()


@pytest.mark.parametrize(
    'name', ['[red]a.png', 'a [b].png', ':smile:.png', 'a[/b].png']
)
def test_names_are_printed_as_they_are(photo, tmp_path, capsys, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    path = Path(name)
    path.parent.mkdir(exist_ok=True)
    shutil.copy(photo, path)
    assert main([name, *BOX]) == 0
    assert name in capsys.readouterr().out


def test_names_are_there_in_a_narrow_terminal():
    head = dict(pitch=-10.0, yaw=10.0, roll=10.0, score=1.0, center=[4000, 3000])
    head |= dict(pitch_std=10.0, yaw_std=10.0, roll_std=10.0, bbox=[5, 6, 7000, 8000])
    table = heads_table()
    add_heads(table, 'face_1.jpg', [head])
    console = Console(width=80, file=io.StringIO())
    console.print(table)
    text = console.file.getvalue()
    for part in ('face_1.jpg', '-10.0 \u00b110.0', 'box', '3000', '8000'):
        assert part in text
    assert '\u2026' not in text  # nothing is cut


def test_a_terminal_without_the_characters(photo, monkeypatch):
    stdout = io.TextIOWrapper(io.BytesIO(), encoding='ascii')
    monkeypatch.setattr('sys.stdout', stdout)
    assert main([photo, *BOX]) == 0
    stdout.flush()
    assert b'photo.png' in stdout.buffer.getvalue()


def test_frames_that_did_not_come_are_told():
    info = dict(name='film.avi', n_read=5, n_broken=2, n_missing=3, files=[])
    summary = video_summary(info, 0.0)
    for part in ('5 frames', '2 broken frames skipped', '3 announced by the file'):
        assert part in summary
