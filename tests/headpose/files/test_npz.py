"""NumPy's .npz files: what is broken in one is told with its name."""

import io
import struct
import zipfile

import numpy as np
import pytest

from bernoulli_headpose.files import read_arrays


@pytest.fixture
def path(tmp_path):
    np.savez_compressed(tmp_path / 'a.npz', x=np.arange(1000.0), y=np.ones((2, 3)))
    return tmp_path / 'a.npz'


def member(text, content=b''):
    """A member whose header is ``text``."""
    header = text.encode().ljust(118) + b'\n'
    return b'\x93NUMPY\x01\x00' + struct.pack('<H', len(header)) + header + content


def test_arrays(path):
    found = read_arrays(path, ('x', 'y'))
    np.testing.assert_array_equal(found['x'], np.arange(1000))
    np.testing.assert_array_equal(found['y'], np.ones((2, 3)))


@pytest.mark.parametrize(
    'header',
    [
        "{'descr': '<f8', 'fortran_order': False, 'shape': (10000000000000,)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (-4,)}",
        "{'descr': '|O', 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': " + '(' * 40,
        '{',
        '',
    ],
)
def test_members_of_another_form(path, header):
    with zipfile.ZipFile(path, 'w') as archive:
        archive.writestr('x.npy', member(header, bytes(8)))
    with pytest.raises(ValueError, match=r'a\.npz: expected a NumPy \.npz file'):
        read_arrays(path, ['x'])


def test_a_member_that_is_no_array(path):
    with zipfile.ZipFile(path, 'w') as archive:
        archive.writestr('x.npy', b'text')
    with pytest.raises(ValueError, match=r'a\.npz: .* got: a member that is no array'):
        read_arrays(path, ['x'])


def test_any_byte_may_be_another(path):
    """Sizes, ways of packing, packed bytes: all that a zip file holds."""
    content, errors = path.read_bytes(), []
    for at in range(0, len(content), 7):
        path.write_bytes(content[:at] + bytes([content[at] ^ 0x55]) + content[at + 1 :])
        try:
            read_arrays(path, ('x', 'y'))
        except (KeyError, ValueError) as error:
            errors.append(str(error))
    assert errors
    assert all('a.npz' in error for error in errors)


def test_a_bomb_is_not_unpacked(path, monkeypatch):
    monkeypatch.setattr('bernoulli_headpose.files.npz._MOST', 8000)
    with pytest.raises(ValueError, match='8304 bytes of arrays, of at most 8000'):
        read_arrays(path, ['y'])


def test_missing_arrays_and_files(path, tmp_path):
    with pytest.raises(KeyError, match=r"a\.npz: expected the arrays .*\['z'\]"):
        read_arrays(path, ('x', 'z'))
    with pytest.raises(FileNotFoundError, match=r'none\.npz'):
        read_arrays(tmp_path / 'none.npz', ['x'])
    np.save(stream := io.BytesIO(), np.ones(3))
    path.write_bytes(stream.getvalue())
    with pytest.raises(ValueError, match=r'a\.npz: expected a NumPy \.npz file'):
        read_arrays(path, ['x'])
