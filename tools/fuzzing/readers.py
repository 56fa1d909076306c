"""What is fuzzed: for each kind of file, a good one and what reads it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnx
import torch
from experiments.heads import read_table
from mmpose.registry import DATASETS
from numpy.typing import NDArray
from rendering.morphable_file import load_morphable_file
from scipy.io import savemat

from bernoulli_headpose import rotation
from bernoulli_headpose.boxes import check_boxes
from bernoulli_headpose.drawing import tips_to_angles
from bernoulli_headpose.files import parse_assignments, read_size
from bernoulli_headpose.sources import read_picture
from bernoulli_headpose.video import FrameReader
from bernoulli_mmpose import HeadPoseInferencer
from bernoulli_mmpose.datasets.file_index import read_indexed
from bernoulli_mmpose.evaluation import read_results, write_results
from bernoulli_mmpose.evaluation.results import ERRORS, PREDICTED, results_table
from bernoulli_mmpose.export.metadata import write_metadata
from bernoulli_mmpose.export.onnx_model import open_session, predict
from bernoulli_mmpose.inferencers.loading import load_model
from bernoulli_mmpose.landmarks.converter import convert
from bernoulli_mmpose.shipped import shipped_checkpoint, shipped_config

Numbers = Iterable[Any]
SIZE = (96, 80)
_LABELS = ('bbox', 'keypoints', 'head_rotation', 'head_angles')


@dataclass(frozen=True)
class Reader:
    """A kind of file.

    Attributes:
        name: Of the kind.
        make: Makes a good file, and what it needs around it, in an empty folder.
        read: Reads it; gives all numbers that have to be finite.
        share: Of the cases, over that of other kinds.
        has_name: Whether an error has to tell the file's name.
    """

    name: str
    make: Callable[[Path], Path]
    read: Callable[[Path], Numbers]
    share: float = 1.0
    has_name: bool = True


def picture() -> NDArray[np.uint8]:
    """A picture of 96x80 pixels, BGR."""
    return np.random.default_rng(0).integers(0, 256, (*SIZE[::-1], 3), dtype=np.uint8)


def _read_records(**config: Any) -> Numbers:
    """Labels of a data set's records."""
    dataset = DATASETS.build(dict(pipeline=[], lazy_init=False, **config))
    for index in range(len(dataset)):
        record = dataset.get_data_info(index)
        yield from (record[name] for name in _LABELS if name in record)


# Tables


def _make_table(folder: Path, name: str = 'heads.csv') -> Path:
    cv2.imwrite(str(folder / 'a.png'), picture())
    columns = ('image', 'x', 'y', 'w', 'h', 'pitch', 'yaw', 'roll', 'subject', 'split')
    rows = [
        ('a.png', 10, 12, 40, 50, 10 * i, -20.5, 3, f'p{i}', 'train') for i in range(3)
    ]
    path = folder / name
    if path.suffix == '.json':
        path.write_text(json.dumps([dict(zip(columns, r, strict=True)) for r in rows]))
    else:
        lines = [','.join(map(str, row)) for row in (columns, *rows)]
        path.write_text('\n'.join(lines) + '\n')
    return path


def _read_table(path: Path, **options: Any) -> Numbers:
    return _read_records(
        type='HeadPoseTableDataset',
        data_root=str(path.parent),
        ann_file=path.name,
        **options,
    )


# BIWI, AFLW2000-3D


def _make_biwi(folder: Path, name: str) -> Path:
    sequence = folder / '03'
    sequence.mkdir()
    cv2.imwrite(str(sequence / 'frame_00003_rgb.png'), np.zeros((480, 640, 3)))
    (sequence / 'frame_00003_pose.txt').write_text(
        '0.45684 -0.404949 -0.792031\n-0.103806 0.860022 -0.499587\n'
        '0.883471 0.310449 0.350856\n\n88.3 58.1 980.7\n'
    )
    (sequence / 'rgb.cal').write_text(
        '517.679 0 320\n0 517.679 240.5\n0 0 1\n\n0 0 0 0\n\n'
        '0.999947 0.004324 0.009294\n-0.004463 0.999877 0.015044\n'
        '-0.009228 -0.015085 0.999844\n\n-24.0198 5.8896 -13.2308\n\n640 480\n'
    )
    (folder / 'frames.txt').write_text('03/frame_00003_rgb.png 1 2 3\n')
    return folder / name


