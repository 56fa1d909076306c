"""The estimator: tips in what inferencers write, nothing new in what metrics see."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.runner import Runner
from mmengine.structures import InstanceData
from mmpose.apis import MMPoseInferencer
from mmpose.datasets.datasets.utils import parse_pose_metainfo
from mmpose.registry import MODELS
from mmpose.structures import PoseDataSample

from bernoulli_headpose.drawing import tips_to_angles
from bernoulli_mmpose.datasets import HeadPoseTableDataset

CONFIGS = Path(__file__).parents[2] / 'configs'
ANGLES = (18.0, -108.0, 27.0)


def load_config(name='bernoulli_hrnet-small_pointing04_genki4k'):
    return Config.fromfile(CONFIGS / f'{name}.py')


def build(num_keypoints=1, **test_cfg):
    config = load_config().model
    config.head.num_keypoints = num_keypoints
    config.test_cfg.update(test_cfg)
    return MODELS.build(config).eval()


def samples(count, labelled_keypoints=None):
    """Samples of crops of 100 x 100 pixels around (200, 150)."""
    made = []
    for _ in range(count):
        sample = PoseDataSample(
            metainfo=dict(
                input_center=np.array([200.0, 150.0]),
                input_scale=np.array([100.0, 100.0]),
                input_size=(64, 64),
                flip_indices=[*range(labelled_keypoints or 1)],
            )
        )
        sample.gt_instances = InstanceData(
            bboxes=np.array([[160, 110, 240, 190]], np.float32),
            bbox_scores=np.ones(1, np.float32),
        )
        if labelled_keypoints:
            zeros = np.zeros((1, labelled_keypoints, 2), np.float32)
            sample.gt_instances.keypoints = zeros
        made.append(sample)
    return made


def predict(model, batch):
    with torch.no_grad():
        return model.predict(torch.randn(len(batch), 3, 64, 64), batch)


def test_inferencers_samples_get_tips_at_the_head_centre():
    heads = predict(build(), samples(2))
    for head in (sample.pred_instances for sample in heads):
        assert head.keypoints.shape == (1, 4, 2)
        assert head.keypoint_scores.shape == head.keypoints_visible.shape == (1, 4)
        angles = tips_to_angles(head.keypoints[:, 0], head.keypoints[:, 1:])
        np.testing.assert_allclose(angles, head.head_angles, atol=1e-4)


@pytest.mark.parametrize('count', [1, 3])
def test_labelled_samples_keep_the_models_own_keypoints(count):
    (sample,) = predict(build(count), samples(1, labelled_keypoints=count))
    assert sample.pred_instances.keypoints.shape == (1, count, 2)
    assert 'head_axis_tips' not in sample.pred_instances


def test_own_keypoints_are_those_of_the_stock_estimator():
    torch.manual_seed(0)
    ours = build(flip_test=False)
    config = load_config().model
    config.update(type='TopdownPoseEstimator')
    config.test_cfg = dict(flip_test=False)
    stock = MODELS.build(config).eval()
    stock.load_state_dict(ours.state_dict())
    inputs = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        (first,), (second,) = (m.predict(inputs, samples(1)) for m in (ours, stock))
    names = {'keypoints', 'keypoint_scores', 'keypoints_visible', 'head_axis_tips'}
    for name in set(first.pred_instances.keys()) - names:
        expected = second.pred_instances[name]
        np.testing.assert_array_equal(first.pred_instances[name], expected)
    expected = second.pred_instances.keypoints
    np.testing.assert_array_equal(first.pred_instances.keypoints[:, :1], expected)


def test_maps_come_with_their_place():
    (sample,) = predict(build(), samples(1))
    assert 'angle_heatmaps' not in sample.pred_instances
    (sample,) = predict(build(output_heatmaps=True), samples(1))
    head = sample.pred_instances
    assert head.angle_heatmaps.shape == (1, 3, 16, 16)
    np.testing.assert_array_equal(head.input_centers, [[200, 150]])
    np.testing.assert_array_equal(head.input_scales, [[100, 100]])
    assert sample.pred_fields.heatmaps.shape == (2, 16, 16)


def test_meta_information_has_tips_only_with_tips():
    meta = parse_pose_metainfo(HeadPoseTableDataset.METAINFO)
    for share, count in ((0.4, 4), (None, 1)):
        model = build(axis_tip_share=share)
        model.dataset_meta = meta
        assert len(model.dataset_meta['keypoint_colors']) == count
        assert model.dataset_meta['flip_indices'] == [0]


@pytest.mark.parametrize(
    ('count', 'changes', 'message'),
    [
        (1, dict(axis_tip_share=0), 'axis_tip_share: expected a share above 0, got 0'),
        (
            3,
            dict(output_keypoint_indices=[0, 1]),
            r'head centre, 2, at the end, got \[0, 1\]',
        ),
    ],
)
def test_bad_settings_are_refused(count, changes, message):
    with pytest.raises(ValueError, match=message):
        build(count, **changes)


def test_values_that_are_no_angles_are_refused():
    config = load_config().model
    config.head.decoder.value_names = ['size']
    config.head.decoder.flip_signs = [1]
    with pytest.raises(ValueError, match=r"head whose values are .*got \('size',\)"):
        MODELS.build(config)


@pytest.fixture
def inferencer(tmp_path):
    """MMPose's inferencer of a model that says the same angles everywhere."""

    def make(visualizer='HeadPoseVisualizer'):
        config = load_config()
        config.model.test_cfg.flip_test = False
        config.visualizer.type = visualizer
        config.visualizer.name = f'{tmp_path.name}_{visualizer}'
        model = MODELS.build(config.model)
        torch.nn.init.zeros_(model.head.final_layer.weight)
        bias = torch.tensor([0.9, *(angle / 90 for angle in ANGLES)])
        model.head.final_layer.bias.data.copy_(bias)
        path = tmp_path / 'model.pth'
        torch.save(dict(state_dict=model.state_dict(), meta={}), path)
        return MMPoseInferencer(pose2d=config, pose2d_weights=str(path), device='cpu')

    return make


