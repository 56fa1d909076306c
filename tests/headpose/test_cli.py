"""The command line: what it prints, writes and returns."""

import io
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from bernoulli_headpose.cli import main
from bernoulli_headpose.onnx import find_model
from bernoulli_headpose.rotation import ANGLE_NAMES
from bernoulli_headpose.run_options import BatchResult
from bernoulli_headpose.runner import HeadPoseRunner
from bernoulli_headpose.sources import Picture
from bernoulli_headpose.video import FrameReader
from bernoulli_mmpose.shipped import shipped_checkpoint, shipped_config


@pytest.fixture
def photo(tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (12, 16, 3), np.uint8)
    path = tmp_path / 'photo.png'
    cv2.imwrite(str(path), cv2.resize(noise, (160, 120)))
    return str(path)


@pytest.fixture(autouse=True)
def _on_cpu(monkeypatch):
    monkeypatch.setattr(
        'bernoulli_mmpose.inferencers.head_pose_inferencer.get_device', lambda: 'cpu'
    )


PTH = str(shipped_checkpoint())
HEADS = str(find_model('heads'))
BOX = ['--boxes', '40', '20', '110', '90']


def test_help_explains(capsys):
    with pytest.raises(SystemExit) as stop:
        main(['--help'])
    assert stop.value.code == 0
    text = capsys.readouterr().out
    for words in ('yaw   > 0: the nose turns', 'examples:', 'Exit code:'):
        assert words in text


@pytest.mark.parametrize('model', [[], ['--weights', PTH]])
def test_table_and_files(photo, tmp_path, capfd, model):
    out = tmp_path / 'out'
    options = ['--draw', 'cube', '--threads', '1', *model]
    assert main([photo, *BOX, '--out', str(out), *options]) == 0
    shown = capfd.readouterr()
    heads = json.loads((out / 'photo.json').read_text('utf-8'))
    assert f'{heads[0]["yaw"]:+.1f} \u00b1{heads[0]["yaw_std"]:.1f}' in shown.out
    assert '40 20 110 90' in shown.out
    assert 'checkpoint' not in shown.out + shown.err  # MMEngine's chatter
    assert shown.err == f'wrote {out / "photo.png"}, {out / "photo.json"}\n'
    assert cv2.imread(str(out / 'photo.png')).shape == (120, 160, 3)


def test_what_a_folder_holds_beside_pictures_is_told(photo, capsys):
    folder = Path(photo).parent
    for name in ('a.heic', 'b.HEIC', 'film.mp4', '._c.heic'):
        (folder / name).touch()
    assert main([str(folder), *['--detector', 'none']]) == 0
    told = capsys.readouterr().err
    assert f'note: {folder}: 3 files left out (.heic, .mp4)\n' in told


