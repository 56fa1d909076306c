"""Files that are no exported model, or say too little of themselves, by name."""

import json

import numpy as np
import pytest

from bernoulli_headpose import HeadPose
from bernoulli_headpose.onnx import FINDER, OnnxModel, find_model
from bernoulli_headpose.onnx.session import open_session

onnx = pytest.importorskip('onnx')
SHAPES = dict(angles=[1, 3], angles_std=[1, 3], center=[1, 2], score=[1])
ONE = dict(
    finds_heads=False,
    angles=['pitch', 'yaw', 'roll'],
    color_order='RGB',
    mean=[123.0, 116, 103],
    std=[58.0, 57, 57],
    package_version='0.1.0',
    input_size=[64, 32],
    margin=0.4,
    padding=1.0,
    use_udp=False,
    of_faces=True,
    unknown_std=[104.0, 104, 104],
)


def write(path, metadata, shapes=SHAPES, value=0.5, given='images'):
    """A file whose outputs are always the same numbers."""
    helper = onnx.helper
    image = helper.make_tensor_value_info(given, 1, ['b', 3, 'h', 'w'])
    outputs = [helper.make_tensor_value_info(k, 1, v) for k, v in shapes.items()]
    numbers = [
        helper.make_tensor(f'{k}_', 1, v, np.full(v, value, np.float32).ravel())
        for k, v in shapes.items()
    ]
    nodes = [helper.make_node('Identity', [f'{k}_'], [k]) for k in shapes]
    graph = helper.make_graph(nodes, 'head', [image], outputs, numbers)
    opset = [helper.make_opsetid('', 17)]
    model = helper.make_model(graph, opset_imports=opset, ir_version=8)
    for key, text in metadata.items():
        model.metadata_props.add(key=key, value=json.dumps(text))
    onnx.save(model, path)
    return path


@pytest.fixture
def path(tmp_path):
    return tmp_path / 'head.onnx'


def test_a_small_file_is_a_model(path):
    image = np.zeros((50, 60, 3), np.uint8)
    image[20:] = 200
    (head,) = HeadPose(write(path, ONE), threads=1)(image, boxes=[10, 10, 40, 40])
    assert (head.pitch, head.score, head.std) == (0.5, 0.5, (0.5, 0.5, 0.5))
    assert (head.rotation_std, head.track_id, head.values) == (None, None, {})


@pytest.mark.parametrize('key', ONE)
def test_what_is_missing_or_odd_is_named(path, key):
    less = {k: v for k, v in ONE.items() if k != key}
    for got, metadata in (('none', less), ("'odd'", {**ONE, key: 'odd'})):
        if (key, got) == ('package_version', "'odd'"):
            continue
        write(path, metadata)
        with pytest.raises(ValueError, match=f"head.onnx: .*'{key}' is .*, got {got}"):
            OnnxModel(path)


@pytest.mark.parametrize(
    ('changed', 'text'),
    [
        (dict(input_size=[64, 0]), r'input_size.*got \[64, 0\]'),
        (dict(input_size=[64, 1e9]), 'input_size'),
        (dict(std=[1, 1, 0]), 'three numbers above 0'),
        (dict(mean=[1, 1, float('nan')]), 'three numbers'),
        (dict(margin=-0.5), 'margin'),
        (dict(unknown_std=[104.0] * 4), 'unknown_std of 3 numbers'),
        (dict(values=['gaze', 'gaze']), 'values: expected a list of names'),
        (dict(values=['gaze']), "to .*'values'"),
        (dict(keypoints=['nose']), "to .*'keypoints'"),
        (dict(keypoints=['a'], skeleton_links=[[0, 2]]), 'skeleton_links of 2'),
        (dict(finds_heads=True), "'longer_side' is .* got none"),
    ],
)
def test_what_does_not_fit_is_refused(path, changed, text):
    with pytest.raises(ValueError, match=f'head.onnx: .*{text}'):
        OnnxModel(write(path, {**ONE, **changed}))


def test_other_inputs_and_outputs_are_refused(path):
    fewer = {k: v for k, v in SHAPES.items() if k != 'score'}
    for options in (dict(shapes=fewer), dict(given='image')):
        with pytest.raises(ValueError, match="expected a model from 'images' to"):
            OnnxModel(write(path, ONE, **options))
    wrong = HeadPose(write(path, ONE, {**SHAPES, 'angles': [1, 4]}))
    image, box = np.zeros((50, 60, 3), np.uint8), [10, 10, 40, 40]
    with pytest.raises(ValueError, match=r'angles of shape \(1, 3\), got \(1, 4\)'):
        wrong(image, box)
    broken = HeadPose(write(path, ONE, value=np.nan))
    with pytest.raises(ValueError, match='array 0: expected finite keypoints from'):
        broken(image, box)


def test_files_that_are_none_are_named(tmp_path):
    text, cut = tmp_path / 'text.onnx', tmp_path / 'cut.onnx'
    text.write_text('no model')
    cut.write_bytes(find_model(FINDER).read_bytes()[:1000])
    for path in (text, cut):
        with pytest.raises(ValueError, match=f'{path.name}: expected an ONNX model'):
            HeadPose(path)
    with pytest.raises(ValueError, match='expected a model of tools/export_onnx.py'):
        HeadPose(tmp_path)
    for options in (dict(model='no.onnx'), dict(finder='no.onnx')):
        with pytest.raises(FileNotFoundError, match='no.onnx: expected a model of too'):
            HeadPose(**options)


@pytest.mark.parametrize(
    ('options', 'text'),
    [
        (dict(device='abacus'), r"onnxruntime has here \(.*cpu.*\), got 'abacus'"),
        (dict(device='cpu:x'), "got 'cpu:x'"),
        (dict(threads=0), 'threads: expected 1 to 1024, or None, got 0'),
        (dict(threads=5000), 'threads: expected 1 to 1024'),
        (dict(device=None), 'got None'),
        (dict(device='cpu:1'), "got 'cpu:1'"),
        (dict(margin='a'), "margin: expected a share of -0.5 to 10, got 'a'"),
        (dict(threads=1.5), 'threads: expected 1'),
        (dict(margin=-0.5), 'margin: expected a share'),
        (dict(model='heads', margin=0.2), 'margin: expected none with a model that f'),
        (dict(model='heads', finder='heads'), 'finder: expected none'),
        (dict(finder='head-pose'), 'finder: expected a model that finds all heads'),
        (dict(input_size=31), 'input_size: expected the longer side'),
        (dict(finder=lambda _: None, input_size=640), 'input_size: expected none'),
    ],
)
def test_arguments_that_cannot_be(options, text):
    with pytest.raises(ValueError, match=text):
        HeadPose(**options)


def test_providers_by_their_names():
    source = find_model(None)
    for device in ('cpu', 'CPU', 'CPUExecutionProvider'):
        session = open_session(source, device, threads=1)
        assert session.get_providers() == ['CPUExecutionProvider']
