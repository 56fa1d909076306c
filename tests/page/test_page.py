"""The page in a real browser: a picture goes in, its angles are read from the page."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from bernoulli_mmpose import HeadPoseInferencer
from bernoulli_mmpose.page.__main__ import main
from bernoulli_mmpose.rotation import ANGLE_NAMES

CHROMIUM, DRIVER = Path('/usr/bin/chromium'), Path('/usr/bin/chromedriver')
FLAGS = (
    *('--headless', '--no-sandbox', '--disable-gpu', '--disable-quic'),
    *('--no-first-run', '--disable-background-networking', '--disable-sync'),
    *('--disable-component-update', '--window-size=1300,1400'),
    *('--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'),
)
ANGLE = re.compile(r'([+-]\d+\.\d) \u00b1 (\d+\.\d)')
OWN = ('http://127.0.0.1:', 'data:', 'blob:', 'chrome:')


@pytest.fixture(scope='module')
def photo():
    skimage = pytest.importorskip('skimage', reason='its astronaut is the picture')
    return Path(skimage.__path__[0]) / 'data' / 'astronaut.png'


@pytest.fixture(scope='module')
def head(photo):
    """The inferencer's own result, with the detector that the page takes, too."""
    (head,) = HeadPoseInferencer(device='cpu').predict(photo)
    return head


@pytest.fixture
def url(free_port, tmp_path):
    """Serve the page in a process of its own."""
    pytest.importorskip('gradio', reason="the extra 'demo'")
    log = tmp_path / 'page.log'
    options = ['--port', str(free_port), '--device', 'cpu']
    command = [sys.executable, '-m', 'bernoulli_mmpose.page', *options]
    environment = {**os.environ, 'OMP_NUM_THREADS': '1'}
    with log.open('wb') as out:
        server = subprocess.Popen(command, stdout=out, stderr=out, env=environment)
    try:
        for _ in range(600):
            if 'http' in log.read_text() or server.poll() is not None:
                break
            with pytest.raises(subprocess.TimeoutExpired):
                server.wait(0.2)
        assert 'http' in log.read_text(), log.read_text()
        yield f'http://127.0.0.1:{free_port}/'
        assert 'Traceback' not in log.read_text()
    finally:
        server.terminate()
        server.wait(20)


@pytest.fixture
def film(photo, tmp_path):
    """What the browser's camera sees: the picture, 640x480, not compressed."""
    frame = np.full((480, 640, 3), 90, np.uint8)
    frame[:, 64:576] = cv2.imread(str(photo))[:480]
    path = tmp_path / 'camera.y4m'
    data = cv2.cvtColor(frame, cv2.COLOR_BGR2YUV_I420).tobytes()
    path.write_bytes(b'YUV4MPEG2 W640 H480 F25:1 Ip A1:1 C420\nFRAME\n' + data)
    return path


@pytest.fixture
def browser(tmp_path, film):
    webdriver = pytest.importorskip('selenium.webdriver')
    if not (CHROMIUM.exists() and DRIVER.exists()):
        pytest.skip(f'no browser: {CHROMIUM} and {DRIVER} are not both there')
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    camera = f'--use-file-for-fake-video-capture={film}'
    for flag in (*FLAGS, camera, f'--user-data-dir={tmp_path / "profile"}'):
        options.add_argument(flag)
    options.set_capability('goog:loggingPrefs', {'performance': 'ALL'})
    service = webdriver.ChromeService(str(DRIVER))
    driver = webdriver.Chrome(options=options, service=service)
    driver.implicitly_wait(60)
    yield driver
    driver.quit()


def give(browser, path):
    """Put a file into the page's picture input."""
    found = browser.find_element('css selector', '#picture input[type=file]')
    found.send_keys(str(path))


def click(browser, words):
    """Press the button of the picture input that says or is labelled so."""
    label = f'@aria-label="{words}" or normalize-space()="{words}"'
    browser.find_element('xpath', f'//*[@id="picture"]//button[{label}]').click()


def wait_until(browser, condition):
    from selenium.webdriver.support.ui import WebDriverWait

    WebDriverWait(browser, 60).until(condition)


def wait_for(browser, text):
    wait_until(browser, lambda page: text in page.find_element('id', 'message').text)


def read_angles(browser):
    """Pairs of angle and standard deviation, as soon as a head's are there."""

    def found(page):
        return ANGLE.findall(page.find_element('id', 'angles').text)

    wait_until(browser, lambda page: len(found(page)) == len(ANGLE_NAMES))
    return [(float(angle), float(std)) for angle, std in found(browser)]


def requested(browser):
    """Addresses that the browser has asked for something."""
    messages = [
        json.loads(entry['message']) for entry in browser.get_log('performance')
    ]
    events = [message['message'] for message in messages]
    sent = [e for e in events if e['method'] == 'Network.requestWillBeSent']
    return [event['params']['request']['url'] for event in sent]


@pytest.mark.slow
def test_angles_on_the_page_are_those_of_the_inferencer(
    url, browser, head, photo, tmp_path
):
    browser.get(url)
    give(browser, photo)
    wait_for(browser, 'astronaut.png')
    for name, (angle, std) in zip(ANGLE_NAMES, read_angles(browser), strict=True):
        assert angle == pytest.approx(head[name], abs=0.06)  # shown with one decimal
        assert std == pytest.approx(head[f'{name}_std'], abs=0.06)
    assert len(browser.find_elements('css selector', '#maps img')) == 4
    asked = requested(browser)
    assert any(address.startswith(url) for address in asked)
    assert [address for address in asked if not address.startswith(OWN)] == []

    browser.refresh()
    text = tmp_path / 'text.png'
    text.write_text('no picture')
    give(browser, text)
    wait_for(browser, 'text.png: expected an image')
    assert 'Traceback' not in browser.page_source


@pytest.mark.slow
def test_the_camera_is_not_mirrored(url, browser, head):
    pytest.importorskip('facenet_pytorch', reason='the extra detector')
    browser.get(url)
    click(browser, 'Capture from camera')
    click(browser, 'Click to Access Webcam')
    click(browser, 'capture photo')
    roll = read_angles(browser)[ANGLE_NAMES.index('roll')][0]
    assert abs(head['roll']) > 3  # else a mirrored picture would pass
    assert roll == pytest.approx(head['roll'], abs=2)


@pytest.mark.parametrize(
    ('option', 'value', 'message'),
    [
        ('--port', '99999', 'expected 1 to 65535, got 99999'),
        ('--port', '0', 'expected 1 to 65535, got 0'),
        ('--host', '999.1.1.1', "an address of this machine, got '999.1.1.1'"),
        ('--host', '203.0.113.1', "an address of this machine, got '203.0.113.1'"),
    ],
)
def test_wrong_addresses_are_refused_at_once(capsys, option, value, message):
    # 203.0.113.0/24 is kept for documentation (RFC 5737).
    assert main([option, value, '--weights', 'none.pth']) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f'error: {option}: ')
    assert message in line


def test_without_gradio_it_is_named(monkeypatch, capsys):
    monkeypatch.setattr('importlib.util.find_spec', lambda _: None)
    assert main([]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "pip install 'bernoulli_mmpose[demo]'" in line
