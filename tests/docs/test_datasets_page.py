"""docs/datasets.md: the folders that configs ask for, and the snippets."""

import csv
import math
import re
from pathlib import Path

import cv2
import pytest
from mmengine.config import Config

from bernoulli_headpose import HeadPose
from bernoulli_mmpose.datasets import HeadPoseTableDataset

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / 'docs' / 'datasets.md').read_text('utf-8')
TREE = re.search(r'```text\n(data/.*?)```', PAGE, re.DOTALL)[1]
GENKI, POINTING = re.findall(r'```python\n(.*?)```', PAGE, re.DOTALL)
CONFIGS = sorted(p for p in (ROOT / 'configs').rglob('*.py') if '_base_' not in p.parts)


def folders_of(dataset) -> set[str]:
    """Folders of a data set's config and of those that it joins."""
    if isinstance(dataset, dict):
        own = {str(dataset['data_root'])} if dataset.get('data_root') else set()
        return own.union(*map(folders_of, dataset.values()))
    if isinstance(dataset, list | tuple):
        return set().union(*map(folders_of, dataset))
    return set()


@pytest.mark.parametrize('path', CONFIGS, ids=lambda path: path.stem)
def test_each_folder_of_a_config_is_shown(path, monkeypatch):
    monkeypatch.delenv('BERNOULLI_DATA_ROOT', raising=False)
    monkeypatch.delenv('BERNOULLI_MADE_ROOT', raising=False)
    config = Config.fromfile(path)
    folders = set()
    for split in ('train', 'val', 'test'):
        folders |= folders_of(config[f'{split}_dataloader'].dataset.to_dict())
    assert folders
    for folder in folders:
        first, name = Path(folder).parts[:2]
        assert first == 'data'
        if name == 'made':
            assert f'`made/{Path(folder).name}`' in PAGE
        else:
            assert f' {Path(folder).relative_to("data").as_posix()}/' in TREE


def test_variables_are_those_of_configs_and_index():
    texts = [path.read_text() for path in (ROOT / 'configs/_base_').rglob('*.py')]
    index = ROOT / 'bernoulli_mmpose' / 'datasets' / 'file_index.py'
    used = set(re.findall(r'BERNOULLI_\w+', ''.join([*texts, index.read_text()])))
    assert set(re.findall(r'^\| `(BERNOULLI_\w+)`', PAGE, re.MULTILINE)) == used


def test_every_link_to_a_section_leads_to_one():
    titles = re.findall(r'^#+ (.*)$', PAGE, re.MULTILINE)
    anchors = {re.sub(r'[^\w -]', '', t).lower().replace(' ', '-') for t in titles}
    assert set(re.findall(r'\]\(#([\w-]+)\)', PAGE)) <= anchors


def test_names_of_pointing04_are_read(capsys):
    exec(POINTING, {})
    shown = re.search(r'```text\n(\d\d .*?)```', PAGE, re.DOTALL)[1]
    assert capsys.readouterr().out == shown


def test_labels_of_genki4k_become_a_table(tmp_path, monkeypatch, rendered_head):
    """Of seven pictures the last is for the test; the second shows nobody."""
    monkeypatch.chdir(tmp_path)
    root = tmp_path / 'data' / 'genki4k'
    (root / 'images').mkdir(parents=True)
    for number in range(1, 8):
        picture = 0 * rendered_head if number == 2 else rendered_head
        cv2.imwrite(str(root / f'images/file{number:04d}.jpg'), picture)
    smile, yaw, pitch, roll = 1, 0.1, -0.2, 0.3
    (root / 'labels.txt').write_text(f'{smile} {yaw} {pitch} {roll}\n' * 7)
    exec(GENKI, {})
    with (root / 'annotations.csv').open() as file:
        rows = list(csv.DictReader(file))
    assert [row['image'][-8:-4] for row in rows] == [
        f'000{i}' for i in (1, 3, 4, 5, 6, 7)
    ]
    (head,) = HeadPose()(root / 'images' / 'file0001.jpg')
    train = HeadPoseTableDataset(str(root), 'annotations.csv', split='train')
    assert len(train) == 5
    assert train[0]['bbox'][0] == pytest.approx(head.box, abs=0.01)
    expected = [math.degrees(angle) for angle in (pitch, -yaw, roll)]
    assert train[0]['head_angles'][0] == pytest.approx(expected, abs=1e-3)
    assert len(HeadPoseTableDataset(str(root), 'annotations.csv', split='test')) == 1
