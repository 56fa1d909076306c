"""The head that predicts keypoints and the values attached to the last one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from mmengine.structures import InstanceData, PixelData
from mmpose.models.heads import HeatmapHead
from mmpose.models.utils.tta import flip_heatmaps
from mmpose.registry import MODELS
from torch import Tensor, nn

from ..codecs import BernoulliHeatmap, ValueMapCodec
from .multiscale_concat import concat_scales, convolve_scales


@MODELS.register_module()
class BernoulliHead(HeatmapHead):
    """K Gaussian maps and V Bernoulli maps from one fully convolutional head.

    Args:
        in_channels: Channels of the last feature map, or of all together where all are
            read (:class:`.MultiscaleConcat`).
        decoder: Config of a :class:`BernoulliHeatmap`; it tells V.
        num_keypoints: K, the last keypoint being the head centre.
        keypoint_loss: Config of the loss on the Gaussian maps.
        angle_loss: Config of the loss on the Bernoulli maps.
        decoded_loss: Config of an extra loss on the decoded values, in map
            units, called as ``loss(output, target, weight)`` with (B, V)
            tensors; the discs are weighted by the target's Gaussian. None for
            none.
        deviation_loss: :class:`DeviationLoss` on the decoded standard deviations;
            None for none.
        deconv_out_channels: See ``HeatmapHead``; none by default.
        **kwargs: Further arguments of :class:`mmpose.models.heads.HeatmapHead`.

    Raises:
        ValueError: If the decoder is not a ``BernoulliHeatmap``, or, on loading, if
            the checkpoint's head has other maps or other value scales.
    """

    CODEC: type[ValueMapCodec] = BernoulliHeatmap

    def __init__(
        self,
        in_channels: int | Sequence[int],
        decoder: dict,
        num_keypoints: int = 1,
        keypoint_loss: dict = dict(type='KeypointMSELoss', use_target_weight=True),  # noqa: B006
        angle_loss: dict = dict(type='BernoulliLoss'),  # noqa: B006
        decoded_loss: dict | None = None,
        deviation_loss: dict | None = None,
        deconv_out_channels: Sequence[int] | None = None,
        **kwargs: Any,
    ) -> None:
        from mmpose.registry import KEYPOINT_CODECS

        codec = KEYPOINT_CODECS.build(decoder)
        if not isinstance(codec, self.CODEC):
            raise ValueError(
                f'decoder: expected a {self.CODEC.__name__}, got {type(codec).__name__}'
            )
        super().__init__(
            in_channels,
            num_keypoints + codec.num_values,
            deconv_out_channels=deconv_out_channels,
            loss=keypoint_loss,
            decoder=decoder,
            **kwargs,
        )
        self.decoder: Any  # a CODEC
        self.num_keypoints = num_keypoints
        self.angle_loss = MODELS.build(angle_loss)
        self.decoded_loss = MODELS.build(decoded_loss) if decoded_loss else None
        self.deviation_loss = MODELS.build(deviation_loss) if deviation_loss else None
        # Kept in checkpoints: maps mean nothing without the scales of their values.
        self.value_scales: Tensor
        self.register_buffer('value_scales', torch.tensor(codec.value_scales))
        self._register_load_state_dict_pre_hook(self._check_checkpoint)

    def _check_checkpoint(
        self, state_dict: dict[str, Tensor], prefix: str, *_: Any
    ) -> None:
        """Refuse another BernoulliHead's weights, which MMEngine would half load."""
        scales = state_dict.get(f'{prefix}value_scales')
        if scales is None:  # of another head: a network to begin from
            return
        if not torch.equal(scales.cpu(), self.value_scales.cpu()):
            raise ValueError(
                "the checkpoint's values have the scales "
                f'{scales.tolist()}: expected {self.value_scales.tolist()} '
                '(value_scales of the codec)'
            )
        own = self.state_dict()
        for name in own.keys() & {k.removeprefix(prefix) for k in state_dict}:
            got = state_dict[prefix + name].shape
            if got != own[name].shape:
                raise ValueError(
                    f"the checkpoint's head is another: at {prefix + name!r} expected "
                    f'shape {tuple(own[name].shape)} ({self.num_keypoints} keypoints '
                    f'and {self.decoder.num_values} values), got {tuple(got)}'
                )

    def forward(self, feats: Sequence[Tensor]) -> Tensor:
        """Maps (B, K + V, H, W) of feature maps.

        Args:
            feats: Maps (B, C, H, W), of which the last is read; or maps of several
                sizes, (B, C_i, H / 2**i, W / 2**i), that have ``in_channels``
                together: they are read as one (:func:`.concat_scales`).
        """
        channels = sum(int(maps.shape[1]) for maps in feats)
        if len(feats) == 1 or channels != self.in_channels:
            return super().forward(feats)
        layers = self.deconv_layers, self.conv_layers
        final, plain = self.final_layer, all(type(x) is nn.Identity for x in layers)
        if plain and isinstance(final, nn.Conv2d) and final.kernel_size == (1, 1):
            return convolve_scales(final, feats)
        return super().forward((concat_scales(feats),))

    def predict(
        self, feats: Any, batch_data_samples: list, test_cfg: dict | None = None
    ) -> Any:
        """Predict keypoints and values.

        Args:
            feats: Feature maps; a list [plain, flipped] in the flip test.
            batch_data_samples: Data samples; in the flip test their metainfo
                gives the K ``flip_indices``.
            test_cfg: ``flip_test``, ``flip_mode``, ``shift_heatmap`` and
                ``output_heatmaps``, as in ``HeatmapHead``.

        Returns:
            A list of :class:`InstanceData` with ``keypoints`` (1, K, 2) in
            input pixels, ``keypoint_scores`` (1, K), ``head_angles`` (1, 3) and
            ``head_angles_std`` (1, 3) in degrees, further values and theirs in
            ``head_values`` and ``head_values_std``, each (1, V - 3), and
            ``head_scores`` (1,) in [0, 1], the last of ``keypoint_scores`` (see
            :meth:`.BernoulliHeatmap.judge`);
            with ``output_heatmaps`` also a list of ``PixelData`` whose
            ``heatmaps`` are (K, H, W) and ``angle_heatmaps`` (V, H, W).
        """
        test_cfg = test_cfg or {}
        if test_cfg.get('flip_test', False):
            plain, flipped = feats
            flip_indices = batch_data_samples[0].metainfo['flip_indices']
            maps = self.merge_flip(
                self.forward(plain), self.forward(flipped), flip_indices, test_cfg
            )
        else:
            maps = self.forward(feats)
        preds = self.decode(maps)
        if not test_cfg.get('output_heatmaps', False):
            return preds
        heatmaps, angle_heatmaps = self.decoder.split(maps.detach())
        fields = [
            PixelData(heatmaps=heatmap, angle_heatmaps=angles)
            for heatmap, angles in zip(heatmaps, angle_heatmaps, strict=True)
        ]
        return preds, fields

    def merge_flip(
        self,
        plain: Tensor,
        flipped: Tensor,
        flip_indices: Sequence[int],
        test_cfg: dict,
    ) -> Tensor:
        """The mean of an image's maps and its mirror image's, mirrored back.

        Args:
            plain: Maps of the images, (B, K + V, H, W).
            flipped: Maps of the mirrored images, of the same shape.
            flip_indices: Index of each keypoint's mirror image, K.
            test_cfg: ``flip_mode`` and ``shift_heatmap``, as in ``HeatmapHead``.

        Raises:
            ValueError: If there are not K indices.
        """
        if len(flip_indices) != self.num_keypoints:
            raise ValueError(
                f'flip_indices: expected one for each of {self.num_keypoints} '
                f'keypoints, got {list(flip_indices)}'
            )
        options = dict(
            flip_mode=test_cfg.get('flip_mode', 'heatmap'),
            shift_heatmap=test_cfg.get('shift_heatmap', False),
        )
        heatmaps, angle_maps = self.decoder.split(flipped)
        heatmaps = flip_heatmaps(heatmaps, flip_indices=flip_indices, **options)
        signs = flipped.new_tensor(self.decoder.flip_signs)[:, None, None]
        angle_maps = flip_heatmaps(angle_maps, **options) * signs
        return (plain + torch.cat([heatmaps, angle_maps], dim=1)) * 0.5

    def decode(self, batch_outputs: Tensor) -> list[InstanceData]:
        """Decode maps, (B, K + V, H, W); see :meth:`predict` for the result."""
        preds = super().decode(batch_outputs)
        maps = batch_outputs.detach()
        heads = {k: v.cpu().numpy() for k, v in self.decoder.estimate(maps).items()}
        for index, pred in enumerate(preds):
            for name, values in heads.items():
                pred.set_field(values[index, None], name)
            pred.keypoint_scores[:, -1] = pred.head_scores
        return preds

    def loss(
        self,
        feats: Any,
        batch_data_samples: list,
        train_cfg: dict | None = None,  # noqa: ARG002  (MMPose's signature)
    ) -> dict[str, Tensor]:
        """Losses of a batch: ``loss_kpt``, ``loss_angle`` and those asked for.

        These are ``loss_decoded`` and ``loss_deviation``.
        """
        fields = [sample.gt_fields for sample in batch_data_samples]
        labels = [sample.gt_instance_labels for sample in batch_data_samples]
        codec = self.decoder
        targets = {
            name: torch.stack([field.get(name) for field in fields])
            for name in codec.field_mapping_table
        }
        targets |= {
            name: torch.cat([label.get(name) for label in labels])
            for name in codec.label_mapping_table
        }
        return self.loss_on(self.forward(feats), targets)

    def loss_on(self, maps: Tensor, targets: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Losses of maps; see :meth:`loss`.

        Args:
            maps: Predicted, (B, K + V, H, W).
            targets: What the codec encodes of each sample, B of each.
        """
        heatmaps, angle_maps = self.decoder.split(maps)
        mask, weights = targets['angle_mask'], targets['angle_weights']
        behind = targets['background_weights'][:, :, None, None] * (1 - mask)
        losses = dict(
            loss_kpt=self.loss_module(
                heatmaps, targets['heatmaps'], targets['keypoint_weights']
            ),
            loss_angle=self.angle_loss(
                angle_maps, targets['angle_heatmaps'], mask, weights, behind
            ),
        )
        center_map, truth = targets['heatmaps'][:, -1], targets['angle_labels']
        return losses | self.decoded_losses(center_map, angle_maps, truth, weights)

    def decoded_losses(
        self, center_map: Tensor, angle_maps: Tensor, truth: Tensor, weights: Tensor
    ) -> dict[str, Tensor]:
        """Those of the losses on what the maps decode to that are asked for.

        Args:
            center_map: Gaussian map that weights the pixels, (B, H, W).
            angle_maps: Predicted Bernoulli maps, (B, V, H, W).
            truth: Labels in map units, (B, V).
            weights: 1 where a value has a label, 0 elsewhere, (B, V).
        """
        losses: dict[str, Tensor] = {}
        if self.decoded_loss is None and self.deviation_loss is None:
            return losses
        values, stds = self.decoder.decode_maps(center_map, angle_maps)
        if self.decoded_loss is not None:
            losses['loss_decoded'] = self.decoded_loss(values, truth, weights)
        if self.deviation_loss is not None:
            losses['loss_deviation'] = self.deviation_loss(stds, values, truth, weights)
        return losses


def head_of(model: nn.Module) -> BernoulliHead:
    """The head of a pose estimator that gives head pose, beside a body's or alone.

    Raises:
        ValueError: If it has none.
    """
    head = getattr(model, 'head_pose', None) or getattr(model, 'head', None)
    if not isinstance(head, BernoulliHead):
        raise ValueError(
            'model: expected one with a BernoulliHead, got '
            f'{type(model).__name__} with {type(head).__name__}'
        )
    return head


def count_keypoints(model: nn.Module) -> int:
    """K of a pose estimator that gives head pose, the head centre being the last."""
    return getattr(model, 'num_keypoints', None) or head_of(model).num_keypoints
