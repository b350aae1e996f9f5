"""The body of a URL, bounded in time and in size."""

from base64 import b64encode
from dataclasses import dataclass, replace
from http import HTTPStatus
from importlib.metadata import version
from typing import Self
from urllib.parse import SplitResult, quote, unquote_to_bytes, urljoin, urlsplit

import httpcore

from ..errors import DownloadError, PictureTooLarge
from .limits import Limits
from .naming import named, printable, reason
from .network import BoundedBackend, Deadline

MAX_REDIRECTS = 5

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_KEPT = "%/:@!$&'()*+,;=~[]?"  # in paths and queries; all else is percent-encoded


def download(url: str, limits: Limits) -> bytes:
    """Fetch the body of an http(s) URL.

    Follows at most five redirects, to http(s) URLs only. User and password of the URL go to its
    own scheme, host and port alone. Certificates are verified. Proxies that the environment names
    are not used, since the address that is checked would not be the one that is reached; where
    only a proxy leads out, fetch the bytes in another way and pass them on.

    Args:
        url: may hold spaces and characters beyond ASCII; its fragment is not sent.
        limits: `max_seconds` for everything, look-up of the name to the last byte; `max_bytes`
            for the body; `allow_private` for the host, also of each redirect.

    Raises:
        DownloadError: no body could be had.
        PictureTooLarge: the body is over `max_bytes`.
    """
    source = named(url)
    deadline = Deadline(limits.max_seconds)
    backend = BoundedBackend(source, deadline, allow_private=limits.allow_private)
    target = _Target.parse(url, source)
    try:
        with httpcore.ConnectionPool(network_backend=backend) as pool:
            for _ in range(MAX_REDIRECTS + 1):
                with pool.stream("GET", target.url, headers=target.headers()) as response:
                    if response.status not in _REDIRECTS:
                        return _body(response, source, limits)
                    target = target.redirected(response, source)
    except httpcore.TimeoutException as err:
        raise DownloadError(
            source, f"not complete within the {limits.max_seconds:g} s of Limits.max_seconds"
        ) from err
    except (httpcore.NetworkError, httpcore.ProtocolError, OSError) as err:
        raise DownloadError(source, f"the connection failed: {reason(err)}") from err
    raise DownloadError(source, f"it is redirected more than {MAX_REDIRECTS} times")


@dataclass(frozen=True, slots=True)
class _Target:
    """A URL as it is asked for.

    Attributes:
        text: what relative redirects start from.
        url: what goes over the wire, all ASCII.
        authorization: the value of that header, from user and password.
    """

    text: str
    url: httpcore.URL
    authorization: bytes | None

    @classmethod
    def parse(cls, text: str, source: str) -> Self:
        """Take a URL apart, or raise `DownloadError`."""
        try:
            parts = urlsplit(text)
            host = parts.hostname or ""
            host = host if host.isascii() else host.encode("idna").decode("ascii")
            path = quote(parts.path or "/", _KEPT, errors="surrogateescape")
            query = quote(parts.query, _KEPT, errors="surrogateescape")
            url = httpcore.URL(
                scheme=parts.scheme,
                host=host,
                port=parts.port,
                target=f"{path}?{query}" if query else path,
            )
            authorization = _basic(parts)
        except ValueError:
            # Not chained: it quotes the URL, and what it quotes may be a password.
            raise DownloadError(source, "it is, or leads to, an invalid URL") from None
        if url.scheme not in {b"http", b"https"}:
            raise DownloadError(
                source, f"it leads to a {parts.scheme} URL; only http and https are fetched"
            )
        if not url.host:
            raise DownloadError(source, "it is, or leads to, a URL without a host")
        return cls(text, url, authorization)

    def redirected(self, response: httpcore.Response, source: str) -> "_Target":
        """Return where a redirect leads; user and password go along within one origin only."""
        location = _header(response, b"location")
        if not location:
            raise DownloadError(source, f"a redirect ({response.status}) that leads nowhere")
        try:
            text = urljoin(self.text, location.decode("utf-8", "surrogateescape"))
        except ValueError:
            raise DownloadError(source, "it leads to an invalid URL") from None
        target = self.parse(text, source)
        if target.authorization is None and target.url.origin == self.url.origin:
            return replace(target, authorization=self.authorization)
        return target

    def headers(self) -> list[tuple[bytes, bytes]]:
        """Return the headers of the request."""
        host = b"[%b]" % self.url.host if b":" in self.url.host else self.url.host
        headers = [
            (b"Host", host if self.url.port is None else b"%b:%d" % (host, self.url.port)),
            (b"User-Agent", f"imagematch/{version('imagematch-core')}".encode()),
            (b"Accept", b"image/*, */*;q=0.5"),
            (b"Accept-Encoding", b"identity"),
        ]
        if self.authorization is not None:
            headers.append((b"Authorization", self.authorization))
        return headers


def _basic(parts: SplitResult) -> bytes | None:
    if parts.username is None:
        return None
    login = unquote_to_bytes(parts.username) + b":" + unquote_to_bytes(parts.password or "")
    return b"Basic " + b64encode(login)


def _header(response: httpcore.Response, name: bytes) -> bytes:
    return next((value for key, value in response.headers if key.lower() == name), b"")


def _body(response: httpcore.Response, source: str, limits: Limits) -> bytes:
    if response.status != HTTPStatus.OK:
        phrases = {status.value: f" {status.phrase}" for status in HTTPStatus}
        status = f"{response.status}{phrases.get(response.status, '')}"
        raise DownloadError(source, f"the server answered {status}")
    encoding = _header(response, b"content-encoding").decode("latin-1")
    if encoding.lower() not in {"", "identity"}:
        raise DownloadError(
            source, f"the server sent it compressed, unasked: {printable(encoding)}"
        )
    too_large = PictureTooLarge(
        source, f"it has more than the {limits.max_bytes:,} bytes that Limits.max_bytes allows"
    )
    if int(_header(response, b"content-length") or 0) > limits.max_bytes:
        raise too_large
    body = bytearray()
    for chunk in response.iter_stream():
        body += chunk
        if len(body) > limits.max_bytes:
            raise too_large
    return bytes(body)
