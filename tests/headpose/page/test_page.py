"""The page in a real browser: a picture goes in, its angles are read from the page."""

import asyncio
import http.client
import json
import os
import re
import secrets
import socket
import struct
import subprocess
import sys
import time
import zlib
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from chromium import astronaut, open_browser, write_camera

import bernoulli_headpose
from bernoulli_headpose.page.__main__ import main
from bernoulli_headpose.page.hosts import OwnHosts
from bernoulli_headpose.rotation import ANGLE_NAMES
from bernoulli_mmpose import HeadPoseInferencer
from bernoulli_mmpose.shipped import SHIPPED

ANGLE = re.compile(r'([+-]\d+\.\d) \u00b1 (\d+\.\d)')
OWN = ('http://127.0.0.1:', 'data:', 'blob:', 'chrome:')


@pytest.fixture(scope='module')
def photo():
    return astronaut()


@pytest.fixture(scope='module')
def head(photo):
    """The inferencer's own result, with the detector that the page takes, too."""
    (head,) = HeadPoseInferencer(device='cpu').predict(photo)
    return head


@pytest.fixture
def url(request, free_port, tmp_path):
    """Serve the page in a process of its own, with further options if asked for."""
    pytest.importorskip('gradio', reason="the extra 'demo'")
    log = tmp_path / 'page.log'
    options = ['--port', str(free_port), *getattr(request, 'param', ())]
    command = [sys.executable, '-m', 'bernoulli_headpose.page', *options]
    uploads = tmp_path / 'uploads'
    uploads.mkdir()
    environment = {
        **os.environ,
        'OMP_NUM_THREADS': '1',
        'GRADIO_TEMP_DIR': str(uploads),
    }
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
        assert (
            f'File "{Path(bernoulli_headpose.__file__).parent}' not in log.read_text()
        )
        server.terminate()
        assert server.wait(20) == 0
        assert [*uploads.iterdir()] == []  # pictures do not stay
    finally:
        server.kill()
        server.wait(20)


@pytest.fixture
def film(photo, tmp_path):
    """What the browser's camera sees: the picture, 640x480, not compressed."""
    path = tmp_path / 'camera.y4m'
    write_camera(photo, path)
    return path


@pytest.fixture
def browser(tmp_path, film):
    driver = open_browser(film, tmp_path / 'profile')
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
@pytest.mark.parametrize(
    ('url', 'n_maps'),
    [((), 0), (('--model', SHIPPED, '--device', 'cpu'), 4)],
    indirect=['url'],
)
def test_angles_on_the_page_are_those_of_the_inferencer(
    url, n_maps, browser, head, photo, tmp_path
):
    browser.get(url)
    give(browser, photo)
    wait_for(browser, 'astronaut.png')
    for name, (angle, std) in zip(ANGLE_NAMES, read_angles(browser), strict=True):
        assert angle == pytest.approx(head[name], abs=0.06)  # shown with one decimal
        assert std == pytest.approx(head[f'{name}_std'], abs=0.06)
    browser.implicitly_wait(60 if n_maps else 0)
    assert len(browser.find_elements('css selector', '#maps img')) == n_maps
    browser.implicitly_wait(60)
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
    browser.get(url)
    click(browser, 'Capture from camera')
    click(browser, 'Click to Access Webcam')
    click(browser, 'capture photo')
    roll = read_angles(browser)[ANGLE_NAMES.index('roll')][0]
    assert abs(head['roll']) > 2  # else a mirrored picture would pass
    assert roll == pytest.approx(head['roll'], abs=2)