def _read_biwi(path: Path) -> Numbers:
    root = path.parent if path.name == 'frames.txt' else path.parent.parent
    return _read_records(
        type='BIWIDataset',
        data_root=str(root),
        split='all',
        frame_list=str(root / 'frames.txt'),
    )


def _make_mat(folder: Path, compressed: bool) -> Path:
    cv2.imwrite(str(folder / 'image00002.jpg'), picture())
    rng = np.random.default_rng(0)
    content = dict(
        Pose_Para=np.array([[0.1, -0.3, 0.02, 40, 50, 0, 0.001]], np.float32),
        pt2d=rng.uniform(10, 70, (2, 68)),
        pt3d_68=rng.uniform(10, 70, (3, 68)),
        roi=np.array([[1, 2, 90, 70]], np.uint8),
    )
    path = folder / 'image00002.mat'
    savemat(path, content, do_compression=compressed)
    return path


def _read_mat(path: Path) -> Numbers:
    return _read_records(type='AFLW2000Dataset', data_root=str(path.parent))


# Landmarks


def _make_points(folder: Path, name: str) -> Path:
    cv2.imwrite(str(folder / 'a.png'), picture())
    points = np.random.default_rng(0).uniform(10, 70, (68, 2)).round(2)
    path = folder / name
    if path.suffix == '.pts':
        rows = '\n'.join(f'{x} {y}' for x, y in points)
        path.write_text(f'version: 1\nn_points: 68\n{{\n{rows}\n}}\n')
    elif path.suffix == '.json':
        path.write_text(json.dumps([dict(image='a.png', landmarks=points.tolist())]))
    else:
        columns = ','.join(f'{axis}{i}' for i in range(68) for axis in 'xy')
        cells = ','.join(map(str, points.ravel()))
        path.write_text(f'image,{columns}\na.png,{cells}\n')
    return path


def _convert(path: Path) -> Numbers:
    is_coco = path.name.startswith('coco')
    output = path.parent / f'new{".json" if is_coco else ".csv"}'
    output.unlink(missing_ok=True)
    convert(path, output)
    return () if is_coco else _read_table(output)


# COCO


_PARTS = ('foot', 'face', 'lefthand', 'righthand')


def _make_coco(folder: Path, labelled: bool = True) -> Path:
    rng = np.random.default_rng(0)
    counts = dict(
        keypoints=17, foot_kpts=6, face_kpts=68, lefthand_kpts=21, righthand_kpts=21
    )
    people = []
    for number in range(2):
        person: dict[str, Any] = dict(
            id=number, image_id=1, category_id=1, iscrowd=0, num_keypoints=17
        )
        person.update(bbox=[5, 5, 60, 70], area=4000.0, segmentation=[])
        for name, count in counts.items():
            points = np.full((count, 3), 2.0)
            points[:, :2] = rng.uniform(10, 70, (count, 2)).round(1)
            person[name] = points.ravel().tolist()
        person.update({f'{k}_valid': True for k in _PARTS})
        people.append(person)
    head = dict(
        head_center=[30.5, 20.0], head_bbox=[20, 10, 21, 20], head_angles=[10, -20, 3]
    )
    people[0].update(head if labelled else {})
    image = dict(id=1, file_name='a.png', width=SIZE[0], height=SIZE[1])
    content = dict(
        images=[image], annotations=people, categories=[dict(id=1, name='person')]
    )
    cv2.imwrite(str(folder / 'a.png'), picture())
    path = folder / 'coco.json'
    path.write_text(json.dumps(content))
    return path


