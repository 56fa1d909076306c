"""What a smaller arithmetic costs: errors against labels, and differences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray

from bernoulli_headpose.rotation import ANGLE_NAMES, FloatArray, nearer_triple

from ..evaluation.criteria import angle_errors, mean_absolute_errors
from ..evaluation.summary import Table
from .crops import LabelledCrops
from .onnx_model import open_session, predict


@dataclass(frozen=True)
class Accuracy:
    """Figures of one exported model on one data set, in degrees.

    Attributes:
        model: Name of the model.
        dataset: Name of the data set.
        heads: Number of heads.
        mae: Mean absolute error, ``mae_pitch`` ... and ``mae``, their mean; without
            the angles that have no label.
        mean_difference: Mean of |this model's angle - the first model's|.
        max_difference: Largest of them.
    """

    model: str
    dataset: str
    heads: int
    mae: dict[str, float]
    mean_difference: float
    max_difference: float


def measure_accuracy(
    models: Mapping[str, onnx.ModelProto | Path], crops: LabelledCrops
) -> list[Accuracy]:
    """Errors of exported models on labelled crops, data set by data set.

    Of models that give rotations the nearer of a rotation's triples of angles counts,
    as in ``HeadPoseMetric``.

    Args:
        models: Models or files by name; the first is what the others differ from.
        crops: Of :func:`~bernoulli_mmpose.export.load_labelled_crops`.

    Returns:
        One entry a data set and model, by data set.
    """
    predicted = {
        name: predict(open_session(model), crops.images)
        for name, model in models.items()
    }
    names = np.array(crops.dataset)
    reference = next(iter(predicted.values()))['angles']
    return [
        _metrics(
            model,
            dataset,
            *(_pairs(found, against)[:, rows] for against in (reference, crops.labels)),
        )
        for dataset, rows in ((d, names == d) for d in sorted(set(crops.dataset)))
        for model, found in predicted.items()
    ]


def _pairs(found: Mapping[str, NDArray], against: NDArray) -> FloatArray:
    """Angles of a model and those that they are compared with, (2, N, 3)."""
    angles = found['angles']
    angles = nearer_triple(angles, against) if 'rotation' in found else angles
    return np.stack([angles, against])


def _metrics(
    model: str,
    dataset: str,
    from_reference: FloatArray,
    from_labels: FloatArray,
) -> Accuracy:
    differences = angle_errors(*from_reference)
    return Accuracy(
        model=model,
        dataset=dataset,
        heads=len(differences),
        mae=mean_absolute_errors(angle_errors(*from_labels)),
        mean_difference=float(differences.mean()),
        max_difference=float(differences.max()),
    )


def accuracy_table(rows: list[Accuracy]) -> Table:
    """The figures as a table; an angle without labels is shown as ``-``."""
    header = ['data', 'model', 'heads', *ANGLE_NAMES, 'mean']
    header += ['mean change', 'largest']
    keys = (*(f'mae_{name}' for name in ANGLE_NAMES), 'mae')
    cells = [
        [row.dataset, row.model, str(row.heads)]
        + [f'{row.mae[key]:.3f}' if key in row.mae else '-' for key in keys]
        + [f'{row.mean_difference:.4f}', f'{row.max_difference:.3f}']
        for row in rows
    ]
    return Table(
        'Mean absolute error, and change from the first model, in degrees',
        header,
        cells,
    )
