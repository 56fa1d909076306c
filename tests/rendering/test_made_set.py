"""Made sets: labels, bytes that depend on the seed alone, the table, the tool."""

import runpy
from dataclasses import replace
from functools import partial

import cv2
import numpy as np
import pytest
from baselines import dlib_landmarks
from mmpose.registry import DATASETS
from rendering.face_profiling import FaceProfiler
from rendering.head_model import parametric_head
from rendering.head_picture import SIZE, full_turn_angles, picture_of
from rendering.made_set import (
    MadeSettings,
    Photograph,
    mean_label,
    profile_face,
    render_head,
    write_set,
)
from rendering.mesh import merge
from rendering.morphable_head import MorphableHead
from rendering.person import Person
from rendering.rasterizer import Light, draw, project
from test_morphable_head import _save

from bernoulli_headpose.rotation import (
    IMAGE_TO_CAMERA,
    euler_to_matrix,
    geodesic_error,
    matrix_to_euler,
)
from bernoulli_mmpose.landmarks.mean_face import MEAN_FACE


@pytest.fixture
def settings(tmp_path):
    return MadeSettings(_save(tmp_path / 'ball.npz'), count=2, seed=3)


def _one(settings, index):
    return [render_head(settings, index)]


@pytest.mark.parametrize(
    ('fitted', 'labelled', 'share', 'expected'),
    [
        ((2.0, 0, 0), (6.0, 0, 0), 0.5, (0, 0, 0)),
        ((12.0, 0, 0), (6.0, 0, 0), 0.5, (5, 0, 0)),
        ((12.0, 0, 0), (6.0, 0, 0), 0.0, (0, 0, 0)),
        ((2.0, 0, 0), (6.0, 0, 20), 0.5, None),
    ],
)
def test_label_of_a_photograph(tmp_path, fitted, labelled, share, expected):
    settings = MadeSettings(
        tmp_path, 1, zero_of_fit=2.0, zero_of_labels=6.0, fit_share=share
    )
    label = mean_label(settings, euler_to_matrix(fitted), np.array(labelled))
    if expected is not None:
        np.testing.assert_allclose(matrix_to_euler(label), expected, atol=1e-6)
    else:  # half way between the two
        zero = geodesic_error(label, np.eye(3))
        assert zero == pytest.approx(10, abs=0.2)


def test_the_seed_and_the_number_decide_a_picture(settings):
    first, again = render_head(settings, 5), render_head(settings, 5)
    other = render_head(settings, 6)
    np.testing.assert_array_equal(first.image, again.image)
    np.testing.assert_array_equal(first.angles, again.angles)
    assert (first.angles != other.angles).all()


def test_set_is_the_same_for_any_number_of_processes(settings, tmp_path):
    names = ['ann', 'ben', 'cleo']
    for jobs in (1, 2):
        root = tmp_path / str(jobs)
        assert write_set(root, partial(_one, settings), names, jobs) == 3
    files = [sorted(p for p in (tmp_path / j).rglob('*.*')) for j in ('1', '2')]
    assert len(files[0]) == 4
    for one, two in zip(*files, strict=True):
        assert one.read_bytes() == two.read_bytes()
    data = DATASETS.build(
        dict(
            type='HeadPoseTableDataset',
            data_root=str(tmp_path / '1'),
            ann_file='annotations.csv',
            split='train',
        )
    )
    assert [data.get_data_info(i)['subject'] for i in range(3)] == names
    expected = render_head(settings, 1).angles
    np.testing.assert_allclose(
        data.get_data_info(1)['head_angles'][0], expected, atol=1e-3
    )


def test_nothing_is_overwritten(settings, tmp_path):
    (tmp_path / 'out').mkdir()
    (tmp_path / 'out' / 'mine.txt').write_text('mine')
    with pytest.raises(FileExistsError, match='expected an absent or empty folder'):
        write_set(tmp_path / 'out', partial(_one, settings), ['ann'])
    with pytest.raises(ValueError, match='got 0 subjects and 1 jobs'):
        write_set(tmp_path / 'new', partial(_one, settings), [])
    with pytest.raises(ValueError, match='got 0 and 0'):
        MadeSettings(tmp_path, 0)


@pytest.fixture
def main(project_root):
    return runpy.run_path(str(project_root / 'tools' / 'make_heads.py'))['main']


