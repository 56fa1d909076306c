"""The codec of Bernoulli heatmaps."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from mmpose.codecs.utils import (
    generate_gaussian_heatmaps,
    generate_unbiased_gaussian_heatmaps,
)
from mmpose.registry import KEYPOINT_CODECS
from numpy.typing import NDArray
from torch import Tensor

from bernoulli_headpose.heads import check_value_names
from bernoulli_headpose.rotation import ANGLE_NAMES

from .decode import decode_keypoints, decode_values
from .value_labels import FURTHER_FIELDS, read_absent, read_further, read_values
from .value_map_codec import ValueMapCodec

# Map units: where the pixels of a disc differ by more, there is likely no head.
_DOUBT = 0.1


@KEYPOINT_CODECS.register_module()
class BernoulliHeatmap(ValueMapCodec):
    """Values attached to a keypoint, as discs of constant value (Hu et al.).

    The last keypoint is the head centre. Its heatmap is a Gaussian with
    ``sigma = sigma_ratio * radius``; each value has a map that holds the value
    in a disc around the centre and 0 elsewhere (Eq. 1). Decoding averages a
    value map over the pixels near the centre (Eq. 3 or 2, see
    :func:`~bernoulli_mmpose.codecs.decode.decode_values`). Keypoints before the
    last are encoded and decoded as MMPose's ``MSRAHeatmap`` does. A picture that is
    known to show no head (``head_absent``) is encoded as background everywhere, so that
    it is learnt; a head that is merely invisible teaches nothing.

    Note:

        - keypoint number: K, the last being the head centre
        - value number: V (pitch, yaw, roll by default)
        - image size: [w, h]
        - heatmap size: [W, H]

    Encoded:

        - heatmaps (np.ndarray): Gaussian maps, (K, H, W)
        - angle_heatmaps (np.ndarray): values over their scales in the disc, 0
          outside, (V, H, W)
        - angle_mask (np.ndarray): 1 in the disc, 0 outside, (1, H, W). A value
          of 0 looks like background; the mask tells them apart
        - keypoint_weights (np.ndarray): (1, K)
        - angle_weights (np.ndarray): 1 where the value is known, (1, V); 0 where the
          centre is so far outside that decoding would leave the disc
        - background_weights (np.ndarray): 1 where the background of a value's map is
          to be learnt, (1, V): where the value is known, or no head is there
        - angle_labels (np.ndarray): values over their scales, (1, V)

    Args:
        input_size: Image size in [w, h].
        heatmap_size: Heatmap size in [W, H].
        radius: Radius of the disc in heatmap pixels.
        sigma_ratio: Gaussian sigma of the head centre over the radius.
        value_names: Names of the V values, in order. Those after pitch, yaw and roll
            are further values, such as a size or the angles of a gaze, in a unit of
            their own: ``head_values`` of records and results. Without these three at
            the front all are ``head_angles``, and ``HeadPoseMetric``, the inferencers
            and the ONNX export refuse the model.
        value_scales: Value (degrees) per map unit, one for all or one each.
        flip_signs: Factor of each value under a horizontal flip, 1 or -1. Further
            values get it here, by the record's ``flip``; a turn of the image leaves
            them as they are, so do not turn it where it would change them (a gaze:
            ``rotate_prob=0``).
        decode_mode: ``'weighted'`` (Eq. 3) or ``'mean'`` (Eq. 2 over the disc).
        threshold: Share of the centre map's peak above which a pixel counts in
            ``'weighted'`` decoding.
        keypoint_sigma: Gaussian sigma of the other keypoints, heatmap pixels.
        unbiased: Whether the other keypoints' Gaussians are centred between pixels and
            all keypoints decoded in the manner of DarkPose, as by ``MSRAHeatmap`` with
            the same argument. The head centre's Gaussian always is.
        blur_kernel_size: Size of the kernel of unbiased decoding, odd; 11 goes with a
            sigma of 2.
        value_key: Record field that holds the values, (1, V) without the further
            ones; their validity is in ``<value_key>_valid``. What a flip or a turn of
            the image does to them is up to the pipeline
            (``TransformHeadRotation`` does it for head angles).
        std_factors: See :class:`.ValueMapCodec`.

    Raises:
        ValueError: If an argument is out of its range or lengths differ.
    """

    field_mapping_table = dict(
        heatmaps='heatmaps', angle_heatmaps='angle_heatmaps', angle_mask='angle_mask'
    )
    label_mapping_table = dict(
        keypoint_weights='keypoint_weights',
        angle_weights='angle_weights',
        background_weights='background_weights',
        angle_labels='angle_labels',
    )

    def __init__(
        self,
        input_size: tuple[int, int],
        heatmap_size: tuple[int, int],
        radius: float,
        sigma_ratio: float = 0.6,
        value_names: Sequence[str] = ANGLE_NAMES,
        value_scales: float | Sequence[float] = 90.0,
        flip_signs: Sequence[float] = (1.0, -1.0, -1.0),
        decode_mode: str = 'weighted',
        threshold: float = 0.5,
        keypoint_sigma: float = 2.0,
        unbiased: bool = False,
        blur_kernel_size: int = 11,
        value_key: str = 'head_angles',
        std_factors: float | Sequence[float] = 1.0,
    ) -> None:
        super().__init__(
            input_size,
            heatmap_size,
            sigma_ratio,
            value_names,
            value_scales,
            flip_signs,
            threshold,
            value_key,
            std_factors,
        )
        self.auxiliary_encode_keys = {*self.auxiliary_encode_keys, 'head_absent'}
        if self.further_names:
            self.auxiliary_encode_keys |= {*FURTHER_FIELDS}
            check_value_names('value_names', self.further_names)
            is_free = self.value_key != 'head_values'
            self._check(
                ('value_key', is_free, "another field than the further values'")
            )
        self.radius = float(radius)
        self.decode_mode = decode_mode
        self.keypoint_sigma = float(keypoint_sigma)
        self.unbiased = unbiased
        self.blur_kernel_size = blur_kernel_size
        self._check_arguments()
        width, height = self.heatmap_size
        self._grid_x = np.arange(width, dtype=np.float32)[None, :]
        self._grid_y = np.arange(height, dtype=np.float32)[:, None]

    @property
    def angle_names(self) -> tuple[str, ...]:
        """Names of what a head's ``head_angles`` are."""
        return self.value_names[: self.num_values - len(self.further_names)]

    @property
    def further_names(self) -> tuple[str, ...]:
        """Names of what a head's ``head_values`` are: those after pitch, yaw, roll."""
        return self.value_names[3:] if self.value_names[:3] == ANGLE_NAMES else ()

    def _check_arguments(self) -> None:
        limit = min(self.heatmap_size) / 2
        fits = (
            f'a disc that fits into the heatmap of {self.heatmap_size} '
            f'(0 < radius <= {limit:g} heatmap pixels)'
        )
        odd = self.blur_kernel_size > 0 and self.blur_kernel_size % 2 == 1
        modes = ('weighted', 'mean')
        self._check(
            ('radius', 0 < self.radius <= limit, fits),
            ('decode_mode', self.decode_mode in modes, "'weighted' or 'mean'"),
            ('blur_kernel_size', odd, 'an odd number of pixels'),
            ('keypoint_sigma', self.keypoint_sigma > 0, 'a positive number'),
        )

    def encode(
        self,
        keypoints: NDArray,
        keypoints_visible: NDArray | None = None,
        head_absent: NDArray | None = None,
        **values: NDArray | None,
    ) -> dict[str, NDArray]:
        """Encode keypoints and values into heatmaps.

        Args:
            keypoints: In input image pixels, (1, K, D); the last is the head
                centre.
            keypoints_visible: (1, K); all visible if None.
            head_absent: 1 where it is known that there is no head, (1,); None for 0.
            **values: ``<value_key>`` and ``<value_key>_valid``, each (1, V) or
                None (no value known), as ``GenerateTarget`` hands them over. With
                further values these are (1, 3), and there are ``head_values``,
                ``head_values_valid`` and ``head_value_names``, each (1, V - 3) or None,
                ``flip`` and
                ``flip_direction``.

        Returns:
            See the class docstring.

        Raises:
            ValueError: If there is more than one instance, a shape does not
                fit, a valid value is not finite, a head that is not there has a
                visible centre or a known value, or a picture with further values was
                flipped otherwise than horizontally.
            TypeError: If a keyword is another.
        """
        if keypoints.shape[0] != 1:
            raise ValueError(
                'BernoulliHeatmap encodes one instance at a time: expected '
                f'keypoints of shape (1, K, 2), got {keypoints.shape}'
            )
        if keypoints_visible is None:
            keypoints_visible = np.ones(keypoints.shape[:2], dtype=np.float32)
        value, valid = self.read_labels(values, 1)
        # xtcocotools-style records may hold visibility as (1, K, 1).
        visible = keypoints_visible.reshape(keypoints.shape[:2]).astype(np.float32)
        locations = keypoints[..., :2] / self.scale_factor

        absent = read_absent(head_absent, visible[:, -1:], valid)
        gaussian, disc = self._encode_center(locations[0, -1])
        others, weights = self._encode_others(locations[:, :-1], visible[:, :-1])
        is_seen = visible[:, -1:] * disc.any()
        labels = (value / self.value_scales).astype(np.float32)
        known = valid * (self._is_decodable(gaussian, disc) and is_seen > 0)
        if absent:
            gaussian, disc = np.zeros_like(gaussian), np.zeros_like(disc)
        return dict(
            heatmaps=np.concatenate([others, gaussian[None]]),
            angle_heatmaps=labels.reshape(-1, 1, 1) * disc,
            angle_mask=disc[None],
            keypoint_weights=np.concatenate(
                [weights, np.maximum(is_seen, absent)], axis=1
            ),
            angle_weights=known.astype(np.float32),
            background_weights=np.maximum(known, absent).astype(np.float32),
            angle_labels=labels,
        )

    def read_labels(
        self, fields: dict[str, Any], count: int
    ) -> tuple[NDArray, NDArray]:
        """Values and whether they are known, each (N, V), of N heads' fields."""
        shape = (count, len(self.angle_names))
        if not self.further_names:
            return read_values(fields, self.value_key, shape)
        own = {k: v for k, v in fields.items() if k not in FURTHER_FIELDS}
        angles, known = read_values(own, self.value_key, shape)
        values, valid = read_further(
            fields, self.flip_signs[3:], count, self.further_names
        )
        return np.hstack([angles, values]), np.hstack([known, valid])

    def _encode_others(
        self, locations: NDArray, visible: NDArray
    ) -> tuple[NDArray, NDArray]:
        """Gaussians and weights of the keypoints before the head centre.

        Args:
            locations: In heatmap pixels, (1, K - 1, 2); K may be 1.
            visible: (1, K - 1).
        """
        width, height = self.heatmap_size
        if not visible.size:
            return np.zeros((0, height, width), np.float32), np.zeros(
                (1, 0), np.float32
            )
        generate = (
            generate_unbiased_gaussian_heatmaps
            if self.unbiased
            else generate_gaussian_heatmaps
        )
        return generate(
            heatmap_size=self.heatmap_size,
            keypoints=locations,
            keypoints_visible=visible,
            sigma=self.keypoint_sigma,
        )

    def _encode_center(self, center: NDArray) -> tuple[NDArray, NDArray]:
        """Gaussian and disc of the head centre, each (H, W) float32."""
        squared = (self._grid_x - center[0]) ** 2 + (self._grid_y - center[1]) ** 2
        sigma = self.sigma_ratio * self.radius
        gaussian = np.exp(squared * np.float32(-0.5 / sigma**2))
        disc = squared <= self.radius**2
        return gaussian.astype(np.float32), disc.astype(np.float32)

    def _is_decodable(self, gaussian: NDArray, disc: NDArray) -> bool:
        """Whether decoding stays in the disc; not so for a centre far outside.

        The threshold is a share of the peak, which is low at the border of a map
        that has the centre beyond it.
        """
        peak = gaussian.max()
        within = np.exp(-0.5 * 0.5 / (self.sigma_ratio * self.radius) ** 2)
        return bool(peak >= within or disc[gaussian > self._cutoff * peak].all())

    def decode(self, encoded: NDArray) -> tuple[NDArray, NDArray]:
        """Keypoints of one sample's maps, (K + V, H, W).

        Returns:
            Keypoints in input image pixels, (1, K, 2), and scores, (1, K).
        """
        keypoints, scores = self.batch_decode(torch.from_numpy(encoded)[None])
        return keypoints[0], scores[0]

    def batch_decode(self, batch_encoded: Tensor) -> tuple[list[Any], list[Any]]:
        """Keypoints of a batch of maps, (B, K + V, H, W).

        Returns:
            Lists of B keypoint arrays in input image pixels, (1, K, 2), and of
            B score arrays, (1, K).
        """
        heatmaps, _ = self.split(batch_encoded.detach())
        locations, scores = self.locate(heatmaps)
        keypoints = locations.float().cpu().numpy()[:, None] * self.scale_factor
        return list(keypoints), list(scores.float().cpu().numpy()[:, None])

    def locate(self, heatmaps: Tensor) -> tuple[Tensor, Tensor]:
        """Keypoints in heatmap pixels, (B, K, 2), and scores, of maps (B, K, H, W)."""
        return decode_keypoints(heatmaps, self.unbiased, self.blur_kernel_size)

    def decode_maps(
        self, center_map: Tensor, value_maps: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Values and standard deviations in map units, each (B, V); differentiable.

        Args:
            center_map: Gaussian map of the head centre, (B, H, W).
            value_maps: Bernoulli maps, (B, V, H, W).
        """
        weighted = self.decode_mode == 'weighted'
        return decode_values(
            center_map, value_maps, self.radius, self._cutoff, weighted
        )

    @property
    def _cutoff(self) -> float:
        """Share of the peak above which a pixel counts in decoding."""
        if self.decode_mode == 'weighted':
            return self.threshold
        # The Gaussian at the radius, over its value at the pixel nearest to the
        # centre, which is up to sqrt(0.5) away: no pixel outside the disc counts.
        share = max(1 - 0.5 / self.radius**2, 0.01)
        return math.exp(-0.5 * share / self.sigma_ratio**2)

    def batch_decode_values(self, batch_encoded: Tensor) -> tuple[Tensor, Tensor]:
        """Values of a batch of maps, (B, K + V, H, W).

        Returns:
            Values and weighted standard deviations over the disc, each (B, V),
            in the values' own unit (degrees).
        """
        heatmaps, value_maps = self.split(batch_encoded)
        values, stds = self.decode_maps(heatmaps[:, -1].float(), value_maps.float())
        scales = self.scales_as(values)
        return values * scales, stds * scales

    def estimate(self, batch_encoded: Tensor) -> dict[str, Tensor]:
        """The heads of a batch of maps, (B, K + V, H, W), as the head's fields.

        Returns:
            What :meth:`as_fields` gives, in the values' own unit (degrees), and
            ``head_scores`` (B,), see :meth:`judge`.
        """
        values, stds = self.batch_decode_values(batch_encoded)
        peaks = self.split(batch_encoded)[0][:, -1].flatten(1).amax(dim=1).float()
        scores, stds = self.judge(peaks, stds)
        return dict(self.as_fields(values, stds), head_scores=scores)

    def as_fields(self, values: Tensor, stds: Tensor | None) -> dict[str, Tensor]:
        """Values and their standard deviations, (B, V), as a head's fields.

        Returns:
            ``head_angles`` (B, 3) and, if there are further values, ``head_values``
            (B, V - 3), each with its ``_std`` where there are standard deviations.
        """
        count = len(self.angle_names)
        parts = dict(head_angles=slice(count))
        if self.further_names:
            parts['head_values'] = slice(count, None)
        fields = {name: values[:, part] for name, part in parts.items()}
        if stds is not None:
            fields |= {f'{name}_std': stds[:, part] for name, part in parts.items()}
        return fields

    def angle_maps(self, value_maps: Tensor) -> Tensor:
        """Pitch, yaw and roll in degrees, (B, 3, H, W), of value maps (B, V, H, W)."""
        return value_maps[:, :3] * self.scales_as(value_maps)[:3, None, None]

    def judge(self, peaks: Tensor, stds: Tensor) -> tuple[Tensor, Tensor]:
        """How likely there is a head, and stds that say so where there is none.

        The score is the height of the centre's peak, times how much the disc's pixels
        agree: ``exp(-(d / 0.1)^4)`` with the root mean square d of the angles' stds in
        map units (0.1 are 9 degrees of 90). A network that was never shown a picture
        without a head still draws a centre there, but no disc of one value. Measured
        with an earlier model, d was 1.1 to 7.8 degrees on the 1,081 heads of its test
        sets and 10.7 to 15.8 on crops of one colour; of photographed things without a
        head one in seven scored above one half, and of small masked faces six in seven.
        Below one half a std grows, at 0 to that of a value of which nothing is
        known: scale / sqrt(3), 52 degrees of 90.

        Args:
            peaks: Heights of the centre maps, (B,).
            stds: Standard deviations of :meth:`batch_decode_values`, (B, V).

        Returns:
            Scores in [0, 1], (B,), and calibrated stds, (B, V), higher where the score
            is low.
        """
        scales = self.scales_as(stds)
        spread = (stds / scales)[:, : len(self.angle_names)].square().mean(dim=1)
        scores = peaks.clamp(0, 1) * torch.exp(-(spread / _DOUBT**2).square())
        return scores, self.raise_stds(self.calibrate(stds), scores)

    def raise_stds(self, stds: Tensor, scores: Tensor) -> Tensor:
        """Standard deviations, (B, V), that say so where scores, (B,), are low."""
        unknown = torch.as_tensor(self.unknown_stds, dtype=stds.dtype).to(stds.device)
        doubt = (1 - 2 * scores).clamp(min=0).unsqueeze(1)
        return torch.maximum(stds, doubt * unknown)
