"""tools/onnx_example.py: numpy, OpenCV and onnxruntime give the model's angles."""

import csv
import re
import runpy

import cv2
import numpy as np
import onnx
import pytest
from mmpose.apis import inference_topdown, init_model
from mmpose.structures.bbox import get_warp_matrix

from bernoulli_headpose.rotation import euler_to_matrix
from bernoulli_mmpose import export

NUMBER = r'(-?\d+\.\d+)'
LIMITS = dict(angles=1e-2, angles_std=1e-2, center=0.01, score=1e-3)


@pytest.fixture(scope='module')
def example(project_root):
    return runpy.run_path(str(project_root / 'tools' / 'onnx_example.py'))


@pytest.fixture(scope='module')
def model(config, checkpoint):
    return init_model(str(config), str(checkpoint), device='cpu')


@pytest.fixture(scope='module')
def onnx_file(model, tmp_path_factory):
    path = tmp_path_factory.mktemp('onnx') / 'model.onnx'
    export.save_onnx(export.model_to_onnx(model), path)
    return path


def run_example(example, capsys, *words):
    """What it prints, as arrays."""
    capsys.readouterr()
    example['main'](*map(str, words))
    text = capsys.readouterr().out
    rows = re.findall(rf'(pitch|yaw|roll) {NUMBER} \+- {NUMBER} degrees', text)
    x, y, score = re.search(
        rf'center {NUMBER} {NUMBER} .* score {NUMBER}', text
    ).groups()
    assert [name for name, *_ in rows] == ['pitch', 'yaw', 'roll']
    numbers = np.array([row[1:] for row in rows], dtype=float).T
    matrix = re.findall(r'rotation ([+-]\S+) (\S+) (\S+)$', text, re.MULTILINE)
    expected = euler_to_matrix(numbers[0])
    np.testing.assert_allclose(np.array(matrix, float), expected, atol=1e-4)
    found = dict(angles=numbers[0], angles_std=numbers[1], score=float(score))
    return {**found, 'center': np.array([x, y], dtype=float)}


def assert_equals_mmpose(found, model, path, box):
    """MMPose's own pipeline and model on the box with a margin of 0.4."""
    size = box[2:] - box[:2]
    crop = np.concatenate([box[:2] - 0.4 * size, box[2:] + 0.4 * size])
    (sample,) = inference_topdown(model, str(path), crop[None].astype(np.float32))
    head = sample.pred_instances
    expected = dict(
        angles=head.head_angles[0],
        angles_std=head.head_angles_std[0],
        center=head.keypoints[0, 0],
        score=head.head_scores[0],
    )
    for name, limit in LIMITS.items():
        np.testing.assert_allclose(found[name], expected[name], atol=limit, rtol=0)


@pytest.mark.parametrize(
    'box', [(20, 10, 70, 60), (35.5, 20.25, 60, 70), (-20, -10, 50, 30)]
)
def test_equals_the_model(example, model, onnx_file, image_folder, capsys, box):
    path = image_folder / '03.png'
    found = run_example(example, capsys, onnx_file, path, *box)
    assert_equals_mmpose(found, model, path, np.array(box, dtype=float))


def test_a_rotation_of_the_models_own_is_shown(
    example, onnx_file, image_folder, tmp_path, capsys
):
    proto = onnx.load(str(onnx_file))
    outputs = dict(
        rotation=euler_to_matrix([(0, 180, 0)]).astype(np.float32),
        rotation_std=np.float32([7.5]),
    )
    for name, value in outputs.items():
        tensor = onnx.numpy_helper.from_array(value)
        node = onnx.helper.make_node('Constant', [], [name], value=tensor)
        proto.graph.node.append(node)
        shown = onnx.helper.make_tensor_value_info(name, 1, value.shape)
        proto.graph.output.append(shown)
    path = tmp_path / 'turned.onnx'
    onnx.save(proto, str(path))
    example['main'](str(path), str(image_folder / '03.png'), '20', '10', '70', '60')
    lines = capsys.readouterr().out.splitlines()
    rows = [line.split() for line in lines if line.startswith('rotation')]
    numbers = np.array([row[1:] for row in rows[:3]], float)
    np.testing.assert_allclose(numbers, np.diag([-1, 1, -1]), atol=1e-4)
    assert rows[3:] == [['rotation', '+-', '7.5000', 'degrees']]