def test_tool_renders(main, settings, tmp_path, capsys):
    head, out = str(settings.head_model), tmp_path / 'rendered'
    main(['render', head, str(out), '--count', '3', '--jobs', '1'])
    assert 'rendered: 3 pictures' in capsys.readouterr().out.replace('\n', '')
    assert len((out / 'annotations.csv').read_text().splitlines()) == 4


def test_tool_refuses_bad_tables_before_it_writes(main, settings, tmp_path):
    head, out = str(settings.head_model), tmp_path / 'out'
    table = tmp_path / 'annotations.csv'
    header = 'image,x,y,w,h,pitch,yaw,roll,split\n'
    cv2.imwrite(str(tmp_path / 'p.png'), np.zeros((10, 20, 3), np.uint8))
    for text, error, message in (
        ('image,x,y,w,h,split\n', ValueError, 'expected the columns'),
        (header + 'a.jpg,1,1,9,9,0,0,0,test\n', ValueError, "the split 'train'"),
        (header + 'a.jpg,1,1,9,9,0,0,,train\n', ValueError, 'line 2: expected numbers'),
        (header + 'a.jpg,1,1,9,9,0,0,0,train\n', FileNotFoundError, 'a.jpg: expected'),
        (header + 'p.png,1,1,9,9,0,nan,0,train\n', ValueError, 'line 2: .*20x10 pix'),
        (header + 'p.png,1,inf,9,9,0,0,0,train\n', ValueError, 'line 2: .*finite'),
        (header + 'p.png,1,1,0,9,0,0,0,train\n', ValueError, 'a box in the picture'),
        (header + 'p.png,30,1,9,9,0,0,0,train\n', ValueError, 'a box in the picture'),
        (header + 'a.jpg,1,1,9,9,,,,train\n', ValueError, 'labelled rows of the split'),
        ('split,' + header[:-7] + '\ntrain,p.png,1\n', ValueError, 'expected numbers'),
        ('\udcff', ValueError, 'expected text in UTF-8'),
    ):
        table.write_text(text, errors='surrogateescape')
        with pytest.raises(error, match=message):
            main(['profile', head, str(out), str(table)])
    assert not out.exists()


@pytest.mark.parametrize('side', ['0', '-256', 'nan', 'inf'])
def test_tool_refuses_images_without_a_size(main, capsys, side):
    with pytest.raises(SystemExit):
        main(['profile', 'head.npz', 'out', 'a.csv', f'--box-image-side={side}'])
    assert '--box-image-side: expected pixels above 0' in capsys.readouterr().err


def test_tool_reads_photographs(main, monkeypatch, tmp_path):
    monkeypatch.setattr(dlib_landmarks, 'find_landmarks', lambda _, box: box)
    table = tmp_path / 'annotations.csv'
    cv2.imwrite(str(tmp_path / 'p.png'), np.zeros((10, 20, 3), np.uint8))
    table.write_text(
        'image,x,y,w,h,pitch,yaw,roll,split\n'
        'p.png,8,4,16,8,1,2,3,train\n'
        'p.png,0,0,8,8,,,,train\n'  # a face without angles
    )
    (read,) = main.__globals__['read_photographs'](table, 'train', box_image_side=40)
    np.testing.assert_array_equal(read.landmarks, [4, 2, 8, 4])
    np.testing.assert_array_equal(read.angles, [1, 2, 3])


@pytest.mark.parametrize('name', ['zero_of_fit', 'zero_of_labels'])
def test_a_zero_that_is_no_number_is_refused(tmp_path, name):
    with pytest.raises(ValueError, match='expected finite degrees, got .*nan'):
        MadeSettings(tmp_path / 'head.npz', 1, **{name: np.nan})


def test_missing_dlib_is_named(monkeypatch):
    monkeypatch.setattr(dlib_landmarks, 'find_spec', lambda _: None)
    dlib_landmarks._predictor.cache_clear()
    with pytest.raises(
        ImportError, match=r"pip install 'bernoulli_mmpose\[profiling\]'"
    ):
        dlib_landmarks.find_landmarks(np.zeros((9, 9, 3), np.uint8), [1, 1, 5, 5])
    dlib_landmarks._predictor.cache_clear()


