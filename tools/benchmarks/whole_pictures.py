"""Systems that find the heads of whole pictures, and what they find of test sets."""

from __future__ import annotations

import importlib.util
import statistics
import time
from argparse import Namespace
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.config import Config
from rich.progress import track

from bernoulli_headpose.detectors import Faces, no_faces
from bernoulli_headpose.estimation.picture_parts import check_side
from bernoulli_headpose.files import read_image
from bernoulli_headpose.heads import Heads
from bernoulli_headpose.sources import Picture
from bernoulli_mmpose.evaluation import HeadDetectionMetric
from bernoulli_mmpose.evaluation.summary import Table
from bernoulli_mmpose.inferencers.detectors import MTCNNDetector
from bernoulli_mmpose.inferencers.loading import find_model, load_model
from bernoulli_mmpose.inferencers.mmpose_estimator import MMPoseEstimator

from .robustness import evenly
from .test_parts import build_test_set
from .timing import prepare

ONE_PASS, REFINED, MTCNN, LABELLED = (
    'one pass',
    'one pass, then each head',
    'MTCNN, then each head',
    'labelled boxes',
)
LOW_SCORE = 0.02  # what average precision looks at
_FOUND = ('precision', 'recall', 'average_precision')
_ANGLES = ('mae_pitch', 'mae_yaw', 'mae_roll', 'geodesic_mean')
System = Callable[[Picture, Faces], tuple[Heads, dict[str, float]]]
Sizes = Sequence[tuple[float, float | None]]


def build_systems(args: Namespace) -> tuple[Config, dict[str, System]]:
    """The config of the model of whole pictures, and the systems by their names.

    Args:
        args: ``model``, ``weights``, ``single``, ``input_size``, ``score``,
            ``threads``, ``device`` and ``cfg_options`` of the command line.

    Raises:
        ValueError: If the model is not one of whole pictures.
    """
    prepare(args.threads)
    config, weights = find_model(args.model, args.weights)
    config.merge_from_dict(args.cfg_options or {})
    network = load_model(config, weights, device=args.device)
    finder = MMPoseEstimator(network, input_size=check_side(args.input_size))
    if not finder.finds_heads:
        raise ValueError(
            f'model: expected one that finds heads itself, got {args.model}'
        )
    network.head.decoder.score_threshold = LOW_SCORE
    single = MMPoseEstimator(load_model(args.single, device=args.device))

    def find(picture: Picture) -> Heads:
        return finder([picture], [no_faces()])[0]

    def boxes(picture: Picture) -> Faces:
        heads = find(picture)
        return heads.bboxes, heads.bbox_scores

    systems: dict[str, System] = {
        ONE_PASS: lambda picture, _: _one_pass(find, picture),
        REFINED: _crops(boxes, single, args.score),
        LABELLED: _crops(None, single, args.score),
    }
    if importlib.util.find_spec('facenet_pytorch') is not None:
        mtcnn = MTCNNDetector(args.device)
        systems[MTCNN] = _crops(lambda p: mtcnn(p.image), single, args.score)
    return config, systems


def read_sets(config: Config, limit: int) -> Iterator[dict[str, Any]]:
    """Records of the pictures of a config's test sets, at most so many of each."""
    dataset = build_test_set(config, pipeline=[dict(type='LoadImage')])
    start = 0
    for part in getattr(dataset, 'datasets', [dataset]):
        for number in track(evenly(len(part), limit), part.metainfo['dataset_name']):
            yield dataset[start + number]
        start += len(part)


def evaluate(
    records: Iterator[Mapping[str, Any]],
    systems: Mapping[str, System],
    threshold: float,
    sizes: Sizes,
) -> list[Table]:
    """Tables of what systems find: by size, angles, and times.

    Args:
        records: Pictures with all their heads.
        systems: By name; they see each picture in turns of changing order.
        threshold: Least score of a head, but for average precision.
        sizes: Of heads, see :class:`HeadDetectionMetric`.
    """
    metrics = {
        name: HeadDetectionMetric(
            score_threshold=threshold, size_ranges=sizes, by_dataset=True
        )
        for name in systems
    }
    seconds: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for number, record in enumerate(records):
        picture = Picture(str(record['img_path']), 'picture', record['img'])
        faces = record['bbox'], np.ones(len(record['bbox']), np.float32)
        for name in sorted(systems, reverse=bool(number % 2)):
            heads, spent = systems[name](picture, faces)
            for stage, value in spent.items():
                seconds[name][stage].append(value)
            metrics[name].process(None, [_sample(record, heads)])
    found = {
        k: metric.compute_metrics([metric.results]) for k, metric in metrics.items()
    }
    names = [*dict.fromkeys(key.rpartition('/')[0] for key in found[ONE_PASS])]
    sets = [name for name in names if name and 'size_' not in name]
    return [
        *(_found_table(one, found, sizes) for one in sets),
        *(_angle_table(one, found) for one in sets),
        _time_table(seconds),
    ]


