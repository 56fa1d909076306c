"""MediaPipe's face mesh behind a pipe: runs in a Python of its own.

MediaPipe and what MMPose needs want different versions of protobuf. So this file needs
MediaPipe, NumPy and OpenCV and nothing of this project, and is started by
:class:`.mediapipe_landmarks.FaceMesh`.

It writes the size of the weights in bytes, a uint64. Then it answers requests: a
picture's height and width and how often to look, uint32 each, and its BGR pixels. An
answer is the number of points (0: no face), a uint32, and their x, y, z, float32: x and
z in widths of the picture, y in heights.

With the word ``video`` it does what MediaPipe does in a video: its detector of faces
runs only where the last picture had none.
"""

from __future__ import annotations

import os
import struct
import sys
from pathlib import Path
from typing import Any, BinaryIO

import cv2
import mediapipe
import numpy as np
from mediapipe.python.solutions.face_mesh import FaceMesh

WEIGHTS = (  # of the detector of faces and the mesh
    'face_detection/face_detection_short_range.tflite',
    'face_landmark/face_landmark.tflite',
)


def answer(mesh: Any, requests: BinaryIO, answers: BinaryIO) -> bool:
    """Answer a request; False if there are no more."""
    head = requests.read(12)
    if not head:
        return False
    height, width, times = struct.unpack('<3I', head)
    pixels = np.frombuffer(requests.read(height * width * 3), np.uint8)
    picture = pixels.reshape(height, width, 3)
    for _ in range(times):
        found = mesh.process(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB))
    faces = found.multi_face_landmarks
    points = [(p.x, p.y, p.z) for p in faces[0].landmark] if faces else []
    answers.write(struct.pack('<I', len(points)))
    answers.write(np.array(points, '<f4').tobytes())
    answers.flush()
    return True


def main() -> None:
    """Answer until the requests end."""
    answers = os.fdopen(os.dup(1), 'wb')
    os.dup2(2, 1)  # what else is printed shall not be taken for an answer
    modules = Path(mediapipe.__path__[0], 'modules')
    mesh = FaceMesh(static_image_mode='video' not in sys.argv[1:])
    answers.write(struct.pack('<Q', sum((modules / w).stat().st_size for w in WEIGHTS)))
    answers.flush()
    while answer(mesh, sys.stdin.buffer, answers):
        pass


if __name__ == '__main__':
    main()
