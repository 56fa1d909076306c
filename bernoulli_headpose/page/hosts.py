"""Who may talk to the page: this machine, under its own names, from its own page."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

LOCAL_NAMES = frozenset({'localhost', '127.0.0.1', '::1'})

App = Callable[..., Awaitable[None]]


def is_local(address: str) -> bool:
    """Whether a server's address is reached from its own machine only."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address == 'localhost'


def own_names(address: str) -> frozenset[str]:
    """Names under which a server that listens on an address is asked for."""
    if is_local(address):
        return LOCAL_NAMES | {address}
    names = {socket.gethostname(), socket.getfqdn(), address}
    return LOCAL_NAMES | {name.lower() for name in names}


class OwnHosts:
    """Refuses requests by a name that is not this server's, or of another page.

    A stranger's page in the user's browser could else talk to the page through a name
    that it lets point to this machine (DNS rebinding), or send pictures to it. Where
    the whole network may come in, any number of an address is good, too: none can be
    made to point elsewhere.

    Args:
        app: What is guarded (ASGI).
        address: On which the server listens.
    """

    def __init__(self, app: App, address: str) -> None:
        self.app = app
        self.names = own_names(address)
        self.numbers = not is_local(address)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope['type'] not in ('http', 'websocket') or self.is_welcome(
            {name: value.decode('latin-1') for name, value in scope['headers']}
        ):
            await self.app(scope, receive, send)
            return
        if scope['type'] == 'websocket':
            await send({'type': 'websocket.close', 'code': 1008})
            return
        body = b'This page answers to names of its own machine only.\n'
        headers = [
            (b'content-type', b'text/plain'),
            (b'content-length', b'%d' % len(body)),
        ]
        await send({'type': 'http.response.start', 'status': 403, 'headers': headers})
        await send({'type': 'http.response.body', 'body': body})

    def is_welcome(self, headers: dict[bytes, str]) -> bool:
        """Whether a request comes by an own name and, if of a page, of this one."""
        host, origin = '//' + headers.get(b'host', ''), headers.get(b'origin')
        return self._is_own(host) and (
            origin is None or _name(origin) in self.names | {_name(host)}
        )

    def _is_own(self, address: str) -> bool:
        name = _name(address)
        if name in self.names:
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return self.numbers


def _name(address: str) -> str:
    try:
        return urlsplit(address).hostname or ''
    except ValueError:  # brackets that do not match
        return ''
