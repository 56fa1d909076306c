"""Files that went wrong: bytes, text and members of archives, changed at random."""

from __future__ import annotations

import io
import json
import re
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

from numpy.random import Generator

Mutation = Callable[[bytes, Generator], bytes]

_BYTES = (b'\x00', b'\x01', b'\x7f', b'\x80', b'\xff', b'\xfe', b'\n', b'"')
_INTEGERS = (0, 1, -1, 127, 128, 255, 32767, 32768, 65535, 2**31 - 1, 2**31, 2**32 - 1)
_NUMBER = re.compile(rb'-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?')
_WORD = re.compile(rb'"[^"\n]*"|[A-Za-z_][\w./-]*')
_NUMBERS = (
    *(b'0', b'-1', b'1e308', b'-1e308', b'1e-320', b'1e999', b'NaN', b'nan', b'inf'),
    *(b'-Infinity', b'9' * 5000, b'1' + b'0' * 400, b'0x10', b'1_000', b'1,5', b''),
    *(b'null', b'true', b'"12"', b'[]', b'{}', b'[1, 2]', b'\xd9\xa3', b'1j'),
)
_WORDS = (
    *(b'null', b'[]', b'{}', b'""', b'"\\u0000"', b'"\\udc00"', b'"\xff"', b'true'),
    *(b'"../../../etc/passwd"', b'"/dev/zero"', b'"a\\nb"', b'"' + b'a' * 5000 + b'"'),
    *(b'1', b'\xe2\x80\xae', b'\x1b[2J', b'=1+1', b'__class__'),
)
_VALUES: tuple[Any, ...] = (
    *(None, True, 0, -1, 1.5, 1e308, -1e308, 1e39, 10**400, 2**63, float('nan')),
    *(
        float('inf'),
        '',
        '12',
        'abc',
        '\0',
        '\udc00',
        '../a.png',
        'a' * 5000,
        '/dev/zero',
    ),
    *([], {}, [[]], [None], [1, 2, 3], [[1, 2], [3]], {'a': 1}, {'id': []}),
)
_MAX_SIZE = 1 << 23


def mutate(data: bytes, rng: Generator) -> bytes:
    """Change a file in one to three places; members of archives inside, too."""
    for _ in range(int(rng.integers(1, 4))):
        choices = _choices(data, rng)
        data = choices[int(rng.integers(len(choices)))](data, rng)[:_MAX_SIZE]
    return data


def _choices(data: bytes, rng: Generator) -> tuple[Mutation, ...]:
    if data.startswith(b'PK'):
        return (*_ANY, _change_zip_member, _change_zip_member, _change_zip_member)
    if data.startswith(b'\xfd7zXZ'):
        return (*_ANY, _change_tar_member, _change_tar_member, _change_tar_member)
    if b'\x00' in data[:4096] or not data[:4096].isascii():
        return _ANY
    if rng.random() < 0.2:  # any change of a byte may make all of a text unreadable
        return _ANY
    return (_change_json,) if data[:1] in (b'[', b'{') else _TEXT


def _slice(data: bytes, rng: Generator, longest: int = 64) -> tuple[int, int]:
    start = int(rng.integers(len(data) + 1))
    return start, min(len(data), start + int(rng.integers(1, longest + 1)))


def _replace(data: bytes, span: tuple[int, int], new: bytes) -> bytes:
    return data[: span[0]] + new + data[span[1] :]


def _flip_bit(data: bytes, rng: Generator) -> bytes:
    if not data:
        return data
    place = int(rng.integers(len(data)))
    changed = data[place] ^ (1 << int(rng.integers(8)))
    return _replace(data, (place, place + 1), bytes([changed]))


def _set_byte(data: bytes, rng: Generator) -> bytes:
    start, _ = _slice(data, rng)
    return _replace(data, (start, start + 1), _BYTES[int(rng.integers(len(_BYTES)))])


def _set_integer(data: bytes, rng: Generator) -> bytes:
    size = int(rng.choice([2, 4, 8]))
    value = _INTEGERS[int(rng.integers(len(_INTEGERS)))] % (1 << (8 * size))
    new = value.to_bytes(size, 'little' if rng.random() < 0.5 else 'big')
    # Headers tell sizes, and are at the beginning.
    far = len(data) if rng.random() < 0.5 else min(len(data), 256)
    start = int(rng.integers(far + 1))
    return _replace(data, (start, start + size), new)


def _delete(data: bytes, rng: Generator) -> bytes:
    return _replace(data, _slice(data, rng), b'')


def _insert(data: bytes, rng: Generator) -> bytes:
    start, end = _slice(data, rng)
    return _replace(data, (start, start), rng.bytes(end - start))


def _double(data: bytes, rng: Generator) -> bytes:
    start, end = _slice(data, rng, 512)
    return _replace(data, (start, start), data[start:end])


