"""The page in a real browser: a picture goes in, its angles are read from the page."""

import os
import re
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

pytest.importorskip('gradio', reason="the page needs the extra 'demo'")
webdriver = pytest.importorskip('selenium.webdriver')
skimage = pytest.importorskip('skimage')

CHROMIUM, DRIVER = Path('/usr/bin/chromium'), Path('/usr/bin/chromedriver')
FLAGS = (
    *('--headless', '--no-sandbox', '--disable-gpu', '--disable-quic'),
    *('--no-first-run', '--disable-background-networking', '--disable-sync'),
    *('--disable-component-update', '--window-size=1300,1400'),
)
ANGLE = re.compile(r'([+-]\d+\.\d) \u00b1 (\d+\.\d)')


@pytest.fixture
def url(free_port, tmp_path):
    """Serve the page in a process of its own."""
    log = tmp_path / 'page.log'
    command = [sys.executable, '-m', 'bernoulli_mmpose.page', '--port', str(free_port)]
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
    finally:
        server.terminate()
        server.wait(20)


@pytest.fixture
def browser(tmp_path):
    if not (CHROMIUM.exists() and DRIVER.exists()):
        pytest.skip(f'no browser: {CHROMIUM} and {DRIVER} are not both there')
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for flag in (*FLAGS, f'--user-data-dir={tmp_path / "profile"}'):
        options.add_argument(flag)
    service = webdriver.ChromeService(str(DRIVER))
    driver = webdriver.Chrome(options=options, service=service)
    driver.implicitly_wait(60)
    yield driver
    driver.quit()


def give(browser, path):
    """Put a file into the page's picture input."""
    found = browser.find_element('css selector', '#picture input[type=file]')
    found.send_keys(str(path))


def wait_for(browser, text):
    from selenium.webdriver.support.ui import WebDriverWait

    WebDriverWait(browser, 60).until(
        lambda page: text in page.find_element('id', 'message').text
    )


@pytest.mark.slow
def test_angles_on_the_page_are_those_of_the_inferencer(url, browser, tmp_path):
    from selenium.webdriver.support.ui import WebDriverWait

    from bernoulli_mmpose import HeadPoseInferencer

    photo = Path(skimage.__path__[0]) / 'data' / 'astronaut.png'
    # The same detector as the page's, whichever is installed.
    (head,) = HeadPoseInferencer().predict(str(photo))
    browser.get(url)
    give(browser, photo)
    wait_for(browser, 'astronaut.png')
    WebDriverWait(browser, 60).until(
        lambda page: len(ANGLE.findall(page.find_element('id', 'angles').text)) == 3
    )
    shown = ANGLE.findall(browser.find_element('id', 'angles').text)
    for name, (angle, deviation) in zip(('pitch', 'yaw', 'roll'), shown, strict=True):
        assert float(angle) == pytest.approx(head[name], abs=0.1)
        assert float(deviation) == pytest.approx(head[f'{name}_std'], abs=0.1)
    assert len(browser.find_elements('css selector', '#maps img')) >= 4

    browser.refresh()
    text = tmp_path / 'text.png'
    text.write_text('no picture')
    give(browser, text)
    wait_for(browser, 'text.png')
    assert 'Traceback' not in browser.page_source


@pytest.mark.slow
def test_the_page_asks_nothing_of_other_hosts(url):
    with urllib.request.urlopen(url, timeout=60) as page:
        html = page.read().decode()
    loaded = re.findall(r'<(?:script|link)[^>]+(?:src|href)="(https?://[^"]+)"', html)
    assert [link for link in loaded if '127.0.0.1' not in link] == []
