"""Landmarks of faces in photographs, with depth, by MediaPipe's face mesh."""

from __future__ import annotations

import shutil
import struct
import subprocess
import tempfile
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from bernoulli_headpose.rotation import FloatArray

INSTALL = (
    'python3.11 -m venv mediapipe; mediapipe/bin/pip install mediapipe==0.10.21; '
    'then --python mediapipe/bin/python'
)
_WORKER = Path(__file__).with_name('mediapipe_worker.py')
# Of the mesh's 468 points those that are iBUG's: jaw, brows, nose, eyes, lips.
IBUG = [
    *(162, 234, 93, 58, 172, 136, 149, 148, 152),
    *(377, 378, 365, 397, 288, 323, 454, 389),
    *(71, 63, 105, 66, 107, 336, 296, 334, 293, 301),
    *(168, 197, 5, 4, 75, 97, 2, 326, 305),
    *(33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380),
    *(61, 39, 37, 0, 267, 269, 291, 405, 314, 17, 84, 181),
    *(78, 82, 13, 312, 308, 317, 14, 87),
]
_AROUND = 0.5  # of the box's larger side, on each side, that is searched too
_SIDE = 256  # pixels that this is brought to; the detector sees 128, the mesh 192


class FaceMesh:
    """MediaPipe's face mesh, in a process of a Python that has it.

    A finder for :func:`.predict_by_landmarks`. Its steps follow each other on several
    threads. To be used in a ``with`` block, at whose end the process ends.

    Args:
        python: A Python with MediaPipe 0.10.21, whose package has the weights; it may
            lack everything of ours.
        video: Whether pictures follow each other, so that the detector of faces
            need not run before the mesh.

    Attributes:
        weights: Size of the detector's and the mesh's weights, bytes.

    Raises:
        FileNotFoundError: If there is no such Python.
        ImportError: If it has no MediaPipe with the face mesh.
    """

    def __init__(self, python: str, video: bool = False) -> None:
        self.python = python
        if shutil.which(python) is None:
            what = 'a Python with MediaPipe, found no such program'
            raise FileNotFoundError(f'{python}: expected {what} ({INSTALL})')
        self._words = tempfile.TemporaryFile()  # noqa: SIM115
        self._process = subprocess.Popen(
            [python, str(_WORKER), *(['video'] if video else [])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._words,
        )
        try:
            (self.weights,) = struct.unpack('<Q', self._read(8))
        except RuntimeError as error:
            raise ImportError(f'{error} ({INSTALL})') from None

    def __enter__(self) -> FaceMesh:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.communicate()
        self._words.close()

    def __call__(
        self, image: NDArray[np.uint8], box: ArrayLike
    ) -> NDArray[np.floating] | None:
        """Landmarks of the face in a head's box.

        Args:
            image: (H, W, 3) BGR.
            box: Head box x, y, w, h, pixels.

        Returns:
            x, y and z (away from the viewer), pixels, (68, 3), iBUG order; None without
            a face.

        Raises:
            RuntimeError: If MediaPipe fails.
        """
        part, corner, zoom = cut_head(image, box)
        points = self.find(part)
        if points is None:
            return None
        points[:, :2] += corner * zoom
        return points[IBUG] / zoom

    def find(self, picture: NDArray[np.uint8], times: int = 1) -> FloatArray | None:
        """The mesh of a face.

        Args:
            picture: (H, W, 3) BGR.
            times: How often to look for it.

        Returns:
            x, y, z in pixels, (468, 3); None without a face.

        Raises:
            RuntimeError: If MediaPipe fails.
        """
        height, width = picture.shape[:2]
        request = struct.pack('<3I', height, width, times) + picture.tobytes()
        assert self._process.stdin is not None, 'it is a pipe'
        try:
            self._process.stdin.write(request)
            self._process.stdin.flush()
        except BrokenPipeError:
            pass  # what it has said is told below
        (count,) = struct.unpack('<I', self._read(4))
        if not count:
            return None
        points = np.frombuffer(self._read(12 * count), '<f4').astype(np.float64)
        return points.reshape(count, 3) * [width, height, width]

    def _read(self, size: int) -> bytes:
        """Bytes of an answer.

        Raises:
            RuntimeError: If the process ends before; its last words are told.
        """
        assert self._process.stdout is not None, 'it is a pipe'
        answer = self._process.stdout.read(size)
        if len(answer) == size:
            return answer
        self._process.wait()
        self._words.seek(0)
        words = self._words.read().decode(errors='replace').strip().splitlines()
        self.close()
        said = words[-1] if words else 'nothing'
        raise RuntimeError(
            f"{self.python}: expected a mesh of MediaPipe's, it ended and said: {said}"
        )


def cut_head(
    image: NDArray[np.uint8], box: ArrayLike
) -> tuple[NDArray[np.uint8], FloatArray, float]:
    """What of a picture a face is looked for in: a square about the head's box.

    Args:
        image: (H, W, 3) BGR.
        box: Head box x, y, w, h, pixels.

    Returns:
        The square, black beyond the picture; its corner in the picture, (2,); and its
        enlargement.
    """
    corner, size = np.split(np.asarray(box, dtype=np.float64), 2)
    side = size.max() * (1 + 2 * _AROUND)
    low, zoom = corner + size / 2 - side / 2, _SIDE / side
    move = np.column_stack([np.eye(2), -low]) * zoom
    part = cv2.warpAffine(image, move, (_SIDE, _SIDE)).astype(np.uint8, copy=False)
    return part, low, float(zoom)
