"""What the help of every command tells."""

import argparse
import runpy
import sys
from pathlib import Path

import pytest

from bernoulli_headpose import cli_arguments
from bernoulli_headpose.batch import __main__ as batch
from bernoulli_headpose.page import __main__ as page
from bernoulli_headpose.terminal import CommandParser

TOOLS = Path(__file__).resolve().parents[2] / 'tools'


class StopError(Exception):
    """Carries a parser out of a tool."""


def parser_of(tool: Path, monkeypatch) -> argparse.ArgumentParser:
    """The parser that a tool is about to use."""

    def stop(parser, *_, **__):
        raise StopError(parser)

    monkeypatch.setattr(argparse.ArgumentParser, 'parse_args', stop)
    monkeypatch.setattr(sys, 'argv', [str(tool)])
    with pytest.raises(StopError) as built:
        runpy.run_path(str(tool), run_name='__main__')
    return built.value.args[0]


def all_of(parser: argparse.ArgumentParser):
    """The parser and those of its commands."""
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                yield from all_of(command)


def arguments_of(parser: argparse.ArgumentParser):
    kinds = (argparse._HelpAction, argparse._SubParsersAction, argparse._VersionAction)
    return [a for a in parser._actions if not isinstance(a, kinds)]


@pytest.mark.parametrize('tool', sorted(TOOLS.glob('*.py')), ids=lambda tool: tool.stem)
def test_every_argument_of_a_tool_is_explained(tool, monkeypatch):
    for parser in all_of(parser_of(tool, monkeypatch)):
        assert isinstance(parser, CommandParser)
        check_arguments(parser)


def check_arguments(parser: argparse.ArgumentParser) -> None:
    """Each has a help, and an option that takes a value a default."""
    formatter = parser._get_formatter()
    for action in arguments_of(parser):
        assert action.help, action.dest
        if action.option_strings and action.nargs != 0 and not action.required:
            told = formatter._get_help_string(action)
            assert 'default' in told or told == argparse.SUPPRESS, action.dest


@pytest.mark.parametrize('build', [cli_arguments, batch, page])
def test_every_argument_of_a_command_is_explained(build):
    check_arguments(build.build_parser())


@pytest.mark.parametrize(
    ('default', 'told'),
    [(0, '(default: 0)'), ([1, 2], '(default: 1 2)'), (None, '(default: none)')],
)
def test_defaults_are_told_where_there_are_any(default, told):
    parser = CommandParser()
    parser.add_argument('--seed', default=default, help='of the run')
    parser.add_argument('--other', default=1, help='has a default of its own')
    text = parser.format_help()
    assert f'of the run {told}'.strip() in text
    assert text.count('default') == 2
