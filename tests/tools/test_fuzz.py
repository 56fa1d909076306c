"""tools/fuzz.py: it sees what goes wrong; and a short run of it finds nothing."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import fuzz
import numpy as np
import pytest
from fuzzing.readers import Reader


def make(folder: Path) -> Path:
    path = folder / 'a.txt'
    path.write_text('1 2 3')
    return path


def crash(_: Path) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def refuse(path: Path) -> None:
    raise ValueError(f'{path}: expected something else')


def refuse_namelessly(_: Path) -> None:
    raise ValueError('bad')


def stumble(_: Path) -> None:
    raise IndexError


READ = {
    'read': lambda _: [[1.0, 2.0]],
    'refused': refuse,
    'foreign': stumble,
    'not finite': lambda _: [[1.0, float('nan')]],
    'slow': lambda _: time.sleep(9),
    'crash': crash,
}


@pytest.mark.parametrize('kind', READ)
def test_what_comes_of_a_file_is_counted(tmp_path, monkeypatch, kind):
    monkeypatch.setattr(fuzz, 'SECONDS', 0.5)
    good = make(tmp_path / '..').read_bytes()

    def read(path: Path):
        return READ['read' if path.read_bytes() == good else kind](path)

    run = fuzz.Run(Reader('made', make, read), seed=0, out=tmp_path / 'faults')
    run.cases(0, 3)
    assert run.counts == {kind: 3}
    faults = [] if kind in fuzz.FINE else [f'made {i}-{kind}' for i in range(3)]
    assert sorted(path.name for path in tmp_path.glob('faults/*')) == faults


def test_an_error_without_the_name_of_the_file_is_foreign(tmp_path):
    reader = Reader('made', make, refuse_namelessly)
    kind, detail = fuzz.outcome(reader, make(tmp_path))
    assert kind == 'foreign'
    assert detail.startswith('no file name: ValueError: bad (test_fuzz.py:')


def test_a_kind_whose_good_file_is_not_read_says_so():
    run = fuzz.Run(Reader('made', make, stumble), seed=0, out=None)
    with pytest.raises(RuntimeError, match='made: the good file: IndexError'):
        run.cases(0, 1)


def test_a_case_is_the_same_by_its_seed_and_number():
    run, other = (fuzz.Run(Reader('made', make, refuse), s, None) for s in (0, 1))
    good = b'{"a": [1, 2.5, "text"], "b": {"c": null}}'
    cases = [run.content(good, number) for number in range(50)]
    assert cases == [run.content(good, number) for number in range(50)]
    assert cases != [other.content(good, number) for number in range(50)]
    assert len(set(cases)) > 40


@pytest.mark.parametrize('good', [b'', b'\0', b'PK\3\4', b'\xfd7zXZ\0', b'[]', b'{'])
def test_anything_can_be_mutated(good):
    for seed in range(200):
        assert isinstance(fuzz.mutate(good, np.random.default_rng(seed)), bytes)


@pytest.mark.slow
def test_a_short_run_finds_nothing():
    command = [sys.executable, fuzz.__file__, '--cases', '600', '--seed', '1']
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, 'OMP_NUM_THREADS': '1'},
    )
    assert done.returncode == 0, done.stdout + done.stderr
