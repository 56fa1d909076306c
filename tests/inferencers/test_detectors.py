"""Detectors of faces, and what is done where there is none."""

import importlib.util
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmengine.structures import InstanceData

from bernoulli_headpose.detectors import WholeImage, limit
from bernoulli_headpose.sources import read_picture
from bernoulli_mmpose.datasets.head_pose_table_dataset import read_table
from bernoulli_mmpose.inferencers.detectors import (
    MMDetDetector,
    MTCNNDetector,
    build_detector,
    build_mmdet,
)

IMAGE = np.zeros((48, 64, 3), np.uint8)


@pytest.fixture(scope='module')
def mtcnn() -> MTCNNDetector:
    pytest.importorskip('facenet_pytorch', reason='the extra detector')
    return MTCNNDetector()


def test_whole_image():
    boxes, scores = WholeImage()(IMAGE)
    assert boxes.tolist() == [[0, 0, 64, 48]]
    assert scores.tolist() == [1]
    assert isinstance(build_detector('none'), WholeImage)


def test_mtcnn_is_an_extra(monkeypatch):
    monkeypatch.setattr(importlib.util, 'find_spec', lambda _: None)
    with pytest.raises(ImportError, match=r'bernoulli_mmpose\[detector\]'):
        build_detector('mtcnn')


def test_the_packages_own_finds_a_head(rendered_head):
    picture = np.full((300, 500, 3), 90, np.uint8)
    picture[100:228, 250:378] = rendered_head
    ((box,), (score,)) = limit(build_detector('auto'), 0.3)(picture)
    middle = (box[:2] + box[2:]) / 2  # of the face, which is below that of the head
    np.testing.assert_allclose(middle, (250 + 66, 100 + 84), atol=8)
    assert 40 < box[2] - box[0] < 128
    assert 0.3 < score <= 1
    assert [len(part) for part in build_detector('heads')(IMAGE)] == [0, 0]


def test_a_photograph_that_lies_on_its_side_has_finite_boxes(rendered_head):
    """Whether its heads are found nobody promises."""
    picture = np.full((300, 500, 3), 90, np.uint8)
    picture[100:228, 250:378] = rendered_head
    for turn in (1, 2, 3):
        boxes, scores = build_detector('heads')(np.rot90(picture, turn).copy())
        assert boxes.shape == (len(scores), 4)
        assert np.isfinite(boxes).all()
        assert ((scores > 0) & (scores <= 1)).all()


def test_unknown_detector():
    with pytest.raises(ValueError, match="one of .*'mtcnn', 'none'.*, got 'haar'"):
        build_detector('haar')


def test_limit_keeps_what_is_a_sure_box():
    boxes = [[0, 0, 9, 9], [0, 0, 9, 9], [0, 0, np.nan, 9], [5, 5, 5, 9]]
    limited = limit(lambda _: (boxes, [0.9, 0.2, 0.9, 0.9]), 0.5)
    found, scores = limited(IMAGE)
    assert found.tolist() == [[0, 0, 9, 9]]
    assert scores.tolist() == pytest.approx([0.9])
    nothing, _ = limit(lambda _: ([], []), 0.5)(IMAGE)
    assert nothing.shape == (0, 4)


def test_limit_takes_the_detectors_own_threshold():
    """0.65 of the model heads, and 0.3 of what tells none."""

    def detect(_):
        return [[0, 0, 9, 9]] * 3, [0.2, 0.4, 0.7]

    assert len(limit(detect, None)(IMAGE)[0]) == 2
    detect.threshold = build_detector('heads').threshold
    assert len(limit(detect, None)(IMAGE)[0]) == 1
    assert len(limit(detect, 0.1)(IMAGE)[0]) == 3
    for wrong in (-1, 1.5, np.nan):
        with pytest.raises(ValueError, match='bbox_thr: expected a score of 0 to 1'):
            limit(detect, wrong)


def test_mmdet_boxes_of_the_category_without_doubles():
    box = [10.0, 10.0, 30.0, 30.0]
    found = InstanceData(
        bboxes=torch.tensor([box, [11.0, 10.0, 31.0, 30.0], box, [40.0, 0, 50, 9]]),
        scores=torch.tensor([0.6, 0.9, 0.95, 0.5]),
        labels=torch.tensor([1, 1, 0, 1]),
    )
    result = {'predictions': [SimpleNamespace(pred_instances=found)]}
    boxes, scores = MMDetDetector(lambda *_, **__: result, (1,))(IMAGE)
    assert boxes.tolist() == [[11, 10, 31, 30], [40, 0, 50, 9]]
    assert scores.tolist() == pytest.approx([0.9, 0.5])


def test_a_detector_of_mmdetection_is_built_as_mmpose_does(monkeypatch, tmp_path):
    asked = []

    def build(*args, **_):
        asked.append(args)

    monkeypatch.setattr('mmdet.apis.DetInferencer', build)
    config = tmp_path / 'faces.py'
    config.write_text("default_scope = 'mmyolo'")
    assert build_mmdet('yolox', category_ids=(3, 4)).category_ids == (3, 4)
    assert build_mmdet(str(config), 'a.pth', 2, 'cpu').category_ids == (2,)
    assert asked == [
        ('yolox', None, None, 'mmdet'),
        (str(config), 'a.pth', 'cpu', 'mmyolo'),
    ]
    assert isinstance(build_mmdet('whole_image'), WholeImage)


@pytest.mark.parametrize(
    'image',
    [
        np.zeros((240, 320, 3), np.uint8),
        np.full((240, 320, 3), 255, np.uint8),
        np.zeros((1, 1, 3), np.uint8),
        np.zeros((1, 5000, 3), np.uint8),
        np.zeros((25, 300, 3), np.uint8),
        np.random.default_rng(0).integers(0, 256, (200, 200, 3), np.uint8),
    ],
)
def test_mtcnn_finds_no_face(mtcnn, image):
    boxes, scores = mtcnn(image)
    assert boxes.shape == (0, 4)
    assert scores.shape == (0,)


def test_mtcnn_box_is_the_square_of_training(mtcnn, monkeypatch):
    found = np.array([[10, 20, 50, 110]], np.float32)  # 40 x 90: square of side 60
    monkeypatch.setattr(mtcnn, '_detect', lambda _: (found, np.ones(1, np.float32)))
    (box,), _ = mtcnn(np.zeros((1280, 640, 3), np.uint8))  # scaled by a half
    center, side = np.array([30, 65 + 60 * 0.054]), 60 * 1.035
    np.testing.assert_allclose(
        box, 2 * np.concatenate([center - side / 2, center + side / 2]), rtol=1e-5
    )


@pytest.mark.real_data
def test_mtcnn_boxes_agree_with_labels(mtcnn, shared_data):
    rows = [row for _, row in read_table(shared_data / 'genki4k' / 'annotations.csv')]
    offsets, sides = [], []
    for row in [row for row in rows if row['split'] == 'test'][:20]:
        path = shared_data / 'genki4k' / row['image']
        boxes, scores = mtcnn(read_picture(path, 'face', 'face').image)
        x, y, w, h = (float(row[name]) for name in 'xywh')
        box = boxes[np.argmax(scores)]
        offsets.append(((box[:2] + box[2:]) / 2 - [x + w / 2, y + h / 2]) / w)
        sides.append((box[2] - box[0]) / w)
    assert np.abs(np.median(offsets, axis=0)).max() < 0.05
    assert np.median(sides) == pytest.approx(1, abs=0.05)