@pytest.mark.real_data
def test_equals_the_model_on_real_images(
    example, model, onnx_file, shared_data, capsys
):
    folder = shared_data / 'genki4k'
    with (folder / 'annotations.csv').open(newline='') as stream:
        rows = [row for row in csv.DictReader(stream) if row['split'] == 'test'][::40]
    assert len(rows) >= 10
    for row in rows[:10]:
        x, y, w, h = (float(row[key]) for key in 'xywh')
        box = np.array([x, y, x + w, y + h])
        found = run_example(example, capsys, onnx_file, folder / row['image'], *box)
        assert_equals_mmpose(found, model, folder / row['image'], box)


@pytest.mark.parametrize('size', [(64, 64), (128, 96), (96, 128)])
@pytest.mark.parametrize('box', [(10, 20, 50, 90), (0.5, 3.25, 300, 100.75)])
def test_crop_is_that_of_mmpose(example, size, box):
    """GetBBoxCenterScale and TopdownAffine, for inputs of any shape."""
    from mmpose.datasets.transforms import TopdownAffine

    matrix, corner, scale = example['crop_matrix'](box, 0.0, size)
    low, high = np.array(box[:2], np.float32), np.array(box[2:], np.float32)
    fixed = TopdownAffine._fix_aspect_ratio((high - low)[None], size[0] / size[1])[0]
    expected = get_warp_matrix((low + high) / 2, fixed, 0.0, size)
    np.testing.assert_allclose(matrix, expected, atol=1e-5)
    # The corner of the crop in the image goes to the crop's (0, 0).
    np.testing.assert_allclose(matrix @ [*corner, 1], 0, atol=1e-3)
    np.testing.assert_allclose(matrix @ [*(corner + scale), 1], size, atol=1e-3)


def test_imports_nothing_else(project_root):
    text = (project_root / 'tools' / 'onnx_example.py').read_text()
    imported = set(re.findall(r'^ *(?:import|from) (\w+)', text, re.MULTILINE))
    assert imported == {'cv2', 'json', 'numpy', 'onnxruntime', 'sys', 'typing'}


def test_no_image_is_said(example, onnx_file, tmp_path):
    with pytest.raises(SystemExit, match='no.jpg: expected an image'):
        example['main'](str(onnx_file), str(tmp_path / 'no.jpg'))


@pytest.mark.parametrize(
    'box',
    [
        (5, 5, 5, 9),  # no area
        (60, 5, 50, 9),  # turned round
        ('nan', 5, 50, 9),
        (5, 5, 'inf', 9),
        (100, 0, 120, 50),  # beside the image of 100x80
        (-9, -9, 0, 0),
    ],
)
def test_boxes_that_hold_nothing_are_refused(example, onnx_file, image_folder, box):
    words = map(str, (onnx_file, image_folder / '03.png', *box))
    with pytest.raises(SystemExit, match='expected a box X1 Y1 X2 Y2 in the image'):
        example['main'](*words)


@pytest.mark.parametrize(
    ('name', 'box', 'message'),
    [
        ('no.onnx', (), 'no.onnx: expected an ONNX model, got: '),
        ('text.onnx', (), 'text.onnx: expected an ONNX model, got: '),
        ('', ('a', '5', '50', '9'), "could not convert string to float: 'a'"),
    ],
)
def test_other_faults_end_in_one_line(
    project_root, monkeypatch, onnx_file, image_folder, tmp_path, name, box, message
):
    (tmp_path / 'text.onnx').write_text('no model')
    model = tmp_path / name if name else onnx_file
    path = str(project_root / 'tools' / 'onnx_example.py')
    words = [path, str(model), str(image_folder / '03.png'), *box]
    monkeypatch.setattr('sys.argv', words)
    with pytest.raises(SystemExit, match=f'error: .*{message}'):
        runpy.run_path(path, run_name='__main__')


ODD_METADATA = {
    'input_size': ['[64]', '[64, 1e9]', '[64, -1]', '"x"', '7', '[NaN, NaN]'],
    'margin': ['null', 'NaN', '-0.5', '"x"'],
    'mean': ['[1, 2]', '[1, 2, NaN]', '["x", "y", "z"]', '{}'],
    'std': ['[1, 1, 0]', 'x', '', 9999 * '['],
    'color_order': ['"GRAY"', '[]', '1' + 400 * '0'],
    'angles': ['["yaw", "pitch", "roll"]', '3'],
    'precision': [],  # is not needed
}