def _read_coco(path: Path, kind: str) -> Numbers:
    return _read_records(type=kind, data_root=str(path.parent), ann_file=path.name)


# Pictures


def _make_picture(folder: Path, suffix: str) -> Path:
    _, data = cv2.imencode(suffix, picture())
    path = folder / f'a{suffix}'
    path.write_bytes(data.tobytes())
    return path


def _read_picture(path: Path) -> Numbers:
    picture = read_picture(path, path.name, path.stem)
    if read_size(path) != picture.size:
        raise AssertionError(f'size {picture.size}, by its header {read_size(path)}')
    return ()


@cache
def _inferencer() -> HeadPoseInferencer:
    return HeadPoseInferencer(device='cpu', detector='none')


def _make_folder(folder: Path) -> Path:
    cv2.imwrite(str(folder / 'good.png'), picture())
    return _make_picture(folder, '.jpg')


def _read_folder(path: Path) -> Numbers:
    """A picture beside a good one, whose result must come."""
    errors: list[Exception] = []
    results = _inferencer()(
        str(path.parent), on_error=lambda _, error: errors.append(error)
    )
    heads = {
        Path(name).name: found
        for result in results
        for name, found in zip(result['names'], result['predictions'], strict=True)
    }
    if len(heads['good.png']) != 1:
        raise AssertionError(f'the good picture has {len(heads["good.png"])} heads')
    for error in errors:
        raise error
    for found in heads.values():
        for head in found:
            yield [value for value in head.values() if isinstance(value, float)]


# Videos


def _make_video(folder: Path, name: str, codec: str) -> Path:
    path = folder / name
    fourcc = cv2.VideoWriter.fourcc(*codec)
    writer = cv2.VideoWriter(str(path), fourcc, 25.0, SIZE)
    for shift in range(8):
        writer.write(np.roll(picture(), shift, axis=1))
    writer.release()
    return path


def _read_video(path: Path) -> Numbers:
    with FrameReader(path) as reader:
        for _, time_s, _ in reader:
            yield time_s


# Results, checkpoints, archives


def _make_results(folder: Path) -> Path:
    labels = np.array([[10.0, -20, 3], [0, 5, np.nan]])
    predicted = np.nan_to_num(labels) + 1
    rows = [
        dict(
            img_path=f'{i}.png',
            dataset='made',
            subject='',
            labels=labels[i],
            predicted=predicted[i],
            std=np.ones(3),
            geodesic=1.0,
            score=0.9,
            centre=np.ones(2),
            bbox=np.array([1.0, 2, 3, 4]),
            rotation_std=2.0,
        )
        for i in range(2)
    ]
    write_results(results_table(rows), folder / 'results.csv')
    return folder / 'results.csv'


def _read_results(path: Path) -> Numbers:
    results = read_results(path)
    return [results[PREDICTED], results[ERRORS].stack().dropna()]


def _make_checkpoint(folder: Path) -> Path:
    path = folder / 'model.pth'
    path.write_bytes(shipped_checkpoint().read_bytes())
    return path


def _read_checkpoint(path: Path, named: bool) -> Numbers:
    if named:
        load_model(shipped_config(), path)
    else:
        HeadPoseInferencer(weights=path, device='cpu', detector='none')
    return ()


def _make_meta(folder: Path) -> Path:
    """What a checkpoint tells of itself; the weights are the shipped ones."""
    meta = _shipped()['meta']
    content = dict(
        cfg=parse_assignments(meta['cfg']),
        epoch=meta['epoch'],
        dataset_meta={k: np.asarray(v).tolist() for k, v in _plain(meta).items()},
    )
    path = folder / 'meta.json'
    path.write_text(json.dumps(content))
    return path


@cache
def _shipped() -> dict[str, Any]:
    return torch.load(shipped_checkpoint(), weights_only=True)


