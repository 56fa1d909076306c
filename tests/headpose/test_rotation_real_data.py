"""BIWI's two kinds of label, on the real ones: they are one rotation."""

import tarfile

import numpy as np
import pytest

from bernoulli_headpose import rotation


@pytest.fixture(scope='module')
def biwi_bins(shared_data) -> dict[str, np.ndarray]:
    """Head centre (mm) and angles of each ``.bin``, six float32, by frame."""
    path = shared_data / 'biwi' / 'db_annotations.tgz'
    if not path.is_file():
        pytest.skip(f'BIWI labels not found: {path}')
    with tarfile.open(path) as archive:
        return {
            member.name.removesuffix('_pose.bin'): np.frombuffer(
                archive.extractfile(member).read(), dtype='<f4'
            ).astype(np.float64)
            for member in archive
            if member.name.endswith('_pose.bin')
        }


@pytest.fixture(scope='module')
def biwi_literature(shared_data) -> dict[str, tuple[float, float, float]]:
    """(pitch, yaw, roll) of FSA-Net's variant, whose yaw is negated, by frame."""
    path = shared_data / 'biwi' / 'fsanet_variant_boxes.txt'
    if not path.is_file():
        pytest.skip(f'BIWI labels not found: {path}')
    rows = [line.split(';') for line in path.read_text().splitlines()[1:]]
    return {
        row[0].split('/', 1)[1].removesuffix('_rgb.png'): (
            float(row[6]),
            -float(row[5]),
            float(row[7]),
        )
        for row in rows
    }


@pytest.mark.real_data
def test_bin_angles_are_the_literatures_rotation(biwi_bins, biwi_literature):
    shared = sorted(biwi_bins.keys() & biwi_literature.keys())
    assert (len(biwi_bins), len(biwi_literature)) == (15_677, 13_219)
    assert len(shared) == 13_218
    assert biwi_literature.keys() - biwi_bins.keys() == {'01/frame_00003'}
    matrices = rotation.biwi_bin_to_matrix([biwi_bins[frame][3:] for frame in shared])
    expected = np.array([biwi_literature[frame] for frame in shared])
    error = rotation.wrapped_difference(rotation.matrix_to_euler(matrices), expected)
    assert error.max() < 1e-3
