"""The exported models and those of MMPose tell the same of pictures.

Boxes that both find differ in the last bits, and a pixel of a crop may be rounded
another way for it: angles are compared in the same boxes first, and then in the own
ones of each, where one in two hundred heads was seen to differ by some hundredths of a
degree.
"""

from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
import torch

from bernoulli_headpose import HeadPose
from bernoulli_headpose.estimation.finding import LEAST_SCORE
from bernoulli_headpose.onnx import FINDER, HEAD_POSE, find_model
from bernoulli_headpose.onnx.session import open_session, run_session
from bernoulli_headpose.rotation import geodesic_error
from bernoulli_mmpose import HeadPoseInferencer, export
from bernoulli_mmpose.export import model_metadata
from bernoulli_mmpose.inferencers.loading import load_model

SETS = ('crowd', 'genki4k', 'aflw2000', 'pointing04')
_NEAR = 0.01  # degrees, pixels, scores


@pytest.fixture(scope='module')
def light() -> HeadPose:
    return HeadPose(threads=1)


@pytest.fixture(scope='module')
def full() -> HeadPoseInferencer:
    return HeadPoseInferencer(device='cpu')


def numbers(heads, key):
    return np.array([head[key] for head in heads])


def check_equal(light, full, picture) -> int:
    """Compare all that is told of a picture; returns the number of heads."""
    expected, found = full.predict(picture), light.predict(picture)
    assert len(found) == len(expected)
    if not expected:
        return 0
    boxes = numbers(expected, 'bbox')
    same = light.predict(picture, bboxes=boxes)
    assert [head.keys() for head in same] == [head.keys() for head in expected]
    for key in ('bbox', 'bbox_score', 'center', 'score'):
        theirs = numbers(expected, key)
        np.testing.assert_allclose(numbers(found, key), theirs, atol=_NEAR)
        if not key.startswith('bbox'):
            np.testing.assert_allclose(numbers(same, key), theirs, atol=_NEAR)
    rotations = numbers(expected, 'rotation')
    assert geodesic_error(numbers(same, 'rotation'), rotations).max() < _NEAR
    assert geodesic_error(numbers(found, 'rotation'), rotations).max() < 0.2
    stds = numbers(expected, 'rotation_std')
    np.testing.assert_allclose(numbers(same, 'rotation_std'), stds, atol=_NEAR)
    return len(expected)


@pytest.mark.parametrize('scale', [0.4, 1.0, 3.0])
def test_a_rendered_head(light, full, rendered_head, scale):
    picture = np.full((300, 500, 3), 90, np.uint8)
    picture[100:228, 250:378] = rendered_head
    assert check_equal(light, full, cv2.resize(picture, None, None, scale, scale)) == 1


def test_a_photograph_of_the_astronaut(light, full):
    data = pytest.importorskip('skimage.data')
    assert check_equal(light, full, data.astronaut()[..., ::-1]) == 1


def test_a_picture_in_tiles(light, full, rendered_head):
    picture = np.full((1500, 2400, 3), 90, np.uint8)
    for i, (x, y) in enumerate([(30, 40), (1200, 700), (2200, 1300), (700, 1200)]):
        side = 128 - 25 * i
        picture[y : y + side, x : x + side] = cv2.resize(rendered_head, (side, side))
    assert check_equal(light, full, picture) >= 2


@pytest.mark.real_data
@pytest.mark.parametrize('name', SETS)
def test_photographs(light, full, shared_data, name):
    folder = shared_data / name
    files = sorted(p for end in ('jpg', 'png') for p in folder.rglob(f'*.{end}'))
    if not files:
        pytest.skip(f'no pictures in {folder}')
    heads = [check_equal(light, full, p) for p in files[:: -(-len(files) // 6)]]
    assert sum(heads) >= len(heads) / 2


def noise(size) -> np.ndarray:
    return np.random.default_rng(0).standard_normal((2, 3, *size)).astype(np.float32)


def test_the_finder_is_that_of_the_shipped_checkpoint():
    model = load_model(FINDER)
    model.head.decoder.score_threshold = LEAST_SCORE
    session = open_session(find_model(FINDER), threads=1)
    graph = export.many_heads.ManyHeadsGraph(model).eval()
    _check_same_outputs(graph, session, noise((128, 96)))


def test_the_model_of_one_head_is_that_of_the_shipped_checkpoint(rendered_head):
    model = load_model(HEAD_POSE)
    session = open_session(find_model(HEAD_POSE), threads=1)
    images = cv2.resize(rendered_head, (96, 96)).transpose(2, 0, 1)[None] / 64 - 2
    graph = export.HeadPoseGraph(model).eval()
    _check_same_outputs(graph, session, images.astype(np.float32))


def _check_same_outputs(graph, session, images) -> None:
    with torch.inference_mode():
        expected = [one.numpy() for one in graph(torch.from_numpy(images))]
    found = run_session(session, images)
    assert [*found] == [*graph.outputs]
    for name, values in zip(graph.outputs, expected, strict=True):
        assert found[name].shape == values.shape
        if not name.startswith('angles'):  # which the rotation tells
            np.testing.assert_allclose(found[name], values, atol=5e-3)


@pytest.mark.parametrize('name', [HEAD_POSE, FINDER])
def test_a_shipped_file_says_what_its_checkpoint_does(name):
    model = load_model(name)
    if name == FINDER:
        model.head.decoder.score_threshold = LEAST_SCORE
    of = export.many_heads.many_heads_metadata if name == FINDER else model_metadata
    expected = of(model)
    metadata = export.read_metadata(onnx.load(find_model(name)))
    metadata.pop('package_version')  # a new one needs no other file
    assert metadata == {key: expected[key] for key in metadata}


def test_both_files_are_small():
    sizes = [Path(find_model(name)).stat().st_size for name in (HEAD_POSE, FINDER)]
    assert sum(sizes) < 16e6
