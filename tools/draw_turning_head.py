"""Draw a rendered head that turns once around, with the axes that HeadPose sees.

Below the head stand its yaw, estimated and true. The result is a GIF.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from bernoulli_headpose.files import check_output
from bernoulli_headpose.terminal import CommandParser, run_command

if TYPE_CHECKING:
    from rendering.morphable_head import MorphableHead

SIDE = 200  # of a frame, pixels
_BOX = 82  # side of the face's box, pixels
_DISTANCE = 1500.0  # of the camera, mm
_PITCH, _ROLL = 12.0, 10.0  # degrees, most that the head nods and tilts
_LINE = 26  # height of the text, pixels


def parse_args() -> argparse.Namespace:
    """The command line."""
    parser = CommandParser(description=__doc__)
    parser.add_argument('head_model', type=Path, help='morphable head (.npz)')
    parser.add_argument('out', type=Path, help='GIF to write')
    parser.add_argument('--frames', type=int, default=24, help='of a turn')
    parser.add_argument('--seed', type=int, default=4, help='of the person')
    args = parser.parse_args()
    if args.frames < 1:
        parser.error(f'--frames: expected 1 or more, got {args.frames}')
    check_output(args.out, ())
    return args


def turning_angles(n_frames: int) -> NDArray[np.float64]:
    """Pitch, yaw and roll of each frame, degrees, (N, 3): once around."""
    turn = np.linspace(0, 2 * np.pi, n_frames, endpoint=False)
    yaw = (np.degrees(turn) + 180) % 360 - 180
    return np.stack([_PITCH * np.sin(2 * turn), yaw, _ROLL * np.sin(turn)], axis=1)


def render(
    model: MorphableHead, angles: NDArray[np.float64], rng: Generator
) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.float64]]]:
    """Pictures (SIDE, SIDE, 3) BGR of one head, with the face's boxes (4,) x, y, w, h.

    Args:
        model: The head.
        angles: Degrees, (N, 3).
        rng: Draws the person and the light.
    """
    from rendering.mesh import merge
    from rendering.person import Person
    from rendering.rasterizer import draw, project
    from rendering.sequence import random_light
    from rendering.torso import torso

    from bernoulli_headpose.rotation import IMAGE_TO_CAMERA, euler_to_matrix
    from bernoulli_mmpose.landmarks.labels import face_box

    head, landmarks = model.head_with_landmarks(Person.random(rng), rng)
    light, whole = random_light(rng), merge([head, torso(rng)])
    focal = _DISTANCE * _BOX / float(face_box(landmarks[:, :2])[2])
    intrinsics = np.array([[focal, 0, SIDE / 2], [0, focal, SIDE / 2], [0, 0, 1.0]])
    at = np.array([0.0, -10.0, _DISTANCE])
    background = np.full((SIDE, SIDE, 3), (214, 206, 196), np.uint8)
    for turn in angles:
        rotation = euler_to_matrix(turn)
        body = euler_to_matrix((0, turn[1], 0))
        posed = whole.pose(body.T @ rotation) @ body.T
        image = draw(background, whole, posed, at, intrinsics, light)
        flat = (landmarks @ rotation.T) * IMAGE_TO_CAMERA
        yield image, face_box(project(flat + at, intrinsics))


def main() -> None:
    """Render, estimate, draw and write."""
    args = parse_args()
    from PIL import Image
    from rendering.morphable_head import MorphableHead

    from bernoulli_headpose import HeadPose
    from bernoulli_headpose.drawing import draw_axes

    estimate = HeadPose()
    angles = turning_angles(args.frames)
    rng = np.random.default_rng(args.seed)
    frames = []
    for (_, yaw, _), (image, box) in zip(
        angles, render(MorphableHead(args.head_model), angles, rng), strict=True
    ):
        (head,) = estimate(image, boxes=[*box[:2], *(box[:2] + box[2:])])
        drawn = draw_axes(image, head.rotation, head.center, _BOX / 2)
        both = np.vstack([drawn, write(f'yaw {head.yaw:+.0f} (true {yaw:+.0f})')])
        frames.append(Image.fromarray(cv2.cvtColor(both, cv2.COLOR_BGR2RGB)))
    first, *others = [frame.quantize(64) for frame in frames]
    first.save(args.out, save_all=True, append_images=others, duration=160, loop=0)
    print(f'wrote {args.out}')


def write(text: str) -> NDArray[np.uint8]:
    """A line of text, (_LINE, SIDE, 3)."""
    line = np.full((_LINE, SIDE, 3), 255, np.uint8)
    font = cv2.FONT_HERSHEY_SIMPLEX
    cv2.putText(line, text, (16, 18), font, 0.48, (40, 40, 40), 1, cv2.LINE_AA)
    return line


if __name__ == '__main__':
    sys.exit(run_command(main))
