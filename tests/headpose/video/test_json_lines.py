"""Results as JSON lines."""

import json
import shutil

import numpy as np
import pytest

from bernoulli_headpose.files import identify_files
from bernoulli_headpose.video import JsonLinesWriter

HEAD = {'yaw': -12.5, 'center': [3.0, 4.5], 'track_id': 0}


def test_one_object_a_line(tmp_path):
    path = tmp_path / 'new' / 'heads.jsonl'
    with JsonLinesWriter(path) as writer:
        writer.write(0, 0.0, [HEAD])
        # There before the file is closed.
        first = '{"frame": 0, "time_s": 0.0, "heads": [{"yaw": -12.5, '
        assert path.read_text() == first + '"center": [3.0, 4.5], "track_id": 0}]}\n'
        writer.write(3, 0.1, [])
    lines = path.read_text().splitlines()
    assert [json.loads(line)['frame'] for line in lines] == [0, 3]
    assert json.loads(lines[1]) == {'frame': 3, 'time_s': 0.1, 'heads': []}


def test_begins_anew(tmp_path):
    path = tmp_path / 'heads.jsonl'
    path.write_text('old\n')
    with JsonLinesWriter(path) as writer:
        writer.write(0, 0.0, [])
    assert 'old' not in path.read_text()


@pytest.mark.parametrize(
    ('time_s', 'head', 'message'),
    [
        (0.0, {'yaw': float('nan')}, r'heads\[1\].yaw: .* got nan of type float'),
        (0.0, {'box': [1, float('inf')]}, r'heads\[1\].box\[1\]: .* got inf'),
        (0.0, {'yaw': np.float32(1)}, r'heads\[1\].yaw: .* of type float32'),
        (0.0, {'c': np.zeros(2)}, r'heads\[1\].c: .* of type ndarray \(frame 7\)'),
        (float('inf'), {}, 'time_s: expected a finite number'),
    ],
)
def test_what_json_does_not_have(tmp_path, time_s, head, message):
    path = tmp_path / 'heads.jsonl'
    with JsonLinesWriter(path) as writer:
        with pytest.raises(ValueError, match=message):
            writer.write(7, time_s, [HEAD, head])
        assert path.read_text() == ''
        writer.write(8, 0.3, [HEAD])
    assert json.loads(path.read_text())['frame'] == 8


def test_no_input_is_written_over(tmp_path):
    film = tmp_path / 'film.mp4'
    film.write_text('video')
    (tmp_path / 'film.jsonl').hardlink_to(film)
    with pytest.raises(ValueError, match='would overwrite an input'):
        JsonLinesWriter(tmp_path / 'film.jsonl', identify_files([film]))
    assert film.read_text() == 'video'


def test_a_full_disk_leaves_whole_lines(small_disk):
    path = small_disk / 'heads.jsonl'

    def write() -> None:
        with JsonLinesWriter(path) as writer:
            for frame in range(5000):
                writer.write(frame, 0.0, [HEAD])

    with pytest.raises(OSError, match='No space left.*heads.jsonl'):
        write()
    lines = path.read_text().splitlines()
    assert [json.loads(line)['frame'] for line in lines] == [*range(len(lines))]
    assert 500 < len(lines) < 5000


def test_a_file_that_goes_away_is_told(tmp_path):
    path = tmp_path / 'new' / 'heads.jsonl'
    with JsonLinesWriter(path) as writer:
        writer.write(0, 0.0, [HEAD])
        assert writer.file == path
        shutil.rmtree(path.parent)
        with pytest.raises(FileNotFoundError, match='heads.jsonl'):
            writer.write(1, 0.1, [HEAD])
    assert writer.file is None


def test_a_pipe_is_written_too(capfd):
    with JsonLinesWriter('/dev/stdout') as writer:
        writer.write(0, 0.0, [])
    assert '"frame": 0' in capfd.readouterr().out
