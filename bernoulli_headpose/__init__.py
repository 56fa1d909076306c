"""Head pose of photographs and videos, without torch and MMPose.

::

    from bernoulli_headpose import HeadPose

    estimate = HeadPose()
    for head in estimate('photo.jpg'):
        print(head.pitch, head.yaw, head.roll)  # degrees

Also here: reading of pictures and videos, angle conventions, tracking and smoothing,
and the command ``head-pose``, which imports :mod:`bernoulli_mmpose` where a network of
MMPose is to run.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .head_pose import Frame, HeadPose
    from .heads import Head

__version__ = '0.2.0'
__all__ = ['Frame', 'Head', 'HeadPose', '__version__']
_PLACES = dict(Frame='head_pose', Head='heads', HeadPose='head_pose')


def __getattr__(name: str) -> Any:
    """What is imported when it is asked for: the package itself comes at once."""
    if name not in _PLACES:
        raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
    return getattr(import_module(f'.{_PLACES[name]}', __name__), name)