def test_ctrl_c_stops_all_that_is_left(photo, film, monkeypatch, capsys):
    def stop(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(FrameReader, '_read_one', stop)
    assert main([str(film), photo, '--detector', 'none']) == 130
    assert 'photo.png' not in capsys.readouterr().out


@pytest.mark.parametrize('name', ['nope', 'head_pose', 'x.pth'])
def test_a_misspelt_model_is_told_what_there_is(photo, monkeypatch, capsys, name):
    monkeypatch.setitem(sys.modules, 'bernoulli_mmpose', None)
    assert main([photo, '--model', name]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f'error: --model {name}: expected MMPose, which runs it, or')
    assert 'FILE.onnx, head-pose or heads' in line


def test_both_sides_give_the_same(photo, capsys):
    heads = []
    for model in ([], ['--model', str(find_model('head-pose'))], ['--weights', PTH]):
        assert main([photo, '--json', *BOX, *model]) == 0
        heads += json.loads(capsys.readouterr().out)['heads']
    assert heads[0] == heads[1]
    for name in ANGLE_NAMES:
        assert heads[0][name] == pytest.approx(heads[2][name], abs=0.01)


@pytest.mark.parametrize(
    'options', [['--weights', 'mine.pth'], ['--detector', 'mtcnn'], ['--model', 'w32']]
)
def test_what_mmpose_runs_says_so_where_it_is_not(
    photo, tmp_path, capsys, monkeypatch, options
):
    monkeypatch.chdir(tmp_path)
    Path('mine.pth').touch()
    monkeypatch.setitem(sys.modules, 'bernoulli_mmpose', None)
    assert main([photo, *options]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(
        f'error: {" ".join(options)}: expected MMPose, which runs it'
    )
    assert main([photo, *BOX]) == 0


def test_a_photograph_needs_no_torch(photo):
    code = (
        'import sys; from bernoulli_headpose.cli import main; '
        f'main([{photo!r}]); print(*sys.modules)'
    )
    done = subprocess.run([sys.executable, '-c', code], capture_output=True, check=True)
    assert b'no head found' in done.stdout
    modules = {*done.stdout.decode().split()}
    assert 'onnxruntime' in modules
    assert not modules & {'torch', 'mmengine', 'mmpose', 'bernoulli_mmpose', 'scipy'}


def test_json_is_a_line_an_image(photo, capsys):
    assert main([photo, '--json', *BOX]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    result = json.loads(line)
    assert result['image'] == photo
    assert result['heads'][0]['bbox'] == [40, 20, 110, 90]


def test_a_black_image_has_no_face(tmp_path, capsys):
    path = tmp_path / 'black.png'
    cv2.imwrite(str(path), np.zeros((100, 100, 3), np.uint8))
    assert main([str(path)]) == 0
    assert 'no head found' in capsys.readouterr().out
    assert main([str(path), '--json']) == 0
    shown = capsys.readouterr()
    assert json.loads(shown.out) == {'image': str(path), 'heads': []}
    assert shown.err == f'no head found in {path}\n'


def test_nothing_is_drawn_where_that_is_asked_for(photo, film, tmp_path, capsys):
    out = tmp_path / 'out'
    options = ['--detector', 'none', '--draw', 'none', '--out', str(out)]
    assert main([photo, str(film), *options]) == 0
    files = ['film.jsonl', 'photo.json']
    assert sorted(path.name for path in out.iterdir()) == files
    assert 'photo.json' in capsys.readouterr().err


def test_numbers_of_json_are_rounded(photo, tmp_path, capsys):
    assert main([photo, '--json', *BOX, '--out', str(tmp_path / 'out')]) == 0
    text = capsys.readouterr().out
    text += (tmp_path / 'out' / 'photo.json').read_text()
    assert max(map(len, re.findall(r'\.(\d+)', text))) == 6  # of the rotation
    (head,) = json.loads((tmp_path / 'out' / 'photo.json').read_text())
    assert head['yaw'] == round(head['yaw'], 3) != 0


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


def test_odd_entries_of_a_folder_lose_no_picture(photo, capsys):
    folder = Path(photo).parent
    for name in ('._photo.png', 'Thumbs.db', '.DS_Store', 'desktop.ini'):
        (folder / name).write_bytes(b'of the system')
    os.mkfifo(folder / 'a_pipe.jpg')
    (folder / 'b_lost.jpg').symlink_to('nowhere')
    (folder / 'c_zero.jpg').symlink_to('/dev/zero')
    assert main([str(folder), '--detector', 'none', '--json']) == 1
    shown = capsys.readouterr()
    assert json.loads(shown.out)['image'] == photo
    errors = shown.err.splitlines()
    got = ('got a pipe', 'the link leads nowhere', 'got a device')
    assert [words in line for words, line in zip(got, errors, strict=True)] == [
        True
    ] * 3


def test_a_cut_off_picture_is_used_with_a_note(photo, capsys):
    Path(photo).write_bytes(Path(photo).read_bytes()[:-2000])
    assert main([photo, '--json', *BOX]) == 0
    shown = capsys.readouterr()
    assert len(json.loads(shown.out)['heads']) == 1
    assert 'note: ' in shown.err
    assert 'photo.png: the image is damaged or cut off' in shown.err


def test_the_limit_of_pictures(photo, capsys, monkeypatch):
    monkeypatch.setenv('BERNOULLI_MAX_MEGAPIXELS', '9')
    assert main([photo, '--max-megapixels', '0.01', *BOX]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert 'photo.png: expected an image of at most 0.01 megapixels' in line
    with pytest.raises(SystemExit):
        main([photo, '--max-megapixels', '0'])


@pytest.mark.parametrize(
    ('arguments', 'text'),
    [
        (['--boxes', '500', '0', '600', '9'], 'box 0: expected a box that overlaps'),
        (['--model', 'resnet'], "got 'resnet'"),
        (['--model', 'mine.json'], 'mine.json: expected a config'),
        (['--model', str(shipped_config())], 'weights: expected a checkpoint'),
        (['--weights', 'missing.pth'], 'missing.pth: expected a checkpoint'),
        (['--device', 'abacus'], 'abacus'),
        (['--model', 'mine.onnx'], 'mine.onnx: expected an exported model'),
        (['--detector', 'mine.onnx'], 'mine.onnx: expected an exported model'),
        (['--detector', str(find_model(None))], 'which takes one head'),
        (
            ['--weights', PTH, '--detector', str(find_model('heads'))],
            'network of MMPose',
        ),
        (['--input-size', '9'], 'input_size: expected the longer side of an image'),
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
        *([photo, '--boxes', *'0009'], [photo, '--detect-every', '0']),
        *([photo, '--one-pass', '--model', 'heads'], [photo, '--one-pass', *BOX]),
        *([photo, '--bbox-thr', '5'], [photo, '--bbox-thr', 'nan']),
        [photo, *BOX, '--bbox-thr', '0.5'],
        *([photo, '--detector', 'eyes'], [photo, '--threads', '0']),
        [photo, '--weights', 'mine.onnx'],
        *([photo, '--threads', '5000'], [photo, '--model', 'heads', *BOX]),
        [photo, '--detector', 'none', '--input-size', '640'],
    ):
        with pytest.raises(SystemExit) as stop:
            main(arguments)
        assert stop.value.code == 2
    assert 'usage: head-pose' in capsys.readouterr().err


def test_heads_are_found_and_measured_in_one_pass_or_two(
    rendered_head, tmp_path, capsys
):
    picture = np.full((300, 500, 3), 90, np.uint8)
    picture[100:228, 250:378] = rendered_head
    path = str(tmp_path / 'photo.png')
    cv2.imwrite(path, picture)
    found = []
    for options in ([], ['--one-pass'], ['--input-size', '500']):
        assert main([path, '--json', *options]) == 0
        (head,) = json.loads(capsys.readouterr().out)['heads']
        found.append(head)
    assert found[0]['bbox'] == pytest.approx(found[1]['bbox'], abs=0.01)
    assert found[0]['yaw'] != found[1]['yaw']
    assert found[1]['yaw'] == pytest.approx(found[0]['yaw'], abs=25)


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


@pytest.mark.parametrize('name', ['film.wmv', 'film'])
def test_a_video_is_one_whatever_its_name(film, name, capsys):
    path = film.rename(film.with_name(name))
    assert main([str(path), *BOX, '--json']) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line['frame'] for line in lines] == [0, 1, 2, 3, 4]
    assert {line['video'] for line in lines} == {str(path)}


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
    assert 'would overwrite an input' in capsys.readouterr().err
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


def test_a_terminal_without_the_characters(photo, monkeypatch):
    stdout = io.TextIOWrapper(io.BytesIO(), encoding='ascii')
    monkeypatch.setattr('sys.stdout', stdout)
    assert main([photo, *BOX]) == 0
    stdout.flush()
    assert b'photo.png' in stdout.buffer.getvalue()


def test_one_result_that_cannot_be_written_loses_no_other(photo, tmp_path, capsys):
    long = 'x' * 251 + '.png'
    for name in (long, 'a.png', 'b.png'):
        shutil.copy(photo, tmp_path / name)
    inputs = [str(tmp_path / name) for name in (long, 'a.png', 'b.png')]
    out = tmp_path / 'out'
    assert main([*inputs, '--detector', 'none', '--out', str(out)]) == 1
    shown = capsys.readouterr()
    assert all(f'{name}.png' in shown.out for name in ('x', 'a', 'b'))
    error, wrote = shown.err.splitlines()
    assert f'{long[:-4]}.json' in error
    assert wrote == f'wrote 5 files in {out}'
    files = sorted(path.name for path in out.iterdir())
    assert files == ['a.json', 'a.png', 'b.json', 'b.png', long]


def test_rows_are_printed_as_they_come(photo, monkeypatch, capsys):
    def two_and_a_fault(*_):
        names = [f'{name}{end}' for name in ANGLE_NAMES for end in ('', '_std')]
        head = dict.fromkeys(['score', *names], 1.0) | {'center': [1], 'bbox': [1]}
        pixel = np.zeros((1, 1, 3), np.uint8)
        yield BatchResult([Picture('a', 'a', pixel)], [], [[head]], [])
        yield BatchResult([Picture('b', 'b', pixel)], [], [[]], [])
        raise RuntimeError('memory')

    monkeypatch.setattr(HeadPoseRunner, 'run', two_and_a_fault)
    assert main([photo]) == 1
    shown = capsys.readouterr()
    assert 'no head found' in shown.out
    assert shown.err == 'error: memory\n'


@pytest.mark.parametrize('kind', ['symbolic', 'hard'])
@pytest.mark.parametrize(
    ('name', 'target'),
    [
        *(('photo.json', 'photo.png'), ('photo.json', 'film.avi')),
        *(('film.jsonl', 'film.avi'), ('film.jsonl', 'photo.png')),
        *(('film.mp4', 'photo.png'), ('film.part.mp4', 'photo.png')),
        *(('photo.png', 'photo.png'), ('photo.png', 'film.avi')),
    ],
)
def test_no_input_is_written_over(photo, film, tmp_path, capsys, name, target, kind):
    out = tmp_path / 'out'
    out.mkdir()
    source = tmp_path / target
    before = source.read_bytes()
    make = Path.symlink_to if kind == 'symbolic' else Path.hardlink_to
    make(out / name, source)
    options = ['--detector', 'none', '--out', str(out)]
    assert main([photo, str(film), *options]) == 1
    shown = capsys.readouterr()
    assert source.read_bytes() == before
    assert 'would overwrite an input' in shown.err
    assert 'photo.png' in shown.out  # the others' results are there
    assert '#0' in shown.out or name.startswith('film')


def test_weights_and_pictures_called_json_are_inputs_too(photo, tmp_path, capsys):
    odd = tmp_path / 'odd.json'
    shutil.copy(photo, odd)
    assert main([str(odd), '--detector', 'none', '--out', str(tmp_path)]) == 1
    assert 'odd.json would overwrite an input' in capsys.readouterr().err
    assert odd.read_bytes() == Path(photo).read_bytes()
    weights = tmp_path / 'photo.json'
    shutil.copy(shipped_checkpoint(), weights)
    options = ['--model', 'head-pose', '--weights', str(weights), *BOX]
    assert main([photo, *options, '--out', str(tmp_path)]) == 1
    assert weights.read_bytes() == shipped_checkpoint().read_bytes()


def test_a_video_that_cannot_be_written_keeps_what_was_found(film, small_disk, capsys):
    (small_disk / 'full').write_bytes(bytes(84_000))
    assert main([str(film), *BOX, '--out', str(small_disk)]) == 1
    shown = capsys.readouterr()
    assert '#0' in shown.out
    errors = [line for line in shown.err.splitlines() if line.startswith('error: ')]
    assert len(errors) == 1
    assert 'film.mp4' in errors[0]
    assert not (small_disk / 'film.mp4').exists()
    assert 'film.mp4' not in shown.err.split('5 frames')[-1]


def test_a_folder_that_goes_away_during_a_video_is_told(film, tmp_path, capsys):
    out = tmp_path / 'out'
    read = FrameReader._read_one

    def remove_and_read(self):
        shutil.rmtree(out, ignore_errors=True)
        return read(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FrameReader, '_read_one', remove_and_read)
        assert main([str(film), *BOX, '--out', str(out)]) == 1
    shown = capsys.readouterr()
    assert 'No such file' in shown.err
    assert 'wrote' not in shown.err


def test_no_control_character_reaches_the_terminal(photo, film, tmp_path, capsys):
    odd = 'e\x1b[31m\u202e'
    picture, video = tmp_path / f'{odd}.png', tmp_path / f'{odd}.avi'
    shutil.copy(photo, picture)
    shutil.copy(film, video)
    inputs = [str(picture), str(video), f'missing{odd}.png']
    assert main([*inputs, '--detector', 'none', '--out', str(tmp_path / 'out')]) == 1
    with pytest.raises(SystemExit):
        main([photo, f'--odd{odd}'])
    shown = capsys.readouterr()
    for text in (shown.out, shown.err):
        assert not {'\x1b', '\u202e'}.intersection(text)
        assert r'e\x1b[31m\u202e' in text


@pytest.mark.slow
@pytest.mark.parametrize(
    ('redirected', 'status', 'said'),
    [
        ('>&-', 0, 'wrote '),
        ('2>&- >&- <&-', 0, ''),
        ('>/dev/full', 1, "No space left on device: 'standard output'"),
        ('--json >/dev/full', 1, "No space left on device: 'standard output'"),
        ('| true', 141, ''),
        ('--json | true', 141, ''),
    ],
)
def test_a_closed_output(photo, tmp_path, redirected, status, said):
    command = (
        f'{sys.executable} -m bernoulli_headpose {photo} --detector none --device cpu '
        f'--out {tmp_path}/out {redirected}; exit ${{PIPESTATUS[0]}}'
    )
    done = subprocess.run(
        ['bash', '-c', command], capture_output=True, text=True, check=False
    )
    assert done.returncode == status, done.stderr
    assert done.stderr.count('\n') == (1 if said else 0), done.stderr
    assert said in done.stderr
    assert (tmp_path / 'out' / 'photo.json').is_file()


@pytest.mark.parametrize('out', ['a' * 300, 'photo.png/below'])
def test_a_folder_that_cannot_be_written_to(photo, tmp_path, capsys, monkeypatch, out):
    monkeypatch.chdir(tmp_path)
    assert main([photo, *BOX, '--out', out]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith('error: ')
    assert out in line
