"""tools/export_onnx.py: what it writes, and that a failed check writes nothing."""

import runpy

import onnx
import pytest
import torch

from bernoulli_mmpose import export


@pytest.fixture(scope='module')
def main(project_root):
    tool = runpy.run_path(str(project_root / 'tools' / 'export_onnx.py'))
    assert tool['PRECISIONS'] == export.PRECISIONS
    return tool['main']


@pytest.mark.parametrize('precision', export.PRECISIONS)
def test_writes_a_checked_file(
    main, config, checkpoint, image_folder, tmp_path, capsys, precision
):
    out = tmp_path / 'deep' / 'model.onnx'
    main(
        [str(config), str(checkpoint), str(out), '--precision', precision]
        + ['--calibration', str(image_folder), '--flip-test', 'off']
    )
    printed = capsys.readouterr().out
    assert '12 crops of real images' in printed
    assert 'Largest differences from PyTorch in fp32: angles' in printed
    assert [path.name for path in out.parent.iterdir()] == ['model.onnx']
    metadata = export.read_metadata(onnx.load(out))
    assert (metadata['precision'], metadata['flip_test']) == (precision, False)


def test_says_when_it_checks_on_noise(main, config, checkpoint, tmp_path, capsys):
    main([str(config), str(checkpoint), str(tmp_path / 'model.onnx')])
    printed = capsys.readouterr().out
    assert 'checked on noise' in printed
    assert 'flip test in the graph' in printed


def test_failed_check_leaves_no_file(main, config, checkpoint, tmp_path, monkeypatch):
    monkeypatch.setattr(
        export, 'check_against_model',
        lambda *args: export.comparison.check_against_model(*args, tolerance=0),
    )  # fmt: skip
    with pytest.raises(ValueError, match='expected ONNX and PyTorch to agree to 0'):
        main([str(config), str(checkpoint), str(tmp_path / 'model.onnx')])
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ('words', 'message'),
    [
        (['a.py', 'b.onnx'], 'expected [CONFIG CHECKPOINT] OUT.onnx, got a.py b.onnx'),
        (['model.pth'], 'expected [CONFIG CHECKPOINT] OUT.onnx, got model.pth'),
        (['b.onnx', '--precision', 'int8'], '--precision int8: expected --calibration'),
    ],
)
def test_bad_words_are_refused(main, capsys, words, message):
    with pytest.raises(SystemExit):
        main(words)
    assert message in capsys.readouterr().err


def test_weights_of_a_backbone_alone_are_refused(main, config, checkpoint, tmp_path):
    state = torch.load(checkpoint, weights_only=True)['state_dict']
    part = {name: value for name, value in state.items() if 'backbone' in name}
    torch.save(dict(state_dict=part), tmp_path / 'part.pth')
    with pytest.raises(ValueError, match=r'part\.pth without 1 of them'):
        main([str(config), str(tmp_path / 'part.pth'), str(tmp_path / 'model.onnx')])
    assert not (tmp_path / 'model.onnx').exists()


def test_no_input_is_written_over(main, config, checkpoint, tmp_path):
    copied, out = tmp_path / 'weights.pth', tmp_path / 'model.onnx'
    copied.write_bytes(checkpoint.read_bytes())
    out.hardlink_to(copied)
    with pytest.raises(ValueError, match='model.onnx would overwrite an input'):
        main([str(config), str(copied), str(out), '--flip-test', 'off'])
    assert copied.read_bytes() == checkpoint.read_bytes()