@pytest.mark.parametrize(
    ('key', 'text'),
    [(key, text) for key, texts in ODD_METADATA.items() for text in (None, *texts)],
)
def test_odd_metadata_is_named(example, onnx_file, image_folder, tmp_path, key, text):
    model, path = onnx.load(onnx_file), tmp_path / 'odd.onnx'
    kept = [one for one in model.metadata_props if one.key != key]
    del model.metadata_props[:]
    model.metadata_props.extend(kept)
    if text is not None:
        model.metadata_props.add(key=key, value=text)
    onnx.save(model, path)
    words = str(path), str(image_folder / '03.png')
    if key == 'precision':
        example['main'](*words)
        return
    with pytest.raises(ValueError, match=r'odd\.onnx: expected a model of one head'):
        example['main'](*words)


def test_a_model_of_another_kind_is_named(example, image_folder, tmp_path):
    value = onnx.helper.make_tensor_value_info('x', 1, [1])
    node = onnx.helper.make_node('Identity', ['x'], ['y'])
    output = onnx.helper.make_tensor_value_info('y', 1, [1])
    graph = onnx.helper.make_graph([node], 'other', [value], [output])
    opset = [onnx.helper.make_opsetid('', 17)]
    model = onnx.helper.make_model(graph, opset_imports=opset, ir_version=8)
    onnx.save(model, tmp_path / 'other.onnx')
    with pytest.raises(ValueError, match=r'other\.onnx: expected a model of one head'):
        example['main'](str(tmp_path / 'other.onnx'), str(image_folder / '03.png'))


@pytest.fixture
def not_numbers(onnx_file, tmp_path):
    """A model whose weights are not numbers."""
    model = onnx.load(onnx_file)
    weights = next(one for one in model.graph.initializer if len(one.dims) == 4)
    weights.raw_data = np.full(weights.dims, np.nan, np.float32).tobytes()
    onnx.save(model, tmp_path / 'not_numbers.onnx')
    return tmp_path / 'not_numbers.onnx'


def test_results_that_are_no_numbers_are_named(example, not_numbers, image_folder):
    with pytest.raises(
        ValueError, match=r'not_numbers\.onnx: expected finite numbers, got'
    ):
        example['main'](str(not_numbers), str(image_folder / '03.png'))
    images = np.zeros((2, 3, 64, 64), np.float32)
    with pytest.raises(
        ValueError, match='expected finite numbers, got NaN .* 2 images'
    ):
        export.predict(export.open_session(not_numbers), images)


@pytest.mark.parametrize('content', [None, b'', b'no model', b'\x08\x07\x12\x01'])
def test_damaged_files_are_named(tmp_path, content):
    path = tmp_path / 'damaged.onnx'
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ValueError, match=r'damaged\.onnx: expected an ONNX model, got'):
        export.open_session(path)


@pytest.mark.parametrize('words', [(), ('a.onnx',), ('a.onnx', 'b.jpg', '1', '2')])
def test_wrong_words_show_the_usage(project_root, monkeypatch, words):
    path = str(project_root / 'tools' / 'onnx_example.py')
    monkeypatch.setattr('sys.argv', [path, *words])
    with pytest.raises(SystemExit, match=r'onnx_example.py MODEL.onnx IMAGE'):
        runpy.run_path(path, run_name='__main__')


def test_equals_the_inferencer(
    example, config, checkpoint, onnx_file, image_folder, capsys
):
    from bernoulli_mmpose.inferencers import HeadPoseInferencer

    inferencer = HeadPoseInferencer(config, checkpoint, 'cpu', detector='none')
    for index in range(10):
        path, box = image_folder / f'{index:02}.png', (20.0 + index, 25.0, 60.0, 55.0)
        for boxes in (box, None):
            (head,) = inferencer.predict(path, None if boxes is None else [boxes])
            found = run_example(example, capsys, onnx_file, path, *(boxes or ()))
            angles = [head[name] for name in ('pitch', 'yaw', 'roll')]
            np.testing.assert_allclose(found['angles'], angles, atol=1e-2)
            np.testing.assert_allclose(found['center'], head['center'], atol=0.01)
            assert cv2.imread(str(path)) is not None
