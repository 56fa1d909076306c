"""Head pose beside the body of any top-down model of MMPose."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from mmengine.logging import print_log
from mmengine.structures import InstanceData
from mmpose.codecs import UDPHeatmap
from mmpose.models.heads import VisPredictHead
from mmpose.registry import MODELS
from mmpose.structures import PoseDataSample
from numpy.typing import NDArray
from torch import Tensor, nn

from ..codecs import LABEL_PREFIX
from ..codecs.body_and_head import check_input_sizes
from .bernoulli_head import BernoulliHead
from .body_checks import (
    LabelWatch,
    check_body_weights,
    check_head,
    check_head_config,
    decoder_of,
)
from .feature_taps import FeatureTaps
from .joined_features import JoinedFeatures
from .topdown_head_pose_estimator import AxisTips
from .training_autocast import TrainingAutocast

TRAINING_MODES = ('frozen', 'detached', 'joint')
_OWN_PARTS = ('head_pose', 'joined')
# Our maps mirrored are a pixel off, as MMPose's biased ones are.
_FLIP = dict(flip_mode='heatmap', shift_heatmap=True)


@MODELS.register_module()
class TopdownWithHeadPose(TrainingAutocast, AxisTips):
    """A top-down model of MMPose with a branch for the head's pose.

    The body is MMPose's own: its backbone, neck and head, its checkpoints, its outputs.
    The branch joins feature maps of the backbone or neck (:class:`.JoinedFeatures`) and
    gives them to a :class:`BernoulliHead`. Predicted keypoints are the body's K and
    then the head centre, which the branch finds itself; angles and scores come as from
    :class:`TopdownHeadPoseEstimator`, which also tells of axis tips. With
    ``output_heatmaps`` the maps are the branch's.

    Args:
        *args: See ``TopdownPoseEstimator``.
        head_pose: Config of a :class:`BernoulliHead` of one keypoint, without
            ``in_channels``. The codec's ``input_size`` is the body's.
        features: Names of modules whose maps the branch reads (:class:`.FeatureTaps`).
        channels: Of the joined maps. They have the codec's ``heatmap_size``, or a half
            of it for each of the branch's own deconvolutions
            (``head_pose.deconv_out_channels``).
        training_mode: ``'frozen'``: the body stays as it is to the last bit and needs
            no labels; ``'detached'``: no gradient of the head's reaches it;
            ``'joint'``: it learns from the head's labels, too.
        **kwargs: See ``TopdownPoseEstimator``. ``output_keypoint_indices`` of
            ``test_cfg`` are the body's; the head centre is added to them.

    Raises:
        ValueError: If a part does not fit (the message tells which), or, on loading, if
            the checkpoint is of another body.
    """

    def __init__(
        self,
        *args: Any,
        head_pose: dict,
        features: Sequence[str],
        channels: int = 64,
        training_mode: str = 'frozen',
        **kwargs: Any,
    ) -> None:
        check_head_config(kwargs.get('head'))
        super().__init__(*args, **kwargs)
        if training_mode not in TRAINING_MODES:
            raise ValueError(
                f'training_mode: expected one of {TRAINING_MODES}, got '
                f'{training_mode!r}'
            )
        self.training_mode = training_mode
        check_head(self.head)
        self._check_visibility()
        self.head_pose = _build_head(head_pose, channels)
        codec = self.head_pose.decoder
        check_input_sizes(decoder_of(self.head), codec)
        self._taps = FeatureTaps(self, features)
        halves = len(head_pose.get('deconv_out_channels') or ())
        width, height = (side >> halves for side in codec.heatmap_size)
        self.joined = JoinedFeatures(self._try_features(), channels, (width, height))
        self.num_keypoints = _count_body_keypoints(self.head) + 1
        self._keep_head_center()
        self.check_tips()
        self._bodies = LabelWatch(
            f'training_mode={training_mode!r}: expected a data set with keypoints of '
            "bodies (without one take training_mode='frozen')"
        )
        self._heads = LabelWatch('expected a data set with head poses')
        self._has_body_weights = False
        self._register_load_state_dict_pre_hook(self._check_checkpoint)
        if self._is_frozen:
            for part in self._body_parts():
                part.requires_grad_(False)
        self.train()

    def _check_visibility(self) -> None:
        is_other = isinstance(self.head, VisPredictHead)
        if is_other and not self._is_frozen:
            raise ValueError(
                "training_mode: expected 'frozen' with a VisPredictHead, which would "
                f'learn of heads alone that no body is seen, got {self.training_mode!r}'
            )

    def _try_features(self) -> list[int]:
        """Channels of the maps that the branch reads, by running the body once."""
        self.eval()
        width, height = self.head_pose.decoder.input_size
        with torch.no_grad():
            _, maps = self._run_body(torch.zeros(1, 3, height, width))
        return [int(one.shape[1]) for one in maps]

    def _keep_head_center(self) -> None:
        kept = self.test_cfg.get('output_keypoint_indices')
        center = self.num_keypoints - 1
        if kept is not None and center not in kept:
            self.test_cfg['output_keypoint_indices'] = [*kept, center]

    def _body_parts(self) -> list[nn.Module]:
        return [part for name, part in self.named_children() if not _is_own(name)]

    def _check_checkpoint(self, state: dict[str, Tensor], prefix: str, *_: Any) -> None:
        """Refuse another body's weights, of which MMEngine would load what fits."""
        own = {k: v for k, v in self.state_dict().items() if not _is_own(k)}
        given = {
            name.removeprefix(prefix): value
            for name, value in state.items()
            if name.startswith(prefix)
        }
        self._has_body_weights = check_body_weights(own, given, self._is_frozen)

    def train(self, mode: bool = True) -> TopdownWithHeadPose:
        """Set the mode; a frozen body keeps that of evaluation."""
        super().train(mode)
        if mode and self._is_frozen:
            for part in self._body_parts():
                part.train(False)
        return self

    def _run_body(self, inputs: Tensor) -> tuple[Any, list[Tensor]]:
        """What the body's head reads, and the maps that the branch joins."""
        with torch.no_grad() if self._is_frozen else contextlib.nullcontext():
            feats, maps = self._taps.run(self, self.extract_feat, inputs)
        return feats, [one.float() for one in maps]

    @property
    def _is_frozen(self) -> bool:
        return self.training_mode == 'frozen'

    def head_pose_maps(self, inputs: Tensor) -> tuple[Any, tuple[Tensor]]:
        """The body's features, and the branch's, (B, channels, H, W)."""
        feats, maps = self._run_body(inputs)
        if self.training_mode == 'detached':
            maps = [one.detach() for one in maps]
        return feats, (self.joined(maps),)

    def loss(
        self, inputs: Tensor, data_samples: list[PoseDataSample]
    ) -> dict[str, Tensor]:
        """Losses of the body, unless it is frozen, and ``head_pose_loss_kpt`` ...

        Args:
            inputs: Images, (B, 3, H, W).
            data_samples: With labels of a :class:`.BodyAndHead`, B.

        Raises:
            ValueError: If these are missing, or a body that is trained has no labels.
        """
        targets = self._targets(data_samples)
        feats, joined = self.head_pose_maps(inputs)
        losses: dict[str, Tensor] = {}
        self._heads.see(
            torch.cat([targets['angle_weights'], targets['keypoint_weights']], dim=1)
        )
        if not self._is_frozen:
            self._bodies.see(_body_weights(data_samples))
            losses |= self.head.loss(feats, data_samples, train_cfg=self.train_cfg)
        elif not self._has_body_weights:
            self._has_body_weights = True
            print_log(
                'TopdownWithHeadPose: no weights were loaded for the frozen body; give '
                "a checkpoint of MMPose's as load_from",
                'current',
                logging.WARNING,
            )
        own = self.head_pose.loss_on(self.head_pose(joined), targets)
        return losses | {LABEL_PREFIX + name: value for name, value in own.items()}

    def _targets(self, data_samples: list[PoseDataSample]) -> dict[str, Tensor]:
        codec = self.head_pose.decoder
        labels = [sample.gt_instance_labels for sample in data_samples]
        names = [*codec.field_mapping_table, *codec.label_mapping_table]
        if not all(LABEL_PREFIX + name in label for label in labels for name in names):
            raise ValueError(
                f'labels: expected {LABEL_PREFIX + names[0]!r} and others, got '
                f"{sorted(labels[0].keys())}; the pipeline's GenerateTarget needs the "
                "encoder 'BodyAndHead'"
            )
        return {
            name: torch.cat([label.get(LABEL_PREFIX + name) for label in labels])
            for name in names
        }

    def predict(
        self, inputs: Tensor, data_samples: list[PoseDataSample]
    ) -> list[PoseDataSample]:
        """Predict bodies and heads.

        Args:
            inputs: Images, (B, 3, H, W).
            data_samples: B; see :meth:`.BernoulliHead.predict` for what is added.
        """
        feats: Any
        joined: Any
        feats, joined = self.head_pose_maps(inputs)
        of_bodies = data_samples
        test_cfg = {**self.test_cfg, 'output_heatmaps': False}
        if test_cfg.get('flip_test', False):
            flipped = self.head_pose_maps(inputs.flip(-1))
            feats, joined = [feats, flipped[0]], [joined, flipped[1]]
            of_bodies = _mirrored_as(data_samples, self.num_keypoints - 1)
        bodies = self.head.predict(feats, of_bodies, test_cfg)
        if isinstance(bodies, tuple):  # VisPredictHead's, with maps or None
            bodies = bodies[0]
        asked = self.test_cfg.get('output_heatmaps', False)
        heads = self.head_pose.predict(
            joined,
            [PoseDataSample(metainfo=dict(flip_indices=[0]))],
            {**test_cfg, **_FLIP, 'output_heatmaps': asked},
        )
        heads, fields = heads if asked else (heads, None)
        for body, head in zip(bodies, heads, strict=True):
            self._add_head(body, head)
        return self.add_pred_to_datasample(bodies, fields, data_samples)

    @property
    def center_stretch(self) -> NDArray[np.float32]:
        """Factor of a centre in the input, (2,), to which MMPose's crops then fit.

        UDP's end at the middle of the last pixel.
        """
        size = np.array(self.head_pose.decoder.input_size, np.float32)
        is_udp = isinstance(decoder_of(self.head), UDPHeatmap)
        return size / (size - 1) if is_udp else np.ones(2, np.float32)

    def _add_head(self, body: InstanceData, head: InstanceData) -> None:
        """Put a head beside its body, the centre as the last keypoint."""
        head.keypoints = head.keypoints * self.center_stretch
        for name, own in body.items():
            if name in ('keypoints', 'keypoint_scores', 'keypoints_visible'):
                more = head.keypoints if name == 'keypoints' else head.keypoint_scores
                both = np.concatenate([own, more.astype(own.dtype)], axis=1)
                body.set_field(both, name)
        for name, value in head.items():
            if name not in body:
                body.set_field(value, name)


