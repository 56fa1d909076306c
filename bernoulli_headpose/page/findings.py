"""What the page shows of a picture; nothing here needs gradio."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from ..detectors import WholeImage
from ..drawing import Image, draw_heads, draw_heatmap_overlay
from ..files import PartialImageWarning, printable, read_size
from ..heads import HeadDict, HeadMaps
from ..rotation import ANGLE_NAMES, matrix_to_quaternion
from ..sources import Picture, read_picture

if TYPE_CHECKING:
    from ..runner import HeadPoseRunner


TABLE_HEADERS = (
    'head',
    *(f'{name} \u00b0' for name in ANGLE_NAMES),
    'score',
    'quaternion w x y z',
)
LEAST_LIMIT = 10.0
MAX_MEGAPIXELS = 64  # of a picture; the command line takes larger ones
_SHOWN_SIDE = 1600


@dataclass(frozen=True)
class Findings:
    """What is to be shown of a picture.

    Attributes:
        message: What was found, or what is wrong with the picture.
        drawn: The picture with its heads drawn and numbered, RGB; None without one.
        rows: Cells of the table, one row a head, see ``TABLE_HEADERS``.
        maps: Maps over the crops of the heads, RGB, with captions, four a head; none
            of an exported model.
    """

    message: str
    drawn: Image | None = None
    rows: list[list[str]] = field(default_factory=list)
    maps: list[tuple[Image, str]] = field(default_factory=list)


def examine(runner: HeadPoseRunner, path: str | Path) -> Findings:
    """Estimate the heads of a picture.

    Args:
        runner: Does it.
        path: Of the picture. A file that cannot be used gives a message, no error.
    """
    name = printable(Path(path).name)
    try:
        check_size(path)
        with warnings.catch_warnings(record=True) as notes:
            warnings.simplefilter('ignore')
            warnings.simplefilter('always', PartialImageWarning)
            picture = read_picture(path, name, name)
        heads, maps = _look(runner, picture.image)
    except (OSError, ValueError) as error:
        message = ' '.join(str(error).split())
        return Findings(message.replace(str(path), name))
    numbered = [{**head, 'track_id': i} for i, head in enumerate(heads, start=1)]
    told = describe(picture, len(heads), isinstance(runner.detector, WholeImage))
    parts = [told, *(str(note.message).replace(str(path), name) for note in notes)]
    return Findings(
        ' '.join(parts),
        _to_shown(draw_heads(picture.image, numbered, draw_bbox=True)),
        [_to_row(i, head) for i, head in enumerate(heads, start=1)],
        [tile for i, one in enumerate(maps, start=1) for tile in draw_maps(i, one)],
    )


def _look(
    runner: HeadPoseRunner, image: Image
) -> tuple[list[HeadDict], list[HeadMaps]]:
    """The heads, and the maps of each where the runner can tell them."""
    predict_maps = getattr(runner, 'predict_maps', None)
    if predict_maps is None or runner.estimator.finds_heads:
        return runner.predict(image), []
    maps = predict_maps(image)
    return [one.head for one in maps], maps


def check_size(path: str | Path) -> None:
    """Refuse what takes long to decode, by its header: a small file can claim any size.

    Raises:
        OSError: If the file cannot be opened.
        ValueError: If it is no picture or has more than ``MAX_MEGAPIXELS``.
    """
    width, height = read_size(path)
    if width * height > MAX_MEGAPIXELS * 1e6:
        raise ValueError(
            f'{path}: expected a picture of at most {MAX_MEGAPIXELS} megapixels, got '
            f'{width}x{height} pixels'
        )


def describe(picture: Picture, count: int, whole_image: bool) -> str:
    """What was found, in a sentence."""
    place = '{} ({}x{} pixels)'.format(picture.name, *picture.size)
    if whole_image:
        return f'{place}: the whole picture is taken for one head.'
    if not count:
        return f'{place}: no head was found.'
    return f'{place}: {count} {"head" if count == 1 else "heads"} found.'


def draw_maps(number: int, maps: HeadMaps) -> list[tuple[Image, str]]:
    """Maps of the centre and of the angles over a head's crop, with captions.

    The angle maps of a head share one scale: its strongest value, at least
    ``LEAST_LIMIT`` degrees, gets the full colour.
    """
    limit = max(float(np.abs(maps.angle_maps).max()), LEAST_LIMIT)
    center = draw_heatmap_overlay(maps.crop, maps.center_map)
    tiles = [(_to_shown(center), f'head {number}: centre, {maps.head["score"]:.2f}')]
    for name, angle_map in zip(ANGLE_NAMES, maps.angle_maps, strict=True):
        overlay = draw_heatmap_overlay(maps.crop, angle_map, limit)
        caption = f'head {number}: {name}, {maps.head[name]:+.1f}\u00b0'
        tiles.append((_to_shown(overlay), caption))
    return tiles


def _to_row(number: int, head: HeadDict) -> list[str]:
    angles = [f'{head[k]:+.1f} \u00b1 {head[f"{k}_std"]:.1f}' for k in ANGLE_NAMES]
    quaternion = matrix_to_quaternion(head['rotation'])
    turn = ' '.join(f'{v:+.3f}' for v in quaternion)
    return [f'#{number}', *angles, f'{head["score"]:.2f}', turn]


def _to_shown(image: Image) -> Image:
    """RGB, and no larger than a page needs."""
    scale = _SHOWN_SIDE / max(image.shape[:2])
    if scale < 1:
        size = [max(1, round(side * scale)) for side in image.shape[1::-1]]
        resized = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        image = resized.astype(np.uint8, copy=False)
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB).astype(np.uint8, copy=False)
