"""Whether a model of MMPose, its weights and its labels fit head pose beside them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor

# Heads of whole pictures, of points and of sequences; and ours, which has head pose.
_OTHER_HEADS = (
    'AssociativeEmbeddingHead',
    'BernoulliHead',
    'CIDHead',
    'DEKRHead',
    'EDPoseHead',
    'MotionRegressionHead',
    'RTMOHead',
    'TemporalRegressionHead',
    'TrajectoryRegressionHead',
    'YOLOXPoseHead',
)
# Samples without a label, after which one is missed.
_PATIENCE = 1000
_PARTS = ('backbone.', 'neck.', 'head.')


def check_head_config(config: Any) -> None:
    """Refuse a body of another kind before it is built.

    Raises:
        ValueError: If the config is none, or its type is of such a kind.
    """
    name = config.get('type') if isinstance(config, Mapping) else config
    if name is None or str(name).rpartition('.')[2] in _OTHER_HEADS:
        _refuse(name)


def check_head(head: Any) -> None:
    """Refuse a body of another kind, or one that decodes nothing.

    Raises:
        ValueError: If it is so.
    """
    names = {kind.__name__ for kind in type(head).__mro__}
    if names.intersection(_OTHER_HEADS) or decoder_of(head) is None:
        _refuse(type(head).__name__)


def _refuse(got: Any) -> None:
    raise ValueError(
        'head: expected one of a top-down model of MMPose, which gives the heatmaps, '
        'SimCC or coordinates of one person in a crop (such as HeatmapHead, RTMCCHead, '
        f'SimCCHead, RLEHead), got {got}'
    )


def decoder_of(head: Any) -> Any:
    """The codec of a head, or of the one that it wraps (``VisPredictHead``)."""
    return getattr(getattr(head, 'pose_head', head), 'decoder', None)


def check_body_weights(
    own: Mapping[str, Tensor], given: Mapping[str, Tensor], is_frozen: bool
) -> bool:
    """Refuse the weights of another body, of which MMEngine would load what fits.

    Args:
        own: Those of backbone, neck and head, by their names in the model.
        given: Those of a checkpoint.
        is_frozen: Whether all are needed.

    Returns:
        Whether all are there.

    Raises:
        ValueError: If they are of another body; the first name that differs is told.
    """
    surplus = [name for name in given if name.startswith(_PARTS) and name not in own]
    if surplus:
        raise _another(
            f'expected none for {surplus[0]!r}, which is not there '
            f'({len(surplus)} are too many)'
        )
    for name in own.keys() & given.keys():
        if own[name].shape != given[name].shape:
            raise _another(
                f'at {name!r} expected shape {tuple(own[name].shape)}, got '
                f'{tuple(given[name].shape)}'
            )
    needed = [name for name in own if not name.endswith('num_batches_tracked')]
    missing = [name for name in needed if name not in given]
    if missing and (is_frozen or len(missing) == len(needed)):
        raise _another(
            f'expected all {len(needed)} weights, got none for {missing[0]!r} '
            f'({len(missing)} are missing)'
        )
    return not missing


def _another(what: str) -> ValueError:
    return ValueError(f'the checkpoint is of another body: {what}')


class LabelWatch:
    """Misses the labels of what is trained, once there were none for long.

    Args:
        what: Told by the error: what was expected, and what to do.
    """

    def __init__(self, what: str) -> None:
        self._what = what
        self._unlabelled = 0

    def see(self, weights: Tensor) -> None:
        """Look at the labels' weights of a batch, (B, ...).

        Raises:
            ValueError: If there was no label in a thousand samples.
        """
        if self._unlabelled < 0:
            return
        self._unlabelled = (
            -1 if (weights > 0).any() else self._unlabelled + len(weights)
        )
        if self._unlabelled >= _PATIENCE:
            raise ValueError(f'{self._what}, got none in {self._unlabelled} samples')
