"""The packages that this plugin does not install: named if one is missing."""

import importlib.util

PACKAGES = ('torch', 'torchvision', 'mmengine', 'mmcv', 'mmdet', 'mmpose')


def require(packages: tuple[str, ...] = PACKAGES) -> None:
    """Check that packages are there, without importing them.

    Raises:
        ImportError: If one is not; it says how to install them.
    """
    for package in packages:
        if importlib.util.find_spec(package) is None:
            raise ImportError(
                'bernoulli_mmpose is a plugin for MMPose 1.x, which needs the package '
                f'{package!r}, and it is not installed. Install MMPose first, or run '
                "'make install' in a clone of bernoulli_mmpose, which sets up all.",
                name=package,
            )


require()