def call(url, method, path, body=None, host=None, **headers):
    """Ask the server; returns status and body."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    headers['Host'] = host or urlsplit(url).netloc
    connection.request(method, path, body, headers)
    response = connection.getresponse()
    return response.status, response.read()


def upload(url, name, content):
    """Give the server a file as a browser does; returns its path there."""
    head = f'Content-Disposition: form-data; name="files"; filename="{name}"'
    body = b'--cut\r\n' + head.encode() + b'\r\n\r\n' + content + b'\r\n--cut--\r\n'
    kind = {'Content-Type': 'multipart/form-data; boundary=cut'}
    status, answer = call(url, 'POST', '/gradio_api/upload', body, **kind)
    assert status == 200, answer
    return json.loads(answer)[0]


def examine(url, path):
    """What the page answers of an uploaded picture, as text."""
    session = secrets.token_hex(4)
    picture = {'path': str(path), 'meta': {'_type': 'gradio.FileData'}}
    _, config = call(url, 'GET', '/config')
    (event,) = [
        one for one in json.loads(config)['dependencies'] if one['targets'][0][0]
    ]
    body = {'fn_index': event['id'], 'data': [picture], 'session_hash': session}
    kind = {'Content-Type': 'application/json'}
    status, answer = call(
        url, 'POST', '/gradio_api/queue/join', json.dumps(body), **kind
    )
    assert status == 200, answer
    answer = call(url, 'GET', f'/gradio_api/queue/data?session_hash={session}')[1]
    return answer.decode()


def black_png(width, height):
    """A PNG of one bit a pixel: a few bytes, whatever its size."""
    parts = [b'\x89PNG\r\n\x1a\n']
    header = struct.pack('>IIBBBBB', width, height, 1, 0, 0, 0, 0)
    pixels = zlib.compress(bytes(1 + (width + 7) // 8) * height)
    for kind, data in ((b'IHDR', header), (b'IDAT', pixels), (b'IEND', b'')):
        checked = kind + data
        size, code = (
            struct.pack('>I', len(data)),
            struct.pack('>I', zlib.crc32(checked)),
        )
        parts += [size, checked, code]
    return b''.join(parts)


@pytest.mark.slow
def test_the_page_keeps_strangers_and_bombs_out(url, tmp_path):
    port = urlsplit(url).port
    for host in (f'127.0.0.1:{port}', f'localhost:{port}', f'[::1]:{port}'):
        assert call(url, 'GET', '/', host=host)[0] == 200
    for host in ('evil.example', f'evil.example:{port}', '127.0.0.1.evil.example'):
        for path in ('/', '/config', '/gradio_api/info'):
            assert call(url, 'GET', path, host=host)[0] == 403
    crossed = call(url, 'GET', '/config', Origin='http://evil.example')
    assert crossed[0] == 403

    bomb = upload(url, 'bomb.png', black_png(32000, 32000))
    assert str(tmp_path / 'uploads') in bomb
    start = time.monotonic()
    assert '64 megapixels, got 32000x32000' in examine(url, bomb)
    assert time.monotonic() - start < 5
    small = examine(url, upload(url, 'small.png', black_png(64, 48)))
    assert 'small.png (64x48 pixels)' in small
    film = examine(url, upload(url, 'film.mp4', b'\0\0\0\x18ftypmp42' + bytes(99)))
    assert 'film.mp4: expected an image' in film
    long = examine(url, upload(url, 'x' * 300 + '.png', black_png(64, 48)))
    assert '(64x48 pixels)' in long

    secret = tmp_path / 'secret.txt'
    secret.write_text('a secret')
    for path in (secret, '/etc/passwd'):
        assert call(url, 'GET', f'/gradio_api/file={path}')[0] == 403
        assert 'a secret' not in examine(url, path)


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


@pytest.mark.parametrize(
    ('address', 'host', 'origin', 'welcome'),
    [
        ('127.0.0.1', '127.0.0.1:7860', None, True),
        ('127.0.0.1', 'localhost', 'http://localhost:7860', True),
        ('127.0.0.1', 'LocalHost:7860', None, True),
        ('::1', '[::1]:7860', None, True),
        ('127.0.0.1', 'evil.example:7860', None, False),
        ('127.0.0.1', 'localhost.evil.example', None, False),
        ('127.0.0.1', '127.0.0.1:7860', 'http://evil.example', False),
        ('127.0.0.1', '127.0.0.1:7860', 'null', False),
        ('127.0.0.1', '192.0.2.7:7860', None, False),
        ('127.0.0.1', '', None, False),
        ('127.0.0.1', '[::1:7860', None, False),
        ('127.0.0.1', 'user@localhost:x', None, True),
        ('0.0.0.0', '192.0.2.7:7860', 'http://192.0.2.7:7860', True),
        ('0.0.0.0', '[2001:db8::7]', None, True),
        ('0.0.0.0', 'evil.example:7860', None, False),
        ('0.0.0.0', '127.0.0.1:7860', 'http://192.0.2.8', False),  # another page
        ('0.0.0.0', socket.gethostname(), None, True),
        ('pose.example', 'pose.example:7860', None, True),
    ],
)
def test_who_may_talk_to_the_page(address, host, origin, welcome):
    headers = [(b'host', host.encode())]
    if origin is not None:
        headers.append((b'origin', origin.encode()))
    answers = []

    async def page(*_):
        answers.append({'status': 200})

    async def send(message):
        answers.append(message)

    for kind in ('http', 'websocket'):
        scope = {'type': kind, 'headers': headers}
        asyncio.run(OwnHosts(page, address)(scope, None, send))
    if welcome:
        assert answers == [{'status': 200}] * 2
    else:
        assert answers[0]['status'] == 403
        assert answers[-1]['type'] == 'websocket.close'


def test_without_gradio_it_is_named(monkeypatch, capsys):
    monkeypatch.setattr('importlib.util.find_spec', lambda _: None)
    assert main([]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "pip install 'bernoulli_mmpose[demo]'" in line
