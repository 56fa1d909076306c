"""Packaging of bernoulli_mmpose."""

import re
from pathlib import Path

from setuptools import find_packages, setup

ROOT = Path(__file__).parent


def read_version() -> str:
    """Read ``__version__`` without importing the package, which needs MMPose."""
    path = ROOT / 'bernoulli_mmpose' / '__init__.py'
    found = re.search(r"^__version__ = '(.+)'$", path.read_text('utf-8'), re.MULTILINE)
    if found is None:
        raise ValueError(f"{path}: expected a line __version__ = '...', found none")
    return found[1]


def read_readme() -> str:
    """Read the README, or give nothing where it was not shipped."""
    path = ROOT / 'README.md'
    return path.read_text('utf-8') if path.exists() else ''


setup(
    name='bernoulli_mmpose',
    version=read_version(),
    description='Head pose by Bernoulli heatmaps: a plugin for MMPose 1.x',
    long_description=read_readme(),
    long_description_content_type='text/markdown',
    license='Apache-2.0',
    packages=find_packages(include=['bernoulli_mmpose', 'bernoulli_mmpose.*']),
    # No upper bound: the package works wherever MMPose does. ('make install' asks
    # for 3.10 or 3.11, because only there it can do without a compiler.)
    python_requires='>=3.10',
    # MMPose and its mmcv, torch and OpenCV are left out on purpose, as MMPose does
    # with mmcv: whoever has them keeps them as they are, and a missing one is named
    # at import. What is listed comes with MMPose and has no bounds.
    install_requires=['matplotlib', 'numpy', 'rich', 'scipy'],
    classifiers=[
        'License :: OSI Approved :: Apache Software License',
        'Programming Language :: Python :: 3',
        'Topic :: Scientific/Engineering :: Image Recognition',
    ],
)
