"""tools/benchmark_runtime.py: one round of it, and who cannot take part."""

import sys

import benchmark_runtime
import onnx
import pytest
from benchmarks import runtimes

pytestmark = pytest.mark.skipif(sys.platform != 'linux', reason='holds to cores')


def cells(table: str) -> dict[str, list[str]]:
    rows = [line.strip('| ').split(' | ') for line in table.splitlines()[2:]]
    return {name: row for name, *row in rows if row}


def write_fsanet(path):
    """A network that gives three angles of a crop of 64x64 pixels."""
    info = onnx.helper.make_tensor_value_info
    given, found = info('x', 1, [1, 3, 64, 64]), info('y', 1, None)
    node = onnx.helper.make_node('ReduceMean', ['x'], ['y'], axes=[2, 3], keepdims=0)
    graph = onnx.helper.make_graph([node], 'fsanet', [given], [found])
    opset = [onnx.helper.make_opsetid('', 17)]
    model = onnx.helper.make_model(graph, opset_imports=opset, ir_version=8)
    onnx.save(model, path)


@pytest.mark.slow
@pytest.mark.long
def test_prints_and_writes_the_table(tmp_path, capsys):
    write_fsanet(tmp_path / 'fsa.onnx')
    out = tmp_path / 'runtime.md'
    words = ['--rounds', '1', '--frames', '4', '--out', str(out)]
    words += ['--fsanet', str(tmp_path / 'fsa.onnx'), '--mediapipe', 'no-such-python']
    benchmark_runtime.main(words)
    table = out.read_text()
    assert table.strip() in capsys.readouterr().out
    rows = cells(table)
    names = ['HeadPose', 'HeadPoseInferencer (PyTorch)', 'FSA-Net (fsa.onnx)']
    assert [*rows] == names
    light, full, fsanet = (rows[name] for name in names)
    assert len(light) == len(full) == len(fsanet) == 7
    assert fsanet[4:] == ['-', '-', '-']
    numbers = [[float(cell.split()[0]) for cell in row] for row in (light, full)]
    assert min(map(min, numbers)) > 0
    assert numbers[0][2] < numbers[1][2]  # memory, without PyTorch
    assert "Not measured: MediaPipe's face mesh: no-such-python: expected" in table


def test_what_fails_is_named_with_its_last_words(tmp_path):
    who = [runtimes.ours('HeadPose', 'head_pose', tmp_path)]  # an empty folder
    table = runtimes.measure(who, frames=4, rounds=1)
    assert not cells(table)
    assert 'Not measured: HeadPose: it ended and said: FileNotFoundError: ' in table
