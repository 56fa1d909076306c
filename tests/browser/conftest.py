"""The page of ``docs/browser``, built, served, and open in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import pytest
from chromium import astronaut, open_browser, write_camera
from open_page import Page, build, serve

from bernoulli_headpose import HeadPose

LOCAL = '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1'


@pytest.fixture(scope='session')
def photo() -> Path:
    return astronaut()


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
    path = tmp_path_factory.mktemp('camera') / 'frame.png'
    cv2.imwrite(str(path), write_camera(photo, path.with_suffix('.y4m')))
    return path


@pytest.fixture(scope='session')
def driver(frame, downloads, tmp_path_factory) -> Iterator[Any]:
    profile = tmp_path_factory.mktemp('profile')
    camera = frame.with_suffix('.y4m')
    driver = open_browser(camera, profile, LOCAL, downloads=downloads)
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
