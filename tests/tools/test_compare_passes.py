"""tools/compare_passes.py: what it counts and prints, on a few made scenes."""

import runpy
from pathlib import Path

import cv2
import numpy as np
import pytest
from benchmarks import passes

TOOL = Path(__file__).parents[2] / 'tools' / 'compare_passes.py'
CONFIG = """\
test_dataloader = dict(dataset=dict(
    type='HeadSceneDataset', scene_size=(128, 128), heads=(2, 2), length=3,
    head_sizes=(20, 30), test_mode=True, datasets=[dict(
        type='HeadPoseTableDataset', data_root={root!r}, ann_file='faces.csv',
        margin=0.4, pipeline=[dict(type='LoadImage')])]))
"""


class Stub:
    """In the place of the inferencer: of every scene, heads by its labels.

    The single pass is told from the crops by its arguments.
    """

    scenes: list = []  # set by the test: the labelled scenes
    found: slice = slice(None)  # heads that the single pass finds
    errors = dict(single=6.0, crops=3.0)

    def __init__(self, *args, **_):
        self.error = self.errors['single' if args else 'crops']
        self.calls = 0

    def predict(self, image, bboxes=None):
        scene = self.scenes[self.calls]
        np.testing.assert_array_equal(image, scene['img'])
        self.calls += 1
        if bboxes is not None:
            np.testing.assert_array_equal(bboxes, scene['bbox'])
        heads = [
            dict(
                zip(('pitch', 'yaw', 'roll'), angles + self.error, strict=True),
                center=center.tolist(),
                bbox=box.tolist(),
            )
            for angles, center, box in zip(
                scene['head_angles'], scene['keypoints'][:, 0], scene['bbox'], strict=1
            )
        ]
        return heads[self.found][::-1] if bboxes is None else heads


@pytest.fixture
def main(tmp_path, monkeypatch):
    """The tool's main, with the inferencer replaced, and a file for its weights."""
    monkeypatch.setattr(passes, 'HeadPoseInferencer', Stub)
    monkeypatch.chdir(tmp_path)
    Path('any.pth').touch()
    return runpy.run_path(str(TOOL))['main']


@pytest.fixture
def config(tmp_path) -> Path:
    """Faces without a roll, and a config of scenes of two of them."""
    rows = ['image,x,y,w,h,pitch,yaw,roll,subject,split']
    for number in range(4):
        cv2.imwrite(str(tmp_path / f'{number}.png'), np.full((90, 90, 3), 60, np.uint8))
        rows.append(f'{number}.png,30,30,30,30,{10 * number},-20,,s{number},train')
    (tmp_path / 'faces.csv').write_text('\n'.join(rows))
    path = tmp_path / 'scenes.py'
    path.write_text(CONFIG.format(root=str(tmp_path)))
    return path


@pytest.fixture
def scenes(config, monkeypatch):
    scenes, length = passes.build_scenes(config, None)
    monkeypatch.setattr(Stub, 'scenes', [scenes[i] for i in range(length)])
    return Stub.scenes


def rows_of(text):
    """Cells of the printed table by a row's name."""
    rows = [[c.strip() for c in line.split('│')[1:-1]] for line in text.splitlines()]
    return {row[0]: row[1:] for row in rows if len(row) == 6}


def test_errors_of_found_and_of_all_heads(main, config, scenes, monkeypatch, capsys):
    monkeypatch.setattr(Stub, 'found', slice(0, 1))
    assert [len(scene['bbox']) for scene in scenes] == [2, 2, 2]
    main([str(config), 'any.pth'])
    text = capsys.readouterr().out
    assert rows_of(text) == {
        'single pass, heads it found': ['3', '6.00', '6.00', '-', '6.00'],
        'crops, the same heads': ['3', '3.00', '3.00', '-', '3.00'],
        'crops, all heads': ['6', '3.00', '3.00', '-', '3.00'],
    }
    assert 'recall 0.500, precision 1.000 of 6 heads' in text
    assert 'single pass over crops: 2.00' in text


@pytest.mark.usefixtures('scenes')
def test_nothing_found(main, config, monkeypatch, capsys):
    monkeypatch.setattr(Stub, 'found', slice(0, 0))
    with pytest.raises(ValueError, match='no ratio: expected labelled heads that were'):
        main([str(config), 'any.pth', '--scenes', '2'])
    text = capsys.readouterr().out
    assert 'nan' not in text
    assert rows_of(text)['single pass, heads it found'] == ['0', '-', '-', '-', '-']
    assert 'recall 0.000, precision 1.000 of 4 heads' in text


@pytest.mark.usefixtures('scenes')
def test_pictures_of_the_first_scenes(main, config, tmp_path):
    out = tmp_path / 'out'
    main([str(config), 'any.pth', '--pictures', '2', '--out', str(out)])
    assert len(list(out.iterdir())) == 2


def test_a_config_without_scenes(main, project_root):
    config = project_root / 'configs' / 'bernoulli_hrnet-small_pointing04.py'
    with pytest.raises(ValueError, match=r'pointing04.py: expected a test set of scen'):
        main([str(config), 'any.pth'])


@pytest.mark.parametrize('option', ['--match', '--scenes'])
def test_options_of_nothing(main, config, option, capsys):
    with pytest.raises(SystemExit):
        main([str(config), 'any.pth', option, '0'])
    assert 'expected more than 0' in capsys.readouterr().err


@pytest.mark.usefixtures('scenes')
def test_no_face_is_written_over(main, config, tmp_path):
    face, out = tmp_path / '2.png', tmp_path / 'out'
    before = face.read_bytes()
    out.mkdir()
    (out / '001.png').hardlink_to(face)
    words = [str(config), 'any.pth', '--pictures', '2', '--out', str(out)]
    with pytest.raises(ValueError, match='001.png would overwrite an input'):
        main(words)
    assert face.read_bytes() == before


@pytest.mark.parametrize(
    ('words', 'message'),
    [
        (['no.py', 'any.pth'], r'no\.py: expected a config, found no such file'),
        (['CONFIG', 'no.pth'], r'no\.pth: expected a checkpoint, found no such'),
        (
            ['CONFIG', 'any.pth', '--crops', 'CONFIG', 'no.pth'],
            r'no\.pth: expected a checkpoint, found no such',
        ),
    ],
)
def test_a_missing_file_is_told(main, config, words, message):
    with pytest.raises(FileNotFoundError, match=message):
        main([str(config) if word == 'CONFIG' else word for word in words])
