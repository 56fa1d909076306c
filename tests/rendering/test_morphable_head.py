"""Morphable head files: a small one made here, bad ones, and the real one."""

import numpy as np
import pytest
from rendering.biwi_sample import SampleSettings, render_sample
from rendering.mesh import grid_triangles
from rendering.morphable_head import MorphableHead
from rendering.person import Person
from rendering.sequence import build_scene

# A ball of a head: columns around it, rows from the crown to the neck.
_ROWS, _COLUMNS = 12, 24


def _ball():
    down = np.linspace(0.05, np.pi - 0.05, _ROWS)[:, None]
    around = np.linspace(-np.pi, np.pi, _COLUMNS, endpoint=False)[None]
    x = 9 * np.sin(down) * np.sin(around)
    z = 9 * np.sin(down) * np.cos(around)
    y = 12 * np.cos(down) + 0 * around
    return np.stack([x, y, z], axis=-1).reshape(-1, 3).astype(np.float32)


def _nearest(points, place):
    return int(np.argmin(np.linalg.norm(points - place, axis=1)))


def _arrays():
    points = _ball()
    triangles = grid_triangles(_ROWS, _COLUMNS, closed=True).astype(np.int32)
    landmarks = np.zeros(68, np.int32)
    landmarks[:] = _nearest(points, [0, 0, 9])
    landmarks[36:42] = _nearest(points, [-3, 1, 8])
    landmarks[42:48] = _nearest(points, [3, 1, 8])
    landmarks[48:68] = _nearest(points, [0, -4, 8])
    rng = np.random.default_rng(0)
    return {
        'vertices': points,
        'triangles': triangles,
        'part': np.zeros(len(triangles), np.uint8),
        'part_names': np.array(['M_Face']),
        'identity': rng.normal(0, 0.1, (4, len(points), 3)).astype(np.float16),
        'expression': np.zeros((2, len(points), 3), np.float16),
        'landmarks68': landmarks,
    }


def _save(path, **changes):
    arrays = {k: v for k, v in (_arrays() | changes).items() if v is not None}
    np.savez(path, **arrays)
    return path


def test_small_file_renders(tmp_path):
    path = _save(tmp_path / 'ball.npz')
    scene = build_scene(1, 2, model=MorphableHead(path))
    image = scene.frame(1).image
    assert (image != scene.background).any(axis=2).sum() > 5000


def test_head_is_in_mm_about_its_centre(tmp_path):
    quiet = np.zeros((1, len(_ball()), 3), np.float16)
    model = MorphableHead(_save(tmp_path / 'ball.npz', identity=quiet))
    rng = np.random.default_rng(0)
    person = Person.random(rng)
    head = model.head(person, rng)
    eyes = [head.vertices[head.landmarks[name]] for name in ('left_eye', 'right_eye')]
    np.testing.assert_allclose(np.mean(eyes, axis=0)[:2], 0, atol=12)
    assert 150 < np.ptp(head.vertices[:, 2]) < 220


def test_people_differ(tmp_path):
    model = MorphableHead(_save(tmp_path / 'ball.npz'))
    person = Person.random(np.random.default_rng(0))
    one, two = (model.head(person, np.random.default_rng(i)).vertices for i in (1, 2))
    assert np.abs(one - two).max() > 1


_BAD_INDEX = np.full((5, 3), 10**6, np.int32)


@pytest.mark.parametrize(
    ('changes', 'error', 'message'),
    [
        ({'identity': None}, KeyError, r"missing \['identity'\]"),
        ({'vertices': np.zeros((5, 2))}, ValueError, r'vertices.*3\), got \(5, 2\)'),
        (
            {'identity': np.zeros((4, 7, 3))},
            ValueError,
            r"identity: expected shape \('I', 288, 3\), got \(4, 7, 3\)",
        ),
        ({'landmarks68': np.zeros(5, int)}, ValueError, r'landmarks68.*got \(5,\)'),
        (
            {'triangles': np.zeros((5, 3)), 'part': np.zeros(5, int)},
            ValueError,
            'expected integers, got float64',
        ),
        (
            {'triangles': _BAD_INDEX, 'part': np.zeros(5, int)},
            ValueError,
            'triangles: expected indices from 0 to 287, got 1000000',
        ),
        (
            {'vertices': np.full((288, 3), np.nan)},
            ValueError,
            'vertices: expected finite numbers',
        ),
    ],
)
def test_bad_file(tmp_path, changes, error, message):
    path = _save(tmp_path / 'bad.npz', **changes)
    with pytest.raises(error, match=message) as caught:
        MorphableHead(path)
    assert 'bad.npz' in str(caught.value)


def test_not_an_npz(tmp_path):
    path = tmp_path / 'bad.npz'
    for content in (b'', b'hello', b'PK\x03\x04'):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r'bad\.npz: expected a NumPy \.npz file'):
            MorphableHead(path)
    np.save(tmp_path / 'array.npy', np.zeros(3))
    with pytest.raises(ValueError, match=r'array\.npy: expected a NumPy'):
        MorphableHead(tmp_path / 'array.npy')


def test_absent_file_fails_before_anything_is_written(tmp_path):
    settings = SampleSettings(1, head_model=tmp_path / 'none.npz')
    with pytest.raises(FileNotFoundError, match=r'none\.npz'):
        render_sample(tmp_path / 'root', settings, [1])
    assert not (tmp_path / 'root').exists()


@pytest.mark.real_data
def test_real_head_model(shared_data):
    path = shared_data / 'ict_head.npz'
    if not path.is_file():
        pytest.skip(f'{path} not found')
    scene = build_scene(1, 3, model=MorphableHead(path))
    mesh = scene.mesh
    names = ('nose_tip', 'left_eye', 'right_eye', 'chin')
    nose, left, right, chin = (mesh.vertices[mesh.landmarks[name]] for name in names)
    # An adult's head in mm: 25 to 45 between the inner corners of the eyes.
    assert 25 < (left - right)[0] < 45
    assert 100 < nose[2] < 150
    assert -150 < chin[1] < -80
    image = scene.frame(0).image
    changed = np.argwhere((image != scene.background).any(axis=2))
    assert np.ptp(changed[:, 0]) > 150
    posed = [mesh.pose(np.eye(3), scene.motion.expressions[i, :16]) for i in (0, 1)]
    assert np.abs(posed[0] - posed[1]).max() > 0.5
