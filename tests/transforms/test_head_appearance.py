"""Pictures spoilt for training: what changes, what stays, and errors."""

import cv2
import numpy as np
import pytest
from mmpose.registry import TRANSFORMS

from bernoulli_headpose.rotation import euler_to_matrix
from bernoulli_mmpose.transforms import head_appearance


def build(kind, **arguments):
    return TRANSFORMS.build(dict(type=kind, **arguments))


def crop():
    y, x = np.mgrid[:64, :48]
    return np.stack([4 * x, 3 * y, 255 - 2 * (x + y)], -1).astype(np.uint8)


def head(angles=(0, 0, 0), valid=(1, 1, 1)):
    return dict(
        img=np.full((200, 200, 3), 128, np.uint8),
        bbox=np.array([[10.0, 10.0, 190.0, 190.0]], np.float32),
        head_rotation=euler_to_matrix([angles]).astype(np.float32),
        head_angles_valid=np.array([valid], np.float32),
    )


def changed(results):
    """Places (x, y) of the pixels that are no longer as they were."""
    return np.argwhere((results['img'] != 128).any(-1))[:, ::-1]


def test_degraded_crops_keep_their_form():
    np.random.seed(0)
    step = build('PictureDegradation', prob=0.5)
    results = [step(dict(img=crop()))['img'] for _ in range(60)]
    assert {(image.shape, image.dtype) for image in results} == {
        ((64, 48, 3), np.dtype('uint8'))
    }
    assert len({image.tobytes() for image in results}) > 50
    same = build('PictureDegradation', prob=0)(dict(img=crop()))['img']
    np.testing.assert_array_equal(same, crop())


def detail(image):
    """How much neighbouring pixels differ."""
    return cv2.Laplacian(image.astype(np.float32), cv2.CV_32F).std()


def keeps_order(after, before):
    """Whether levels become others, and none that is darker the lighter."""
    levels = after.ravel()[before.ravel().argsort(kind='stable')].astype(int)
    return (after != before).mean() > 0.3 and (np.diff(levels) >= 0).all()


STEPS = {
    '_grey': lambda after, _: (np.ptp(after.astype(int), axis=2) == 0).all(),
    '_change_gamma': keeps_order,
    '_shrink': lambda after, before: detail(after) < 0.95 * detail(before),
    '_blur': lambda after, before: detail(after) < 0.8 * detail(before),
    '_add_noise': lambda after, before: detail(after) > 1.01 * detail(before),
    '_compress': lambda after, before: 0.5 < np.abs(after - before).mean() < 60,
}


@pytest.mark.parametrize('name', STEPS)
def test_each_step_does_what_it_says(name, monkeypatch):
    for other in STEPS.keys() - {name}:
        owner = head_appearance
        if not hasattr(owner, other):
            owner = head_appearance.PictureDegradation
        # Functions have the picture first, the method has it second.
        place = 0 if owner is head_appearance else 1
        monkeypatch.setattr(owner, other, lambda *given, i=place: given[i])
    step = build('PictureDegradation', prob=1)
    noise = np.random.default_rng(0).integers(0, 256, (64, 48, 3), np.uint8)
    before = cv2.GaussianBlur(noise, (0, 0), 0.8)
    for _ in range(10):
        after = step(dict(img=before))['img']
        assert STEPS[name](after.astype(float), before.astype(float))


@pytest.mark.parametrize(
    ('image', 'got'),
    [
        (crop()[..., 0], r'uint8 \(64, 48\)'),
        (crop()[..., :1], r'uint8 \(64, 48, 1\)'),
        (crop().astype(np.float32), r'float32 \(64, 48, 3\)'),
    ],
)
def test_a_crop_of_another_kind_is_named(image, got):
    step = build('PictureDegradation', prob=0)  # whichever steps are drawn
    with pytest.raises(ValueError, match=rf'expected an img of uint8 .*, got {got}'):
        step(dict(img=image))


def test_a_crop_is_degraded_in_place_of_none_other():
    before = crop()
    build('PictureDegradation', prob=1)(dict(img=before))
    np.testing.assert_array_equal(before, crop())


def test_numpys_seed_repeats_what_is_drawn():
    step = build('PictureDegradation', prob=0.5)
    draws = []
    for _ in range(2):
        np.random.seed(4)
        draws.append(step(dict(img=crop()))['img'])
    np.testing.assert_array_equal(*draws)


@pytest.mark.parametrize(
    ('arguments', 'rows'),
    [
        (dict(mask_prob=1, glasses_prob=0), (0.25, 1.0)),
        (dict(mask_prob=0, glasses_prob=1), (0.0, 0.5)),
        (dict(mask_prob=0, glasses_prob=0, hat_prob=1), (-0.9, 0.2)),
    ],
)
def test_a_covering_lies_on_its_part_of_the_face(arguments, rows):
    # A face of 100 pixels from 50 to 150: the box has 0.4 of it more on each side.
    places = changed(build('FaceCovering', **arguments)(head()))
    assert len(places) > 500
    low, high = places.min(0), places.max(0)
    assert low[0] + high[0] == pytest.approx(200, abs=2)  # as far left as right
    assert 50 + 100 * rows[0] - 5 <= low[1] < high[1] <= 50 + 100 * rows[1] + 5


@pytest.mark.parametrize(('yaw', 'side'), [(50, -1), (-50, 1)])
def test_a_covering_turns_with_the_head(yaw, side):
    step = build('FaceCovering', mask_prob=1, glasses_prob=0)
    places = changed(step(head((0, yaw, 0))))
    assert np.sign(places[:, 0].mean() - 100) == side


@pytest.mark.parametrize(
    'record', [head((0, 120, 0)), head(valid=(1, 1, 0)), dict(img=head()['img'])]
)
def test_what_shows_no_face_stays(record):
    step = build('FaceCovering', mask_prob=1, glasses_prob=1)
    assert not len(changed(step(dict(record))))


@pytest.mark.parametrize(
    ('kind', 'arguments', 'message'),
    [
        ('PictureDegradation', dict(prob=1.5), 'prob: expected 0 to 1, got 1.5'),
        ('PictureDegradation', dict(smallest=0), 'smallest: expected 1 or more'),
        ('PictureDegradation', dict(smallest=np.nan), 'smallest: expected 1 or more'),
        ('FaceCovering', dict(mask_prob=-1), 'mask_prob: expected 0 to 1, got -1'),
        ('FaceCovering', dict(margin=-1), 'margin: expected a share of -0.5 to 10'),
    ],
)
def test_arguments_are_checked(kind, arguments, message):
    with pytest.raises(ValueError, match=message):
        build(kind, **arguments)
