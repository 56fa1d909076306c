"""The tips of the head's axes as three keypoints after the model's own.

MMPose's inferencers write nothing but keypoints, scores and boxes to JSON. The tips
carry the angles there, and ``tips_to_angles`` of
:mod:`bernoulli_headpose.drawing.projection` reads them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from mmengine.structures import InstanceData

from bernoulli_headpose.drawing import AXIS_COLORS, axis_tips
from bernoulli_headpose.rotation import euler_to_matrix

TIP_NAMES = ('head_axis_x', 'head_axis_y', 'head_axis_z')
_COUNT = len(TIP_NAMES)
_KEYPOINT_FIELDS = ('keypoints', 'keypoint_scores', 'keypoints_visible')


def append_tips(instances: InstanceData, share: float) -> None:
    """Append the axes' tips to the keypoints of predicted heads, in place.

    The keypoints become (N, K + 3, 2), in float64; the tips' scores are the heads'.
    A field ``head_axis_tips``, (N, 3, 2), holds the tips once more and marks that the
    keypoints end with them.

    Args:
        instances: N heads with ``keypoints`` in image pixels, the last being the head
            centre, ``keypoint_scores``, ``keypoints_visible``, ``head_angles`` in
            degrees, ``head_scores`` and ``bboxes``; ``head_rotation``, where it is
            there, goes before the angles.
        share: Length of an axis over the longer side of the head's box.

    Raises:
        ValueError: If an angle or a centre is not finite.
    """
    centers = instances.keypoints[:, -1, :2].astype(np.float64)
    boxes = np.asarray(instances.bboxes, dtype=np.float64)
    lengths = share * (boxes[:, 2:] - boxes[:, :2]).max(axis=1)
    matrices = instances.get('head_rotation')
    if matrices is None:
        matrices = euler_to_matrix(instances.head_angles[:, :3])
    heads = zip(matrices, centers, lengths, strict=True)
    tips = np.array([axis_tips(*head) for head in heads]).reshape(-1, _COUNT, 2)
    scores = np.repeat(np.asarray(instances.head_scores)[:, None], _COUNT, axis=1)
    for name, more in zip(_KEYPOINT_FIELDS, (tips, scores, scores), strict=True):
        own = instances.get(name)
        instances.set_field(np.concatenate([own, more], axis=1), name)
    instances.head_axis_tips = tips


def without_tips(instances: InstanceData) -> InstanceData:
    """The instances with the model's own keypoints only, as a shallow copy."""
    own = instances.new()
    if 'head_axis_tips' in own:
        for name in _KEYPOINT_FIELDS:
            own.set_field(own.get(name)[:, :-_COUNT], name)
        del own.head_axis_tips
    return own


def meta_with_tips(meta: Mapping[str, Any]) -> dict[str, Any]:
    """A data set's meta information for drawing the tips beside its keypoints.

    Names, colours and links to the head centre (the last of the K keypoints) are
    added, which is what MMPose's own visualizer needs. All that tells of the network's
    maps (``num_keypoints``, ``flip_indices``, weights, sigmas) stays that of K.

    Args:
        meta: As MMPose's ``parse_pose_metainfo`` gives it; without colours it is
            given back as it is.
    """
    extended = dict(meta)
    if 'keypoint_colors' not in meta or TIP_NAMES[0] in meta['keypoint_name2id']:
        return extended
    count = len(meta['keypoint_colors'])
    ids = range(count, count + _COUNT)
    names = dict(zip(ids, TIP_NAMES, strict=True))
    links = [(count - 1, tip) for tip in ids]
    id2name = {**meta['keypoint_id2name'], **names}
    extended['keypoint_id2name'] = id2name
    extended['keypoint_name2id'] = {v: k for k, v in id2name.items()}
    extended['skeleton_links'] = [*meta['skeleton_links'], *links]
    extended['num_skeleton_links'] = len(extended['skeleton_links'])
    for name in ('keypoint_colors', 'skeleton_link_colors'):
        own = np.reshape(meta[name], (-1, 3))
        extended[name] = np.concatenate([own, np.array(AXIS_COLORS, own.dtype)])
    return extended


def meta_without_tips(meta: Mapping[str, Any]) -> dict[str, Any]:
    """Undo :func:`meta_with_tips`, where it was done."""
    reduced = dict(meta)
    if TIP_NAMES[0] not in meta.get('keypoint_name2id', {}):
        return reduced
    for name in ('keypoint_colors', 'skeleton_links', 'skeleton_link_colors'):
        reduced[name] = meta[name][:-_COUNT]
    reduced['num_skeleton_links'] = len(reduced['skeleton_links'])
    id2name = {k: v for k, v in meta['keypoint_id2name'].items() if v not in TIP_NAMES}
    reduced['keypoint_id2name'] = id2name
    reduced['keypoint_name2id'] = {v: k for k, v in id2name.items()}
    return reduced
