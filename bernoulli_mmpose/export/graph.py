"""The whole path as one torch module: image batch in, head pose out."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from mmpose.models.pose_estimators import TopdownPoseEstimator
from torch import Tensor, nn

from bernoulli_headpose.onnx.interface import (
    BODY_OUTPUTS,
    OUTPUTS,
    ROTATION_OUTPUTS,
    VALUE_OUTPUTS,
)
from bernoulli_headpose.rotation import ANGLE_NAMES

from ..codecs.value_map_codec import RotationColumns
from ..models.bernoulli_head import BernoulliHead, head_of
from .beside_body import BesideBody

# HRNet halves the image five times and adds the halves up again.
STRIDE = 32


class HeadPoseGraph(nn.Module):
    """A pose estimator with a :class:`BernoulliHead`, from images to angles.

    The network, the flip test (where the model's ``test_cfg`` asks for it) and
    the decode are the model's own; this module only joins them in torch, where
    the model hands NumPy arrays on. The convention of the angles is that of
    :mod:`bernoulli_headpose.rotation`.

    Args:
        model: A ``TopdownPoseEstimator``, as MMPose's ``init_model`` gives it; with a
            body's own head beside the head (:class:`.TopdownWithHeadPose`) without the
            flip test.
        flip_indices: Index of each keypoint's mirror image, K, for the flip test;
            the keypoints themselves if None.

    Raises:
        ValueError: If the model's head is no ``BernoulliHead``, its values do not
            begin with pitch, yaw and roll, or its body cannot be exported.
    """

    def __init__(
        self, model: TopdownPoseEstimator, flip_indices: Sequence[int] | None = None
    ) -> None:
        super().__init__()
        head = head_of(model)
        if head.decoder.angle_names != ANGLE_NAMES:
            raise ValueError(
                f'model: expected a head with the values {ANGLE_NAMES}, '
                f'got {head.decoder.angle_names}'
            )
        self.model = model
        self.codec = head.decoder
        self.flip_indices = list(flip_indices or range(head.num_keypoints))
        self.beside = BesideBody(model) if hasattr(model, 'head_pose') else None
        self.scale_factor: Tensor
        stretch = getattr(model, 'center_stretch', 1)
        self.register_buffer(
            'scale_factor', torch.tensor(self.codec.scale_factor * stretch)
        )

    @property
    def head(self) -> BernoulliHead:
        """The one that gives head pose."""
        return head_of(self.model)

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of what :meth:`forward` gives."""
        rotation = ROTATION_OUTPUTS if self.has_rotation else ()
        values = VALUE_OUTPUTS if self.codec.further_names else ()
        body = BODY_OUTPUTS if self.head.num_keypoints > 1 else ()
        beside = self.beside.outputs if self.beside else ()
        return OUTPUTS + rotation + values + body + beside

    @property
    def has_rotation(self) -> bool:
        """Whether the maps hold a rotation."""
        return isinstance(self.codec, RotationColumns)

    @property
    def flip_test(self) -> bool:
        """Whether the maps are averaged with those of the mirrored images."""
        return bool((self.model.test_cfg or {}).get('flip_test', False))

    def maps(self, images: Tensor) -> Tensor:
        """Gaussian and Bernoulli maps, (B, K + V, H / 4, W / 4)."""
        head = self.head
        if not self.flip_test:
            return head(self.model.extract_feat(images))
        both = torch.cat([images, images.flip(-1)])
        plain, flipped = head(self.model.extract_feat(both)).chunk(2)
        return head.merge_flip(plain, flipped, self.flip_indices, self.model.test_cfg)

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """Head pose of a batch.

        Args:
            images: Normalised, (B, 3, H, W); height and width are multiples of 32, or
                those of :class:`.BesideBody`.

        Returns:
            Angles and their standard deviations in degrees, each (B, 3); head
            centres in pixels of the input, (B, 2); scores in [0, 1], (B,). Where the
            maps hold a rotation also that, (B, 3, 3), and its standard deviation in
            degrees, (B,). With further values these, and their standard deviations,
            in their own unit, each (B, V - 3). With a body beside the head also its
            keypoints in pixels of the input, (B, K - 1, 2), and their scores,
            (B, K - 1). A body with a head of its own gives what :class:`.BesideBody`
            says.
        """
        body: dict[str, Tensor] = {}
        if self.beside:
            feats, joined = self.model.head_pose_maps(images)
            maps, raw = self.head(joined).float(), self.beside.of(feats)
            body = dict(zip(self.beside.outputs, raw, strict=True))
        else:
            maps = self.maps(images).float()
        heatmaps, _ = self.codec.split(maps)
        head = self.codec.estimate(maps)
        locations, peaks = self.codec.locate(heatmaps)
        points = locations * self.scale_factor
        found = dict(
            angles=head['head_angles'],
            angles_std=head['head_angles_std'],
            center=points[:, -1],
            score=head['head_scores'],
            rotation=head.get('head_rotation'),
            rotation_std=head.get('head_rotation_std'),
            values=head.get('head_values'),
            values_std=head.get('head_values_std'),
            keypoints=points[:, :-1],
            keypoint_scores=peaks[:, :-1],
        )
        found |= body
        return tuple(found[name] for name in self.outputs)
