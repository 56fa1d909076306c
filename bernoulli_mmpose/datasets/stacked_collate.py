"""Batches that reach the training process in few pieces.

MMEngine's ``pseudo_collate`` hands each tensor of each sample to the training process
by a file descriptor of its own: several hundred a batch, which for small networks on a
processor takes a third of the training's time.
"""

from __future__ import annotations

import io
import pickle
from typing import Any

import torch
from mmengine.registry import FUNCTIONS


class _ByValue(pickle.Pickler):
    """Pickles tensors of the CPU as NumPy arrays, by value."""

    def reducer_override(self, obj: Any) -> Any:
        """How one object is pickled."""
        if isinstance(obj, torch.Tensor):
            return torch.from_numpy, (obj.numpy(),)
        return NotImplemented


class SampleList(list):
    """Data samples that cross to another process in one piece."""

    def __reduce__(self) -> tuple[Any, ...]:
        buffer = io.BytesIO()
        _ByValue(buffer, pickle.HIGHEST_PROTOCOL).dump(list(self))
        return _restore, (buffer.getvalue(),)


def _restore(content: bytes) -> SampleList:
    return SampleList(pickle.loads(content))


@FUNCTIONS.register_module()
def stacked_collate(data_batch: list[dict[str, Any]]) -> dict[str, Any]:
    """A batch of samples of ``PackPoseInputs``, for the same training, sooner.

    Args:
        data_batch: B samples with ``inputs``, (C, H, W) of one size, and
            ``data_samples``.

    Returns:
        ``inputs`` in one tensor (B, C, H, W), and ``data_samples``, a list.

    Raises:
        ValueError: If the inputs differ in size.
    """
    inputs = [sample['inputs'] for sample in data_batch]
    shapes = {tuple(image.shape) for image in inputs}
    if len(shapes) != 1:
        raise ValueError(
            f'stacked_collate: expected inputs of one size, got {sorted(shapes)}'
        )
    samples = SampleList(sample['data_samples'] for sample in data_batch)
    return dict(inputs=torch.stack(inputs), data_samples=samples)
