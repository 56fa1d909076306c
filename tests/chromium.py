"""Chromium for the tests of the pages, with a camera that sees what a test wants."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

CHROMIUM, DRIVER = Path('/usr/bin/chromium'), Path('/usr/bin/chromedriver')
FLAGS = (
    *('--headless', '--no-sandbox', '--disable-gpu', '--disable-quic'),
    *('--no-first-run', '--disable-background-networking', '--disable-sync'),
    *('--disable-component-update', '--window-size=1300,1400'),
    *('--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'),
)


def astronaut() -> Path:
    """scikit-image's photograph; the test skips without it."""
    skimage = pytest.importorskip('skimage', reason='its astronaut is the picture')
    return Path(skimage.__path__[0]) / 'data' / 'astronaut.png'


def write_camera(photo: Path, path: Path) -> np.ndarray:
    """What the camera sees, (480, 640, 3) BGR: the picture; a Y4M file of it."""
    frame = np.full((480, 640, 3), 90, np.uint8)
    frame[:, 64:576] = cv2.imread(str(photo))[:480]
    data = cv2.cvtColor(frame, cv2.COLOR_BGR2YUV_I420).tobytes()
    path.write_bytes(b'YUV4MPEG2 W640 H480 F25:1 Ip A1:1 C420\nFRAME\n' + data)
    return frame


def open_browser(
    camera: Path, profile: Path, *flags: str, downloads: Path | None = None
) -> Any:
    """A driver of Chromium, to be quit; the test skips where there is none."""
    webdriver = pytest.importorskip('selenium.webdriver')
    if not (CHROMIUM.exists() and DRIVER.exists()):
        pytest.skip(f'no browser: {CHROMIUM} and {DRIVER} are not both there')
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    own = (f'--use-file-for-fake-video-capture={camera}', f'--user-data-dir={profile}')
    for flag in (*FLAGS, *own, *flags):
        options.add_argument(flag)
    if downloads is not None:
        prefs = {'download.default_directory': str(downloads)}
        options.add_experimental_option('prefs', prefs)
    options.set_capability('goog:loggingPrefs', {'performance': 'ALL'})
    service = webdriver.ChromeService(str(DRIVER))
    return webdriver.Chrome(options=options, service=service)
