"""What a head-pose model is tried under: a table of names and transforms.

A further condition is a line of :func:`head_conditions` or :data:`NO_HEAD`.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from mmpose.registry import DATASETS
from numpy.random import Generator
from numpy.typing import NDArray

from bernoulli_mmpose.transforms.head_perturbation import sample_rng

Step = dict | Callable[[dict], dict]
Image = NDArray[np.uint8]

AS_THEY_ARE = 'as they are'
ABSENT = 'no head, '  # begins the name of each condition without one
GOAL = (0.15, 1.25)  # shift and scale of a box that cost little
MOVES = ((0.05, 1.08), (0.1, 1.16), GOAL, (0.3, 1.25))
FACE_WIDTHS = (32, 20, 12)  # pixels
DRAWN = dict(type='HeadlessDataset', data_root=None, test_mode=True)
LOAD = [dict(type='LoadImage')]
# Of scikit-image's pictures: people, a cat, and coins with portraits.
_WITH_FACES = ('astronaut.png', 'camera.png', 'chelsea.png', 'coins.png')


@dataclass(frozen=True)
class Condition:
    """Steps that a test pipeline gets; each repeats what it does by NumPy's seed.

    Attributes:
        picture: After the picture is loaded.
        box: After its box is known, before the crop is cut.
        crop: After that.
    """

    picture: Sequence[Step] = ()
    box: Sequence[Step] = ()
    crop: Sequence[Step] = ()

    def insert(self, pipeline: Sequence[dict]) -> list[Step]:
        """A test's pipeline with these steps.

        Raises:
            ValueError: If it cuts no crops.
        """
        names = [step['type'] for step in pipeline]
        try:
            box, cut = names.index('GetBBoxCenterScale'), names.index('TopdownAffine')
        except ValueError:
            raise ValueError(
                'pipeline: expected one of crops, with GetBBoxCenterScale and '
                f'TopdownAffine, got {names}'
            ) from None
        before, middle, after = pipeline[:box], pipeline[box:cut], pipeline[cut + 1 :]
        steps = [*before, *self.picture, *middle, *self.box]
        return [*steps, pipeline[cut], *self.crop, *after]


def move_name(shift: float, scale: float) -> str:
    """Name of the condition of a moved box."""
    return f'box moved {100 * shift:g} %, scaled {scale:g}'


def head_conditions(margin: float) -> dict[str, Condition]:
    """Conditions by name, of heads whose boxes have that share added on each side.

    Shares are of the face box without the margin, and so are pixels; but blur and
    square are relative to the crop. The first changes nothing.
    """
    cover = dict(type='FaceCovering', margin=margin)
    moved = dict(type='HeadTranslation', margin=margin, seed=None)
    small = {
        f'face of {width} pixels': _of_crop(
            dict(type='HeadDownscaling', size=round(width * (1 + 2 * margin)))
        )
        for width in FACE_WIDTHS
    }
    return {
        AS_THEY_ARE: Condition(),
        **{
            move_name(shift, scale): Condition(
                box=[dict(moved, max_shift=shift, max_scale=scale)]
            )
            for shift, scale in MOVES
        },
        **small,
        'mask': Condition(picture=[dict(cover, mask_prob=1, glasses_prob=0)]),
        'sunglasses': Condition(picture=[dict(cover, mask_prob=0, glasses_prob=1)]),
        'square of 0.4': _of_crop(dict(type='HeadOcclusion', size=0.4, seed=None)),
        'dark': _of_crop(partial(_darken, factor=0.1)),
        'blurred': _of_crop(partial(_blur, share=0.05)),
        'upside down': Condition(
            box=[
                dict(type='RandomFlip', prob=1.0, direction='diagonal'),
                dict(type='TransformHeadRotation'),
            ]
        ),
    }


def _of_crop(step: Step) -> Condition:
    return Condition(crop=[step])


def _darken(results: dict, factor: float) -> dict:
    return dict(results, img=(results['img'] * factor).astype(np.uint8))


def _blur(results: dict, share: float) -> dict:
    sigma = share * min(results['img'].shape[:2])
    return dict(results, img=cv2.GaussianBlur(results['img'], (0, 0), sigma))


def _painted(paint: Callable[[Generator, int, int], Any]) -> Condition:
    """Another picture in the place of a drawn room; the crop is in its middle."""

    def replace(results: dict) -> dict:
        height, width = results['img'].shape[:2]
        image = np.empty((height, width, 3), np.uint8)
        image[:] = paint(sample_rng(None, results), height, width)
        corners = np.array([[0.25, 0.25, 0.75, 0.75]]) * [width, height, width, height]
        return dict(results, img=image, bbox=corners.astype(np.float32))

    return Condition(picture=[replace])


def _noise(rng: Generator, height: int, width: int) -> Image:
    """Noise of three colours, in grains of 1 to 8 pixels."""
    grain = 2 ** int(rng.integers(4))
    grains = rng.integers(0, 256, (height // grain, width // grain, 3), np.uint8)
    return np.asarray(cv2.resize(grains, (width, height)), np.uint8)


# Pictures without a head: how many are drawn, and what they are then painted over with.
NO_HEAD = {
    'black': (1, _painted(lambda *_: 0)),
    'white': (1, _painted(lambda *_: 255)),
    'grey': (50, _painted(lambda rng, *_: rng.integers(1, 255))),
    'noise': (200, _painted(_noise)),
    'drawn rooms': (300, Condition()),
}


def headless_sets() -> dict[str, tuple[Any, Condition]]:
    """Data sets of pictures without a head, each with its condition, by name."""
    sets = {
        name: (DATASETS.build(dict(DRAWN, drawn=drawn, pipeline=LOAD)), condition)
        for name, (drawn, condition) in NO_HEAD.items()
    }
    package = importlib.util.find_spec('skimage')
    if package is not None and package.origin:
        folder = Path(package.origin).parent / 'data'
        found = dict(DRAWN, data_root=str(folder), crops=8, pipeline=LOAD)
        dataset = DATASETS.build(found)
        paths = (dataset.get_data_info(i)['img_path'] for i in range(len(dataset)))
        kept = [i for i, path in enumerate(paths) if _shows_nobody(Path(path))]
        dataset.get_subset_(kept)
        sets['scikit-image'] = dataset, Condition()
    return sets


def _shows_nobody(path: Path) -> bool:
    return path.suffix in ('.jpg', '.png') and path.name not in _WITH_FACES
