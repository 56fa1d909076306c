"""Packaging of bernoulli_mmpose."""

import os
import re
import shutil
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent
# What MIM and MMEngine look for in the folder '.mim' of an installed package.
MIM_FILES = ('configs', 'tools', 'model-index.yml')
# Of the tools, what only a clone has: it measures and makes data.
CLONE_ONLY = (
    *('baselines', 'benchmark*', '*browser_page*', 'demo.py', 'draw_turning*'),
    *('evaluate_heads.py', 'experiment*', 'fuzz*'),
    *('label_heads.py', 'landmark_baseline.py'),
    *('make_heads.py', 'render*', 'robustness.py'),
)
# Where pictures and files of the README can be seen on the web, if anywhere.
REPOSITORY = os.environ.get('BERNOULLI_REPOSITORY_URL', '').rstrip('/')
EXTRAS = {
    # What the plugin needs beside an MMPose; most comes with that, and with openmim.
    'train': ['matplotlib', 'pandas', 'pillow', 'rich', 'scipy'],
    'detector': ['facenet-pytorch==2.5.3'],
    'onnx': ['onnx'],
    'demo': ['gradio>=6'],
    'batch': ['ray[data]>=2.60'],
}


class BuildWithMim(build_py):
    """Adds the folder ``.mim`` to the package, as OpenMMLab's packages have it.

    It holds copies in a wheel, and links (which git ignores) where a clone is
    installed as editable.
    """

    def run(self) -> None:
        super().run()
        # Older setuptools have no such attribute, and install clones otherwise.
        editable = getattr(self, 'editable_mode', False)
        parent = ROOT if editable else Path(self.build_lib)
        folder = parent / 'bernoulli_mmpose' / '.mim'
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for name in MIM_FILES:
            if editable:
                (folder / name).symlink_to(os.path.relpath(ROOT / name, folder))
            elif (ROOT / name).is_dir():
                ignored = shutil.ignore_patterns('__pycache__', *CLONE_ONLY)
                shutil.copytree(ROOT / name, folder / name, ignore=ignored)
            else:
                shutil.copy(ROOT / name, folder / name)


def read_version() -> str:
    """Read ``__version__`` without importing the package, which needs others."""
    path = ROOT / 'bernoulli_headpose' / '__init__.py'
    found = re.search(r"^__version__ = '(.+)'$", path.read_text('utf-8'), re.MULTILINE)
    if found is None:
        raise ValueError(f"{path}: expected a line __version__ = '...', found none")
    return found[1]


def read_readme() -> str:
    """Read the README, or give nothing where it was not shipped."""
    path = ROOT / 'README.md'
    return lead_to(REPOSITORY, path.read_text('utf-8')) if path.exists() else ''


def lead_to(repository: str, text: str) -> str:
    """Make relative links and pictures absolute, as a package index needs them.

    Args:
        repository: Address of the repository; empty leaves pictures out, and of links
            their text.
        text: Markdown, also with ``<img>``.
    """
    relative = r'(?!https?:|mailto:|#)'
    if not repository:
        text = re.sub(rf'<img [^>]*src="{relative}[^>]*>', '', text)
        text = re.sub(rf'!\[[^\]]*\]\({relative}[^)]*\)', '', text)
        return re.sub(rf'\[([^\]]*)\]\({relative}[^)]*\)', r'\1', text)
    raw, page = f'{repository}/raw/main/', f'{repository}/blob/main/'
    text = re.sub(rf'(<img [^>]*src="|!\[[^\]]*\]\(){relative}', rf'\1{raw}', text)
    return re.sub(rf'((?<!!)\[[^\]]*\]\(){relative}', rf'\1{page}', text)


setup(
    name='bernoulli_mmpose',
    version=read_version(),
    description='Head pose (pitch, yaw, roll) of photographs and videos, by Bernoulli '
    'heatmaps; a plugin for MMPose 1.x',
    long_description=read_readme(),
    long_description_content_type='text/markdown',
    license='Apache-2.0',
    packages=find_packages(include=['bernoulli_*']),
    package_data={
        'bernoulli_headpose': ['py.typed', 'models/*.onnx'],
        'bernoulli_mmpose': ['py.typed', 'checkpoints/*.pth'],
    },
    cmdclass={'build_py': BuildWithMim},
    entry_points={
        'console_scripts': [
            'head-pose = bernoulli_headpose.cli:main',
            'head-pose-batch = bernoulli_headpose.batch.__main__:main',
        ]
    },
    # No upper bound: the package works wherever MMPose does. ('make install' asks for
    # 3.10 to 3.13, for which all packages have wheels.)
    python_requires='>=3.10',
    # What the angles of photographs need. The plugin for MMPose needs more: an MMPose,
    # with its mmcv and torch, which are left out on purpose, as MMPose does with mmcv:
    # whoever has them keeps them as they are, and a missing one is named at import.
    # Without bounds, since an MMPose that is there has most of them already.
    install_requires=['numpy', 'onnxruntime', 'opencv-python'],
    extras_require={
        **EXTRAS,
        # 100 MB that only the maker of training pictures needs; not part of 'all'.
        'profiling': ['dlib-bin', 'face_recognition_models'],
        'all': [name for names in EXTRAS.values() for name in names],
    },
    classifiers=[
        *(f'Programming Language :: Python :: 3.{minor}' for minor in range(10, 14)),
        'Topic :: Scientific/Engineering :: Image Recognition',
    ],
)