def _plain(meta: dict[str, Any]) -> dict[str, Any]:
    found = meta['dataset_meta']
    return {k: v for k, v in found.items() if isinstance(v, (list, str, np.ndarray))}


def _read_meta(path: Path) -> Numbers:
    """Load the weights with another meta."""
    try:
        meta = json.loads(path.read_text())
    except (ValueError, RecursionError):
        return ()
    if isinstance(meta, dict) and isinstance(config := meta.get('cfg'), dict):
        meta['cfg'] = ''.join(f'{name} = {one!r}\n' for name, one in config.items())
    checkpoint = path.with_suffix('.pth')
    torch.save({**_shipped(), 'meta': meta}, checkpoint)
    inferencer = HeadPoseInferencer(weights=checkpoint, device='cpu', detector='none')
    heads = inferencer.predict(picture())
    return [[v for v in head.values() if isinstance(v, float)] for head in heads]


def _make_index(folder: Path) -> Path:
    (folder / 'a').touch()
    read_indexed('made', [folder / 'a'], lambda _: [1.0, 2.0], folder)
    return next(folder.glob('*.npz'))


def _read_index(path: Path) -> Numbers:
    table = read_indexed('made', [path.parent / 'a'], lambda _: [1.0, 2.0], path.parent)
    return [table]


def _make_errors(folder: Path) -> Path:
    columns = 'run,test,repeat,dataset,subject,interval,pitch,yaw,roll,geodesic'
    rows = [
        f'head_bins_seed{seed},,0,made,a b,0 15,12 -3,{seed} 5,,' for seed in range(3)
    ]
    path = folder / 'errors.csv'
    path.write_text('\n'.join([columns, *rows, '']))
    return path


def _read_errors(path: Path) -> Numbers:
    numbers = read_table(path)[['pitch', 'yaw', 'interval']]
    return numbers.fillna(0).to_numpy().ravel()  # NaN is an angle without label


def _make_head_model(folder: Path) -> Path:
    rng = np.random.default_rng(0)
    path = folder / 'head.npz'
    np.savez(
        path,
        vertices=rng.normal(size=(80, 3)).astype(np.float32),
        triangles=rng.integers(0, 80, (30, 3)),
        part=np.zeros(30, int),
        part_names=np.array(['face']),
        identity=rng.normal(size=(2, 80, 3)).astype(np.float16),
        expression=rng.normal(size=(2, 80, 3)).astype(np.float16),
        landmarks68=np.arange(68),
    )
    return path


def _read_head_model(path: Path) -> Numbers:
    arrays = load_morphable_file(path)
    return [array for array in arrays.values() if array.dtype.kind == 'f']


def _make_onnx(folder: Path) -> Path:
    """A graph that gives the numbers of a head model without a network."""
    names = ('angles', 'angles_std', 'center', 'score')
    values = [
        onnx.numpy_helper.from_array(np.ones((1, 3), np.float32), n) for n in names
    ]
    image = onnx.helper.make_tensor_value_info('images', 1, ['b', 3, 'h', 'w'])
    outputs = [onnx.helper.make_tensor_value_info(f'{n}', 1, [1, 3]) for n in names]
    nodes = [onnx.helper.make_node('Identity', [f'{n}_'], [n]) for n in names]
    for value in values:
        value.name += '_'
    graph = onnx.helper.make_graph(nodes, 'head', [image], outputs, values)
    opset = [onnx.helper.make_opsetid('', 17)]
    model = onnx.helper.make_model(graph, opset_imports=opset, ir_version=8)
    write_metadata(model, dict(mean=[1.0], std=[1.0], input_size=[64, 64]))
    path = folder / 'head.onnx'
    onnx.save(model, path)
    return path


def _read_onnx(path: Path) -> Numbers:
    session = open_session(path, threads=1)
    return predict(session, np.zeros((1, 3, 64, 64), np.float32)).values()


