"""The codec of Bernoulli heatmaps of many heads in one image."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from mmpose.registry import KEYPOINT_CODECS
from numpy.typing import NDArray
from torch import Tensor

from bernoulli_headpose.rotation import ANGLE_NAMES

from .decode_heads import (
    DecodedHeads,
    find_peaks,
    only_used,
    own_pixels,
    refine_peaks,
    suppress,
    values_of_discs,
    weigh_discs,
)
from .encode_heads import draw_head_maps, ignore_boxes
from .value_labels import read_values
from .value_map_codec import ValueMapCodec

SIZE_NAME = 'log2_size'
_RIVALS = 4  # peaks looked at for each head that is given


@KEYPOINT_CODECS.register_module()
class MultiBernoulliHeatmap(ValueMapCodec):
    """Head centres, angles and sizes of all heads of an image in one set of maps.

    Each head has a Gaussian in the one centre map and a disc in every value map, of
    a radius in proportion to its size. The size of a head, the geometric mean of its
    box' sides, is one more value, the last: its logarithm to base 2 over
    ``reference_size``. Where discs overlap, a pixel is of the head whose centre is
    nearest in radii; Gaussians are joined by their maximum.

    Decoding takes the peaks of the centre map, reads their sizes there, drops the
    lower of two peaks that are nearer than ``nms_share`` of the greater radius, and
    averages the values over each head's own disc as Eq. 3 of Hu et al. does for one
    head.

    Note:

        - number of heads in an image: N, at most ``max_heads`` when decoding
        - value number: V (pitch, yaw, roll, size)
        - heatmap size: [W, H]

    Encoded:

        - heatmaps (np.ndarray): (1, H, W)
        - heatmap_weights (np.ndarray): 1 but 0 in the boxes of heads that are not
          visible or whose centre is outside the image, (1, H, W): neither found nor
          missed there
        - angle_heatmaps (np.ndarray): (V, H, W)
        - angle_mask (np.ndarray): In the discs with a labelled value, 1 over the
          number of the disc's pixels, so that heads count alike whatever their size;
          0 elsewhere, (V, H, W)
        - angle_background (np.ndarray): 1 outside all discs and those boxes, (1, H, W)

    Args:
        input_size: Image size in [w, h]. In testing any multiple of the network's
            stride will do.
        heatmap_size: Heatmap size in [W, H]; the stride is the same in x and y.
        radius_ratio: Radius of a disc over the head's size.
        radius_limits: Least and greatest radius, heatmap pixels; a disc of the
            greatest fits on the map.
        reference_size: Head size that is 0 in the size map, input pixels.
        max_heads: Most heads that decoding gives.
        score_threshold: Peaks below it are none.
        nms_share: See above.
        sigma_ratio: See :class:`BernoulliHeatmap`.
        value_names: The last is the size's; the others are the record's values.
        value_scales: See :class:`BernoulliHeatmap`; of the size in octaves.
        flip_signs: See :class:`BernoulliHeatmap`.
        threshold: See :class:`BernoulliHeatmap`.
        value_key: See :class:`BernoulliHeatmap`; it holds (N, V - 1).
        std_factors: See :class:`.ValueMapCodec`.

    Raises:
        ValueError: If an argument is out of its range.
    """

    field_mapping_table = dict(
        heatmaps='heatmaps',
        heatmap_weights='heatmap_weights',
        angle_heatmaps='angle_heatmaps',
        angle_mask='angle_mask',
        angle_background='angle_background',
    )
    label_mapping_table: dict[str, str] = {}

    def __init__(
        self,
        input_size: tuple[int, int],
        heatmap_size: tuple[int, int],
        radius_ratio: float = 0.5,
        radius_limits: tuple[float, float] = (2.0, 12.0),
        reference_size: float = 64.0,
        max_heads: int = 32,
        score_threshold: float = 0.3,
        nms_share: float = 0.6,
        sigma_ratio: float = 0.6,
        value_names: Sequence[str] = (*ANGLE_NAMES, SIZE_NAME),
        value_scales: float | Sequence[float] = (90.0, 90.0, 90.0, 2.0),
        flip_signs: Sequence[float] = (1.0, -1.0, -1.0, 1.0),
        threshold: float = 0.5,
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
        self.radius_ratio = float(radius_ratio)
        self.radius_limits = (float(radius_limits[0]), float(radius_limits[1]))
        self.reference_size = float(reference_size)
        self.max_heads = int(max_heads)
        self.score_threshold = float(score_threshold)
        self.nms_share = float(nms_share)
        self.auxiliary_encode_keys = {*self.auxiliary_encode_keys, 'bbox'}
        self._check_heads()

    @property
    def std_names(self) -> tuple[str, ...]:
        """The values without the size."""
        return self.value_names[:-1]

    def _check_heads(self) -> None:
        low, high = self.radius_limits
        fits = f'discs that fit on the map of {self.heatmap_size}'
        stride_x, stride_y = self.scale_factor
        positive = 'a positive number'
        self._check(
            ('radius_ratio', self.radius_ratio > 0, positive),
            ('radius_limits', 1 <= low <= high, '1 <= least <= greatest'),
            ('radius_limits', high <= min(self.heatmap_size) / 2, fits),
            ('reference_size', self.reference_size > 0, positive),
            ('max_heads', self.max_heads >= 1, '1 or more'),
            ('score_threshold', 0 < self.score_threshold < 1, 'between 0 and 1'),
            ('nms_share', self.nms_share > 0, positive),
            (
                'value_names',
                self.value_names[-1] == SIZE_NAME,
                f'{SIZE_NAME} at the end',
            ),
            ('scale_factor', stride_x == stride_y, 'one stride in x and y'),
        )

    def radius_of(self, size: NDArray) -> NDArray:
        """Radii in heatmap pixels of heads of the sizes given, input pixels."""
        radius = self.radius_ratio * np.asarray(size) / self.scale_factor[0]
        return np.clip(radius, *self.radius_limits)

    def encode(
        self,
        keypoints: NDArray,
        keypoints_visible: NDArray | None = None,
        **values: NDArray | None,
    ) -> dict[str, NDArray]:
        """Encode the heads of an image.

        Args:
            keypoints: Head centres in input pixels, (N, 1, D); N may be 0. One
                outside the image is taken for not visible.
            keypoints_visible: (N, 1); all visible if None.
            **values: ``bbox`` (N, 4), x1, y1, x2, y2 of the heads in input pixels
                (of those not visible it may be empty),
                ``<value_key>`` and ``<value_key>_valid``, each (N, V - 1) or None.

        Returns:
            See the class docstring.

        Raises:
            ValueError: If a shape does not fit, the box of a visible head is empty, or
                a visible centre or a valid value is not finite.
            TypeError: If a keyword is unknown.
        """
        count = len(keypoints)
        if keypoints.shape[1:2] != (1,):
            raise ValueError(
                'MultiBernoulliHeatmap encodes one centre a head: expected keypoints '
                f'of shape (N, 1, 2), got {keypoints.shape}'
            )
        centers = keypoints[:, 0, :2] / self.scale_factor
        shown = self._shown(centers, keypoints_visible)
        boxes = self._read_boxes(values.pop('bbox', None), shown)
        value, valid = self.read_labels(values, count)
        sizes = np.sqrt((boxes[shown, 2:] - boxes[shown, :2]).prod(axis=1))
        octaves = np.log2(sizes / self.reference_size)[:, None]
        value = np.concatenate([value[shown], octaves], axis=1) / self.value_scales
        valid = np.concatenate([valid[shown], np.ones_like(octaves)], axis=1)
        width, height = self.heatmap_size
        encoded = draw_head_maps(
            (width, height),
            centers[shown],
            self.radius_of(sizes),
            self.sigma_ratio,
            value,
            valid,
        )
        hidden = boxes[~shown] / np.tile(self.scale_factor, 2)
        weights = ignore_boxes(hidden, encoded['angle_background'])
        encoded['heatmap_weights'] = weights
        encoded['angle_background'] *= weights
        return encoded

    def read_labels(
        self, fields: dict[str, Any], count: int
    ) -> tuple[NDArray, NDArray]:
        """Values but the size, and whether they are known, each (N, V - 1)."""
        shape = (count, self.num_values - 1)
        return read_values(fields, self.value_key, shape, {'bbox'})

    def _shown(self, centers: NDArray, visible: NDArray | None) -> NDArray[np.bool_]:
        """Heads, (N,), that are visible and whose centre is on the heatmap."""
        flags = np.ones(len(centers), bool)
        if visible is not None:
            flags = np.asarray(visible).reshape(len(centers)) > 0
        if not np.isfinite(centers[flags]).all():
            raise ValueError(
                'keypoints: expected finite centres of visible heads, got '
                f'{(centers[flags] * self.scale_factor).tolist()}'
            )
        last = np.array(self.heatmap_size) - 0.5
        return flags & ((centers >= -0.5) & (centers <= last)).all(axis=1)

    def _read_boxes(self, given: NDArray | None, shown: NDArray) -> NDArray:
        if given is None:
            raise ValueError("bbox: expected the heads' boxes, (N, 4), got none")
        boxes = np.asarray(given, dtype=np.float64)
        if boxes.shape != (len(shown), 4):
            raise ValueError(
                f'bbox: expected shape {(len(shown), 4)}, got {boxes.shape}'
            )
        sized = (boxes[:, 2:] > boxes[:, :2]).all(axis=1)
        bad = shown & ~(sized & np.isfinite(boxes).all(axis=1))
        if bad.any():
            raise ValueError(
                'bbox: expected boxes x1, y1, x2, y2 of finite, positive size, got '
                f'{boxes[bad][0].tolist()}'
            )
        return boxes

    def decode_heads(
        self, batch_encoded: Tensor, compact: bool = False
    ) -> DecodedHeads:
        """Heads of a batch of maps, (B, 1 + V, H, W), in map units.

        Args:
            batch_encoded: Maps.
            compact: Whether slots that hold no head in any of the images are left out,
                which takes less time.
        """
        heatmaps, value_maps = self.split(batch_encoded.float())
        (centers, scores, found), weights = self.weigh(
            heatmaps[:, -1], value_maps, compact
        )
        flat = value_maps.flatten(2)
        if compact:
            weights, flat = only_used(weights, flat)
        values, stds = values_of_discs(weights, flat)
        return DecodedHeads(centers, scores, values, stds, found)

    def estimate(
        self, batch_encoded: Tensor, compact: bool = False
    ) -> dict[str, Tensor]:
        """The heads of a batch of maps, (B, 1 + V, H, W), in N slots an image.

        Args:
            batch_encoded: Maps.
            compact: See :meth:`decode_heads`.

        Returns:
            ``head_angles`` and ``head_angles_std``, (B, N, V - 1), in the values' own
            unit (degrees), and what :meth:`places_of` gives.
        """
        heads = self.decode_heads(batch_encoded, compact)
        scales = self.scales_as(heads.values)
        values, stds = heads.values * scales, heads.stds * scales
        return dict(
            head_angles=values[..., :-1],
            head_angles_std=self.calibrate(stds[..., :-1]),
            **self.places_of(heads.centers, heads.scores, heads.found, values[..., -1]),
        )

    def places_of(
        self, centers: Tensor, scores: Tensor, found: Tensor, octaves: Tensor
    ) -> dict[str, Tensor]:
        """Where heads are.

        Args:
            centers: Heatmap pixels, (B, N, 2).
            scores: (B, N).
            found: (B, N) bool.
            octaves: Sizes over ``reference_size``, logarithms to base 2, (B, N).

        Returns:
            ``centers`` (B, N, 2) and ``sizes`` (B, N) in input pixels, ``head_scores``
            (B, N) in [0, 1], ``found`` (B, N) bool.
        """
        factor = torch.exp(math.log(2) * octaves.clamp(-10, 10))
        return dict(
            centers=centers * float(self.scale_factor[0]),
            sizes=self.reference_size * factor,
            head_scores=scores.clamp(0, 1),
            found=found,
        )

    def weigh(
        self, center_map: Tensor, value_maps: Tensor, compact: bool = False
    ) -> tuple[tuple[Tensor, Tensor, Tensor], Tensor]:
        """Heads that are found, and how much each pixel counts for each.

        Args:
            center_map: (B, H, W).
            value_maps: (B, V, H, W); the last tells sizes.
            compact: See :meth:`decode_heads`.

        Returns:
            Centres in heatmap pixels, (B, N, 2), scores and whether a slot holds a
            head, each (B, N); and weights, (B, N, P), not normalised.
        """
        index, centers, scores, radii, found = self._find(
            center_map, value_maps, compact
        )
        own = own_pixels(centers, radii, found, *center_map.shape[-2:])
        weights = weigh_discs(center_map, index, own, self.threshold)
        return (centers, scores, found), weights

    def _find(
        self, center_map: Tensor, value_maps: Tensor, compact: bool
    ) -> tuple[Tensor, ...]:
        """The N highest heads that are left after suppression.

        Returns:
            Indices of their peaks, centres (x, y), scores, radii and whether a slot
            holds a head, each (B, N, ...).
        """
        index, scores = find_peaks(center_map, _RIVALS * self.max_heads)
        if compact:
            index, scores = _first(scores > self.score_threshold, index, scores)
        centers = refine_peaks(center_map, index)
        radii = self._radii_at(value_maps[:, -1], index)
        alive = scores > self.score_threshold
        kept = suppress(centers, radii, alive, self.nms_share)
        left = torch.where(kept, scores, torch.full_like(scores, -1.0))
        slots = left.argsort(dim=1, descending=True)[:, : self.max_heads]
        centers = centers.gather(1, slots.unsqueeze(2).expand(-1, -1, 2))
        others = (part.gather(1, slots) for part in (index, scores, radii, kept))
        index, scores, radii, found = others
        slots_of = (index, centers, scores, radii, found)
        return _first(found, *slots_of) if compact else slots_of

    def _radii_at(self, size_map: Tensor, index: Tensor) -> Tensor:
        """Radii in heatmap pixels, (B, N), by the size map around the peaks."""
        around = torch.nn.functional.avg_pool2d(
            size_map.unsqueeze(1), 3, stride=1, padding=1, count_include_pad=False
        )
        octaves = around.flatten(1).gather(1, index) * float(self.value_scales[-1])
        stride = float(self.scale_factor[0])
        factor = self.radius_ratio * self.reference_size / stride
        # Beyond these octaves the limits hold, and 2 to the power stays finite.
        low, high = (math.log2(limit / factor) for limit in self.radius_limits)
        # No exp2: the tracing ONNX exporter has none.
        return factor * torch.exp(math.log(2) * octaves.clamp(low, high))

    def decode(self, encoded: NDArray) -> tuple[NDArray, NDArray]:
        """Head centres of one sample's maps, (1 + V, H, W).

        Returns:
            Centres in input pixels, (N, 1, 2), and scores, (N, 1).
        """
        heads = self.decode_heads(torch.from_numpy(encoded)[None])
        found = heads.found[0]
        centers = heads.centers[0][found].numpy()[:, None] * self.scale_factor
        return centers, heads.scores[0][found].numpy()[:, None]


def _first(used: Tensor, *parts: Tensor) -> tuple[Tensor, ...]:
    """The slots of parts (B, N, ...) up to the last that is used, at least one.

    Args:
        used: (B, N) bool; those that are used come first.
        *parts: Cut to these slots.
    """
    count = used.sum(dim=1).max().clamp(min=1)  # no int: it is traced
    return tuple(part[:, :count] for part in parts)
