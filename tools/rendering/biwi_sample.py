"""A whole rendered sample in BIWI's layout, written into a folder of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path

import cv2

from bernoulli_headpose.files import write_whole
from bernoulli_mmpose.datasets.biwi_files import MARKER, NOTICE

from .biwi_layout import SEQUENCES, SIZE
from .morphable_head import MorphableHead
from .sequence import build_scene, write_sequence

VERSION = 1  # raised whenever the same seed gives other pictures


@dataclass(frozen=True)
class SampleSettings:
    """What decides the bytes of a sample.

    Attributes:
        frames_per_sequence: Frames of each sequence.
        seed: Not negative.
        size: (width, height) in pixels, 4:3.
        head_model: A morphable head file, or None for the parametric head.

    Raises:
        ValueError: If a number is out of range or the size is not 4:3.
    """

    frames_per_sequence: int = 60
    seed: int = 0
    size: tuple[int, int] = SIZE
    head_model: Path | None = None

    def __post_init__(self) -> None:
        width, height = self.size
        if self.frames_per_sequence < 1:
            raise ValueError(
                f'frames per sequence: expected at least 1, '
                f'got {self.frames_per_sequence}'
            )
        if self.seed < 0:
            raise ValueError(f'seed: expected 0 or more, got {self.seed}')
        if width < 64 or width * SIZE[1] != height * SIZE[0]:
            raise ValueError(
                'size: expected width and height of ratio 4:3 from 64x48, '
                f'got {width}x{height}'
            )

    def describe(self) -> str:
        """The marker file's text."""
        head = 'parametric'
        if self.head_model is not None:
            digest = sha256(self.head_model.read_bytes()).hexdigest()
            head = f'{self.head_model.name} (sha256 {digest[:16]})'
        return (
            f'{NOTICE}\n\n'
            'Computer-made heads in the file layout of the BIWI Kinect head pose\n'
            'data base, with exact labels. No figure measured on them is a BIWI '
            'figure.\n\n'
            f'renderer version: {VERSION}\n'
            f'seed: {self.seed}\n'
            f'frames per sequence: {self.frames_per_sequence}\n'
            f'size: {self.size[0]}x{self.size[1]}\n'
            f'head: {head}\n'
        )


def render_sample(
    root: Path,
    settings: SampleSettings,
    sequences: Sequence[int] = SEQUENCES,
    jobs: int = 1,
    report: Callable[[int], None] = lambda _: None,
) -> None:
    """Render sequences into ``root/NN`` and mark the folder as rendered.

    The same settings give the same bytes, whatever the choice of sequences and the
    number of processes.

    Args:
        root: A folder that is absent, empty, or holds a sample of these settings.
        settings: What to render.
        sequences: Numbers of 1 to 24.
        jobs: Processes.
        report: Called with each sequence's number when it is written.

    Raises:
        FileExistsError: If the folder holds anything else.
        ValueError: If a sequence or the number of jobs is out of range.
    """
    unknown = sorted(set(sequences) - set(SEQUENCES))
    if unknown or not sequences:
        raise ValueError(
            f'sequences: expected numbers of 1 to {len(SEQUENCES)}, '
            f'got {unknown or "none"}'
        )
    if jobs < 1:
        raise ValueError(f'jobs: expected at least 1, got {jobs}')
    if settings.head_model is not None:
        MorphableHead(settings.head_model)  # a bad file fails before the first frame
    _claim(root, settings)
    tasks = [(root, settings, sequence) for sequence in sorted(set(sequences))]
    if jobs == 1:
        for task in tasks:
            report(_render(task))
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context('spawn')) as pool:
        for done in pool.map(_render, tasks):
            report(done)


def _claim(root: Path, settings: SampleSettings) -> None:
    """Mark the folder, or refuse it."""
    marker = root / MARKER
    text = settings.describe()
    if root.is_dir() and any(root.iterdir()):
        found = marker.read_text(errors='replace') if marker.is_file() else ''
        if not found.startswith(NOTICE):
            raise FileExistsError(
                f'{root}: expected an absent or empty folder, got one with other '
                'files; nothing was written'
            )
        if found != text:
            raise FileExistsError(
                f'{root}: holds a rendered sample of other settings ({marker}); '
                'choose another folder; nothing was written'
            )
    elif root.exists() and not root.is_dir():
        raise FileExistsError(f'{root}: expected a folder, got a file')
    root.mkdir(parents=True, exist_ok=True)
    write_whole(marker, text)


def _render(task: tuple[Path, SampleSettings, int]) -> int:
    root, settings, sequence = task
    cv2.setNumThreads(1)
    model = MorphableHead(settings.head_model) if settings.head_model else None
    scene = build_scene(
        sequence, settings.frames_per_sequence, settings.seed, settings.size, model
    )
    write_sequence(root / f'{sequence:02d}', scene)
    return sequence