# Plain lists


def _make_lists(folder: Path) -> Path:
    path = folder / 'heads.json'
    center, tips = [10.0, 20.0], [[30, 20], [10, 0], [12, 21]]
    content = [[center, tips], [[1, 2, 30, 40]], [[10, -20, 3]]]
    path.write_text(json.dumps(content))
    return path


def _read_lists(path: Path) -> Numbers:
    """What a caller may hand over as lists."""
    try:
        value = json.loads(path.read_text())
    except (ValueError, RecursionError):
        return
    whole = isinstance(value, list) and len(value) == 3
    head, boxes, angles = value if whole else [value] * 3
    yield check_boxes(boxes, SIZE, 'boxes')
    matrices = rotation.euler_to_matrix(angles)
    known = np.isfinite(np.array(angles, dtype=np.float64)).all(axis=-1)
    yield matrices[known]  # of NaN it is NaN
    yield tips_to_angles(*head) if isinstance(head, list) and len(head) == 2 else 0.0


def readers() -> list[Reader]:
    """All kinds of files."""
    return [*_of_labels(), *_of_pictures(), *_of_results()]


def _of_labels() -> list[Reader]:
    coco = 'CocoHeadPoseDataset', 'CocoWholeBodyHeadPoseDataset', 'CocoHeadsDataset'
    return [
        Reader('table.csv', _make_table, _read_table, 3),
        Reader('table.json', partial(_make_table, name='heads.json'), _read_table, 3),
        *(
            Reader(f'biwi {name}', partial(_make_biwi, name=name), _read_biwi, 2)
            for name in ('03/frame_00003_pose.txt', '03/rgb.cal', 'frames.txt')
        ),
        Reader('aflw2000 .mat', partial(_make_mat, compressed=False), _read_mat, 3),
        Reader('aflw2000 .mat, zip', partial(_make_mat, compressed=True), _read_mat),
        *(
            Reader(f'landmarks {name}', partial(_make_points, name=name), _convert)
            for name in ('a.pts', 'points.csv', 'points.json')
        ),
        Reader('landmarks .mat', partial(_make_mat, compressed=False), _convert),
        Reader('landmarks coco.json', partial(_make_coco, labelled=False), _convert),
        *(
            Reader(f'{kind}', _make_coco, partial(_read_coco, kind=kind))
            for kind in coco
        ),
    ]


def _of_pictures() -> list[Reader]:
    suffixes = '.jpg', '.png', '.webp', '.tiff', '.bmp', '.ppm', '.jp2'
    videos = ('a.avi', 'MJPG'), ('a.mp4', 'mp4v'), ('a.mkv', 'mp4v')
    return [
        *(
            Reader(f'picture {s}', partial(_make_picture, suffix=s), _read_picture, 2)
            for s in suffixes
        ),
        Reader('picture beside a good one', _make_folder, _read_folder, 0.1),
        *(
            Reader(
                f'video {name}',
                partial(_make_video, name=name, codec=codec),
                _read_video,
                0.5,
            )
            for name, codec in videos
        ),
    ]


def _of_results() -> list[Reader]:
    return [
        Reader('results.csv', _make_results, _read_results, 2),
        Reader('errors.csv', _make_errors, _read_errors, 0.5),
        Reader('head.npz', _make_head_model, _read_head_model),
        Reader('head.onnx', _make_onnx, _read_onnx, 0.5, has_name=False),
        Reader('index', _make_index, _read_index),
        Reader(
            'checkpoint', _make_checkpoint, partial(_read_checkpoint, named=True), 0.05
        ),
        Reader(
            'checkpoint alone',
            _make_checkpoint,
            partial(_read_checkpoint, named=False),
            0.05,
        ),
        Reader('checkpoint, meta', _make_meta, _read_meta, 0.2),
        Reader('lists', _make_lists, _read_lists, 2, has_name=False),
    ]
