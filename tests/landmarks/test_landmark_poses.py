"""The landmark baseline: known faces come back, failures are counted and scored."""

import cv2
import numpy as np
import pytest
from baselines import dlib_landmarks
from baselines.landmark_poses import head_box, predict_by_landmarks
from mmpose.registry import DATASETS

from bernoulli_headpose.rotation import IMAGE_TO_CAMERA, euler_to_matrix
from bernoulli_mmpose.evaluation import read_results
from bernoulli_mmpose.evaluation.results import PREDICTED
from bernoulli_mmpose.landmarks import PoseLimits
from bernoulli_mmpose.landmarks.mean_face import MEAN_FACE

# Image, label; the third is of another pose than its picture, the last has no roll.
LABELS = ['0,10,20,-5', '1,0,-40,10', '2,0,0,30', '3,5,25,']
SHOWN = [(10, 20, -5), (0, -40, 10), (0, 0, 10), (5, 25, 8)]


@pytest.fixture
def table(tmp_path):
    """A data set of grey pictures, whose grey is their number."""
    rows = ['image,pitch,yaw,roll,x,y,w,h,subject']
    for index, row in enumerate(LABELS):
        name, labels = row.split(',', 1)
        rows.append(f'{name}.png,{labels},150,100,100,100,s{index}')
        image = np.full((300, 400, 3), index, np.uint8)
        cv2.imwrite(str(tmp_path / f'{index}.png'), image)
    (tmp_path / 'heads.csv').write_text('\n'.join(rows) + '\n')

    def build(**options):
        config = dict(
            type='HeadPoseTableDataset',
            data_root=str(tmp_path),
            ann_file='heads.csv',
            test_mode=True,
        )
        return DATASETS.build({**config, **options})

    return build


@pytest.fixture
def finder(face):
    """Landmarks of the pose that a picture stands for; notes the boxes it gets."""

    def find(image, box):
        find.boxes.append(list(box))
        return face(SHOWN[image[0, 0, 0]])

    find.boxes = []
    return find


def test_known_faces_come_back(table, finder):
    found = predict_by_landmarks(table(margin=0.4), finder)
    assert found.failures == {}
    angles = [sample['pred_instances']['head_angles'][0] for sample in found.samples]
    np.testing.assert_allclose(angles, SHOWN, atol=0.2)
    figures = found.evaluate()
    assert figures['head_pose/n'] == 4
    # Of roll: 0, 0, 20 and one that has no label, whose geodesic error is without it.
    assert figures['head_pose/mae_roll'] == pytest.approx(20 / 3, abs=0.1)
    assert figures['head_pose/heads/mae_yaw'] == pytest.approx(0, abs=0.1)
    assert figures['head_pose/geodesic_mean'] == pytest.approx(20 / 4, abs=0.1)


def test_landmarks_with_their_depth_come_back_from_all_sides(table):
    def find(image, _box):
        pose = euler_to_matrix([10, 50 * image[0, 0, 0], -5])
        return 200 + 0.7 * MEAN_FACE @ pose.T * IMAGE_TO_CAMERA

    found = predict_by_landmarks(table(), find)
    assert found.failures == {}
    angles = [sample['pred_instances']['head_angles'][0] for sample in found.samples]
    np.testing.assert_allclose(angles, [[10, 50 * i, -5] for i in range(4)], atol=1e-6)


@pytest.mark.parametrize('margin', [0.0, 0.4])
def test_the_finder_gets_the_heads_box_without_margin(table, finder, margin):
    predict_by_landmarks(table(margin=margin), finder)
    np.testing.assert_allclose(finder.boxes, [[150, 100, 100, 100]] * 4)


def test_head_box():
    np.testing.assert_allclose(head_box([-10, 0, 170, 90], 0.4), [30, 20, 100, 50])


