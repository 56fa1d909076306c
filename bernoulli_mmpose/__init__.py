"""Head pose by Bernoulli heatmaps: a plugin for MMPose 1.x.

Importing the package registers its components with MMPose, so that a config
needs only ``custom_imports = dict(imports=['bernoulli_mmpose'])``.
"""

# isort: off
from . import requirements  # before all that needs them
from . import compat  # must come before everything that imports mmpose

# isort: on
from bernoulli_headpose import __version__

from . import (
    checkpoint_backend,
    codecs,
    datasets,
    evaluation,
    inferencers,
    models,
    training_report,
    transforms,
    visualization,
)
from .inferencers import HeadPoseInferencer
from .shipped import config_path

__all__ = [
    'HeadPoseInferencer',
    '__version__',
    'checkpoint_backend',
    'codecs',
    'compat',
    'config_path',
    'datasets',
    'evaluation',
    'inferencers',
    'models',
    'requirements',
    'training_report',
    'transforms',
    'visualization',
]
