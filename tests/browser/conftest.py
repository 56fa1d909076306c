"""The page of ``docs/browser``, built, served, and open in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from open_page import Page, build, serve

from bernoulli_headpose import HeadPose

CHROMIUM, DRIVER = Path('/usr/bin/chromium'), Path('/usr/bin/chromedriver')
FLAGS = (
    *('--headless', '--no-sandbox', '--disable-gpu', '--disable-quic'),
    *('--no-first-run', '--disable-background-networking', '--disable-sync'),
    *('--disable-component-update', '--window-size=1300,1400'),
    *('--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'),
    '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1',
)


@pytest.fixture(scope='session')
def photo() -> Path:
    skimage = pytest.importorskip('skimage', reason='its astronaut is the picture')
    return Path(skimage.__path__[0]) / 'data' / 'astronaut.png'


@pytest.fixture(scope='session')
def head_pose() -> HeadPose:
    return HeadPose(threads=1)


@pytest.fixture(scope='session')
def cache(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp('runtime')


@pytest.fixture(scope='session')
def folder(tmp_path_factory, cache) -> Path:
    return build(tmp_path_factory.mktemp('browser') / 'page', cache)


@pytest.fixture(scope='session')
def downloads(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp('downloads')


@pytest.fixture(scope='session')
def frame(photo, tmp_path_factory) -> Path:
    """What the camera sees, 640x480: the picture, and beside it a video of it."""
    image = np.full((480, 640, 3), 90, np.uint8)
    image[:, 64:576] = cv2.imread(str(photo))[:480]
    path = tmp_path_factory.mktemp('camera') / 'frame.png'
    cv2.imwrite(str(path), image)
    data = cv2.cvtColor(image, cv2.COLOR_BGR2YUV_I420).tobytes()
    head = b'YUV4MPEG2 W640 H480 F25:1 Ip A1:1 C420\nFRAME\n'
    path.with_suffix('.y4m').write_bytes(head + data)
    return path


@pytest.fixture(scope='session')
def driver(frame, downloads, tmp_path_factory) -> Iterator[Any]:
    webdriver = pytest.importorskip('selenium.webdriver')
    if not (CHROMIUM.exists() and DRIVER.exists()):
        pytest.skip(f'no browser: {CHROMIUM} and {DRIVER} are not both there')
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    camera = f'--use-file-for-fake-video-capture={frame.with_suffix(".y4m")}'
    profile = f'--user-data-dir={tmp_path_factory.mktemp("profile")}'
    for flag in (*FLAGS, camera, profile):
        options.add_argument(flag)
    prefs = {'download.default_directory': str(downloads)}
    options.add_experimental_option('prefs', prefs)
    options.set_capability('goog:loggingPrefs', {'performance': 'ALL'})
    service = webdriver.ChromeService(str(DRIVER))
    driver = webdriver.Chrome(options=options, service=service)
    driver.set_script_timeout(60)
    yield driver
    driver.quit()


@pytest.fixture(scope='session')
def address(folder) -> Iterator[str]:
    yield from serve(folder)


@pytest.fixture
def page(driver, address, downloads) -> Page:
    """The page, which stays open from test to test."""
    opened = Page(driver, address, downloads)
    if driver.current_url != address:
        opened.open()
    return opened
