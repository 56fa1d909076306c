"""The codec of a body's keypoints, by any codec of MMPose, and a head beside them."""

from __future__ import annotations

from typing import Any

import numpy as np
from mmpose.codecs.base import BaseKeypointCodec
from mmpose.datasets.transforms import PackPoseInputs
from mmpose.registry import KEYPOINT_CODECS
from numpy.typing import NDArray

from .bernoulli_heatmap import BernoulliHeatmap

# Of the head's labels, which thus never meet the body's.
LABEL_PREFIX = 'head_pose_'


@KEYPOINT_CODECS.register_module()
class BodyAndHead(BaseKeypointCodec):
    """Encodes a body's keypoints for one head of a network and a head for another.

    The last keypoint is the head centre; the body's codec gets those before it. Labels
    of the body keep their names; those of the head are the same as ever, with
    ``head_pose_`` before their names, and all in ``gt_instance_labels``, since maps in
    ``gt_fields`` must be of one size. :class:`.TopdownWithHeadPose` reads both.

    Encoded:

        - what the body's codec encodes
        - ``head_pose_`` and what the head's codec encodes, each (1, ...)

    Args:
        head: Config of a :class:`BernoulliHeatmap` or one of its kinds.
        body: Config of the body's codec; None where a frozen body needs no labels.

    Raises:
        ValueError: If the head's codec is another, or the input sizes differ.
    """

    def __init__(self, head: dict, body: dict | None = None) -> None:
        super().__init__()
        self.head = KEYPOINT_CODECS.build(head)
        if not isinstance(self.head, BernoulliHeatmap):
            raise ValueError(
                'head: expected the config of a BernoulliHeatmap, got '
                f'{type(self.head).__name__}'
            )
        if body is not None and not isinstance(body, dict):
            raise ValueError(
                f'body: expected the config of one codec, got {body!r}; a body of '
                'several can stay frozen, which needs none'
            )
        self.body = None if body is None else KEYPOINT_CODECS.build(body)
        check_input_sizes(self.body, self.head)
        packs, names = PackPoseInputs, self.head.label_mapping_table
        names = {**self.head.field_mapping_table, **names}
        heads = {LABEL_PREFIX + name: LABEL_PREFIX + name for name in names}
        tables = [
            getattr(self.body, name, None) or getattr(packs, name)
            for name in ('instance_mapping_table', 'label_mapping_table')
        ]
        self.instance_mapping_table = {**self.head.instance_mapping_table, **tables[0]}
        self.label_mapping_table = {**tables[1], **heads}
        self.field_mapping_table = getattr(self.body, 'field_mapping_table', None) or {}
        self._of_body = set(getattr(self.body, 'auxiliary_encode_keys', ()))
        self._of_head = set(self.head.auxiliary_encode_keys)
        self.auxiliary_encode_keys = self._of_body | self._of_head

    def encode(
        self,
        keypoints: NDArray,
        keypoints_visible: NDArray | None = None,
        **fields: Any,
    ) -> dict[str, Any]:
        """Encode a body and a head.

        Args:
            keypoints: In input image pixels, (1, K + 1, D); the last is the head
                centre.
            keypoints_visible: (1, K + 1); all visible if None.
            **fields: What the codecs' ``auxiliary_encode_keys`` name, or None.

        Returns:
            See the class docstring.

        Raises:
            ValueError: See the head's codec.
        """
        if keypoints_visible is None:
            keypoints_visible = np.ones(keypoints.shape[:2], np.float32)
        parts = {name: fields.get(name) for name in self._of_head}
        head = self.head.encode(keypoints[:, -1:], keypoints_visible[:, -1:], **parts)
        labels = self.head.label_mapping_table
        encoded = {
            LABEL_PREFIX + name: value if name in labels else value[None]
            for name, value in head.items()
        }
        if self.body is None:
            return encoded
        parts = {name: fields.get(name) for name in self._of_body}
        body = self.body.encode(keypoints[:, :-1], keypoints_visible[:, :-1], **parts)
        return {**body, **encoded}

    def decode(self, encoded: Any) -> Any:
        """Refused, since each head of a network decodes its own maps.

        Raises:
            NotImplementedError: Always.
        """
        raise NotImplementedError(
            'BodyAndHead encodes; the heads of the model decode their own maps'
        )


def check_input_sizes(body: Any, head: BernoulliHeatmap) -> None:
    """Refuse codecs of two input sizes.

    Raises:
        ValueError: If both tell theirs and they differ.
    """
    size = getattr(body, 'input_size', None)
    if size is not None and tuple(size) != head.input_size:
        raise ValueError(
            f'input_size of the head pose codec: expected that of the body, '
            f'{tuple(size)} [w, h], got {head.input_size}'
        )
