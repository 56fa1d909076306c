"""Configs that are read as data: what is taken, and what is refused."""

import pytest

from bernoulli_headpose.files import parse_assignments


@pytest.mark.parametrize(
    ('text', 'expected'),
    [
        ('', {}),
        ('a = 1\nb = -2.5e-3  # why', {'a': 1, 'b': -2.5e-3}),
        ("a = dict(b=[dict(c=(1, None)), 'x'])", {'a': {'b': [{'c': (1, None)}, 'x']}}),
        ('a = dict({0: dict(b=True)}, c=1)', {'a': {0: {'b': True}, 'c': 1}}),
        ("a = {'type': 'x', 2: {3}}", {'a': {'type': 'x', 2: {3}}}),
        ('a = 1\na = 2', {'a': 2}),
    ],
)
def test_literals_are_read(text, expected):
    assert parse_assignments(text) == expected


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('import os', 'line 1 is no assignment'),
        ('a = 1\nprint(a)', 'line 2 is no assignment'),
        ('a = b = 1', 'line 1 is no assignment'),
        ('a.b = 1', 'line 1 is no assignment'),
        ('a = open("x")', 'line 1 calls something'),
        ('a = [dict(b=x.dict(c=1))]', 'line 1 calls something'),
        ('a = dict(1)', 'line 1 calls something'),
        ('a = dict(**{})', 'line 1 calls something'),
        ('a = dict(*[])', 'line 1 calls something'),
        ('a = {**{}}', 'line 1 unpacks a dict'),
        ('a = b', 'malformed node'),
        ('a = 9**9**9', 'malformed node'),
        ("a = f'{1}'", 'malformed node'),
        ('a = {[]: 1}', 'unhashable'),
        ('a = (', 'never closed'),
        ('a = \0', 'null bytes'),
        ('a = ' + 9999 * '9', 'limit'),
        ('a = ' + 99999 * '-' + '1', 'expected a config of literals, '),
        ('a = b' + 9999 * '.c', 'expected a config of literals, '),
        (1_000_001 * ' ', 'at most 1000000 letters'),
    ],
)
def test_anything_else_is_refused(text, message):
    with pytest.raises(ValueError, match=message):
        parse_assignments(text)
