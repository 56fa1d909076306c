"""Head pose by Bernoulli heatmaps: a plugin for MMPose 1.x.

Importing the package registers its components with MMPose, so that a config
needs only ``custom_imports = dict(imports=['bernoulli_mmpose'])``.
"""

from . import compat  # noqa: F401  # isort: skip  (must come before mmpose)

__version__ = '0.1.0'
