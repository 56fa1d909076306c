"""Makes, serves and drives the page of ``docs/browser``."""

from __future__ import annotations

import base64
import functools
import json
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import build_browser_page
import pytest

ROOT = Path(__file__).resolve().parents[2]
_OWN = ('data:', 'blob:', 'chrome:')


def build(out: Path, cache: Path, *options: Any) -> Path:
    """Make the page's folder; skips the test where npm cannot.

    Args:
        out: The folder.
        cache: Where the runtime is kept.
        options: Further words of the command.
    """
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv('BERNOULLI_CACHE_DIR', str(cache))
            build_browser_page.main([str(out), *map(str, options)])
    except OSError as error:
        if str(error).startswith('npm: expected'):
            pytest.skip(str(error))
        raise
    return out


class _Handler(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


def serve(path: Path) -> Iterator[str]:
    """Serve a folder as any static host does; gives its address."""
    handler = functools.partial(_Handler, directory=str(path))
    with ThreadingHTTPServer(('127.0.0.1', 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f'http://127.0.0.1:{server.server_address[1]}/'
        server.shutdown()
        thread.join()


class Page:
    """The page in a browser.

    Args:
        driver: Selenium's.
        url: Of the page.
        downloads: Folder that the browser saves to.
    """

    def __init__(self, driver: Any, url: str, downloads: Path) -> None:
        self.driver, self.url, self._downloads = driver, url, downloads

    def open(self, first: str = '') -> None:
        """Open it, and run a script before all of its own."""
        call, name = self.driver.execute_cdp_cmd, 'ScriptToEvaluateOnNewDocument'
        script = call(f'Page.add{name}', {'source': first})
        self.driver.get(self.url)
        call(f'Page.remove{name}', script)
        self.wait(lambda: self.status == 'Ready' or self.is_refused)

    def wait(self, condition: Any) -> None:
        """Wait until a function without arguments gives something true."""
        from selenium.webdriver.support.ui import WebDriverWait

        wait = WebDriverWait(self.driver, 60, poll_frequency=0.05)
        wait.until(lambda _: condition(), self.status)

    def find(self, name: str) -> Any:
        """The element of an id."""
        return self.driver.find_element('id', name)

    @property
    def status(self) -> str:
        """What the page says."""
        return self.find('status').text

    @property
    def is_refused(self) -> bool:
        """Whether that is an error."""
        return 'error' in self.find('status').get_attribute('class')

    def give(self, path: Path) -> str:
        """Choose a file; gives what the page says of it."""
        self.run("document.getElementById('status').textContent = ''; done();")
        self.find('file').send_keys(str(path))
        return self.answer(path.name)

    def answer(self, name: str) -> str:
        """What the page says of a file, once it is done with it."""
        self.wait(lambda: name in self.status and 'looking' not in self.status)
        return self.status

    def save(self) -> list[dict[str, Any]]:
        """The heads of the file that the page offers."""
        for old in self._downloads.iterdir():
            old.unlink()
        self.find('download').click()
        self.wait(lambda: [*self._downloads.glob('*.json')])
        (path,) = self._downloads.glob('*.json')
        return json.loads(path.read_text())

    def run(self, script: str, *arguments: Any) -> Any:
        """Run a script that hands its result to ``done``.

        Its arguments are ``given``; a file's bytes come as text, see ``bytesOf``.
        """
        texts = [
            base64.b64encode(one).decode() if isinstance(one, bytes) else one
            for one in arguments
        ]
        whole = (
            'const given = [...arguments], done = given.pop();'
            'const bytesOf = (t) => Uint8Array.from(atob(t), (c) => c.charCodeAt(0));'
            f'(async () => {{ {script} }})().catch((e) => done({{error: String(e)}}));'
        )
        found = self.driver.execute_async_script(whole, *texts)
        assert not isinstance(found, dict) or 'error' not in found, found
        return found

    def requested(self) -> list[str]:
        """Addresses that the browser has asked for, but for those it makes itself."""
        entries = self.driver.get_log('performance')
        events = [json.loads(entry['message'])['message'] for entry in entries]
        sent = [e for e in events if e['method'] == 'Network.requestWillBeSent']
        urls = [event['params']['request']['url'] for event in sent]
        return [url for url in urls if not url.startswith(_OWN)]
