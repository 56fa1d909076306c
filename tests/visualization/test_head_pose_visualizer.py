"""The visualizer: heads of predictions and labels, maps, empties, channel order."""

import numpy as np
import pytest
import torch
from mmengine.structures import InstanceData, PixelData
from mmpose.datasets.datasets.utils import parse_pose_metainfo
from mmpose.registry import VISUALIZERS
from mmpose.structures import PoseDataSample, merge_data_samples

from bernoulli_headpose.rotation import euler_to_matrix
from bernoulli_mmpose.datasets import HeadPoseTableDataset
from bernoulli_mmpose.tip_keypoints import append_tips, meta_with_tips

RED, GREEN, BLUE = range(3)  # channels of an RGB image
META = parse_pose_metainfo(HeadPoseTableDataset.METAINFO)


def build(**options):
    visualizer = VISUALIZERS.get('HeadPoseVisualizer')(**options)
    visualizer.set_dataset_meta(META)
    return visualizer


def grey():
    return np.full((120, 160, 3), 90, dtype=np.uint8)


def predicted(center=(80, 60), angles=(0, 0, 0), score=0.9, tips=False):
    instances = InstanceData(
        keypoints=np.array([[center]], np.float32),
        keypoint_scores=np.array([[score]], np.float32),
        keypoints_visible=np.array([[score]], np.float32),
        head_angles=np.array([angles], np.float32),
        head_angles_std=np.ones((1, 3), np.float32),
        head_scores=np.array([score], np.float32),
        bboxes=np.array([[40, 20, 120, 100]], np.float32),
        bbox_scores=np.ones(1, np.float32),
    )
    if tips:
        append_tips(instances, 0.4)
    return instances


def labelled(angles=(0, 0, 0), valid=(1, 1, 1)):
    return InstanceData(
        keypoints=np.array([[[80, 60]]], np.float32),
        keypoints_visible=np.ones((1, 1), np.float32),
        head_angles=np.array([angles], np.float32),
        head_angles_valid=np.array([valid], np.float32),
        bboxes=np.array([[40, 20, 120, 100]], np.float32),
        bbox_scores=np.ones(1, np.float32),
    )


def draw(visualizer, pred=None, truth=None, **options):
    sample = PoseDataSample()
    if pred is not None:
        sample.pred_instances = pred
    if truth is not None:
        sample.gt_instances = truth
    return visualizer.add_datasample('image', grey(), sample, **options)


def test_axes_of_a_prediction_are_rgb_with_angles_at_the_box():
    picture = draw(build(), predicted(), draw_gt=False)
    assert picture[60, 105].argmax() == RED  # 32 pixels to the right
    assert picture[35, 80].argmax() == GREEN
    assert picture[60, 80].argmax() == BLUE
    np.testing.assert_array_equal(picture[60, 118], [90, 90, 90])
    assert picture[102:118, 42:110].max() > 180  # the text, below the box
    np.testing.assert_array_equal(picture[80, 130:], grey()[80, 130:])


def test_a_predicted_rotation_goes_before_the_angles():
    pred = predicted()
    pred.head_rotation = euler_to_matrix([(0, 180, 0)])
    picture = draw(build(), pred, draw_gt=False)
    assert picture[60, 55].argmax() == RED  # to the left, of a head from behind
    append_tips(pred, 0.4)
    np.testing.assert_allclose(pred.head_axis_tips[0, 0], (48, 60), atol=1e-4)


@pytest.mark.parametrize(
    ('options', 'cube_edge', 'axis', 'text'),
    [
        (dict(axes=False, text=False), False, False, False),
        (dict(cube=True, text=False), True, True, False),
        (dict(axes=False, cube=True), True, False, True),
    ],
)
def test_options(options, cube_edge, axis, text):
    picture = draw(build(**options), predicted(), draw_gt=False)
    assert (picture[60, 96].argmax() == BLUE) == cube_edge or axis
    assert (picture[50, 96, BLUE] > 200) == cube_edge
    assert (picture[60, 105].argmax() == RED and picture[60, 105, RED] > 200) == axis
    assert (picture[102:118, 42:110].max() > 180) == text


