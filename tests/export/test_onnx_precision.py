"""int8: what it converts, what it leaves, what it costs."""

import numpy as np
import onnx
import pytest
from conftest import random_model
from onnx import TensorProto, helper, numpy_helper

from bernoulli_mmpose import export
from bernoulli_mmpose.export.precision import decode_nodes, sort_nodes

INT8, FLOAT32 = TensorProto.INT8, TensorProto.FLOAT


def test_decode_begins_with_the_last_convolution():
    names = ('Conv', 'Relu', 'Conv', 'Sigmoid', 'Conv', 'Mul', 'Exp')
    inputs = (['x'], ['a'], ['b'], ['c'], ['b'], ['d', 'e'], ['f'])
    nodes = [
        helper.make_node(op, given, [out], name=f'{op}{out}')
        for op, given, out in zip(names, inputs, 'abcdefg', strict=True)
    ]
    graph = helper.make_graph(nodes, 'g', [], [])
    # Two last convolutions side by side, as in a head with two branches.
    assert set(decode_nodes(graph)) == {'Convc', 'Sigmoidd', 'Conve', 'Mulf', 'Expg'}


@pytest.mark.parametrize('constant', [False, True])
def test_a_blur_is_part_of_the_decode(constant):
    kernels = [np.zeros((3, 2, 1, 1), np.float32), np.ones((1, 1, 1, 3), np.float32)]
    arrays = [numpy_helper.from_array(a, f'k{i}') for i, a in enumerate(kernels)]
    nodes = [
        helper.make_node('Conv', ['x', 'k0'], ['maps'], name='network'),
        helper.make_node('Slice', ['maps'], ['map'], name='cut'),
        helper.make_node('Conv', ['map', 'k1'], ['blurred'], name='blur'),
        helper.make_node('Log', ['blurred'], ['y'], name='log'),
    ]
    if constant:
        nodes.insert(0, helper.make_node('Constant', [], ['k1'], value=arrays.pop()))
    graph = helper.make_graph(nodes, 'g', [], [], arrays)
    assert {'network', 'cut', 'blur', 'log'} <= set(decode_nodes(graph))


def test_nodes_come_after_what_their_branches_read():
    branch = helper.make_graph(
        [helper.make_node('Identity', ['late'], ['z'], name='inner')], 'b', [], []
    )
    nodes = [
        helper.make_node('Relu', ['x'], ['c'], name='first'),
        helper.make_node('If', ['c'], ['y'], name='if', then_branch=branch),
        helper.make_node('Relu', ['c', ''], ['late'], name='late'),
    ]
    graph = helper.make_graph(nodes, 'g', [], [])
    sort_nodes(graph)
    assert [node.name for node in graph.node] == ['first', 'late', 'if']


def test_int8_of_maps_of_a_rotation(project_root, normalized):
    name = 'rotation_hrnet-small_pointing04_genki4k.py'
    full = export.model_to_onnx(random_model(project_root / 'configs' / name))
    small = export.to_precision(full, 'int8', normalized)
    onnx.checker.check_model(small, full_check=True)


def test_converts_the_network_and_not_the_rest(build_model, normalized):
    full = export.model_to_onnx(build_model())
    before = full.SerializeToString()
    small = export.to_precision(full, 'int8', normalized)
    assert full.SerializeToString() == before
    onnx.checker.check_model(small, full_check=True)
    assert export.read_metadata(small)['precision'] == 'int8'
    values = (*small.graph.input, *small.graph.output)
    assert {value.type.tensor_type.elem_type for value in values} == {FLOAT32}
    arrays = {array.name: array for array in small.graph.initializer}
    kernels = [a for a in arrays.values() if len(a.dims) == 4 and a.dims[2] == 3]
    assert len(kernels) == 58
    assert {array.data_type for array in kernels} == {INT8}
    names = export.precision.decode_nodes(full.graph)
    last = [n for n in full.graph.node if n.op_type == 'Conv' and n.name in names]
    assert len(last) == 4  # of maps of as many sizes
    kinds = {arrays[name].data_type for node in last for name in node.input[1:]}
    assert kinds == {FLOAT32}
    found, expected = (
        export.predict(export.open_session(proto), normalized)
        for proto in (small, full)
    )
    difference = np.abs(found['angles'] - expected['angles'])
    assert 0 < difference.mean() < 15


