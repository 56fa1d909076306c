"""What an exported file says of itself: how to feed it, what its numbers mean."""

from __future__ import annotations

import json
from typing import Any

from mmengine.config import Config
from mmpose.models.pose_estimators import TopdownPoseEstimator
from mmpose.models.pose_estimators.base import BasePoseEstimator
from onnx import ModelProto

from bernoulli_headpose import __version__
from bernoulli_headpose.rotation import ANGLE_NAMES

from ..codecs.value_map_codec import RotationColumns
from ..inferencers.configs import config_margin
from ..models import head_of
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
        width and height that it adds on each side), ``size_multiple`` of height and
        width, ``angles``, ``angle_unit`` and ``angle_convention`` of the output,
        ``radius`` in heatmap pixels, ``flip_test``, ``precision`` and
        ``package_version``; of a model of rotations also ``rotation``, what its rows
        and columns are; of one of further values ``values``, their names.
    """
    codec: Any = head_of(model).decoder
    margin = config_margin(model.cfg) or 0.0
    return dict(
        **network_metadata(model),
        size_multiple=STRIDE,
        margin=_padded(margin, model.cfg),
        angles=list(ANGLE_NAMES),
        **(dict(values=list(codec.further_names)) if codec.further_names else {}),
        radius=codec.radius,
        flip_test=bool((model.test_cfg or {}).get('flip_test', False)),
        precision=precision,
    )


def network_metadata(model: BasePoseEstimator) -> dict[str, Any]:
    """Metadata that models of one head and of many share.

    Args:
        model: A pose estimator of ``init_model``, with its config.

    Returns:
        ``mean``, ``std``, ``color_order``, ``input_size``, ``angle_unit``,
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
        angle_unit='degree',
        angle_convention=(
            'x right, y up, z to the viewer: R = Rx(-pitch) Ry(-yaw) Rz(-roll)'
        ),
        package_version=__version__,
    )


def _padded(margin: float, config: Config) -> float:
    """A margin with the padding that the pipeline adds (none in this package's)."""
    pipeline = config.test_dataloader.dataset.pipeline
    steps = {step['type']: step for step in pipeline}
    padding = steps['GetBBoxCenterScale'].get('padding', 1.25)
    return margin if padding == 1 else ((1 + 2 * margin) * padding - 1) / 2


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
