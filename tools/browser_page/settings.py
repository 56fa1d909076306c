"""All that the page must know and that stands in the Python code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bernoulli_headpose import __version__, boxes
from bernoulli_headpose.detectors import HEADS_THR
from bernoulli_headpose.drawing.canvas import AXIS_COLORS, BOX_COLOR
from bernoulli_headpose.drawing.heads import AXIS_LENGTH, LINE_WIDTH
from bernoulli_headpose.drawing.shapes import HIDDEN_LIGHTNESS, HIDING
from bernoulli_headpose.estimation import finding, picture_parts
from bernoulli_headpose.estimation.crops import MAX_CROPS
from bernoulli_headpose.onnx import FINDER, OnnxModel, find_model
from bernoulli_headpose.onnx.interface import INPUT
from bernoulli_headpose.page.findings import MAX_MEGAPIXELS
from bernoulli_headpose.rotation import ANGLE_NAMES
from bernoulli_headpose.run_options import RunOptions
from bernoulli_headpose.video.box_tracker import LOST_SCORE


def make_settings(model: Path, finder: str | None) -> dict[str, Any]:
    """The content of ``settings.json``.

    Args:
        model: The model of heads.
        finder: What finds them: a path, or the name of a model of the package. None
            takes ``'heads'``, or nothing for a model that finds heads itself.

    Raises:
        FileNotFoundError: If a file is not there.
        ImportError: If onnxruntime is not installed.
        ValueError: If a file is none of a model that the page can use so.
    """
    info = _describe(model)
    return dict(
        version=__version__,
        angles=[*ANGLE_NAMES],
        input=INPUT,
        max_megapixels=MAX_MEGAPIXELS,
        max_crops=MAX_CROPS,
        threshold=HEADS_THR,
        pyramid=picture_parts.describe(),
        joining=finding.describe(),
        boxes=boxes.describe(),
        following=dict(detect_every=RunOptions.detect_every, lost_score=LOST_SCORE),
        drawing=dict(
            axis_colors=AXIS_COLORS,
            box_color=BOX_COLOR,
            axis_length=AXIS_LENGTH,
            line_width=LINE_WIDTH,
            hiding=HIDING,
            hidden_lightness=HIDDEN_LIGHTNESS,
        ),
        model=info,
        finder=_describe_finder(finder, info),
    )


def _describe_finder(finder: str | None, model: dict[str, Any]) -> dict | None:
    if model['finds_heads']:
        if finder is not None:
            raise ValueError(
                'finder: expected none with a model that finds heads itself, got '
                f'{finder}'
            )
        return None
    path = find_model(finder, FINDER)
    info = _describe(path)
    if not info['finds_heads']:
        raise ValueError(
            f'finder: expected a model that finds all heads of a picture, got {path}'
        )
    if info['file'] == model['file']:
        raise ValueError(f'finder: expected a file of another name, got {path}')
    return info


def _describe(path: Path) -> dict[str, Any]:
    info = OnnxModel(path, threads=1).info
    is_of_heads = info['finds_heads'] or info['of_faces']
    if not is_of_heads or info['values'] or info['keypoints']:
        raise ValueError(
            f'{path}: expected a model of heads and their angles alone, got one of '
            'people, or of further values'
        )
    return dict(file=path.name, **info)
