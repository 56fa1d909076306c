"""The tools' tables."""

import io
import sys

import pytest
from console import PlainConsole
from rich.table import Table

from bernoulli_headpose.terminal import run_command


def test_names_are_no_markup(capsys):
    table = Table('name')
    table.add_row('[red]a[/b] :smile:')
    PlainConsole(width=80).print(table)
    assert '[red]a[/b] :smile:' in capsys.readouterr().out


class Unread(io.StringIO):
    """A stream whose reader is gone."""

    def flush(self) -> None:
        raise BrokenPipeError(32, 'Broken pipe')


@pytest.mark.parametrize('content', ['text', Table('name')])
def test_a_reader_that_is_gone_ends_the_command(monkeypatch, capsys, content):
    monkeypatch.setattr(sys, 'stdout', Unread())
    assert run_command(lambda: PlainConsole().print(content)) == 141
    assert capsys.readouterr().err == ''
