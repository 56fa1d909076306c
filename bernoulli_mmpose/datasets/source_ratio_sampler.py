"""Batches that hold a given share of each data set."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from mmpose.datasets import CombinedDataset
from mmpose.datasets.samplers import MultiSourceSampler
from mmpose.registry import DATA_SAMPLERS


@DATA_SAMPLERS.register_module()
class SourceRatioSampler(MultiSourceSampler):
    """``MultiSourceSampler`` that refuses shares it would never end with.

    MMPose's own draws for ever from a data set whose share of a batch comes to less
    than one sample, or which is empty.

    Args:
        dataset: ``CombinedDataset`` of the sources.
        batch_size: Samples of a batch, as in the data loader.
        source_ratio: Share of each source, positive; they need not add up to 1.
            Shares are rounded down to whole samples, the first source has the rest.
        **kwargs: Further arguments of ``MultiSourceSampler``.

    Raises:
        ValueError: If the data set is not of several sources, there is not one
            positive share a source, a batch would hold no sample of one, or a source
            is empty.
    """

    def __init__(
        self,
        dataset: CombinedDataset,
        batch_size: int,
        source_ratio: Sequence[float],
        **kwargs: Any,
    ) -> None:
        if not isinstance(dataset, CombinedDataset):
            raise ValueError(
                'dataset: expected a CombinedDataset of the sources, got '
                f'{type(dataset).__name__}'
            )
        count = len(dataset.datasets)
        shares = list(source_ratio) if isinstance(source_ratio, (list, tuple)) else []
        if len(shares) != count or not all(_is_positive(share) for share in shares):
            raise ValueError(
                f'source_ratio: expected a positive share for each of {count} data '
                f'sets (one that is not wanted is left out), got {source_ratio!r}'
            )
        if not isinstance(batch_size, int) or batch_size < 1:
            raise ValueError(f'batch_size: expected 1 or more, got {batch_size!r}')
        super().__init__(dataset, batch_size, shares, **kwargs)
        for place, (samples, part) in enumerate(
            zip(self.num_per_source, dataset.datasets, strict=True)
        ):
            where = f'data set {place} ({type(part).__name__})'
            if samples < 1:
                raise ValueError(
                    f'source_ratio: expected a sample of each data set in a batch of '
                    f'{batch_size}, got none of {where} by {source_ratio!r}'
                )
            if not len(part):
                raise ValueError(f'{where}: expected samples, got an empty data set')


def _is_positive(share: Any) -> bool:
    return isinstance(share, (int, float)) and math.isfinite(share) and share > 0
