"""Tests of the reading of text and JSON."""

import codecs
from pathlib import Path

import pytest

from bernoulli_headpose.files import printable, read_json, read_text


@pytest.mark.parametrize(
    ('text', 'shown'),
    [
        ('Zoë 頭.jpg', 'Zoë 頭.jpg'),
        ('\x1b[31mred', r'\x1b[31mred'),
        ('a\nb\tc', r'a\nb\tc'),
        ('gpj.\u202egnp', r'gpj.\u202egnp'),
        ('\udcff.png', r'\udcff.png'),
        ('\x9b2J', r'\x9b2J'),
    ],
)
def test_printable(text: str, shown: str) -> None:
    assert printable(text) == shown


@pytest.mark.parametrize(
    'data',
    [
        'Zoë'.encode(),
        codecs.BOM_UTF8 + 'Zoë'.encode(),
        codecs.BOM_UTF16_LE + 'Zoë'.encode('utf-16-le'),
        codecs.BOM_UTF16_BE + 'Zoë'.encode('utf-16-be'),
    ],
)
def test_read_text_of_an_encoding_with_its_mark(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / 'a.txt'
    path.write_bytes(data)
    assert read_text(path) == 'Zoë'


def test_read_text_names_the_file_of_another_encoding(tmp_path: Path) -> None:
    path = tmp_path / 'a.txt'
    path.write_bytes('Zoë'.encode('latin-1'))
    with pytest.raises(ValueError, match=r'a\.txt: expected text in UTF-8'):
        read_text(path)


@pytest.mark.parametrize(
    'content', ['', '[1', '[' * 100_000, f'[{"9" * 5000}]', '[NaN]', '[-Infinity]']
)
def test_read_json_names_the_file_that_is_none(tmp_path: Path, content: str) -> None:
    path = tmp_path / 'a.json'
    path.write_text(content)
    with pytest.raises(ValueError, match=r'a\.json: expected JSON, got'):
        read_json(path)


def test_read_json_with_a_mark(tmp_path: Path) -> None:
    path = tmp_path / 'a.json'
    path.write_bytes(codecs.BOM_UTF8 + b'{"a": [1]}')
    assert read_json(path) == {'a': [1]}
