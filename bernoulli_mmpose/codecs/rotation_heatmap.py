"""The codec of Bernoulli heatmaps that hold a rotation."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import torch
from mmpose.registry import KEYPOINT_CODECS
from numpy.typing import NDArray
from torch import Tensor

from bernoulli_headpose.rotation import ANGLE_NAMES

from ..rotation import columns_to_turns, euler_stds, matrix_to_euler, orthonormalize
from .bernoulli_heatmap import BernoulliHeatmap
from .decode import weigh_head
from .value_labels import read_columns

COLUMN_NAMES = ('z_x', 'z_y', 'z_z', 'y_x', 'y_y', 'y_z')
# Of a rotation of which nothing is known: the root mean square of its error, radians,
# and that about one axis.
_UNKNOWN = math.sqrt(math.pi**2 / 3 + 2)
_UNKNOWN_TURN = _UNKNOWN / math.sqrt(3)


class DecodedRotations(NamedTuple):
    """Rotations of a batch of heads.

    Attributes:
        numbers: The two columns as the maps have them, (B, 6).
        matrices: (B, 3, 3).
        covariances: Of small turns about the head's own axes, radians, (B, 3, 3).
    """

    numbers: Tensor
    matrices: Tensor
    covariances: Tensor


@KEYPOINT_CODECS.register_module()
class RotationHeatmap(BernoulliHeatmap):
    """Six discs that hold two columns of a head's rotation matrix.

    The columns are z, out of the face, and y, to the top of the head, in the image's
    frame (:mod:`bernoulli_headpose.rotation` states it). Unlike angles they have no
    seam at +-180 and no gimbal lock. Each map is encoded and averaged over the disc as
    :class:`BernoulliHeatmap` does (Eq. 1 to 3); the six means are then made a rotation
    by :func:`bernoulli_mmpose.rotation.orthonormalize`.

    A head that is labelled in part teaches what is known of the columns: without roll
    all of z; with yaw alone z's x, and with yaw and roll y's x too; without yaw
    nothing.

    The rotation's standard deviation is the root of the sum of the variances of small
    turns about the head's own three axes, which come from the pixels of the disc; those
    of pitch, yaw and roll follow from them to first order. Columns shorter than one
    half tell less, of length 0 nothing: then the deviation is 132 degrees, that of a
    rotation drawn at random.

    Encoded:

        As by :class:`BernoulliHeatmap` with V = 6; ``angle_labels`` are the columns.

    Args:
        input_size: See :class:`BernoulliHeatmap`.
        heatmap_size: See :class:`BernoulliHeatmap`.
        radius: See :class:`BernoulliHeatmap`.
        doubt: Standard deviation of the rotation, degrees, at which the score is the
            centre's peak over e.
        **kwargs: ``sigma_ratio``, ``decode_mode``, ``threshold``, ``keypoint_sigma``,
            ``unbiased`` and ``blur_kernel_size`` of :class:`BernoulliHeatmap`.

    Raises:
        ValueError: If an argument is out of its range.
    """

    def __init__(
        self,
        input_size: tuple[int, int],
        heatmap_size: tuple[int, int],
        radius: float,
        doubt: float = 30.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            input_size,
            heatmap_size,
            radius,
            value_names=COLUMN_NAMES,
            value_scales=1.0,
            # x of the image and of the head change sign: see flip_matrix
            flip_signs=(-1.0, 1.0, 1.0, -1.0, 1.0, 1.0),
            value_key='head_rotation',
            **kwargs,
        )
        self.doubt = float(doubt)
        self._check(('doubt', self.doubt > 0, 'a positive number of degrees'))
        self.auxiliary_encode_keys = {'head_rotation', 'head_angles_valid'}

    @property
    def angle_names(self) -> tuple[str, ...]:
        """Names of what a head's ``head_angles`` are."""
        return ANGLE_NAMES

    def read_labels(self, fields: dict[str, Any]) -> tuple[NDArray, NDArray]:
        """Columns and whether they are known, each (1, 6), of a record's fields."""
        return read_columns(fields, 1)

    def decode_rotations(
        self, center_map: Tensor, value_maps: Tensor
    ) -> DecodedRotations:
        """Rotations and how much the disc's pixels disagree; differentiable.

        The gradient of the covariances is that of the spread, and leaves the means of
        the maps alone.

        Args:
            center_map: Gaussian map of the head centre, (B, H, W).
            value_maps: Bernoulli maps, (B, 6, H, W).
        """
        weighted = self.decode_mode == 'weighted'
        weights = weigh_head(center_map, self.radius, self._cutoff, weighted)
        weights = weights / weights.sum(dim=2, keepdim=True)
        pixels = value_maps.flatten(2)
        numbers = (pixels * weights).sum(dim=2)
        matrices, lengths = orthonormalize(numbers)
        by_numbers = columns_to_turns(numbers.detach())
        turns = by_numbers @ (pixels - numbers.unsqueeze(2))
        covariances = (turns * weights) @ turns.transpose(1, 2)
        # z alone tells of turns about x and y, both columns of one about z
        short = (1 - 2 * lengths.detach()).clamp(min=0)
        by_axis = torch.stack([short[:, 0], short[:, 0], short.amax(dim=1)], dim=1)
        more = (_UNKNOWN_TURN * by_axis).square().unsqueeze(2) * torch.eye(3).to(short)
        return DecodedRotations(numbers, matrices, covariances + more)

    def estimate(self, batch_encoded: Tensor) -> dict[str, Tensor]:
        """The heads of a batch of maps, (B, K + 6, H, W), as the head's fields.

        Maps that are not finite are those of no head.

        Returns:
            ``head_angles`` and ``head_angles_std``, (B, 3), in degrees, ``head_scores``
            (B,), ``head_rotation`` (B, 3, 3) and ``head_rotation_std`` (B,) in degrees.
        """
        maps = batch_encoded.float()
        # a sum of squares is NaN or infinite if one is
        sound = maps.square().sum(dim=(1, 2, 3), keepdim=True) < math.inf
        maps = torch.where(sound, maps, torch.zeros_like(maps))
        heatmaps, value_maps = self.split(maps)
        heads = self.decode_rotations(heatmaps[:, -1], value_maps)
        total = heads.covariances.diagonal(dim1=1, dim2=2).sum(dim=1, keepdim=True)
        total = total.sqrt() * (180 / math.pi)
        stds = [euler_stds(heads.matrices, heads.covariances), total]
        peaks = heatmaps[:, -1].flatten(1).amax(dim=1)
        scores, all_stds = self.judge(peaks, torch.cat(stds, dim=1))
        return dict(
            head_angles=matrix_to_euler(heads.matrices),
            head_angles_std=all_stds[:, :3],
            head_scores=scores,
            head_rotation=heads.matrices,
            head_rotation_std=all_stds[:, 3],
        )

    def angle_maps(self, value_maps: Tensor) -> Tensor:
        """Pitch, yaw and roll in degrees, (B, 3, H, W), of value maps (B, 6, H, W).

        0 where the columns are shorter than one half, as they are outside the disc.
        """
        matrices, lengths = orthonormalize(value_maps.movedim(1, -1))
        angles = matrix_to_euler(matrices) * (lengths.amin(-1, keepdim=True) >= 0.5)
        return angles.movedim(-1, 1)

    @property
    def unknown_stds(self) -> NDArray:
        """Of pitch, yaw, roll and the rotation, if nothing is known: degrees, (4,)."""
        return np.array([*[180 / math.sqrt(3)] * 3, math.degrees(_UNKNOWN)], np.float32)

    def judge(self, peaks: Tensor, stds: Tensor) -> tuple[Tensor, Tensor]:
        """How likely there is a head, and stds that say so where there is none.

        The score is the height of the centre's peak times ``exp(-(d / doubt)^4)`` with
        the rotation's standard deviation d.

        Args:
            peaks: Heights of the centre maps, (B,).
            stds: Of pitch, yaw, roll and the rotation, degrees, (B, 4).

        Returns:
            Scores in [0, 1], (B,), and stds, (B, 4), none beyond those of a rotation of
            which nothing is known.
        """
        scores = peaks.clamp(0, 1) * torch.exp(-(stds[:, 3] / self.doubt).pow(4))
        most = torch.as_tensor(self.unknown_stds, dtype=stds.dtype).to(stds.device)
        return scores, self.raise_stds(torch.minimum(stds, most), scores)
