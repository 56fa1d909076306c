"""What an exported graph gives of the body of a model with head pose beside it."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ..models import TopdownWithHeadPose


class BesideBody:
    """The raw outputs of a body's own head, as MMPose decodes them.

    By the kind of head: ``body_simcc_x`` and ``body_simcc_y``, (B, K, bins);
    ``body_heatmaps``, (B, C, H, W); or ``body_coordinates``, (B, K, 2) or (B, K, 4), in
    shares of the input's size.

    Args:
        model: In evaluation mode.

    Attributes:
        input_shape: The one that the graph takes, (3, H, W).
        outputs: Names, in the order of :meth:`of`.
        shapes: Of each output, without the batch.

    Raises:
        ValueError: If the model asks for the flip test, or its head is of no such kind.
    """

    def __init__(self, model: TopdownWithHeadPose) -> None:
        if (model.test_cfg or {}).get('flip_test', False):
            raise ValueError(
                'flip_test: expected it off for a graph with a body (--flip-test off)'
            )
        width, height = model.head_pose.decoder.input_size
        self.input_shape = (3, height, width)
        self._model = model
        with torch.no_grad():
            feats, _ = model.head_pose_maps(torch.zeros(1, *self.input_shape))
            raw = model.head(feats)
        self.outputs = _names(raw)
        if not self.outputs:
            raise ValueError(
                'model: expected a body with SimCC, heatmaps or coordinates to export, '
                f'got {type(model.head).__name__}'
            )
        pairs = zip(self.outputs, _each(raw), strict=True)
        self.shapes = {name: tuple(one.shape[1:]) for name, one in pairs}

    def of(self, feats: Any) -> tuple[Tensor, ...]:
        """The body's outputs, of what its head reads."""
        return _each(self._model.head(feats))


def _each(raw: Any) -> tuple[Tensor, ...]:
    return (raw,) if isinstance(raw, Tensor) else tuple(raw)


def _names(raw: Any) -> tuple[str, ...]:
    if isinstance(raw, Tensor):
        names = {4: 'body_heatmaps', 3: 'body_coordinates'}
        return (names[raw.dim()],) if raw.dim() in names else ()
    # Others give (coordinates, maps), or one map a stage.
    if isinstance(raw, tuple) and [getattr(r, 'ndim', 0) for r in raw] == [3, 3]:
        return 'body_simcc_x', 'body_simcc_y'
    return ()
