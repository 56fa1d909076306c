"""The transform that keeps head angles right under flip and turn."""

from __future__ import annotations

import numpy as np
from mmcv.transforms import BaseTransform
from mmpose.registry import TRANSFORMS

from bernoulli_headpose import rotation

_UPRIGHT = 0.01  # degrees; an image turned by less counts as upright


@TRANSFORMS.register_module()
class TransformHeadRotation(BaseTransform):
    """Carry a flip and an in-plane rotation of the image over to the label.

    Place it after ``RandomFlip`` and ``RandomBBoxTransform`` and before
    ``TopdownAffine``. The rotation matrix is transformed in SO(3) and the angles
    are taken from it again (`bernoulli_headpose.rotation` states the convention):
    a turn of the image changes all three. A head whose rotation is partly labelled
    cannot follow a turn, so its crop is left upright; a person without any labelled
    angle (in a body data set) has nothing to follow, and is turned. One that lacks roll
    alone can: where the face looks, and so pitch and yaw, does not depend on roll.

    For many heads in an image place it after ``RandomFlip`` and
    ``BottomupRandomAffine``, in this order: all heads follow the image, and a head
    whose rotation is partly labelled loses its labels. Give it
    ``bbox_keep_corner=False`` and ``clip_border=False``, so that boxes tell sizes.

    Required Keys:

        - head_rotation (N, 3, 3)
        - head_angles, head_angles_valid (N, 3)
        - flip, flip_direction (optional)
        - bbox_rotation (optional), degrees counter-clockwise; or warp_mat (2, 3)

    Modified Keys:

        - head_rotation
        - head_angles
        - bbox_rotation (set to 0 where the label is partial)
        - head_angles_valid (set to 0 there, where the whole image was turned)
        - bbox (N, 4) of visible heads, where the whole image was turned: as large as
          before, which boxes around turned corners are not

    Records without ``head_rotation`` (body data sets) pass unchanged.

    Args:
        turn_without_roll: Whether heads that lack roll alone follow a turn.
    """

    def __init__(self, turn_without_roll: bool = False) -> None:
        super().__init__()
        self.turn_without_roll = turn_without_roll

    def transform(self, results: dict) -> dict:
        """Transform the label of one record.

        Raises:
            ValueError: If the crop was already turned (``TopdownAffine`` comes
                before this transform), boxes of a turned image are not (N, 4), or a
                label is no rotation.
        """
        if 'head_rotation' not in results:
            return results
        matrices = np.asarray(results['head_rotation'], dtype=np.float64)
        wrong = matrices[~rotation.is_rotation(matrices)]
        if len(wrong):
            raise ValueError(
                f'{results.get("img_path", "a record")}: head_rotation: expected a '
                'rotation (orthogonal, of determinant 1), got '
                f'{wrong[0].tolist()}'
            )
        before = np.asarray(results['head_angles'], dtype=np.float64)
        if results.get('flip'):
            direction = results['flip_direction']
            matrices = rotation.flip_matrix(matrices, direction)
            before = rotation.flip_angles(before, direction)
        if 'bbox_rotation' in results:
            turn = self._allowed_rotation(results)
            results['bbox_rotation'] = turn.astype(np.float32)
            if turn.any():
                matrices = rotation.rotate_in_plane(matrices, turn)
        elif 'warp_mat' in results:
            matrices = self._rotate_with_image(results, matrices)
        angles = rotation.matrix_to_euler(matrices, near=before)
        results['head_rotation'] = matrices.astype(np.float32)
        results['head_angles'] = angles.astype(np.float32)
        return results

    def _rotate_with_image(self, results: dict, matrices: np.ndarray) -> np.ndarray:
        """Heads (N, 3, 3) of an image that was turned as a whole."""
        warp = results['warp_mat']
        turn = float(np.degrees(np.arctan2(warp[0, 1], warp[0, 0])))
        valid = np.asarray(results['head_angles_valid'])
        if abs(turn) > _UPRIGHT:
            results['head_angles_valid'] = valid * self._can_turn(valid)[..., None]
            if 'bbox' in results:
                results['bbox'] = _heads_boxes(results, turn)
        return rotation.rotate_in_plane(matrices, np.full(len(matrices), turn))

    def _can_turn(self, valid: np.ndarray) -> np.ndarray:
        """Which heads, (N,), are labelled well enough to follow a turn."""
        needed = valid[..., :2] if self.turn_without_roll else valid
        return np.asarray(needed.all(axis=-1))

    def _allowed_rotation(self, results: dict) -> np.ndarray:
        """The crop's turn, 0 for a head whose label cannot follow it."""
        if 'transformed_keypoints' in results:
            raise ValueError(
                'TransformHeadRotation: expected to come before TopdownAffine, '
                'got a record whose crop was already made'
            )
        valid = np.asarray(results['head_angles_valid'])
        free = self._can_turn(valid) | ~valid.any(axis=-1)
        return np.where(free, results['bbox_rotation'], 0.0)


def _heads_boxes(results: dict, degrees: float) -> np.ndarray:
    """Boxes (N, 4) around turned corners, those of heads shrunk to the heads' size.

    Exact for squares, to 1 % for sides of 4 to 5. A person without a labelled head
    keeps the larger box.

    Raises:
        ValueError: If the boxes are given by their corners.
    """
    boxes = np.asarray(results['bbox'])
    if boxes.shape[1:] != (4,):
        raise ValueError(
            'TransformHeadRotation: expected boxes (N, 4) of a turned image '
            f'(bbox_keep_corner=False of BottomupRandomAffine), got {boxes.shape}'
        )
    radians = np.radians(degrees)
    growth = abs(np.cos(radians)) + abs(np.sin(radians))
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    half = (boxes[:, 2:] - boxes[:, :2]) / 2 / growth
    shrunk = np.concatenate([middle - half, middle + half], axis=1)
    seen = np.asarray(results['keypoints_visible'])[:, -1:] > 0
    return np.where(seen, shrunk, boxes).astype(boxes.dtype)