def _build_head(config: dict, channels: int) -> BernoulliHead:
    """The branch's head.

    Raises:
        ValueError: If it is another, or has more keypoints than the head centre.
    """
    if not isinstance(config, dict):
        raise ValueError(
            f'head_pose: expected the config of a BernoulliHead, got {config!r}'
        )
    head = MODELS.build({**config, 'in_channels': channels})
    if not isinstance(head, BernoulliHead) or head.num_keypoints != 1:
        raise ValueError(
            'head_pose: expected the config of a BernoulliHead with num_keypoints=1 '
            f'(the head centre), got {config!r}'
        )
    return head


def _count_body_keypoints(head: Any) -> int:
    count = getattr(head, 'num_joints', None) or head.out_channels
    is_combined = getattr(decoder_of(head), 'heatmap_type', None) == 'combined'
    return int(count) // 3 if is_combined else int(count)


def _is_own(name: str) -> bool:
    """Whether a name is that of the branch's part."""
    return name.startswith(_OWN_PARTS)


def _body_weights(samples: list[PoseDataSample]) -> Tensor:
    """Weights of the bodies' keypoints, (B, K).

    Raises:
        ValueError: If there are no labels of bodies.
    """
    weights = [one.gt_instance_labels.get('keypoint_weights') for one in samples]
    if any(one is None for one in weights):
        raise ValueError(
            "labels: expected the body's, too, since it is trained; the encoder "
            "'BodyAndHead' needs the body's codec (body=)"
        )
    return torch.cat(weights)


def _mirrored_as(samples: list[PoseDataSample], count: int) -> list[PoseDataSample]:
    """Samples whose ``flip_indices`` are those of the body's keypoints alone."""
    if len(samples[0].metainfo.get('flip_indices') or ()) <= count:
        return samples
    cut = []
    for sample in samples:
        indices = list(sample.metainfo['flip_indices'])[:count]
        cut.append(sample.new(metainfo={**sample.metainfo, 'flip_indices': indices}))
    return cut