def _truncate(data: bytes, rng: Generator) -> bytes:
    ends = int(rng.integers(len(data) + 1)), max(0, len(data) - 2)
    return data[: ends[int(rng.integers(2))]]


def _blank(data: bytes, rng: Generator) -> bytes:
    start, end = _slice(data, rng, 512)
    return _replace(data, (start, end), bytes(end - start))


def _change_token(
    data: bytes, rng: Generator, token: re.Pattern[bytes], new: tuple[bytes, ...]
) -> bytes:
    found = [match.span() for match in token.finditer(data)]
    if not found:
        return data
    span = found[int(rng.integers(len(found)))]
    return _replace(data, span, new[int(rng.integers(len(new)))])


def _change_number(data: bytes, rng: Generator) -> bytes:
    return _change_token(data, rng, _NUMBER, _NUMBERS)


def _change_word(data: bytes, rng: Generator) -> bytes:
    return _change_token(data, rng, _WORD, _WORDS)


def _change_json(data: bytes, rng: Generator) -> bytes:
    """Another value, or none, at one place of a JSON file; or a change of its text."""
    if rng.random() < 0.2:
        return _TEXT[int(rng.integers(len(_TEXT)))](data, rng)
    try:
        content = json.loads(data)
        places = [*_places(content)]
        if places:
            _change_value(*places[int(rng.integers(len(places)))], rng)
        return json.dumps(content).encode()
    except (ValueError, RecursionError):  # broken before, or too deep
        return _change_number(data, rng)


def _change_value(parent: Any, key: Any, rng: Generator) -> None:
    choice = int(rng.integers(len(_VALUES) + 2))
    if choice < len(_VALUES):
        parent[key] = _VALUES[choice]
    elif choice == len(_VALUES):
        del parent[key]
    else:
        parent[key] = [parent[key], parent[key]]


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every dict and list of a JSON value, with each key."""
    keys = range(len(value)) if isinstance(value, list) else [*value]
    for key in keys:
        yield value, key
        if isinstance(value[key], list | dict):
            yield from _places(value[key])


def _change_line(data: bytes, rng: Generator) -> bytes:
    lines = data.splitlines(keepends=True) or [b'']
    place = int(rng.integers(len(lines)))
    new: list[bytes] = [[], [lines[place]] * 2, [lines[place][:-2]]][rng.integers(3)]
    return b''.join(lines[:place] + new + lines[place + 1 :])


def _change_encoding(data: bytes, rng: Generator) -> bytes:
    text = data.decode('latin-1')
    encodings = ('utf-8-sig', 'utf-16', 'utf-32', 'utf-7')
    return text.encode(encodings[int(rng.integers(len(encodings)))])


def _nest(data: bytes, rng: Generator) -> bytes:
    depth = int(rng.choice([3, 2000, 100_000]))
    start, _ = _slice(data, rng)
    both = depth * b'[' + (b'' if rng.random() < 0.5 else depth * b']')
    return _replace(data, (start, start), both)


def _change_zip_member(data: bytes, rng: Generator) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [(info.filename, archive.read(info)) for info in archive.filelist]
    except Exception:  # already broken, in whatever way
        return _flip_bit(data, rng)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, 'w') as archive:
        for name, content in _changed_members(members, rng):
            archive.writestr(name, content)
    return stream.getvalue()


def _change_tar_member(data: bytes, rng: Generator) -> bytes:
    try:
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            files = [member for member in archive if member.isfile()]
            members = [(f.name, archive.extractfile(f).read()) for f in files]  # type: ignore[union-attr]
    except Exception:  # already broken, in whatever way
        return _flip_bit(data, rng)
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode='w:xz', preset=0) as archive:
        for name, content in _changed_members(members, rng):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return stream.getvalue()


def _changed_members(
    members: list[tuple[str, bytes]], rng: Generator
) -> list[tuple[str, bytes]]:
    """The members with one of them changed, doubled, or left out."""
    if not members:
        return members
    place = int(rng.integers(len(members)))
    name, content = members[place]
    kind = rng.random()
    if kind < 0.1:
        return members[:place] + members[place + 1 :]
    if kind < 0.2:
        return [*members, (f'../{name}' if kind < 0.15 else name, content)]
    return [*members[:place], (name, mutate(content, rng)), *members[place + 1 :]]


_ANY: tuple[Mutation, ...] = (
    *(_flip_bit, _set_byte, _set_integer, _set_integer, _delete, _insert),
    *(_double, _truncate, _blank),
)
_TEXT: tuple[Mutation, ...] = (
    *(_change_number, _change_number, _change_number, _change_word, _change_word),
    *(_change_line, _change_line, _change_encoding, _nest),
)