def write_photo(folder, name='photo.png'):
    path = folder / name
    cv2.imwrite(str(path), np.full((90, 120, 3), 80, np.uint8))
    return str(path)


def test_stock_inferencers_json_tells_the_angles(inferencer, tmp_path):
    out = tmp_path / 'predictions'
    (result,) = inferencer()(
        write_photo(tmp_path), pred_out_dir=str(out), return_vis=True
    )
    (head,) = json.loads((out / 'photo.json').read_text())
    assert len(head['keypoint_scores']) == 4
    *_, center, x, y, z = head['keypoints']
    angles = tips_to_angles(center, [x, y, z])
    np.testing.assert_allclose(angles, ANGLES, atol=1e-3)
    assert (result['visualization'][0] != 80).any()


@pytest.mark.parametrize('visualizer', ['HeadPoseVisualizer', 'PoseLocalVisualizer'])
@pytest.mark.parametrize('heatmap', [False, True])
def test_pictures_of_either_visualizer(inferencer, tmp_path, visualizer, heatmap):
    options = dict(return_vis=True, draw_bbox=True, draw_heatmap=heatmap)
    (result,) = inferencer(visualizer)(write_photo(tmp_path), **options)
    (picture,) = result['visualization']
    assert picture.shape == (90 * (1 + heatmap), 120, 3)
    assert (picture[:90].reshape(-1, 3) != 80).any(axis=1).sum() > 50


def test_video_of_the_stock_inferencer(inferencer, tmp_path):
    path = str(tmp_path / 'clip.avi')
    codec = cv2.VideoWriter_fourcc(*'MJPG')
    writer = cv2.VideoWriter(path, codec, 5, (64, 48))
    for _ in range(3):
        writer.write(np.full((48, 64, 3), 80, np.uint8))
    writer.release()
    out = tmp_path / 'out'
    assert len([*inferencer()(path, out_dir=str(out))]) == 3
    frames = json.loads((out / 'predictions' / 'clip.json').read_text())
    assert [frame['frame_id'] for frame in frames] == [0, 1, 2]
    _, *tips = frames[2]['instances'][0]['keypoints']
    angles = tips_to_angles(frames[2]['instances'][0]['keypoints'][0], tips)
    np.testing.assert_allclose(angles, ANGLES, atol=1e-3)


