"""Crops of real heads as the network gets them, by the model's own pipeline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.dataset import Compose, pseudo_collate
from mmpose.models.pose_estimators import TopdownPoseEstimator
from mmpose.registry import DATASETS
from numpy.typing import NDArray

from bernoulli_headpose.files import list_images, read_image

from ..datasets.head_pose_table_dataset import HeadPoseTableDataset, read_table
from ..evaluation.criteria import mask_labels
from ..inferencers.configs import config_margin

_TABLES = ('.csv', '.json')


@dataclass(frozen=True)
class LabelledCrops:
    """Crops with labels.

    Attributes:
        images: Normalised, float32 of shape (N, 3, H, W).
        labels: (pitch, yaw, roll) in degrees, NaN where unknown, (N, 3).
        dataset: Names of the data sets, N.
    """

    images: NDArray[np.float32]
    labels: NDArray[np.float64]
    dataset: list[str]


def load_crops(
    model: TopdownPoseEstimator, sources: Sequence[Path], limit: int = 256
) -> NDArray[np.float32]:
    """Crops of folders and tables, evenly chosen among all of them.

    Args:
        model: A pose estimator of ``init_model``, with its config.
        sources: Folders of head images (each taken whole), and tables as
            :class:`HeadPoseTableDataset` reads them (face boxes get the model's
            margin; of a table with splits the ``train`` part is taken).
        limit: The largest number of crops.

    Returns:
        Normalised, shape (N, 3, H, W).

    Raises:
        FileNotFoundError: If a source does not exist, or a folder has no image.
        ValueError: If a source is something else, or a file is no image.
    """
    samples: list[tuple[Any, int]] = []
    for source in sources:
        heads = _heads_of(model, Path(source))
        samples += [(heads, index) for index in range(len(heads))]
    if not samples or limit < 1:
        raise ValueError(f'expected sources and a limit above 0, got {sources, limit}')
    count = min(limit, len(samples))
    chosen = np.linspace(0, len(samples) - 1, count).round().astype(int)
    return _normalize(model, [samples[i][0][samples[i][1]] for i in chosen])


def load_labelled_crops(model: TopdownPoseEstimator) -> LabelledCrops:
    """All crops of the test set of a model's config, with their labels.

    Raises:
        FileNotFoundError: If the data is not where the config says.
    """
    dataset = DATASETS.build(model.cfg.test_dataloader.dataset)
    packed = [dataset[index] for index in range(len(dataset))]
    truths = [sample['data_samples'].gt_instances for sample in packed]
    return LabelledCrops(
        images=_normalize(model, packed),
        labels=mask_labels(
            np.concatenate([truth.head_angles for truth in truths]),
            np.concatenate([truth.head_angles_valid for truth in truths]),
        ),
        dataset=[
            sample['data_samples'].get('dataset_name', 'test set') for sample in packed
        ],
    )


def _heads_of(model: TopdownPoseEstimator, source: Path) -> Any:
    """A sequence of packed samples, made when they are asked for."""
    pipeline = model.cfg.test_dataloader.dataset.pipeline
    if source.is_dir():
        return _Folder(source, Compose(pipeline), model.dataset_meta)
    if source.suffix.lower() not in _TABLES:
        raise ValueError(f'{source}: expected a folder, a .csv or a .json')
    by_split = 'split' in read_table(source)[0][1]
    return HeadPoseTableDataset(
        data_root=str(source.parent),
        ann_file=source.name,
        split='train' if by_split else None,
        margin=config_margin(model.cfg) or 0.0,  # the pipeline may pad further
        pipeline=pipeline,
        test_mode=True,
    )


class _Folder:
    """The images of a folder, each one crop."""

    def __init__(self, folder: Path, pipeline: Compose, meta: dict) -> None:
        self.files = list_images(folder)
        self.pipeline, self.meta = pipeline, meta
        if not self.files:
            raise FileNotFoundError(f'{folder}: expected images, found none')

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, index: int) -> dict:
        path = self.files[index]
        image = read_image(path)
        box = np.array([[0, 0, *image.shape[1::-1]]], dtype=np.float32)
        record = dict(img=image, bbox=box, bbox_score=np.ones(1, np.float32))
        return self.pipeline({**self.meta, **record, 'img_path': str(path)})


def _normalize(model: TopdownPoseEstimator, packed: list[dict]) -> NDArray[np.float32]:
    batch = model.data_preprocessor(pseudo_collate(packed), training=False)
    return batch['inputs'].cpu().numpy()