def count_false_alarms(
    paths: Sequence[Path], systems: Mapping[str, System], threshold: float
) -> Table:
    """How many heads systems find in pictures that show nobody.

    Args:
        paths: The pictures.
        systems: By name.
        threshold: Least score of a head.
    """
    finding = [name for name in systems if name != LABELLED]
    counts = dict.fromkeys(finding, 0)
    for path in track(paths, 'empty'):
        picture = Picture(str(path), 'picture', read_image(path))
        for name in finding:
            heads, _ = systems[name](picture, no_faces())
            counts[name] += int((heads.head_scores >= threshold).sum())
    rows = [
        [name, str(count), f'{count / len(paths):.3f}']
        for name, count in counts.items()
    ]
    title = f'false alarms in {len(paths)} pictures without anybody'
    return Table(title, ['system', 'heads', 'a picture'], rows)


def _one_pass(
    find: Callable[[Picture], Heads], picture: Picture
) -> tuple[Heads, dict[str, float]]:
    start = time.perf_counter()
    heads = find(picture)
    return heads, {'finding': time.perf_counter() - start}


def _crops(
    find: Callable[[Picture], Faces] | None, single: MMPoseEstimator, threshold: float
) -> System:
    """Crops of the heads that a function finds; of the labelled boxes if None.

    Heads below the threshold, which only average precision asks for, cost no time.
    """

    def run(picture: Picture, labelled: Faces) -> tuple[Heads, dict[str, float]]:
        spent: dict[str, float] = {}
        faces = labelled
        if find is not None:
            start = time.perf_counter()
            faces = find(picture)
            spent['finding'] = time.perf_counter() - start
        boxes, scores = faces
        sure = scores >= threshold
        start = time.perf_counter()
        (first,) = single([picture], [(boxes[sure], scores[sure])])
        spent['estimating'] = time.perf_counter() - start
        (rest,) = single([picture], [(boxes[~sure], scores[~sure])])
        heads = Heads.join([part for part in (first, rest) if len(part)] or [first])
        heads.head_scores = np.concatenate([scores[sure], scores[~sure]])
        return heads, spent

    return run


def _sample(record: Mapping[str, Any], heads: Heads) -> dict[str, Any]:
    """A data sample of a picture's labels and of what was found."""
    truth = {'bboxes': record['bbox']}
    for name in ('keypoints', 'keypoints_visible', 'head_angles', 'head_rotation'):
        truth[name] = record[name]
    truth['head_angles_valid'] = record['head_angles_valid']
    return dict(
        id=record['id'],
        img_path=record['img_path'],
        dataset_name=record['dataset_name'],
        ori_shape=record['img'].shape[:2],
        gt_instances=truth,
        pred_instances=heads.arrays(),
    )


def _found_table(
    name: str, found: Mapping[str, Mapping[str, float]], sizes: Sizes
) -> Table:
    """Precision, recall and average precision by the size of heads."""
    header = ['size, pixels', 'heads']
    header += [f'{system}: P / R / AP' for system in found if system != LABELLED]
    rows = []
    for least, greatest in sizes:
        size = f'{least:g}+' if greatest is None else f'{least:g}-{greatest:g}'
        key = f'{name}/size_{size}'
        count = found[ONE_PASS].get(f'{key}/n_truth', 0)
        cells = [
            ' / '.join(f'{metrics.get(f"{key}/{m}", np.nan):.3f}' for m in _FOUND)
            for system, metrics in found.items()
            if system != LABELLED
        ]
        rows.append([size, f'{count:.0f}', *cells])
    return Table(f'{name}: heads that are found', header, rows)


def _angle_table(name: str, found: Mapping[str, Mapping[str, float]]) -> Table:
    """Errors of the angles of heads that were found."""
    rows = []
    for system, metrics in found.items():
        count = f'{metrics.get(f"{name}/n_with_angles", 0):.0f}'
        values = [metrics.get(f'{name}/{m}', np.nan) for m in _ANGLES]
        rows.append([system, count, *(f'{value:.2f}' for value in values)])
    header = ['system', 'heads', 'pitch', 'yaw', 'roll', 'geodesic']
    return Table(f'{name}: mean errors of the angles, degrees', header, rows)


def _time_table(seconds: Mapping[str, Mapping[str, list[float]]]) -> Table:
    rows = [
        [system, *(_milliseconds(stages.get(k)) for k in ('finding', 'estimating'))]
        for system, stages in seconds.items()
    ]
    title = 'median time of a picture, ms'
    return Table(title, ['system', 'finding heads', 'angles of each'], rows)


def _milliseconds(values: list[float] | None) -> str:
    return '-' if not values else f'{1e3 * statistics.median(values):.0f}'
