"""The head that predicts all heads of an image."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from mmengine.structures import InstanceData
from mmpose.registry import MODELS
from torch import Tensor

from ..codecs import MultiBernoulliHeatmap
from .bernoulli_head import BernoulliHead


@MODELS.register_module()
class MultiBernoulliHead(BernoulliHead):
    """One centre map and V value maps for all heads of an image.

    Args:
        in_channels: Channels of the last feature map.
        decoder: Config of a :class:`MultiBernoulliHeatmap`; it tells V.
        **kwargs: Further arguments of :class:`BernoulliHead`; there is one keypoint,
            the head centre, and losses are those on maps.

    Raises:
        ValueError: If the decoder is not a ``MultiBernoulliHeatmap``, more than one
            keypoint is asked for, or a loss on decoded values.
    """

    CODEC = MultiBernoulliHeatmap

    def __init__(self, in_channels: int, decoder: dict, **kwargs: Any) -> None:
        super().__init__(in_channels, decoder, **kwargs)
        if self.num_keypoints != 1 or self.decoded_loss or self.deviation_loss:
            raise ValueError(
                'MultiBernoulliHead: expected one keypoint and neither decoded_loss '
                f'nor deviation_loss, got {self.num_keypoints}, {self.decoded_loss} '
                f'and {self.deviation_loss}'
            )

    def decode(self, batch_outputs: Tensor) -> list[InstanceData]:
        """Decode maps, (B, 1 + V, H, W), into the heads of B images.

        Returns:
            B instances of N heads each, N from 0 to the codec's ``max_heads``, the
            highest peaks first: ``keypoints`` (N, 1, 2) and ``bboxes`` (N, 4) in
            input pixels, ``keypoint_scores`` (N, 1), ``head_scores`` and
            ``bbox_scores`` (N,) in [0, 1], ``head_angles`` and ``head_angles_std``
            (N, V - 1) in degrees; with a :class:`MultiRotationHeatmap` (N, 3), and
            ``head_rotation`` (N, 3, 3) and ``head_rotation_std`` (N,) in degrees.

        Raises:
            ValueError: If the centre maps are not finite: no peak is found in NaN, and
                broken weights would pass for an image without heads.
        """
        if not torch.isfinite(batch_outputs[:, 0]).all():
            raise ValueError(
                'expected finite centre maps from the network, got NaN or inf; its '
                'weights are damaged'
            )
        heads = self.decoder.estimate(batch_outputs.detach(), compact=True)
        arrays = {name: values.cpu().numpy() for name, values in heads.items()}
        found = arrays.pop('found')
        return [
            _instances({name: values[i][slots] for name, values in arrays.items()})
            for i, slots in enumerate(found)
        ]

    def loss(
        self,
        feats: Any,
        batch_data_samples: list,
        train_cfg: dict | None = None,  # noqa: ARG002  (MMPose's signature)
    ) -> dict[str, Tensor]:
        """Losses of a batch: ``loss_kpt`` and ``loss_angle``."""
        heatmaps, value_maps = self.decoder.split(self.forward(feats))
        fields = [sample.gt_fields for sample in batch_data_samples]

        def stacked(name: str) -> Tensor:
            return torch.stack([field.get(name) for field in fields])

        known = value_maps.new_ones(value_maps.shape[:2])
        return dict(
            loss_kpt=self.loss_module(
                heatmaps, stacked('heatmaps'), stacked('heatmap_weights')
            ),
            loss_angle=self.angle_loss(
                value_maps,
                stacked('angle_heatmaps'),
                stacked('angle_mask'),
                known,
                stacked('angle_background'),
            ),
        )


def _instances(heads: dict[str, Any]) -> InstanceData:
    """The heads of one image, of what a codec's ``estimate`` tells of them."""
    centers, half = heads.pop('centers'), heads.pop('sizes')[:, None] / 2
    scores = heads['head_scores']
    return InstanceData(
        keypoints=centers[:, None],
        keypoint_scores=scores[:, None],
        bboxes=np.concatenate([centers - half, centers + half], axis=1),
        bbox_scores=scores,
        **heads,
    )
