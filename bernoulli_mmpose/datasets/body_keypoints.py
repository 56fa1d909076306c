"""Keypoints of the body sets, with the head centre as one more.

The body's part is that of MMPose's COCO and COCO-WholeBody, keypoint by keypoint:
names, mirror images, sigmas, loss weights, links and colours. It stands here because
MMPose's ``from_file`` is resolved by base name, and can become another file.
"""

from __future__ import annotations

from typing import Any

HEAD_CENTER = 'head_center'

_BLUE, _GREEN, _ORANGE = [51, 153, 255], [0, 255, 0], [255, 128, 0]
_WHITE = [255, 255, 255]
_SIDES = (('left', _GREEN), ('right', _ORANGE))
_FACE_POINTS = ('eye', 'ear')
_UPPER, _LOWER = ('shoulder', 'elbow', 'wrist'), ('hip', 'knee', 'ankle')
_FOOT = ('big_toe', 'small_toe', 'heel')
_FINGERS = (
    ('thumb', _ORANGE),
    ('forefinger', [255, 153, 255]),
    ('middle_finger', [102, 178, 255]),
    ('ring_finger', [255, 51, 51]),
    ('pinky_finger', _GREEN),
)
# Sum of a face point and its mirror image, for runs of points (68-point markup).
_FACE_MIRRORS = (
    (range(17), 16), (range(17, 27), 43), (range(27, 31), None), (range(31, 36), 66),
    ((36, 37, 38, 39, 42, 43, 44, 45), 81), ((40, 41, 46, 47), 87),
    (range(48, 55), 102), (range(55, 60), 114), (range(60, 65), 124),
    (range(65, 68), 132),
)  # fmt: skip

# Per-keypoint constants of the object keypoint similarity (COCO, COCO-WholeBody).
_BODY_SIGMAS = (
    0.026, 0.025, 0.025, 0.035, 0.035, 0.079, 0.079, 0.072, 0.072, 0.062, 0.062, 0.107,
    0.107, 0.087, 0.087, 0.089, 0.089,
)  # fmt: skip
_FOOT_SIGMAS = (0.068, 0.066, 0.066, 0.092, 0.094, 0.094)
_FACE_SIGMAS = (
    0.042, 0.043, 0.044, 0.043, 0.040, 0.035, 0.031, 0.025, 0.020, 0.023, 0.029, 0.032,
    0.037, 0.038, 0.043, 0.041, 0.045, 0.013, 0.012, 0.011, 0.011, 0.012, 0.012, 0.011,
    0.011, 0.013, 0.015, 0.009, 0.007, 0.007, 0.007, 0.012, 0.009, 0.008, 0.016, 0.010,
    0.017, 0.011, 0.009, 0.011, 0.009, 0.007, 0.013, 0.008, 0.011, 0.012, 0.010, 0.034,
    0.008, 0.008, 0.009, 0.008, 0.008, 0.007, 0.010, 0.008, 0.009, 0.009, 0.009, 0.007,
    0.007, 0.008, 0.011, 0.008, 0.008, 0.008, 0.010, 0.008,
)  # fmt: skip
_HAND_SIGMAS = (
    0.029, 0.022, 0.035, 0.037, 0.047, 0.026, 0.025, 0.024, 0.035, 0.018, 0.024, 0.022,
    0.026, 0.017, 0.021, 0.021, 0.032, 0.020, 0.019, 0.022, 0.031,
)  # fmt: skip
_HEAD_SIGMA = 0.05
_BODY_WEIGHTS = (1.0,) * 7 + (1.2, 1.2, 1.5, 1.5, 1.0, 1.0, 1.2, 1.2, 1.5, 1.5)

_Point = tuple[str, str, list[int], str]  # name, mirror image, colour, half of the body
_Link = tuple[str, str, list[int]]


def coco_metainfo(dataset_name: str) -> dict[str, Any]:
    """METAINFO of COCO's 17 keypoints and the head centre."""
    weights = [*_BODY_WEIGHTS, 1.0]
    return _metainfo(dataset_name, _body(), _body_links(), _BODY_SIGMAS, weights)


