"""tools/landmarks_to_head_pose.py: what it prints and writes, and its help."""

import dataclasses
import json
import runpy
from pathlib import Path

import pytest

from bernoulli_mmpose.landmarks import PoseLimits, readers

TOOL = Path(__file__).parents[2] / 'tools' / 'landmarks_to_head_pose.py'


@pytest.fixture(scope='module')
def main():
    return runpy.run_path(str(TOOL))['main']


def write_coco(path, visible):
    kept = [float(v) for i in range(68) for v in (i % 8, i // 8, visible)]
    annotation = dict(id=1, face_valid=True, face_kpts=kept)
    path.write_text(json.dumps(dict(images=[], annotations=[annotation])))
    return path


def test_convert_counts_the_reasons(main, tmp_path, capsys):
    source = write_coco(tmp_path / 'coco.json', visible=0)
    main(['convert', str(source), str(tmp_path / 'new.json')])
    printed = capsys.readouterr().out
    assert '0 of 1 have a valid pose' in printed
    assert '1 without: fewer than 20 visible landmarks' in printed
    assert '0 have a head box and centre' in printed
    assert (tmp_path / 'new.json').is_file()


def test_limits_are_options(main, tmp_path, capsys):
    source = write_coco(tmp_path / 'coco.json', visible=1)
    words = ['convert', str(source), str(tmp_path / 'new.json')]
    main([*words, '--largest-error', '0.01'])
    assert 'reprojection error above 0.01' in capsys.readouterr().out
    with pytest.raises(ValueError, match='least_points: expected 6 to 55, got 99'):
        main([*words[:2], str(tmp_path / 'other.json'), '--least-points', '99'])


def test_the_help_tells_the_defaults_of_the_package():
    tool = runpy.run_path(str(TOOL))
    names = ('LEAST_POINTS', 'LARGEST_ERROR', 'LARGEST_ANGLE')
    assert tuple(tool[name] for name in names) == dataclasses.astuple(PoseLimits())
    assert tool['POINTS'] == readers.POINTS


@pytest.mark.real_data
def test_measure_prints_the_mae(main, shared_data, capsys):
    main(['measure', str(shared_data / 'aflw2000')])
    printed = capsys.readouterr().out
    assert '37 of 37 have a valid pose' in printed
    assert 'mean: MAE  2.18 degrees' in printed


@pytest.mark.parametrize('command', [[], ['convert'], ['measure']])
def test_help(main, capsys, command):
    with pytest.raises(SystemExit) as stop:
        main([*command, '--help'])
    assert stop.value.code == 0
    printed = capsys.readouterr().out
    assert 'input' in printed
    for word in ('face_kpts', 'head_angles') if command == ['convert'] else ():
        assert word in printed
