"""How commands end, and what reaches the terminal."""

import io
import sys

import pytest

from bernoulli_headpose.terminal import CommandParser, run_command, say, show


def raising(error: BaseException):
    def command() -> None:
        raise error

    return command


@pytest.mark.parametrize(
    ('error', 'status', 'said'),
    [
        (ValueError('a: expected b\n  got c'), 1, 'error: a: expected b got c\n'),
        (FileNotFoundError(2, 'None', 'a\x1b'), 1, "error: [Errno 2] None: 'a\\x1b'\n"),
        (ValueError('\x1b[2Jx  \u202ey.png'), 1, 'error: \\x1b[2Jx  \\u202ey.png\n'),
        (KeyError("no 'name'"), 1, "error: no 'name'\n"),
        (KeyError(), 1, 'error: KeyError\n'),
        (RuntimeError(), 1, 'error: RuntimeError\n'),
        (KeyboardInterrupt(), 130, ''),
        (BrokenPipeError(), 141, ''),
    ],
)
def test_what_ends_a_command(capsys, error, status, said):
    assert run_command(raising(error)) == status
    assert capsys.readouterr().err == said


@pytest.mark.parametrize(('result', 'status'), [(None, 0), (0, 0), (3, 3)])
def test_the_exit_code_is_the_commands(result, status):
    assert run_command(lambda: result) == status


def test_faults_of_the_program_are_not_hidden():
    with pytest.raises(AssertionError, match='cannot be'):
        run_command(raising(AssertionError('cannot be')))
    with pytest.raises(SystemExit):
        run_command(raising(SystemExit(2)))


class Closed(io.StringIO):
    """A stream that cannot be written to."""

    def __init__(self, error: OSError) -> None:
        super().__init__()
        self.error = error

    def flush(self) -> None:
        raise self.error


@pytest.mark.parametrize(
    ('error', 'status', 'said'),
    [
        (BrokenPipeError(32, 'Broken pipe'), 141, ''),
        (OSError(28, 'No space left'), 1, "28] No space left: 'standard output'\n"),
    ],
)
def test_an_output_that_cannot_be_written(monkeypatch, capsys, error, status, said):
    monkeypatch.setattr(sys, 'stdout', Closed(error))
    assert run_command(lambda: show('text')) == status
    assert capsys.readouterr().err.endswith(said)


def test_nobody_has_to_read_the_standard_error(monkeypatch, capsys):
    gone = BrokenPipeError(32, 'Broken pipe')
    monkeypatch.setattr(sys, 'stderr', Closed(gone))
    assert run_command(lambda: (say('text'), show('result'), 3)[-1]) == 3
    assert capsys.readouterr().out.startswith('result')


def test_closed_streams_get_a_place(monkeypatch):
    monkeypatch.setattr(sys, 'stdout', None)
    monkeypatch.setattr(sys, 'stderr', None)
    assert run_command(lambda: print('text')) == 0
    assert run_command(raising(ValueError('text'))) == 1


def test_a_wrong_word_is_printable(capsys):
    parser = CommandParser()
    parser.add_subparsers(dest='command').add_parser('run')
    for words in (['--\x1b[2J'], ['run', '--\x1b[2J']):
        with pytest.raises(SystemExit) as stop:
            parser.parse_args(words)
        assert stop.value.code == 2
        shown = capsys.readouterr().err
        assert '\x1b' not in shown
        assert r'\x1b[2J' in shown