@pytest.mark.slow
def test_hook_writes_pictures_to_tensorboard_in_training_and_testing(tmp_path):
    accumulator = pytest.importorskip(
        'tensorboard.backend.event_processing.event_accumulator'
    )
    rows = ['image,x,y,w,h,pitch,yaw,roll,subject,split']
    for index, split in enumerate(('train', 'train', 'test', 'test')):
        write_photo(tmp_path, f'{index}.png')
        rows.append(f'{index}.png,20,20,50,50,5,{10 * index},,s{index},{split}')
    (tmp_path / 'annotations.csv').write_text('\n'.join(rows) + '\n')
    config = load_config('bernoulli_hrnet-small_genki4k')
    for name in ('train', 'val', 'test'):
        loader = config[f'{name}_dataloader']
        loader.dataset.data_root = str(tmp_path)
        loader.update(batch_size=2, num_workers=0)
    config.train_cfg.update(max_epochs=1, val_interval=1)
    config.model.test_cfg.output_heatmaps = True
    config.default_hooks.visualization.update(enable=True, interval=1, kpt_thr=-9)
    config.visualizer.vis_backends = [dict(type='TensorboardVisBackend')]
    config.work_dir = str(tmp_path / 'work')
    config.experiment_name = config.visualizer.name = tmp_path.name
    runner = Runner.from_cfg(config)
    runner.train()
    runner.test()
    runner.visualizer.close()
    events = (tmp_path / 'work').rglob('events.out*')
    (folder,) = {path.parent for path in events}
    reader = accumulator.EventAccumulator(str(folder))
    reader.Reload()
    assert set(reader.Tags()['images']) == {'val_img', 'test_img'}
    assert len(reader.Images('test_img')) == 2
    encoded = np.frombuffer(reader.Images('val_img')[0].encoded_image_string, np.uint8)
    picture = cv2.imdecode(encoded, cv2.IMREAD_COLOR)
    assert picture.shape == (180, 120, 3)  # the image, and the maps below it
    assert (picture[:90] != 80).any()


@pytest.mark.real_data
def test_json_of_real_photographs(inferencer, shared_data, tmp_path):
    paths = sorted((shared_data / 'aflw2000').glob('*.jpg'))[:2]
    run = inferencer()
    for _ in run([*map(str, paths)], pred_out_dir=str(tmp_path / 'out')):
        pass
    for path in paths:
        (head,) = json.loads((tmp_path / 'out' / f'{path.stem}.json').read_text())
        center, *tips = head['keypoints']
        np.testing.assert_allclose(tips_to_angles(center, tips), ANGLES, atol=1e-3)


def build_with_autocast(name):
    codec = dict(
        type='BernoulliHeatmap', input_size=(64, 64), heatmap_size=(16, 16), radius=5
    )
    return MODELS.build(
        dict(
            type='TopdownHeadPoseEstimator',
            backbone=dict(type='ChannelwiseHRNet', arch='w18_small_v1', in_channels=3),
            train_cfg=dict(autocast=name),
            head=dict(type='BernoulliHead', in_channels=16, decoder=codec),
        )
    )


@pytest.mark.parametrize('name', ['bfloat16', None])
def test_autocast_computes_in_fewer_bits_in_training_only(name):
    model = build_with_autocast(name)
    seen = []
    model.backbone.conv1.register_forward_hook(lambda *a: seen.append(a[2].dtype))
    images = torch.rand(2, 3, 64, 64)
    for mode in (True, False):
        model.train(mode)
        (maps, *_) = model.extract_feat(images)
        assert maps.dtype == torch.float32
    assert seen == [getattr(torch, name or 'float32'), torch.float32]


def test_autocast_of_a_backbone_with_a_single_map():
    model = build_with_autocast('bfloat16').train()
    model.backbone = torch.nn.Conv2d(3, 4, 3)
    maps = model.extract_feat(torch.rand(2, 3, 8, 8))
    assert (maps.shape, maps.dtype) == ((2, 4, 6, 6), torch.float32)


def test_autocast_on_a_processor_lays_maps_channels_last():
    model = build_with_autocast('bfloat16')
    layouts = []
    model.backbone.conv1.register_forward_hook(
        lambda _, __, out: layouts.append(
            out.is_contiguous(memory_format=torch.channels_last)
        )
    )
    for training in (True, False):
        model.train(training).extract_feat(torch.rand(2, 3, 64, 64))
    assert layouts == [True, False]


def test_unknown_autocast():
    with pytest.raises(
        ValueError, match="expected 'bfloat16' or 'float16', got 'bf16'"
    ):
        build_with_autocast('bf16')