def test_failures_count_with_the_guess_and_score_0(table, finder, tmp_path):
    def failing(image, box):
        if image[0, 0, 0] == 0:
            return None
        points = finder(image, box)
        broken = image[0, 0, 0] == 1
        return np.roll(points, 20, axis=0) if broken else points

    limits = PoseLimits(largest_error=0.05)
    found = predict_by_landmarks(table(), failing, limits, guess=(1, 2, 3))
    refused = 'reprojection error above 0.05 of the face'
    assert found.reasons == ['no landmarks found', refused, '', '']
    assert found.failures == {'no landmarks found': 1, refused: 1}
    dump = tmp_path / 'out' / 'landmarks.csv'
    everyone = found.evaluate(dump_file=str(dump))
    # Errors of yaw: 18 and 42 of the guesses, 0 and 0.
    assert everyone['head_pose/mae_yaw'] == pytest.approx(15, abs=0.1)
    posed = found.evaluate(with_guesses=False)
    assert posed['head_pose/n'] == 2
    assert posed['head_pose/mae_yaw'] == pytest.approx(0, abs=0.1)
    results = read_results(dump)
    assert results['score'].tolist() == [0, 0, 1, 1]
    np.testing.assert_allclose(results[PREDICTED][:2], [[1, 2, 3]] * 2)
    assert results['subject'].tolist() == ['s0', 's1', 's2', 's3']


def test_data_sets_add_up(table, finder):
    both = [
        predict_by_landmarks(table(dataset_name=name), finder) for name in ('a', 'b')
    ]
    figures = (both[0] + both[1]).evaluate()
    assert figures['head_pose/n'] == 8
    assert figures['head_pose/a/n'] == figures['head_pose/b/n'] == 4


@pytest.mark.parametrize(
    ('options', 'guess', 'message'),
    [
        (dict(region='image'), (0, 0, 0), "of head boxes, 'head', got 'image'"),
        ({}, (0, np.nan, 0), 'guess: expected three finite angles'),
        ({}, (0, 0), 'guess: expected three finite angles'),
    ],
)
def test_wrong_arguments(table, finder, options, guess, message):
    with pytest.raises(ValueError, match=message):
        predict_by_landmarks(table(**options), finder, guess=guess)


@pytest.mark.parametrize('shape', [(34, 2), (68, 4)])
def test_a_finder_of_other_landmarks_is_told(table, shape):
    with pytest.raises(ValueError, match=r'0\.png: expected landmarks \(68, 2\)'):
        predict_by_landmarks(table(), lambda *_: np.zeros(shape))


def test_an_unreadable_image_is_named(table, finder, tmp_path):
    dataset = table()
    (tmp_path / '2.png').write_bytes(b'')
    with pytest.raises(ValueError, match=r'2\.png: expected an image'):
        predict_by_landmarks(dataset, finder)


@pytest.mark.parametrize('box', [[-200, 50, 80, 80], [50, -200, 80, 80]])
def test_nothing_is_searched_outside_the_image(monkeypatch, box):
    monkeypatch.setattr(dlib_landmarks, '_detector', lambda: pytest.fail('searched'))
    image = np.full((200, 200, 3), 128, np.uint8)
    assert dlib_landmarks.find_detected_landmarks(image, box) is None


def test_a_box_without_a_face():
    pytest.importorskip('dlib')
    image = np.full((200, 200, 3), 128, np.uint8)
    assert dlib_landmarks.find_detected_landmarks(image, [50, 50, 80, 80]) is None
    assert dlib_landmarks.find_detected_landmarks(image, [500, 50, 80, 80]) is None


@pytest.mark.real_data
@pytest.mark.parametrize('detect', [False, True])
def test_frontal_heads_of_genki4k(shared_data, detect):
    pytest.importorskip('face_recognition_models')
    dataset = DATASETS.build(
        dict(
            type='HeadPoseTableDataset',
            data_root=str(shared_data / 'genki4k'),
            ann_file='annotations.csv',
            split='test',
            margin=0.4,
            indices=40,
            test_mode=True,
        )
    )
    finders = [dlib_landmarks.find_detected_landmarks] if detect else []
    found = predict_by_landmarks(dataset, *finders)
    assert sum(found.failures.values()) <= 2
    figures = found.evaluate(with_guesses=False)
    assert figures['head_pose/mae_yaw'] < 6
    assert figures['head_pose/mae_roll'] < 3
