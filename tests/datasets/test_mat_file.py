"""Arrays of MATLAB files: those of SciPy, and what is broken in a file."""

import struct

import numpy as np
import pytest
from scipy.io import loadmat, savemat

from bernoulli_mmpose.datasets.mat_file import read_mat_arrays

NAMES = ('Pose_Para', 'pt2d')
KINDS = ('i1', 'u1', 'i2', 'u2', 'i4', 'u4', 'i8', 'u8', 'f4', 'f8')


@pytest.fixture
def write(tmp_path):
    def write(compressed=False, **changes):
        content = dict(
            Pose_Para=np.array([[0.1, -0.3, 0.02, 40, 50, 0, 0.001]]),
            text='no number',
            pt2d=np.arange(1.0, 43.0).reshape(2, 21),
            part=dict(of='a struct', with_=[1, 2]),
        )
        path = tmp_path / 'a.mat'
        savemat(path, {**content, **changes}, do_compression=compressed)
        return path

    return write


@pytest.mark.parametrize('compressed', [False, True])
@pytest.mark.parametrize('kind', KINDS)
def test_arrays_are_those_of_scipy(write, compressed, kind):
    array = (np.arange(6) + 1).reshape(2, 3).astype(kind)
    path = write(compressed, pt2d=array)
    expected, found = loadmat(path), read_mat_arrays(path, NAMES)
    assert set(found) == set(NAMES)
    for name in NAMES:
        np.testing.assert_array_equal(found[name], expected[name])


def test_other_order_of_bytes(tmp_path):
    """By hand: a 1x2 double array of the numbers 1 and -2, big-endian."""
    array = struct.pack('>IIII', 6, 8, 6, 0) + struct.pack('>IIii', 5, 8, 1, 2)
    array += struct.pack('>II', 1, 4) + b'pt2d' + bytes(4)
    array += struct.pack('>IIdd', 9, 16, 1.0, -2.0)
    path = tmp_path / 'a.mat'
    head = b'by hand'.ljust(124) + struct.pack('>H', 0x100) + b'MI'
    path.write_bytes(head + struct.pack('>II', 14, len(array)) + array)
    np.testing.assert_array_equal(read_mat_arrays(path, NAMES)['pt2d'], [[1, -2]])
    np.testing.assert_array_equal(loadmat(path)['pt2d'], [[1, -2]])


# Words of the first array, which begins at byte 128: kind and size of the whole, kind
# and size of its flags, flags, its shape, name and numbers.
@pytest.mark.parametrize(
    ('byte', 'word', 'message'),
    [
        (128, 13, 'an element of kind 13 where an array is expected'),
        (132, 0x7FFFFFFF, 'an element of 2147483647 bytes, of which there are fewer'),
        (140, 0xFFFFFFFF, 'an element of 4294967295 bytes'),
        (144, 5, 'Pose_Para that is no array of real numbers'),  # ended the process
        (144, 0x806, 'Pose_Para that is no array of real numbers'),
        (156, 7, 'an array with a broken header'),
        (160, 0xFFFFFFFF, r'Pose_Para of shape \[-1, 7\] in 56 bytes'),
        (160, 0x20000001, r'Pose_Para of shape \[536870913, 7\] in 56 bytes'),
        (192, 0, 'Pose_Para with numbers of kind 0'),  # ended the process
        (192, 0x50001, 'an element of 5 bytes'),
        (196, 48, r'Pose_Para of shape \[1, 7\] in 48 bytes'),
    ],
)
def test_broken_words_are_named(write, byte, word, message):
    path = write()
    content = bytearray(path.read_bytes())
    content[byte : byte + 4] = struct.pack('<I', word)
    path.write_bytes(content)
    with pytest.raises(
        ValueError, match=f'a.mat: expected a MATLAB file, got {message}'
    ):
        read_mat_arrays(path, NAMES)


@pytest.mark.parametrize('compressed', [False, True])
def test_files_that_are_cut_off(write, compressed):
    content = write(compressed).read_bytes()
    path = write(compressed)
    ends = [*range(0, len(content), 37), len(content) - 1]
    for end in ends:
        if end == 128:  # a file of no arrays
            continue
        path.write_bytes(content[:end])
        with pytest.raises(ValueError, match='a.mat: expected a MATLAB file, got'):
            read_mat_arrays(path, NAMES)


@pytest.mark.parametrize('version', ['4', None])
def test_other_formats_tell_how_to_save(tmp_path, version):
    path = tmp_path / 'a.mat'
    path.write_bytes(b'\x89HDF\r\n\x1a\n' + bytes(200))
    if version:
        savemat(path, dict(pt2d=np.ones((2, 3))), format=version)
    with pytest.raises(
        ValueError, match=r"no file of version 5 \(save it with '-v7'\)"
    ):
        read_mat_arrays(path, NAMES)


def test_an_array_that_unpacks_to_gigabytes(write):
    path = write(compressed=True, pt2d=np.zeros((2, 2**20)))
    assert path.stat().st_size < 2**16
    with pytest.raises(ValueError, match='of more than 4194304 bytes'):
        read_mat_arrays(path, NAMES)


@pytest.mark.real_data
def test_real_files_are_as_scipy_reads_them(shared_data):
    names = ('Pose_Para', 'pt2d', 'pt3d_68', 'roi')
    for path in sorted((shared_data / 'aflw2000').glob('*.mat')):
        expected, found = loadmat(path), read_mat_arrays(path, names)
        assert set(found) == {name for name in names if name in expected}
        for name, array in found.items():
            np.testing.assert_array_equal(array, expected[name])
