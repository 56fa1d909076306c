"""Small data sets in the official layouts."""

import logging
from pathlib import Path

import cv2
import numpy as np
import pytest
from mmengine.logging import MMLogger
from official_layouts import write_head, write_pose

from bernoulli_mmpose.datasets.biwi_dataset import PEOPLE

# Typical of BIWI's first rig.
RGB_CAL = """\
517.679 0 320
0 517.679 240.5
0 0 1

0 0 0 0

0.999947 0.00432361 0.00929419
-0.00446314 0.999877 0.0150443
-0.009228 -0.015085 0.999844

-24.0198 5.8896 -13.2308

640 480
"""


@pytest.fixture
def logged(caplog):
    """The warnings of MMEngine's logger."""
    logger = MMLogger.get_current_instance()
    logger.addHandler(caplog.handler)
    caplog.set_level(logging.WARNING)
    yield caplog
    logger.removeHandler(caplog.handler)


@pytest.fixture
def biwi(tmp_path) -> Path:
    """24 sequences of two frames; angles tell sequence and frame."""
    root = tmp_path / 'biwi'
    for number in range(1, len(PEOPLE) + 1):
        folder = root / f'{number:02d}'
        folder.mkdir(parents=True)
        (folder / 'rgb.cal').write_text(RGB_CAL)
        for frame in (3, 4):
            name = f'frame_{frame:05d}'
            image = np.full((480, 640, 3), number, np.uint8)
            cv2.imwrite(str(folder / f'{name}_rgb.png'), image)
            write_pose(folder / f'{name}_pose.txt', (number, -number, frame))
    return root


@pytest.fixture
def aflw2000(tmp_path) -> Path:
    root = tmp_path / 'aflw2000'
    write_head(root, 'image00002', (10, -20, 30))
    write_head(root, 'image00004', (5, 98.9, 0))
    write_head(root, 'image00008', (5, 60, 100))
    return root
