"""Bringing a photo home from the address that an event names: from Zalo's own hosts only, and from nowhere inside."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace

import aiohttp
import structlog
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from yarl import URL

from bot.chat import File, Keeper

HOSTS = ("zdn.vn", "zadn.vn")
"""Zalo's hosts for pictures: everything under these names. Should Zalo move, ZALO_PHOTO_HOSTS adds to them."""
REDIRECTS = 3
ATTEMPTS = 3
CONNECT_SECONDS = 10.0
SILENT_SECONDS = 20.0
"""A download that brings nothing for so long has broken off."""
WHOLE_SECONDS = 120.0
CHUNK_BYTES = 64 * 1024
_MOVED = (301, 302, 303, 307, 308)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")

log = structlog.get_logger()


class _Refused(Exception):
    """That address is not asked; `why` is for the log, `host` is all of the address that stands there."""

    def __init__(self, why: str, host: str) -> None:
        super().__init__(why)
        self.why, self.host = why, host


class _Expired(Exception):
    """There is no photo under that address (any more)."""


class _BrokenOff(Exception):
    """The download did not come to its end; another try may."""


class Photos:
    """Downloads from Zalo's hosts, and from `extra` ones ("host" or "host:port").

    Only an extra host may be reached without https, and only it may lie in a private network. Nothing touches the
    network before the first `fetch`.
    """

    def __init__(self, extra: Sequence[str] = (), first_wait: float = 1.0) -> None:
        self._extra = frozenset(host.lower() for host in extra)
        self._first_wait = first_wait
        self._session: aiohttp.ClientSession | None = None

    async def fetch(self, file: File, keeper: Keeper) -> File:
        """Hand the bytes to the keeper; `problem` is "too_large" or "unreachable" where they cannot be had."""
        for attempt in range(ATTEMPTS):
            try:
                return await self._fetch(file, keeper)
            except _Refused as refused:
                log.error("a photo is not fetched", why=refused.why, host=refused.host)
                break
            except _Expired:
                log.warning("a photo is not there any more; its link has expired")
                break
            except _BrokenOff:
                if attempt + 1 < ATTEMPTS:
                    await asyncio.sleep(self._first_wait * (1 << attempt))
        else:
            log.warning("a photo could not be fetched")
        return replace(file, problem="unreachable")

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def _fetch(self, file: File, keeper: Keeper) -> File:
        where = _url(file.source)
        for _ in range(REDIRECTS + 1):
            self._check(where)
            response = await self._answer(where)
            async with response:
                if response.status in _MOVED:
                    where = _url(response.headers.get("Location", ""), where)
                    continue
                if response.status >= 500 or response.status in (408, 429):
                    raise _BrokenOff
                if response.status != 200 or response.content_type == "text/html":
                    raise _Expired
                if (response.content_length or 0) > keeper.limit:
                    return replace(file, problem="too_large")
                return await keeper.keep(_chunks(response), file)
        raise _Refused("it is redirected again and again", where.host or "")

    async def _answer(self, where: URL) -> aiohttp.ClientResponse:
        try:
            return await self._opened().get(where, allow_redirects=False, headers={"Accept-Encoding": "identity"})
        except (aiohttp.ClientError, OSError) as broken:
            inside = _refusal_in(broken)
        raise inside or _BrokenOff()

    def _check(self, where: URL) -> None:
        """Raises _Refused for what is neither Zalo's nor an extra host, or would be asked in the open."""
        host = (where.host or "").lower().rstrip(".")
        if self._is_extra(host, where.port):
            if where.scheme in ("http", "https"):
                return
            raise _Refused("neither https nor http", host)
        if not any(host.endswith("." + known) for known in HOSTS):
            raise _Refused("its host is not known as Zalo's; if Zalo has moved, add it to ZALO_PHOTO_HOSTS", host)
        if where.scheme != "https" or where.port != 443 or where.user is not None or where.password is not None:
            raise _Refused("it is not a plain https address", host)

    def _is_extra(self, host: str, port: int | None) -> bool:
        return host in self._extra or f"{host}:{port}" in self._extra

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            connector = aiohttp.TCPConnector(resolver=_Checked(self._is_extra), use_dns_cache=False, limit=20)
            patience = aiohttp.ClientTimeout(
                total=WHOLE_SECONDS, sock_connect=CONNECT_SECONDS, sock_read=SILENT_SECONDS
            )
            self._session = aiohttp.ClientSession(
                connector=connector, timeout=patience, cookie_jar=aiohttp.DummyCookieJar()
            )
        return self._session


class _Inside(OSError):
    """A name leads to an address that is not the open internet's."""


class _Checked(AbstractResolver):
    """Looks names up and hands on only addresses of the open internet: what is connected to is what was checked."""

    def __init__(self, is_extra: Callable[[str, int | None], bool]) -> None:
        self._is_extra = is_extra
        self._resolver = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await self._resolver.resolve(host, port, family)
        if not self._is_extra(host.lower(), port):
            for one in found:
                if not is_public(one["host"]):
                    raise _Inside(f"{host} leads inside")
        return found

    async def close(self) -> None:
        await self._resolver.close()


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the open internet, with what is wrapped inside of an IPv6 address looked at too."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return is_public(str(ip.ipv4_mapped))
        if ip in _NAT64:
            return is_public(str(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)))
        if ip.sixtofour is not None or ip.teredo is not None:
            return False
    return ip.is_global and not ip.is_multicast


def _url(text: str, beside: URL | None = None) -> URL:
    try:
        found = URL(text)
        return found if found.absolute or beside is None else beside.join(found)
    except ValueError:
        raise _Refused("it is no address", "") from None


def _refusal_in(broken: BaseException | None) -> _Refused | None:
    """The refusal of a name, which aiohttp has wrapped."""
    while broken is not None:
        if isinstance(broken, _Inside):
            return _Refused("its name leads to an address inside of a network", str(broken).partition(" ")[0])
        broken = broken.__cause__ or getattr(broken, "os_error", None)
    return None


async def _chunks(response: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    """The bytes as they come; a page of words in the place of the picture is none."""
    first = True
    try:
        async for chunk in response.content.iter_chunked(CHUNK_BYTES):
            if first and chunk.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":
                raise _Expired
            first = False
            yield chunk
    except (aiohttp.ClientError, OSError):
        raise _BrokenOff from None
