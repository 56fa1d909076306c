"""What the help of every command tells."""

import argparse
import runpy
import sys
from pathlib import Path

import pytest

from bernoulli_headpose.cli_arguments import build_parser
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
        for action in arguments_of(parser):
            assert action.help, action.dest


def test_every_option_tells_its_default():
    text = ' '.join(build_parser().format_help().split())
    for action in arguments_of(build_parser()):
        assert action.help, action.dest
    for told in ('(default: axes;', '(default: 10)', '(default: all)'):
        assert told in text


@pytest.mark.parametrize(
    ('default', 'told'),
    [(0, '(default: 0)'), ([1, 2], '(default: 1 2)'), (None, ''), (False, '')],
)
def test_defaults_are_told_where_there_are_any(default, told):
    parser = CommandParser()
    parser.add_argument('--seed', default=default, help='of the run')
    parser.add_argument('--other', default=1, help='has a default of its own')
    text = parser.format_help()
    assert f'of the run {told}'.strip() in text
    assert text.count('default') == 1 + bool(told)
