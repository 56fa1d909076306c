"""What one person looks like: proportions, colours, hair. Drawn from a generator."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from .mesh import FloatArray

HAIR_STYLES = ('bald', 'fringe', 'long', 'receding', 'short')

_SKINS = np.array(
    [
        [0.95, 0.79, 0.69],
        [0.89, 0.69, 0.56],
        [0.78, 0.57, 0.43],
        [0.60, 0.41, 0.29],
        [0.45, 0.30, 0.21],
    ]
)
_HAIRS = np.array(
    [
        [0.05, 0.04, 0.04],
        [0.17, 0.11, 0.07],
        [0.34, 0.22, 0.13],
        [0.62, 0.47, 0.27],
        [0.48, 0.20, 0.10],
        [0.62, 0.60, 0.58],
    ]
)
_IRISES = np.array(
    [[0.20, 0.11, 0.06], [0.28, 0.38, 0.46], [0.30, 0.36, 0.22], [0.10, 0.07, 0.05]]
)


@dataclass(frozen=True)
class Person:
    """Proportions (1 is average) and colours (RGB in [0, 1]) of one person."""

    skin: FloatArray
    lips: FloatArray
    iris: FloatArray
    hair: FloatArray
    hair_style: str
    hair_thickness: float
    beard: float
    head_scale: FloatArray
    nose: FloatArray
    jaw: float
    brow: float
    lip_fullness: float
    eye_spacing: float
    cheek: float
    ear: float
    texture_seed: int

    @classmethod
    def random(cls, rng: Generator) -> Person:
        """A person of the generator's draw."""
        tone = rng.uniform(0, len(_SKINS) - 1)
        below = min(int(tone), len(_SKINS) - 2)
        skin = _SKINS[below] + (tone - below) * (_SKINS[below + 1] - _SKINS[below])
        skin = np.clip(skin * rng.uniform(0.95, 1.05, 3), 0, 1)
        # Dark skin goes with dark hair.
        hair = _HAIRS[rng.integers(len(_HAIRS) if tone < 2 else 2)]
        iris = _IRISES[rng.integers(len(_IRISES)) if tone < 2 else 0]
        style = HAIR_STYLES[rng.choice(5, p=[0.12, 0.2, 0.22, 0.16, 0.3])]
        bearded = style != 'long' and rng.random() < 0.35
        return cls(
            skin=skin,
            lips=skin * np.array([0.92, 0.62, 0.62]) * rng.uniform(0.9, 1.1),
            iris=iris,
            hair=np.clip(hair * rng.uniform(0.85, 1.15), 0, 1),
            hair_style=str(style),
            hair_thickness=rng.uniform(4, 11),
            beard=rng.uniform(0.3, 0.85) if bearded else 0.0,
            head_scale=rng.uniform([0.93, 0.95, 0.95], [1.06, 1.05, 1.05]),
            nose=rng.uniform([0.8, 0.9, 0.75], [1.3, 1.15, 1.25]),
            jaw=rng.uniform(0.88, 1.12),
            brow=rng.uniform(0.5, 1.6),
            lip_fullness=rng.uniform(0.7, 1.4),
            eye_spacing=rng.uniform(0.93, 1.06),
            cheek=rng.uniform(0.3, 1.5),
            ear=rng.uniform(0.85, 1.15),
            texture_seed=int(rng.integers(2**31)),
        )
