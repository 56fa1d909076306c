"""The codec of Bernoulli heatmaps that hold a rotation."""

from __future__ import annotations

from typing import Any

from mmpose.registry import KEYPOINT_CODECS
from torch import Tensor

from ..rotation import matrix_to_euler, orthonormalize
from .bernoulli_heatmap import BernoulliHeatmap
from .decode import weigh_head
from .decode_rotations import (
    COLUMN_NAMES,
    COLUMN_SIGNS,
    DecodedRotations,
    only_plausible,
    rotation_stds,
    rotations_of_discs,
    score_heads,
)
from .value_map_codec import RotationColumns


@KEYPOINT_CODECS.register_module()
class RotationHeatmap(RotationColumns, BernoulliHeatmap):
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
            ``unbiased``, ``blur_kernel_size`` and ``std_factors`` (four) of
            :class:`BernoulliHeatmap`.

    Raises:
        ValueError: If an argument is out of its range.
    """

    def __init__(
        self,
        input_size: tuple[int, int],
        heatmap_size: tuple[int, int],
        radius: float,
        doubt: float = 20.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            input_size,
            heatmap_size,
            radius,
            value_names=COLUMN_NAMES,
            value_scales=1.0,
            flip_signs=COLUMN_SIGNS,
            value_key='head_rotation',
            **kwargs,
        )
        self.doubt = float(doubt)
        self._check(('doubt', self.doubt > 0, 'a positive number of degrees'))
        others = {'head_angles_valid', 'head_absent'}
        self.auxiliary_encode_keys = {'head_rotation', *others}

    def decode_rotations(
        self, center_map: Tensor, value_maps: Tensor
    ) -> DecodedRotations:
        """Rotations of B heads, N = 1, see :func:`.rotations_of_discs`.

        Args:
            center_map: Gaussian map of the head centre, (B, H, W).
            value_maps: Bernoulli maps, (B, 6, H, W).
        """
        weighted = self.decode_mode == 'weighted'
        weights = weigh_head(center_map, self.radius, self._cutoff, weighted)
        return rotations_of_discs(weights, value_maps.flatten(2))

    def estimate(self, batch_encoded: Tensor) -> dict[str, Tensor]:
        """The heads of a batch of maps, (B, K + 6, H, W), as the head's fields.

        Maps that are not finite, or far beyond 1, are those of no head.

        Returns:
            ``head_angles`` and ``head_angles_std``, (B, 3), in degrees, ``head_scores``
            (B,), ``head_rotation`` (B, 3, 3) and ``head_rotation_std`` (B,) in degrees.
        """
        heatmaps, value_maps = self.split(only_plausible(batch_encoded.float()))
        heads = self.decode_rotations(heatmaps[:, -1], value_maps)
        peaks = heatmaps[:, -1].flatten(1).amax(dim=1)
        scores, stds = self.judge(peaks, rotation_stds(heads)[:, 0])
        matrices = heads.matrices[:, 0]
        return dict(
            head_angles=matrix_to_euler(matrices),
            head_angles_std=stds[:, :3],
            head_scores=scores,
            head_rotation=matrices,
            head_rotation_std=stds[:, 3],
        )

    def angle_maps(self, value_maps: Tensor) -> Tensor:
        """Pitch, yaw and roll in degrees, (B, 3, H, W), of value maps (B, 6, H, W).

        0 where the columns are shorter than one half, as they are outside the disc.
        """
        matrices, lengths = orthonormalize(value_maps.movedim(1, -1))
        angles = matrix_to_euler(matrices) * (lengths.amin(-1, keepdim=True) >= 0.5)
        return angles.movedim(-1, 1)

    def judge(self, peaks: Tensor, stds: Tensor) -> tuple[Tensor, Tensor]:
        """How likely there is a head, and stds that say so where there is none.

        The score is :func:`.score_heads`.

        Args:
            peaks: Heights of the centre maps, (B,).
            stds: Of pitch, yaw, roll and the rotation, degrees, (B, 4).

        Returns:
            Scores in [0, 1], (B,), and calibrated stds, (B, 4), higher where the score
            is low.
        """
        scores = score_heads(peaks, stds[:, 3], self.doubt)
        return scores, self.raise_stds(self.calibrate(stds), scores)
