"""What the codecs of one head and of many have in common: their value maps."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from mmpose.codecs.base import BaseKeypointCodec
from mmpose.datasets.transforms import PackPoseInputs
from numpy.typing import NDArray
from torch import Tensor, as_tensor, maximum, minimum

from bernoulli_headpose.rotation import ANGLE_NAMES

from .decode_rotations import UNKNOWN_STDS
from .value_labels import read_columns

# What PackPoseInputs keeps of a record with heads.
HEAD_INSTANCE_MAPPING: dict[str, str] = {
    **PackPoseInputs.instance_mapping_table,
    'head_rotation': 'head_rotation',
    'head_angles': 'head_angles',
    'head_angles_valid': 'head_angles_valid',
    'head_values': 'head_values',
    'head_values_valid': 'head_values_valid',
    'head_value_names': 'head_value_names',
    'head_absent': 'head_absent',
}


class ValueMapCodec(BaseKeypointCodec):
    """Base of the codecs whose maps hold V values around head centres.

    Args:
        input_size: Image size in [w, h].
        heatmap_size: Heatmap size in [W, H].
        sigma_ratio: Gaussian sigma of a head centre over its disc's radius.
        value_names: Names of the V values, in order.
        value_scales: Value (degrees) per map unit, one for all or one each.
        flip_signs: Factor of each value under a horizontal flip, 1 or -1.
        threshold: Share of a centre's peak above which a pixel counts in decoding.
        value_key: Record field that holds the values; their validity is in
            ``<value_key>_valid``.
        std_factors: What the standard deviations are multiplied by, one for all or one
            for each of :attr:`std_names`, so that they are right on data that was not
            learnt: ``tools/summarize.py`` tells them. Scores stay as they are.

    Raises:
        ValueError: If an argument is out of its range or lengths differ.
    """

    instance_mapping_table = HEAD_INSTANCE_MAPPING

    def __init__(
        self,
        input_size: tuple[int, int],
        heatmap_size: tuple[int, int],
        sigma_ratio: float,
        value_names: Sequence[str],
        value_scales: float | Sequence[float],
        flip_signs: Sequence[float],
        threshold: float,
        value_key: str,
        std_factors: float | Sequence[float] = 1.0,
    ) -> None:
        super().__init__()
        self.input_size = tuple(input_size)
        self.heatmap_size = tuple(heatmap_size)
        self.sigma_ratio = float(sigma_ratio)
        self.value_names = tuple(value_names)
        self.value_scales = _one_or_each(
            'value_scales', value_scales, len(self.value_names)
        )
        self.flip_signs = np.asarray(flip_signs, dtype=np.float32)
        self.threshold = float(threshold)
        self.value_key = value_key
        self.std_factors = _one_or_each('std_factors', std_factors, len(self.std_names))
        self.auxiliary_encode_keys = {value_key, f'{value_key}_valid'}
        self.scale_factor = (
            np.array(self.input_size) / np.array(self.heatmap_size)
        ).astype(np.float32)
        self._check_values()

    def _check_values(self) -> None:
        each = f'one for each of {self.value_names}, of shape ({self.num_values},)'
        positive = np.isfinite(self.value_scales) & (self.value_scales > 0)
        signed = np.isin(self.flip_signs, (1.0, -1.0))
        factors = np.isfinite(self.std_factors) & (self.std_factors > 0)
        known = f'one, or one for each of {self.std_names}'
        self._check(
            ('value_scales', self.value_scales.shape == (self.num_values,), each),
            ('flip_signs', self.flip_signs.shape == (self.num_values,), each),
            ('value_scales', bool(positive.all()), 'positive numbers'),
            ('flip_signs', bool(signed.all()), '1 or -1'),
            ('std_factors', self.std_factors.shape == (len(self.std_names),), known),
            ('std_factors', bool(factors.all()), 'positive numbers'),
            ('threshold', 0 < self.threshold < 1, 'a share between 0 and 1'),
            ('sigma_ratio', self.sigma_ratio > 0, 'a positive number'),
        )

    def _check(self, *checks: tuple[str, bool, str]) -> None:
        """Check arguments: name, whether it is right, what was expected."""
        for name, right, expected in checks:
            if not right:
                raise ValueError(
                    f'{name}: expected {expected}, got {getattr(self, name)!r}'
                )

    @property
    def num_values(self) -> int:
        """Number of values V."""
        return len(self.value_names)

    @property
    def angle_names(self) -> tuple[str, ...]:
        """Names of what a head's ``head_angles`` are."""
        return self.value_names

    @property
    def further_names(self) -> tuple[str, ...]:
        """Names of what a head's ``head_values`` are; of this codec none."""
        return ()

    @property
    def std_names(self) -> tuple[str, ...]:
        """Names of what a standard deviation is given of."""
        return self.value_names

    @property
    def unknown_stds(self) -> NDArray:
        """Standard deviations of what nothing is known of, (S,), see ``std_names``."""
        return self.value_scales[: len(self.std_names)] / math.sqrt(3)

    def calibrate(self, stds: Tensor) -> Tensor:
        """Standard deviations, (..., S), times ``std_factors``.

        A factor raises none beyond what it is if nothing is known.
        """
        most = maximum(stds, as_tensor(self.unknown_stds).to(stds))
        return minimum(stds * as_tensor(self.std_factors).to(stds), most)

    def split(self, encoded: Tensor) -> tuple[Tensor, Tensor]:
        """Split (..., K + V, H, W) into Gaussian (K) and Bernoulli (V) maps."""
        count = encoded.shape[-3] - self.num_values
        return encoded[..., :count, :, :], encoded[..., count:, :, :]

    def scales_as(self, like: Tensor) -> Tensor:
        """The value scales, (V,), of the type and on the device of a tensor."""
        return as_tensor(self.value_scales, dtype=like.dtype, device=like.device)


def _one_or_each(
    name: str, given: float | Sequence[float], count: int
) -> NDArray[np.float32]:
    """Numbers as they are given, or one number so many times."""
    try:
        numbers = np.asarray(given, dtype=np.float32)
    except (TypeError, ValueError):
        raise ValueError(f'{name}: expected numbers, got {given!r}') from None
    return numbers if numbers.ndim else np.full(count, numbers)


class RotationColumns(ValueMapCodec):
    """Mixin of the codecs whose maps hold two columns of a rotation."""

    @property
    def angle_names(self) -> tuple[str, ...]:
        """Names of what a head's ``head_angles`` are."""
        return ANGLE_NAMES

    @property
    def std_names(self) -> tuple[str, ...]:
        """The angles, and the rotation."""
        return (*ANGLE_NAMES, 'rotation')

    @property
    def unknown_stds(self) -> NDArray:
        """Of pitch, yaw, roll and the rotation, if nothing is known: degrees, (4,)."""
        return np.array(UNKNOWN_STDS, np.float32)

    def read_labels(
        self, fields: dict[str, Any], count: int
    ) -> tuple[NDArray, NDArray]:
        """Columns and whether they are known, each (N, 6), of N heads' fields."""
        return read_columns(fields, count)
