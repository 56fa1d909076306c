"""Lower precision while training, on any device."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


class TrainingAutocast:
    """Mixin of a pose estimator: ``train_cfg.autocast`` is the precision of training.

    The network computes in it while it trains, also on a processor, for which
    MMEngine's ``AmpOptimWrapper`` has no use; losses stay in single precision. On a
    processor the maps lie channels last then, in which its convolutions are faster.

    Args:
        *args: Of the estimator.
        **kwargs: Of the estimator; ``train_cfg`` may hold ``autocast``, ``'bfloat16'``
            or ``'float16'``.

    Raises:
        ValueError: If ``autocast`` is something else.
    """

    train_cfg: Any
    training: bool

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name = (self.train_cfg or {}).get('autocast')
        if name not in (None, 'bfloat16', 'float16'):
            raise ValueError(
                f"train_cfg.autocast: expected 'bfloat16' or 'float16', got {name!r}"
            )
        self._autocast = None if name is None else getattr(torch, name)

    def extract_feat(self, inputs: Tensor) -> Any:
        """Feature maps of the backbone (and neck), in single precision."""
        estimator: Any = super()
        if self._autocast is None or not self.training:
            return estimator.extract_feat(inputs)
        if inputs.device.type == 'cpu':
            inputs = inputs.contiguous(memory_format=torch.channels_last)
        with torch.autocast(inputs.device.type, self._autocast):
            maps = estimator.extract_feat(inputs)
        if isinstance(maps, Tensor):
            return maps.float()
        return type(maps)(one.float() for one in maps)
