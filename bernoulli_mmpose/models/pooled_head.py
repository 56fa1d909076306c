"""What heads have in common that regress from pooled features, without maps."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from mmengine.structures import InstanceData
from mmpose.models.heads.base_head import BaseHead
from mmpose.registry import KEYPOINT_CODECS
from torch import Tensor, nn

from ..codecs import BernoulliHeatmap
from ..codecs.value_map_codec import RotationColumns


class PooledHead(BaseHead):
    """Base of the Bernoulli heatmap's baselines: global pooling and one linear layer.

    They train on the same data sets, pipelines and labels as :class:`BernoulliHead`:
    the codec stays the config's ``BernoulliHeatmap``, whose ``angle_labels`` and
    ``angle_weights`` are what they learn from, so that a baseline sees neither other
    crops nor other labels. Its maps are not used.

    The head's centre is not predicted: ``keypoints`` holds the crop's centre, and the
    scores are 1. There are no maps for ``output_heatmaps``.

    Args:
        in_channels: Channels of each of the backbone's feature maps, one number for
            one map. All maps are averaged over their pixels and joined.
        decoder: Config of a :class:`BernoulliHeatmap`; it tells the V values, their
            scales and what a mirror does to them.
        outputs_per_value: Numbers that the linear layer gives, over V.
        init_cfg: MMEngine's; small normal weights if None.

    Raises:
        ValueError: If the decoder is not a ``BernoulliHeatmap``, or one of rotations;
            or, in use, if the backbone gives another number of feature maps.
    """

    def __init__(
        self,
        in_channels: int | Sequence[int],
        decoder: dict,
        outputs_per_value: int,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(
            init_cfg or dict(type='Normal', layer='Linear', std=0.01, bias=0)
        )
        codec = KEYPOINT_CODECS.build(decoder)
        if not isinstance(codec, BernoulliHeatmap) or isinstance(
            codec, RotationColumns
        ):
            raise ValueError(
                'decoder: expected a BernoulliHeatmap, of values that are predicted as '
                f'they are, got {type(codec).__name__}'
            )
        self.decoder = codec
        self.num_keypoints = 1
        channels = [in_channels] if isinstance(in_channels, int) else in_channels
        self.in_channels = tuple(channels)
        outputs = codec.num_values * outputs_per_value
        self.fc = nn.Linear(sum(self.in_channels), outputs)
        # Kept in checkpoints: outputs mean nothing without their scales.
        self.value_scales: Tensor
        self.register_buffer('value_scales', torch.tensor(codec.value_scales))
        self.flip_signs: Tensor
        signs = torch.tensor(codec.flip_signs)
        self.register_buffer('flip_signs', signs, persistent=False)

    def forward(self, feats: Sequence[Tensor]) -> Tensor:
        """Outputs (B, V * outputs_per_value) of feature maps (B, C, H, W)."""
        if len(feats) != len(self.in_channels):
            raise ValueError(
                f"in_channels: expected one for each of the backbone's {len(feats)} "
                f'feature maps, got {self.in_channels}'
            )
        pooled = [one.mean(dim=(2, 3)) for one in feats]
        return self.fc(torch.cat(pooled, dim=1))

    @abstractmethod
    def mirror(self, outputs: Tensor) -> Tensor:
        """Outputs of the mirrored images, if those of the images were ``outputs``."""

    @abstractmethod
    def outputs_to_values(self, outputs: Tensor) -> tuple[Tensor, Tensor | None]:
        """Values, (B, V), and their standard deviations, or None, in degrees."""

    @abstractmethod
    def output_losses(
        self, outputs: Tensor, labels: Tensor, weights: Tensor
    ) -> dict[str, Tensor]:
        """Losses of a batch.

        Args:
            outputs: Of :meth:`forward`.
            labels: Values over their scales, (B, V).
            weights: 1 where a value has a label, 0 elsewhere, (B, V).
        """

    def loss(
        self,
        feats: Any,
        batch_data_samples: list,
        train_cfg: dict | None = None,  # noqa: ARG002  (MMPose's signature)
    ) -> dict[str, Tensor]:
        """Losses of a batch, see the subclass."""
        labels = [sample.gt_instance_labels for sample in batch_data_samples]
        return self.output_losses(
            self.forward(feats),
            torch.cat([label.angle_labels for label in labels]),
            torch.cat([label.angle_weights for label in labels]),
        )

    def predict(
        self,
        feats: Any,
        batch_data_samples: list,  # noqa: ARG002  (MMPose's signature)
        test_cfg: dict | None = None,
    ) -> list[InstanceData]:
        """Predict values.

        Args:
            feats: Feature maps; a list [plain, flipped] in the flip test, in which
                outputs are averaged with those of the mirrored images.
            batch_data_samples: Not used.
            test_cfg: ``flip_test``.

        Returns:
            B instances, see :meth:`decode`.
        """
        if (test_cfg or {}).get('flip_test', False):
            plain, flipped = (self.forward(maps) for maps in feats)
            return self.decode((plain + self.mirror(flipped)) * 0.5)
        return self.decode(self.forward(feats))

    def decode(self, batch_outputs: Tensor) -> list[InstanceData]:
        """Read outputs of :meth:`forward`.

        Returns:
            B instances with the fields of :meth:`.BernoulliHeatmap.as_fields`, (1, ...)
            in degrees, ``head_scores`` (1,) and ``keypoint_scores`` (1, 1) of 1, and
            ``keypoints`` (1, 1, 2), the centre of the crop in input pixels. A head that
            has no standard deviations leaves them out, which ``HeadPoseMetric`` and
            ``HeadPoseVisualizer`` take for "none"; 0 would say that it is sure.
        """
        values, stds = self.outputs_to_values(batch_outputs.detach())
        preds = []
        named = self.decoder.as_fields(values, stds)
        fields = {k: v.float().cpu().numpy() for k, v in named.items()}
        for index in range(len(values)):
            pred = InstanceData(
                keypoints=np.array([[self.decoder.input_size]], np.float32) / 2,
                keypoint_scores=np.ones((1, 1), np.float32),
                head_scores=np.ones(1, np.float32),
            )
            for name, numbers in fields.items():
                pred.set_field(numbers[index, None], name)
            preds.append(pred)
        return preds