def test_labels_and_predictions_lie_side_by_side_labels_lighter():
    picture = draw(build(), predicted(), labelled())
    assert picture.shape == (120, 320, 3)
    truth, estimate = picture[60, 105], picture[60, 265]
    assert truth.argmax() == estimate.argmax() == RED
    assert estimate.min() < 90 < truth.min()


def test_unlabelled_and_empty_heads_are_left_out():
    plain = build(axes=False, text=False)
    nothing = labelled(angles=(np.nan,) * 3, valid=(0, 0, 0))
    for pred, truth in ((predicted(), nothing), (predicted()[:0], None)):
        picture = draw(build(), pred, truth, draw_bbox=True)
        expected = draw(plain, pred, truth, draw_bbox=True)
        half = picture[:, :160]
        np.testing.assert_array_equal(half, expected[:, :160])
    assert draw(build()).shape == (120, 320, 3)


def test_partly_labelled_head_is_drawn_with_zero_for_the_unknown():
    partly = draw(build(text=False), truth=labelled((10, 20, np.nan), (1, 1, 0)))
    whole = draw(build(text=False), truth=labelled((10, 20, 0)))
    np.testing.assert_array_equal(partly, whole)


def test_heads_below_the_threshold_are_left_out():
    weak = predicted(score=0.2)
    np.testing.assert_array_equal(draw(build(), weak, draw_gt=False), grey())
    assert (draw(build(), weak, draw_gt=False, kpt_thr=0.1) != grey()).any()


@pytest.mark.parametrize('meta', [META, meta_with_tips(META), {}])
def test_tips_among_the_keypoints_change_nothing(meta):
    visualizer = build()
    visualizer.set_dataset_meta(meta)
    first, second = (
        draw(visualizer, predicted(angles=(10, 40, 5), tips=tips), draw_gt=False)
        for tips in (False, True)
    )
    np.testing.assert_array_equal(first, second)


def with_maps(center, value):
    """One head whose maps cover the 40 x 40 pixels around a place."""
    pred = predicted(center)
    maps = np.full((1, 3, 8, 8), value, np.float32)
    pred.angle_heatmaps = maps
    pred.input_centers = np.array([center], np.float32)
    pred.input_scales = np.array([[40, 40]], np.float32)
    sample = PoseDataSample(
        metainfo=dict(
            input_center=pred.input_centers[0],
            input_scale=pred.input_scales[0],
            ori_shape=(120, 160),
        )
    )
    sample.pred_instances = pred
    sample.pred_fields = PixelData(
        heatmaps=torch.ones(2, 8, 8), angle_heatmaps=torch.from_numpy(maps[0])
    )
    return sample


def test_maps_lie_on_their_heads_below_the_picture():
    samples = [with_maps((40, 60), 0.5), with_maps((110, 60), -0.5)]
    picture = build().add_datasample(
        'image', grey(), merge_data_samples(samples), draw_gt=False, draw_heatmap=True
    )
    assert picture.shape == (240, 160, 3)
    pitch = picture[120:180, 80:]  # upper right quarter, at half size
    assert pitch[30, 20].argmax() == RED
    assert pitch[30, 55].argmax() == BLUE
    np.testing.assert_array_equal(pitch[56, 38], [90, 90, 90])


def test_maps_of_one_head_and_labels_beside():
    sample = with_maps((40, 60), 0.5)
    sample.gt_instances = labelled()
    picture = build().add_datasample('image', grey(), sample, draw_heatmap=True)
    assert picture.shape == (240, 320, 3)
    assert picture[150, 160 + 80 + 20].argmax() == RED
    assert 'angle_heatmaps' in sample.pred_fields  # the sample is left as it was
    assert sample.pred_fields.heatmaps.shape == (2, 8, 8)


def test_share_below_zero_is_refused():
    with pytest.raises(
        ValueError, match='axis_share: expected a share above 0, got -1'
    ):
        build(axis_share=-1)