def coco_wholebody_metainfo(dataset_name: str) -> dict[str, Any]:
    """METAINFO of COCO-WholeBody's 133 keypoints and the head centre."""
    points = [*_body(), *_feet(), *_face(), *_hand('left'), *_hand('right')]
    feet = [(f'{s}_ankle', f'{s}_{n}', color) for s, color in _SIDES for n in _FOOT]
    links = [*_body_links(), *feet, *_hand_links('left'), *_hand_links('right')]
    sigmas = _BODY_SIGMAS + _FOOT_SIGMAS + _FACE_SIGMAS + 2 * _HAND_SIGMAS
    return _metainfo(dataset_name, points, links, sigmas, [1.0] * (len(points) + 1))


def _metainfo(
    dataset_name: str,
    points: list[_Point],
    links: list[_Link],
    sigmas: tuple[float, ...],
    weights: list[float],
) -> dict[str, Any]:
    points = [*points, (HEAD_CENTER, '', _BLUE, 'upper')]
    keypoints = {
        i: dict(name=name, id=i, color=color, type=half, swap=swap)
        for i, (name, swap, color, half) in enumerate(points)
    }
    skeleton = {
        i: dict(link=(first, second), id=i, color=color)
        for i, (first, second, color) in enumerate(links)
    }
    return dict(
        dataset_name=dataset_name,
        keypoint_info=keypoints,
        skeleton_info=skeleton,
        joint_weights=weights,
        sigmas=[*sigmas, _HEAD_SIGMA],
    )


def _pair(part: str, half: str, blue: bool = False) -> list[_Point]:
    left, right = f'left_{part}', f'right_{part}'
    colors = [_BLUE, _BLUE] if blue else [_GREEN, _ORANGE]
    return [(left, right, colors[0], half), (right, left, colors[1], half)]


def _body() -> list[_Point]:
    points: list[_Point] = [('nose', '', _BLUE, 'upper')]
    for part in _FACE_POINTS:
        points += _pair(part, 'upper', blue=True)
    for part in _UPPER:
        points += _pair(part, 'upper')
    for part in _LOWER:
        points += _pair(part, 'lower')
    return points


def _body_links() -> list[_Link]:
    links: list[_Link] = []
    for side, color in _SIDES:
        links += [
            (f'{side}_ankle', f'{side}_knee', color),
            (f'{side}_knee', f'{side}_hip', color),
        ]
    pairs = ('left_hip right_hip', 'left_shoulder left_hip', 'right_shoulder right_hip')
    links += [(*_two(pair), _BLUE) for pair in (*pairs, 'left_shoulder right_shoulder')]
    for first, second in (('shoulder', 'elbow'), ('elbow', 'wrist')):
        links += [(f'{s}_{first}', f'{s}_{second}', color) for s, color in _SIDES]
    pairs = ('left_eye right_eye', 'nose left_eye', 'nose right_eye')
    links += [(*_two(pair), _BLUE) for pair in pairs]
    for first, second in (('eye', 'ear'), ('ear', 'shoulder')):
        links += [(f'{side}_{first}', f'{side}_{second}', _BLUE) for side, _ in _SIDES]
    return links


def _two(names: str) -> tuple[str, str]:
    first, second = names.split()
    return first, second


def _feet() -> list[_Point]:
    names = [(side, part) for side in ('left', 'right') for part in _FOOT]
    other = dict(left='right', right='left')
    return [(f'{s}_{p}', f'{other[s]}_{p}', _ORANGE, 'lower') for s, p in names]


def _face() -> list[_Point]:
    mirror = {i: total and total - i for run, total in _FACE_MIRRORS for i in run}
    swaps = [mirror[i] for i in range(68)]
    return [
        (f'face-{i}', '' if j in (None, i) else f'face-{j}', _WHITE, '')
        for i, j in enumerate(swaps)
    ]


def _hand(side: str) -> list[_Point]:
    other = 'right' if side == 'left' else 'left'
    parts = [('hand_root', _WHITE)]
    parts += [(f'{name}{i}', color) for name, color in _FINGERS for i in range(1, 5)]
    return [(f'{side}_{part}', f'{other}_{part}', color, '') for part, color in parts]


def _hand_links(side: str) -> list[_Link]:
    links = []
    for finger, color in _FINGERS:
        chain = ['hand_root', *(f'{finger}{i}' for i in range(1, 5))]
        names = [f'{side}_{part}' for part in chain]
        links += [(a, b, color) for a, b in zip(names, names[1:], strict=False)]
    return links
