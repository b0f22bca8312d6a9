"""Many offices reach the platform only through a proxy: every call goes through it, and none beside it."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

from bot.channels.telegram.channel import Telegram
from bot.chat import Address, Reply
from tests.devices.telegram import TOKEN, FakeTelegram, TelegramPhone


class Proxy:
    """An HTTP proxy that opens tunnels (CONNECT) and notes where to."""

    def __init__(self) -> None:
        self.tunnels: list[str] = []
        self.url = ""
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Proxy:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        method, target, _ = (await reader.readline()).decode().split(" ", 2)
        while (await reader.readline()).strip():
            pass
        assert method == "CONNECT"
        self.tunnels.append(target)
        host, port = target.rsplit(":", 1)
        there_reader, there_writer = await asyncio.open_connection(host, int(port))
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await asyncio.gather(_carry(reader, there_writer), _carry(there_reader, writer), return_exceptions=True)


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while piece := await reader.read(65536):
        writer.write(piece)
        await writer.drain()
    writer.close()


async def test_messages_leave_through_the_proxy() -> None:
    async with FakeTelegram() as fake, Proxy() as proxy:
        lan = TelegramPhone(fake, 7, "Lan")
        await lan.start()
        channel = Telegram(TOKEN, fake.base, proxy.url)
        try:
            await channel.send(Address("telegram", "7"), Reply("Kính chào đồng chí."))
            await lan.until(lambda: lan.heard)
        finally:
            await channel.close()
        assert lan.heard[-1].text == "Kính chào đồng chí."
        assert proxy.tunnels == [urlsplit(fake.base).netloc]
