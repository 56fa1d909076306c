"""The codec of Bernoulli heatmaps of many heads whose discs hold rotations."""

from __future__ import annotations

from typing import Any

from mmpose.registry import KEYPOINT_CODECS
from torch import Tensor

from ..rotation import matrix_to_euler
from .decode_heads import only_used, values_of_discs
from .decode_rotations import (
    COLUMN_NAMES,
    COLUMN_SIGNS,
    only_plausible,
    rotation_stds,
    rotations_of_discs,
    score_heads,
)
from .multi_bernoulli_heatmap import SIZE_NAME, MultiBernoulliHeatmap
from .value_map_codec import RotationColumns


@KEYPOINT_CODECS.register_module()
class MultiRotationHeatmap(RotationColumns, MultiBernoulliHeatmap):
    """:class:`MultiBernoulliHeatmap` with the columns of :class:`RotationHeatmap`.

    V is 7: two columns of each head's rotation, and its size.

    Args:
        input_size: See :class:`MultiBernoulliHeatmap`.
        heatmap_size: See :class:`MultiBernoulliHeatmap`.
        size_scale: Octaves of size per map unit.
        doubt: See :class:`RotationHeatmap`; more, since a small head is one, too, if
            its rotation is not well known.
        **kwargs: Further arguments of :class:`MultiBernoulliHeatmap`, but for those on
            values.

    Raises:
        ValueError: If an argument is out of its range.
    """

    def __init__(
        self,
        input_size: tuple[int, int],
        heatmap_size: tuple[int, int],
        size_scale: float = 2.0,
        doubt: float = 60.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            input_size,
            heatmap_size,
            value_names=(*COLUMN_NAMES, SIZE_NAME),
            value_scales=(*[1.0] * 6, size_scale),
            flip_signs=(*COLUMN_SIGNS, 1.0),
            value_key='head_rotation',
            **kwargs,
        )
        self.doubt = float(doubt)
        self._check(('doubt', self.doubt > 0, 'a positive number of degrees'))
        self.auxiliary_encode_keys = {'head_rotation', 'head_angles_valid', 'bbox'}

    def estimate(
        self, batch_encoded: Tensor, compact: bool = False
    ) -> dict[str, Tensor]:
        """The heads of a batch of maps, see the base.

        Value maps of an image that are not finite, or far beyond 1, are those of heads
        of which nothing is known.

        Returns:
            Also ``head_rotation`` (B, N, 3, 3) and ``head_rotation_std`` (B, N) in
            degrees; ``head_scores`` are those of :func:`.score_heads`.
        """
        heatmaps, value_maps = self.split(batch_encoded.float())
        value_maps = only_plausible(value_maps)
        places, weights = self.weigh(heatmaps[:, -1], value_maps, compact)
        flat = value_maps.flatten(2)
        if compact:
            weights, flat = only_used(weights, flat)
        heads = rotations_of_discs(weights, flat[:, :6])
        stds = rotation_stds(heads)
        octaves, _ = values_of_discs(weights, flat[:, 6:])
        found = self.places_of(*places, octaves[..., 0] * float(self.value_scales[-1]))
        scores = score_heads(found['head_scores'], stds[..., 3], self.doubt)
        stds = self.calibrate(stds)
        return dict(
            found,
            head_angles=matrix_to_euler(heads.matrices),
            head_angles_std=stds[..., :3],
            head_scores=scores,
            head_rotation=heads.matrices,
            head_rotation_std=stds[..., 3],
        )