def _photograph(model, angles):
    """A rendered person in place of a photograph, with true landmarks."""
    rng = np.random.default_rng(1)
    mesh, landmarks = model.head_with_landmarks(Person.random(rng), rng)
    rotation, at = euler_to_matrix(angles), np.array([0.0, 0.0, 5000.0])
    intrinsics = np.array([[4000.0, 0, 150], [0, 4000.0, 150], [0, 0, 1]])
    light = Light(np.array([0.0, 0, 1]), np.zeros(3), np.ones(3), np.zeros(3))
    grey = np.full((300, 300, 3), 90, np.uint8)
    image = draw(grey, mesh, mesh.pose(rotation), at, intrinsics, light)
    seen = (landmarks @ rotation.T) * IMAGE_TO_CAMERA + at
    return image, project(seen, intrinsics)


@pytest.mark.real_data
def test_a_turned_photograph_is_the_photograph_at_its_own_pose(shared_data, tmp_path):
    model = MorphableHead(shared_data / 'ict_head.npz')
    image, landmarks = _photograph(model, (5.0, 12.0, -4.0))
    profiler = FaceProfiler(model)
    fit = profiler.fit(landmarks)
    assert geodesic_error(fit.rotation, euler_to_matrix((5.0, 12.0, -4.0))) < 6
    assert fit.error < 1.5
    rng = np.random.default_rng(0)
    face = profiler.profile(image, fit, fit.rotation, rng)
    at = np.array([*(face.middle - 150) / fit.scale, 5000.0])
    focal = 5000.0 * fit.scale
    intrinsics = np.array([[focal, 0, 150], [0, focal, 150], [0, 0, 1]])
    # The renderer's ambient light is 0.85 of itself on upright skin: undo that once.
    light = Light(np.array([0.0, 0, 1]), np.zeros(3), np.ones(3) / 0.85, np.zeros(3))
    blank = np.zeros_like(image)
    again = draw(blank, face.mesh, face.mesh.pose(fit.rotation), at, intrinsics, light)
    mask = np.zeros(image.shape[:2], np.uint8)
    cv2.fillConvexPoly(mask, cv2.convexHull(landmarks.astype(np.int32)), 1)
    inside = cv2.erode(mask, np.ones((9, 9), np.uint8)) > 0
    off = np.abs(again.astype(float) - image).mean(axis=2)[inside]
    assert np.median(off) < 8
    photograph = tmp_path / 'photo.png'
    cv2.imwrite(str(photograph), image)
    settings = MadeSettings(shared_data / 'ict_head.npz', 3)
    angles = matrix_to_euler(fit.rotation)
    pictures = profile_face(settings, Photograph(photograph, landmarks, angles), 0)
    assert len(pictures) == 3
    scrambled = Photograph(photograph, landmarks[::-1], angles)
    assert profile_face(settings, scrambled, 0) == []


def test_full_turn_is_yaw_all_the_way_round(tmp_path):
    rng = np.random.default_rng(0)
    angles = np.array([full_turn_angles(rng) for _ in range(400)])
    counts, _ = np.histogram(angles[:, 1], bins=8, range=(-180, 180))
    assert counts.min() > 30
    assert np.abs(angles[:, [0, 2]]).max() <= 75
    whole = MadeSettings(
        _save(tmp_path / 'ball.npz'), 1, full_turn=True, parametric_share=1.0
    )
    picture = render_head(whole, 0)
    assert picture.image.shape == (SIZE, SIZE, 3)
    again = render_head(whole, 0)
    np.testing.assert_array_equal(picture.image, again.image)
    assert (
        picture.image != render_head(replace(whole, full_turn=False), 0).image
    ).any()
    with pytest.raises(ValueError, match=r'parametric_share: expected .*, got 1\.5'):
        replace(whole, parametric_share=1.5)


def test_shoulders_turn_with_a_head_from_behind():
    """A shirt's side is where the shoulders' yaw puts it; the face is where it was."""
    mesh = merge([parametric_head(Person.random(np.random.default_rng(1)))])
    light = Light(np.array([0.0, 0, 1]), np.zeros(3), np.ones(3), np.zeros(3))
    grey = np.full((SIZE, SIZE, 3), 90, np.uint8)
    boxes, images = [], []
    for body_yaw in (0.0, 150.0):
        rng = np.random.default_rng(3)
        angles = np.array([0.0, 150.0, 0.0])
        drawn = picture_of(mesh, MEAN_FACE, angles, light, grey, rng, body_yaw)
        boxes.append(drawn.box)
        images.append(drawn.image.astype(float))
    np.testing.assert_allclose(boxes[0], boxes[1])
    off = np.abs(images[0] - images[1]).mean(axis=2)
    assert off[: SIZE // 3].mean() < 0.1 * off[-SIZE // 5 :].mean()
