"""Pictures with sides that OpenCV cannot warp (above 32766 pixels)."""

import cv2
import numpy as np
import pytest
from seen_discs import ANGLES, draw_discs
from test_single_pass import inferencer as many_heads  # noqa: F401  (a fixture)
from test_single_pass import weights  # noqa: F401  (a fixture)

from bernoulli_headpose.drawing.canvas import cut_out, warp
from bernoulli_mmpose import HeadPoseInferencer

FAR = 39_300  # where the picture of a head is in the panorama
BOX = np.array([320.0, 50, 430, 150])


@pytest.fixture(scope='module')
def inferencer() -> HeadPoseInferencer:
    return HeadPoseInferencer(device='cpu', detector='none')


@pytest.fixture(scope='module')
def head() -> np.ndarray:
    noise = np.random.default_rng(0).integers(0, 256, (12, 16, 3), np.uint8)
    picture = np.full((200, 700, 3), 90, np.uint8)
    picture[40:160, 300:460] = cv2.resize(noise, (160, 120))
    return picture


@pytest.fixture(scope='module')
def panorama(head) -> np.ndarray:
    picture = np.full((200, 40_000, 3), 90, np.uint8)
    picture[:, FAR:] = head
    return picture


def test_a_head_of_a_panorama_is_that_of_its_part(inferencer, head, panorama):
    (expected,) = inferencer.predict(head, BOX)
    (found,) = inferencer.predict(panorama, BOX + [FAR, 0, FAR, 0])
    found['center'][0] -= FAR
    found['bbox'] = (np.array(found['bbox']) - [FAR, 0, FAR, 0]).tolist()
    assert found.keys() == expected.keys()
    for key, value in expected.items():
        np.testing.assert_allclose(found[key], value, atol=1e-2)


def test_its_crop_and_its_drawing(inferencer, head, panorama):
    box = BOX + [FAR, 0, FAR, 0]
    (expected,), (found,) = (
        inferencer.predict_maps(head, BOX),
        inferencer.predict_maps(panorama, box),
    )
    np.testing.assert_array_equal(found.crop, expected.crop)
    (result,) = inferencer(panorama, bboxes=box, return_vis=True)
    changed = (result['visualization'][0] != panorama[:, :, ::-1]).any(axis=(0, 2))
    assert changed[FAR:].any()
    assert not changed[:FAR].any()


@pytest.mark.parametrize('shape', [(200, 40_000), (40_000, 3), (1, 100_000)])
def test_a_whole_picture(inferencer, shape):
    (head,) = inferencer.predict(np.full((*shape, 3), 90, np.uint8))
    assert head['bbox'] == [0, 0, shape[1], shape[0]]
    np.testing.assert_array_less(np.abs(head['center']), 2 * max(shape))


def test_all_heads_in_one_pass(many_heads):  # noqa: F811
    image = draw_discs((40_000, 40), [(10_000, 20, 30)])
    (head,) = many_heads.predict(image)
    assert head['center'] == pytest.approx((10_000, 20), abs=2)
    assert [head[k] for k in ('pitch', 'yaw', 'roll')] == pytest.approx(ANGLES)


def test_warp_of_a_large_picture(panorama):
    matrix = np.array([[0.5, 0.1, -0.5 * FAR], [-0.1, 0.5, 0.1 * FAR]])
    near = matrix.copy()
    near[:, 2] += matrix[:, :2] @ [FAR - 500, 0]
    expected = warp(panorama[:, FAR - 500 :], near, (200, 100))
    found = warp(panorama, matrix, (200, 100))
    assert expected.std() > 10
    assert np.abs(found.astype(int) - expected).mean() < 0.1


def test_cut_out_scales_what_is_still_too_large():
    gradient = np.arange(80_000) * 255 // 80_000
    picture = np.repeat(gradient.astype(np.uint8)[None, :, None], 3, axis=2)
    cut = cut_out(picture, [0, 0, 80_000, 1])
    assert cut.image.shape == (1, 32_766, 3)
    middle = cut.to_cut([40_000, 0])
    assert cut.image[0, round(middle[0]), 0] == picture[0, 40_000, 0]
    np.testing.assert_allclose(cut.to_picture(middle), [40_000, 0])
