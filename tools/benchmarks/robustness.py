"""Results of a head-pose model under the conditions of :mod:`.conditions`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
import torch
from mmengine.dataset import Compose, pseudo_collate
from torch import nn

from bernoulli_mmpose.evaluation import HeadPoseMetric
from bernoulli_mmpose.evaluation.results import results_table

from .conditions import ABSENT, AS_THEY_ARE, Condition, head_conditions, headless_sets
from .test_parts import head_parts

BATCH = 64
Crop = tuple[str, int, dict[str, Any]]  # condition, number of the sample, packed sample
Progress = Callable[[list, str], Iterable]


def measure(
    model: nn.Module,
    dataset: Any,
    pipeline: Sequence[dict],
    limit: int,
    seed: int,
    progress: Progress,
) -> dict[str, pd.DataFrame]:
    """Results of a model by the condition.

    Each head is loaded once. A head that a condition leaves as it is (no mask is drawn
    on one seen from behind, or without a label of roll) does not count in it.

    Args:
        model: A top-down estimator.
        dataset: Of :func:`.build_test_set`, with pictures.
        pipeline: That of the test.
        limit: Samples of a data set at most, evenly chosen.
        seed: With the number of a sample it repeats what is drawn for that.
        progress: Wraps a list of samples, with a text.

    Returns:
        Tables of heads, whose index is the number of the sample.

    Raises:
        ValueError: If the data set or the pipeline is of another kind, or no head has a
            known angle.
    """
    numbers = progress(evenly(len(dataset), limit), 'Test set')
    pairs = _predict(model, head_crops(dataset, pipeline, numbers, seed))
    pairs |= _predict(model, headless_crops(pipeline, limit, seed, progress))
    order = dict.fromkeys([*head_conditions(0.0), *pairs])
    tables = {name: _table(pairs.get(name, ())) for name in order}
    if not len(tables[AS_THEY_ARE]):
        raise ValueError('test set: expected heads with a known angle, got none')
    return {name: table for name, table in tables.items() if len(table)}


def evenly(length: int, limit: int) -> list[int]:
    """Numbers of samples, at most so many, from the first to the last."""
    count = min(length, limit)
    return np.linspace(0, length - 1, count).round().astype(int).tolist()


def head_crops(
    dataset: Any, pipeline: Sequence[dict], numbers: Iterable[int], seed: int
) -> Iterator[Crop]:
    """Crops of heads under each condition, and of pictures without one as they are.

    Raises:
        ValueError: See :func:`measure`.
    """
    packings = {
        source: {
            name: Compose(condition.insert(pipeline))
            for name, condition in head_conditions(margin).items()
        }
        for source, margin in _margins(dataset).items()
    }
    plain = Compose(Condition().insert(pipeline))
    for number in numbers:
        record = dataset[number]
        first = _pack(plain, record, seed, number)
        source = record['dataset_name']
        if source not in packings:
            yield f'{ABSENT}{source}', number, first
            continue
        yield AS_THEY_ARE, number, first
        for name, packing in packings[source].items():
            packed = _pack(packing, record, seed, number)
            if not torch.equal(packed['inputs'], first['inputs']):
                yield name, number, packed


def headless_crops(
    pipeline: Sequence[dict], limit: int, seed: int, progress: Progress
) -> Iterator[Crop]:
    """Crops of pictures that show no head, of no test set."""
    sets = headless_sets()
    packings = {
        name: Compose(made.insert(pipeline)) for name, (_, made) in sets.items()
    }
    numbers = [(k, n) for k, (one, _) in sets.items() for n in evenly(len(one), limit)]
    for name, number in progress(numbers, 'Pictures without a head'):
        record = sets[name][0][number]
        yield ABSENT + name, number, _pack(packings[name], record, seed, number)


def _margins(dataset: Any) -> dict[str, float]:
    """Margins of the data sets with heads, by their names."""
    margins: dict[str, float] = {}
    for part in head_parts(dataset):
        name = part.metainfo['dataset_name']
        if part.region != 'head':
            raise ValueError(
                f"region: expected data sets of head boxes, 'head', got {part.region!r}"
            )
        if margins.setdefault(name, part.margin) != part.margin:
            raise ValueError(
                f'dataset_name: expected other names for other margins, got {name!r} '
                f'with {margins[name]:g} and {part.margin:g}'
            )
    return margins


def _pack(packing: Compose, record: dict, seed: int, number: int) -> dict[str, Any]:
    np.random.seed([seed, number])  # MMPose's transforms draw from it
    return packing(dict(record))


def _predict(
    model: nn.Module, crops: Iterable[Crop]
) -> dict[str, list[tuple[int, dict[str, Any]]]]:
    """The metric's records of crops with the numbers of samples, by condition."""
    waiting: dict[str, list[tuple[int, dict]]] = defaultdict(list)
    done: dict[str, list[tuple[int, dict]]] = {}

    def run(name: str) -> None:
        numbers, packed = zip(*waiting.pop(name), strict=True)
        metric = HeadPoseMetric()
        with torch.no_grad():
            samples = model.test_step(pseudo_collate(packed))  # type: ignore[operator]
        metric.process(None, [sample.to_dict() for sample in samples])
        done[name] += zip(numbers, metric.results, strict=True)

    for name, number, packed in crops:
        done.setdefault(name, [])  # in the order of the first crops
        waiting[name].append((number, packed))
        if len(waiting[name]) == BATCH:
            run(name)
    for name in [*waiting]:
        run(name)
    return done


def _table(pairs: Sequence[tuple[int, dict[str, Any]]]) -> pd.DataFrame:
    told = [(number, record) for number, record in pairs if 'labels' in record]
    table = results_table([record for _, record in told])
    return table.set_axis([number for number, _ in told])
