"""The one web server of the process: it serves what the parts hand in, and /healthz."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterable

from aiohttp import web

from bot.errors import SettingsWrong

BODY_BYTES = 1024 * 1024
"""The largest form that is read into memory; files are not, they are streamed."""

STOP_SECONDS = 3.0
"""How long open requests may take to end when the server stops; SIGTERM promises an end within seconds."""

PORTS_TRIED = 20
"""How far the demo looks for a free port above the wanted one."""


async def serve(host: str, port: int, routes: Iterable[web.AbstractRouteDef], *, search: bool = False) -> web.AppRunner:
    """Listen on `host` and `port` (0: any free one) and serve `routes`; stop it with `await runner.cleanup()`.

    With `search`, a port that is taken is passed over for the next free one; `port_of(runner)` tells which it became.
    Raises errors.SettingsWrong when it cannot listen there.
    """
    app = web.Application(client_max_size=BODY_BYTES)
    app.add_routes([web.get("/healthz", _healthy), *routes])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=STOP_SECONDS)
    await runner.setup()
    try:
        await _listen(runner, host, port, PORTS_TRIED if search and port else 1)
    except BaseException:
        await runner.cleanup()
        raise
    return runner


def port_of(runner: web.AppRunner) -> int:
    """The port it really listens on."""
    return int(runner.addresses[0][1])


async def _listen(runner: web.AppRunner, host: str, port: int, tries: int) -> None:
    for candidate in range(port, port + tries):
        try:
            await web.TCPSite(runner, host, candidate).start()
        except OSError as refused:
            if refused.errno == errno.EADDRINUSE and candidate < port + tries - 1:
                continue
            raise SettingsWrong(_remedy(host, port, refused)) from refused
        return


def _remedy(host: str, port: int, refused: OSError) -> str:
    if refused.errno == errno.EADDRINUSE:
        return (
            f"KHEO_PORT: port {port} on {host} is taken by another program; stop it, or set KHEO_PORT to a free port."
        )
    if refused.errno == errno.EACCES:
        return f"KHEO_PORT: port {port} may not be used by an ordinary user; set KHEO_PORT to a port above 1023."
    if refused.errno == errno.EADDRNOTAVAIL or isinstance(refused, socket.gaierror):
        return f"KHEO_HOST: {host} is no address of this machine; set KHEO_HOST to 127.0.0.1, or to 0.0.0.0 for all of them."
    return f"KHEO_PORT: cannot listen on {host}, port {port} ({refused.strerror}); set KHEO_PORT to another port."


async def _healthy(request: web.Request) -> web.Response:
    return web.Response(text="ok")
