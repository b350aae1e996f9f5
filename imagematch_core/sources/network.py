"""Connections that keep a deadline and, on demand, to the public internet only."""

import socket
import ssl
import time
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any

import httpcore

from ..errors import DownloadError
from ..protocol.pool import in_thread
from .naming import reason

_LONGEST_WAIT = 86_400.0  # sockets refuse to wait forever by a number

_PROTOCOL_ASSIGNMENTS = IPv4Network("192.0.0.0/24")  # `is_global` in part, metadata of one cloud
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")


def is_public(text: str) -> bool:
    """Return whether an IP address leads to the public internet.

    False for loopback, private, link-local, shared (carrier-grade NAT), multicast, reserved and
    unspecified addresses, as the IANA registries of special-purpose addresses have them, and for
    IPv6 addresses that carry such an IPv4 address (mapped, NAT64, 6to4) or a tunnel's (Teredo).
    """
    address = ip_address(text)
    if isinstance(address, IPv6Address):
        carried = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            carried = IPv4Address(int(address) & 0xFFFF_FFFF)
        if carried is None:
            return address.is_global and address in _GLOBAL_UNICAST
        address = carried
    return address.is_global and not address.is_multicast and address not in _PROTOCOL_ASSIGNMENTS


class Deadline:
    """A point in time that all steps of a download share."""

    def __init__(self, seconds: float) -> None:
        self._at = time.monotonic() + seconds

    def remaining(self, timeout: float | None = None) -> float:
        """Return the seconds that are left, at most `timeout`.

        Raises:
            httpcore.ReadTimeout: none are left.
        """
        left = self._at - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout
        return min(left, _LONGEST_WAIT if timeout is None else timeout)


class BoundedBackend(httpcore.NetworkBackend):
    """Connections made within a deadline, on demand to public addresses only.

    It connects to the very address that was checked: a second look-up could give another one.

    Args:
        source: what errors call the download.
        deadline: for everything that is done with the connections, too.
        allow_private: False refuses hosts with any address outside the public internet.
    """

    def __init__(self, source: str, deadline: Deadline, *, allow_private: bool) -> None:
        self._source = source
        self._deadline = deadline
        self._allow_private = allow_private
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        addresses = self._resolve(host, port)
        if not self._allow_private and not all(map(is_public, addresses)):
            raise DownloadError(
                self._source,
                f"{host} is not on the public internet, and Limits.allow_private is False",
            )
        while True:
            # One address that swallows packets must not use up the time of the others.
            share = self._deadline.remaining(timeout) / len(addresses)
            try:
                stream = self._sockets.connect_tcp(
                    addresses.pop(0), port, share, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if not addresses:
                    raise
            else:
                return _BoundedStream(stream, self._deadline)

    def _resolve(self, host: str, port: int) -> list[str]:
        looking_up = in_thread(lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        try:
            infos = looking_up.result(self._deadline.remaining())
        except TimeoutError:
            raise httpcore.ConnectTimeout from None
        except (OSError, ValueError) as err:  # ValueError: a label that is too long
            raise DownloadError(
                self._source, f"the host {host!r} is not found: {reason(err)}"
            ) from err
        return list(dict.fromkeys(str(info[4][0]) for info in infos))


@dataclass(frozen=True)
class _BoundedStream(httpcore.NetworkStream):
    _stream: httpcore.NetworkStream
    _deadline: Deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.remaining(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.remaining(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        try:
            left = self._deadline.remaining(timeout)
        except httpcore.ReadTimeout:
            self.close()  # as `start_tls` does where it fails; nobody else would
            raise
        return _BoundedStream(
            self._stream.start_tls(ssl_context, server_hostname, left), self._deadline
        )

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