def test_int8_has_a_scale_a_channel(build_model, normalized):
    full = export.model_to_onnx(build_model())
    small = export.to_precision(full, 'int8', normalized)
    scales = [
        numpy_helper.to_array(array)
        for array in small.graph.initializer
        if 'weight' in array.name and array.name.endswith('_scale')
    ]
    assert max(scale.size for scale in scales) == 128  # the widest branch


@pytest.mark.parametrize(
    ('precision', 'message'),
    [
        ('fp8', r"precision: expected one of .*got 'fp8'"),
        ('int8', 'int8: expected calibration images, got none'),
    ],
)
def test_bad_precisions_are_refused(build_model, precision, message):
    full = export.model_to_onnx(build_model())
    with pytest.raises(ValueError, match=message):
        export.to_precision(full, precision)


def test_figures_of_two_models(build_model, normalized):
    """The second model's angles are the first's and half a degree more of pitch."""
    model = build_model()
    full = export.model_to_onnx(model)
    angles = export.predict(export.open_session(full), normalized)['angles']
    labels = angles + np.array([1.0, -2.0, np.nan])
    shifted = onnx.ModelProto()
    shifted.CopyFrom(full)
    for node in shifted.graph.node:
        node.output[:] = ['raw' if name == 'angles' else name for name in node.output]
    half = numpy_helper.from_array(np.float32([0.5, 0, 0]), 'half')
    shifted.graph.initializer.append(half)
    shifted.graph.node.append(helper.make_node('Add', ['raw', 'half'], ['angles']))
    crops = export.LabelledCrops(normalized, labels, ['a'] * 5 + ['b'] * 7)
    rows = export.measure_accuracy({'full': full, 'shifted': shifted}, crops)
    assert [(row.dataset, row.model, row.heads) for row in rows] == [
        ('a', 'full', 5), ('a', 'shifted', 5), ('b', 'full', 7), ('b', 'shifted', 7)
    ]  # fmt: skip
    expected = {'mae': 1.5, 'mae_pitch': 1.0, 'mae_yaw': 2.0}
    assert rows[0].mae == pytest.approx(expected, abs=1e-4)
    assert rows[1].mae['mae_pitch'] == pytest.approx(0.5, abs=1e-4)
    assert (rows[0].mean_difference, rows[0].max_difference) == (0, 0)
    assert rows[1].mean_difference == pytest.approx(0.5 / 3, abs=1e-4)
    assert rows[1].max_difference == pytest.approx(0.5, abs=1e-4)
    text = export.accuracy_table(rows).to_markdown()
    assert '| b | shifted | 7 | 0.500 | 2.000 | - | 1.250 | 0.1667 | 0.500 |' in text


def test_a_rotation_is_compared_by_its_nearer_triple(monkeypatch):
    angles = dict(angles=np.array([[-93.0, 74, -96]]))
    monkeypatch.setattr(export.accuracy, 'open_session', lambda model: model)
    monkeypatch.setattr(export.accuracy, 'predict', lambda session, _: session)
    crops = export.LabelledCrops(
        np.zeros((1, 3, 8, 8)), np.array([[80.0, 75, 80]]), ['a']
    )
    models = dict(rotation=dict(angles, rotation=np.eye(3)[None]), angles=angles)
    of_rotation, of_angles = export.measure_accuracy(models, crops)
    assert of_rotation.mae['mae_pitch'] == pytest.approx(7)
    assert of_angles.mae['mae_pitch'] == pytest.approx(173)
    assert of_rotation.max_difference == of_angles.max_difference == 0
