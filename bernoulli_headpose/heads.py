"""Heads of an image: as arrays inside of the package, as plain dicts outside."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .rotation import ANGLE_NAMES, FloatArray, euler_to_matrix

HeadDict = dict[str, Any]
"""A head as results and JSON files hold it, see :meth:`Head.to_dict`."""
HEAD_OF_PERSON = 0.25  # side of a head over the longer side of a person's box
# What a head's dict may hold beside further values.
_KEYS = (
    *(f'{name}{end}' for name in (*ANGLE_NAMES, 'rotation') for end in ('', '_std')),
    *('center', 'score', 'bbox', 'bbox_score', 'keypoints', 'keypoint_scores'),
    'track_id',
)


def check_value_names(
    argument: str, names: Sequence[str], taken: Collection[str] = ()
) -> tuple[str, ...]:
    """Names of values beside the angles, with which a head's dict tells them.

    Args:
        argument: What the error calls them.
        names: Such as ``('gaze_pitch', 'gaze_yaw')``.
        taken: What they must not be called, beside what is in each head's dict.

    Raises:
        ValueError: If one is no identifier, is taken, or stands there twice.
    """
    keys = [key for name in names for key in (name, f'{name}_std')]
    keys += [*_KEYS, *taken]
    for name in names:
        is_name = isinstance(name, str) and name.isidentifier()
        is_free = keys.count(name) == keys.count(f'{name}_std') == 1
        if isinstance(names, str) or not (is_name and is_free):
            raise ValueError(
                f'{argument}: expected a list of names such as gaze_yaw, each once and '
                f'none that heads or tables have already, got {name!r} in {names!r}'
            )
    return tuple(names)


def check_value_order(
    argument: str, names: tuple[str, ...], given: NDArray | None
) -> None:
    """Refuse labels of other values, or of another order, than are expected.

    Args:
        argument: What the error calls them.
        names: That are expected, V.
        given: ``head_value_names`` of a record, (1, V); None is not known.

    Raises:
        ValueError: If they differ.
    """
    if given is not None and tuple(given[0]) != names:
        raise ValueError(
            f'{argument}: expected those of the labels, {[*map(str, given[0])]}, in '
            f'this order, got {[*names]}'
        )


@dataclass(frozen=True, eq=False)
class Head:
    """A head of a picture.

    Attributes:
        pitch: Degrees; :mod:`bernoulli_headpose.rotation` states the convention.
        yaw: Degrees.
        roll: Degrees.
        std: Standard deviations of pitch, yaw and roll, degrees.
        rotation: The rotation matrix, (3, 3).
        rotation_std: Its standard deviation in degrees; None where the model tells
            none.
        center: Of the head, (x, y) in image pixels.
        score: How sure it is that a head is there, in [0, 1].
        box: Of the face (of the person, for a model of bodies), as given or found, (x1,
            y1, x2, y2) in image pixels.
        box_score: How sure it is that one is there, in [0, 1].
        values: What the model tells beside the angles, each in its own unit.
        values_std: Their standard deviations.
        keypoints: Of the body, (K, 2) in image pixels, without the head's centre; None
            of a model of heads alone.
        keypoint_scores: In [0, 1], (K,).
        track_id: Tells heads apart in a video; None elsewhere.
    """

    pitch: float
    yaw: float
    roll: float
    std: tuple[float, float, float]
    rotation: FloatArray
    rotation_std: float | None
    center: tuple[float, float]
    score: float
    box: tuple[float, float, float, float]
    box_score: float
    values: dict[str, float]
    values_std: dict[str, float]
    keypoints: NDArray[np.float32] | None
    keypoint_scores: NDArray[np.float32] | None
    track_id: int | None

    def to_dict(self) -> HeadDict:
        """The head as plain Python numbers; JSON files hold the same, rounded.

        Returns:
            A dict with ``pitch``, ``yaw``, ``roll`` and ``pitch_std``, ``yaw_std``,
            ``roll_std`` in degrees, ``rotation``, the three rows of the matrix
            (:func:`~bernoulli_headpose.rotation.matrix_to_quaternion` takes it),
            ``center`` [x, y] and ``bbox`` [x1, y1, x2, y2] in image pixels, ``score``
            and ``bbox_score`` in [0, 1], and ``track_id`` in a video. Of a model that
            tells it, also ``rotation_std`` in degrees, and further values by their
            names, each with its ``_std``, in their own unit. Of a model that gives a
            body beside the head, also ``keypoints``, [[x, y], ...] in image pixels, and
            ``keypoint_scores``, the head's centre left out.
        """
        head: HeadDict = {name: getattr(self, name) for name in ANGLE_NAMES}
        stds = zip(ANGLE_NAMES, self.std, strict=True)
        head |= {f'{name}_std': value for name, value in stds}
        head['rotation'] = self.rotation.tolist()
        if self.rotation_std is not None:
            head['rotation_std'] = self.rotation_std
        head |= self.values
        head |= {f'{name}_std': value for name, value in self.values_std.items()}
        head |= dict(center=[*self.center], score=self.score)
        head |= dict(bbox=[*self.box], bbox_score=self.box_score)
        if self.keypoints is not None and self.keypoint_scores is not None:
            head['keypoints'] = self.keypoints.tolist()
            head['keypoint_scores'] = self.keypoint_scores.tolist()
        if self.track_id is not None:
            head['track_id'] = self.track_id
        return head


def round_heads(heads: Sequence[HeadDict]) -> list[HeadDict]:
    """Heads as files and the command line tell them.

    Numbers have three decimals (angles in degrees, places in pixels, scores), matrices
    six.

    Args:
        heads: See :meth:`Head.to_dict`.
    """
    digits = {'rotation': 6}
    return [
        {key: _rounded(value, digits.get(key, 3)) for key, value in head.items()}
        for head in heads
    ]


def _rounded(value: Any, digits: int) -> Any:
    if isinstance(value, list):
        return [_rounded(part, digits) for part in value]
    return round(value, digits) + 0.0 if isinstance(value, float) else value


@dataclass
class Heads:
    """N heads of an image.

    Attributes:
        keypoints: In image pixels, (N, K, 2); the last of the K is the head's centre,
            those before are a body's.
        keypoint_scores: In [0, 1], (N, K).
        head_angles: Pitch, yaw and roll in degrees, (N, 3);
            :mod:`bernoulli_headpose.rotation` states the convention.
        head_angles_std: Their standard deviations in degrees, (N, 3).
        head_scores: In [0, 1], (N,).
        bboxes: Boxes (x1, y1, x2, y2) in image pixels, as given or detected, (N, 4).
        bbox_scores: In [0, 1], (N,).
        track_ids: Numbers that tell heads apart in a video, (N,); None elsewhere.
        head_rotation: Rotation matrices, (N, 3, 3); None of a model that gives angles
            alone, whose :attr:`rotations` are made of them.
        head_rotation_std: Standard deviations of the rotations in degrees, (N,); None
            where the model tells none.
        head_values: What the model tells beside the angles, each in its own unit,
            (N, V); None of a model that tells nothing more.
        head_values_std: Their standard deviations, (N, V).
        value_names: Their names, V.
    """

    keypoints: NDArray[np.float32]
    keypoint_scores: NDArray[np.float32]
    head_angles: NDArray[np.float32]
    head_angles_std: NDArray[np.float32]
    head_scores: NDArray[np.float32]
    bboxes: NDArray[np.float32]
    bbox_scores: NDArray[np.float32]
    track_ids: NDArray[np.int64] | None = None
    head_rotation: NDArray[np.float32] | None = None
    head_rotation_std: NDArray[np.float32] | None = None
    head_values: NDArray[np.float32] | None = None
    head_values_std: NDArray[np.float32] | None = None
    value_names: tuple[str, ...] = ()

    @classmethod
    def none(cls, num_keypoints: int = 1) -> Heads:
        """No heads, of K keypoints each."""
        shapes = [(num_keypoints, 2), (num_keypoints,), (3,), (3,), (), (4,), ()]
        empty: list[Any] = [np.zeros((0, *shape), np.float32) for shape in shapes]
        return cls(*empty)

    @classmethod
    def join(cls, parts: Sequence[Heads]) -> Heads:
        """The heads of one or more parts, which have the same arrays."""
        arrays = [part.arrays() for part in parts]
        joined = {k: np.concatenate([a[k] for a in arrays]) for k in arrays[0]}
        return cls(**joined, value_names=parts[0].value_names)

    def __len__(self) -> int:
        return len(self.bboxes)

    def __getitem__(self, rows: NDArray) -> Heads:
        """A copy of some of the heads."""
        chosen = {name: values[rows] for name, values in self.arrays().items()}
        return Heads(**chosen, value_names=self.value_names)

    @property
    def centers(self) -> NDArray[np.float32]:
        """The heads' own, in image pixels, (N, 2); a view of ``keypoints``."""
        return self.keypoints[:, -1]

    @property
    def rotations(self) -> FloatArray:
        """The heads' own, (N, 3, 3)."""
        if self.head_rotation is None:
            return euler_to_matrix(self.head_angles)
        return self.head_rotation.astype(np.float64)

    def arrays(self) -> dict[str, NDArray]:
        """The arrays that are there, by their names."""
        named = {field.name: getattr(self, field.name) for field in fields(self)}
        return {k: v for k, v in named.items() if isinstance(v, np.ndarray)}

    def check_finite(self, name: str) -> Heads:
        """The heads themselves, refused if a number is none.

        Args:
            name: What the error calls the image.

        Raises:
            ValueError: If one is NaN or infinite, which sound weights never give.
        """
        for field, values in self.arrays().items():
            bad = ~np.isfinite(values)
            if bad.any():
                raise ValueError(
                    f'{name}: expected finite {field} from the model, got '
                    f'{values[bad][0]}; its weights are damaged'
                )
        return self

    def to_dicts(self) -> list[HeadDict]:
        """The heads as dicts of plain Python numbers, see :meth:`.Head.to_dict`."""
        return [head.to_dict() for head in self.to_list()]

    def to_list(self) -> list[Head]:
        """The heads one by one."""
        return [self._at(i, rotation) for i, rotation in enumerate(self.rotations)]

    def _at(self, i: int, rotation: FloatArray) -> Head:
        def row(values: NDArray | None) -> Any:
            return None if values is None else values[i].tolist()

        def named(values: NDArray | None) -> dict[str, float]:
            numbers = [] if values is None else row(values)
            return dict(zip(self.value_names, numbers, strict=values is not None))

        pitch, yaw, roll = row(self.head_angles)
        has_body = self.keypoints.shape[1] > 1
        return Head(
            pitch=pitch,
            yaw=yaw,
            roll=roll,
            std=tuple(row(self.head_angles_std)),
            rotation=rotation,
            rotation_std=row(self.head_rotation_std),
            center=tuple(row(self.centers)),
            score=float(np.clip(self.head_scores[i], 0, 1)),
            box=tuple(row(self.bboxes)),
            box_score=float(self.bbox_scores[i]),
            values=named(self.head_values),
            values_std=named(self.head_values_std),
            keypoints=self.keypoints[i, :-1] if has_body else None,
            keypoint_scores=self.keypoint_scores[i, :-1] if has_body else None,
            track_id=row(self.track_ids),
        )


@dataclass(frozen=True)
class HeadMaps:
    """A head and the maps that its angles were read from.

    Attributes:
        head: See :meth:`Head.to_dict`.
        crop: The part of the picture that the network saw, BGR of shape (H, W, 3);
            black is outside of the picture.
        center_map: Map of the head's centre, shape (h, w); it covers the crop.
        angle_maps: Maps of pitch, yaw and roll in degrees, shape (3, h, w).
    """

    head: HeadDict
    crop: NDArray[np.uint8]
    center_map: NDArray[np.float32]
    angle_maps: NDArray[np.float32]
