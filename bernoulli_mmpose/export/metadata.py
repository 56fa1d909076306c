"""What an exported file says of itself: how to feed it, what its numbers mean."""

from __future__ import annotations

import json
from typing import Any

from mmpose.models.pose_estimators import TopdownPoseEstimator
from mmpose.models.pose_estimators.base import BasePoseEstimator
from onnx import ModelProto

from bernoulli_headpose import __version__
from bernoulli_headpose.drawing import Skeleton
from bernoulli_headpose.rotation import ANGLE_NAMES

from ..codecs.value_map_codec import RotationColumns
from ..inferencers.configs import config_margin
from ..models import count_keypoints, head_of
from .beside_body import decodes_body
from .graph import STRIDE


def model_metadata(
    model: TopdownPoseEstimator, precision: str = 'fp32'
) -> dict[str, Any]:
    """Metadata of a model as exported, as JSON-ready values.

    Args:
        model: A pose estimator of ``init_model``, with its config.
        precision: Of the network's arithmetic; inputs and outputs are float32.

    Returns:
        ``mean`` and ``std`` (of the channels in ``color_order``, for pixels in 0 to
        255), ``input_size`` [w, h] of a crop, ``margin`` (the share of the face box's
        width and height that it adds on each side), of which the factor ``padding`` is
        also that of a box that is a whole picture; ``resize``, in words, and
        ``use_udp`` (see :class:`.CropRule`); ``of_faces``, or of people;
        ``size_multiple`` of height and width; ``angles``, ``angle_unit`` and
        ``angle_convention`` of the output; ``unknown_std``, the standard deviations of
        a head that cannot be seen; ``radius`` in heatmap pixels, ``flip_test``,
        ``precision`` and ``package_version``; of a model of rotations also
        ``rotation``, what its rows and columns are; of one of further values
        ``values``, their names; of one with a body's keypoints what
        :func:`_skeleton` gives.
    """
    codec: Any = head_of(model).decoder
    steps = {one['type']: one for one in model.cfg.test_dataloader.dataset.pipeline}
    padding = float(steps['GetBBoxCenterScale'].get('padding', 1.25))
    margin = config_margin(model.cfg)
    return dict(
        **network_metadata(model),
        finds_heads=False,
        resize="bilinear, of the box in input_size's aspect; black outside",
        size_multiple=STRIDE,
        of_faces=margin is not None,
        margin=((1 + 2 * (margin or 0.0)) * padding - 1) / 2,
        padding=padding,
        use_udp=bool(steps.get('TopdownAffine', {}).get('use_udp', False)),
        **(dict(values=list(codec.further_names)) if codec.further_names else {}),
        **_skeleton(model),
        unknown_std=codec.unknown_stds.tolist(),
        radius=codec.radius,
        flip_test=bool((model.test_cfg or {}).get('flip_test', False)),
        precision=precision,
    )


def _skeleton(model: TopdownPoseEstimator) -> dict[str, Any]:
    """Of a model whose graph gives a body's keypoints beside the head.

    Returns:
        ``keypoints``, their names without the head's centre, which is the next number;
        ``skeleton_links``, pairs of numbers, and ``skeleton_colors``, [red, green,
        blue] of each.
    """
    is_beside = hasattr(model, 'head_pose')
    if not decodes_body(model) if is_beside else head_of(model).num_keypoints == 1:
        return {}
    count, meta = count_keypoints(model), model.dataset_meta
    skeleton = Skeleton.of_dataset(meta, count)
    names = meta.get('keypoint_id2name', {})
    return dict(
        keypoints=[names.get(i, f'keypoint_{i}') for i in range(count - 1)],
        skeleton_links=skeleton.links,
        skeleton_colors=skeleton.colors,
    )


def network_metadata(model: BasePoseEstimator) -> dict[str, Any]:
    """Metadata that models of one head and of many share.

    Args:
        model: A pose estimator of ``init_model``, with its config.

    Returns:
        ``mean``, ``std``, ``color_order``, ``input_size``, ``angles``, ``angle_unit``,
        ``angle_convention``, ``package_version`` and ``rotation``, see
        :func:`model_metadata`.
    """
    normalize = model.cfg.model.data_preprocessor
    rotation = "rows of R; its columns are the head's x, y and z axes in the frame"
    codec: Any = head_of(model).decoder
    has_rotation = isinstance(codec, RotationColumns)
    return dict(
        **(dict(rotation=rotation) if has_rotation else {}),
        mean=list(normalize.mean),
        std=list(normalize.std),
        color_order='RGB' if normalize.get('bgr_to_rgb') else 'BGR',
        input_size=list(codec.input_size),
        angles=list(ANGLE_NAMES),
        angle_unit='degree',
        angle_convention=(
            'x right, y up, z to the viewer: R = Rx(-pitch) Ry(-yaw) Rz(-roll)'
        ),
        package_version=__version__,
    )


def write_metadata(onnx_model: ModelProto, metadata: dict[str, Any]) -> None:
    """Put metadata into a model, each value as JSON; what had the name is replaced."""
    kept = [prop for prop in onnx_model.metadata_props if prop.key not in metadata]
    del onnx_model.metadata_props[:]
    onnx_model.metadata_props.extend(kept)
    for key, value in metadata.items():
        onnx_model.metadata_props.add(key=key, value=json.dumps(value))


def read_metadata(onnx_model: ModelProto) -> dict[str, Any]:
    """Metadata of a model; text that is no JSON is given as it is."""
    metadata: dict[str, Any] = {}
    for prop in onnx_model.metadata_props:
        try:
            metadata[prop.key] = json.loads(prop.value)
        except (ValueError, RecursionError):
            metadata[prop.key] = prop.value
    return metadata
