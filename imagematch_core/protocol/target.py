"""A storage URL in its parts, for drivers whose client doesn't read URLs."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import unquote, urlsplit

from ..errors import InvalidTarget
from .redact import redact_url


@dataclass(frozen=True, slots=True)
class Target:
    """A storage URL and the options beside it, percent-decoded.

    Attributes:
        scheme: in lower case.
        user: None where there is none.
        password: None where there is none; left out of the `repr`.
        hosts: names and ports, in order; a port is None where the URL leaves it out. An address of
            IPv6 has no brackets.
        path: without the slash that it begins with.
        options: those of the URL, and those given beside it, which beat them.
    """

    scheme: str
    user: str | None
    password: str | None = field(repr=False)
    hosts: tuple[tuple[str, int | None], ...]
    path: str
    options: dict[str, Any] = field(repr=False)

    @classmethod
    def parse(cls, url: str, options: Mapping[str, Any], *, known: Collection[str]) -> Self:
        """Read `scheme://[user[:password]@][host[:port][,host…]][/path][?option=value&…]`.

        Args:
            url: as the user wrote it.
            options: given beside it.
            known: the names of all options that there are.

        Raises:
            InvalidTarget: it can't be read, or an option is unknown. The password is masked.
        """
        try:
            parts = urlsplit(url)
            login, at, hosts = parts.netloc.rpartition("@")
            if "@" in parts.path + parts.query or parts.fragment:
                raise InvalidTarget(
                    "write '/', '?', '#', '@', ':' and '%' as %2F, %3F, %23, %40, %3A and %25 in "
                    "user names, passwords and options"
                )
            user, colon, password = login.partition(":")
            target = cls(
                scheme=parts.scheme,
                user=unquote(user) if at else None,
                password=unquote(password) if colon else None,
                hosts=tuple(map(_host, hosts.split(","))) if hosts else (),
                path=unquote(parts.path.removeprefix("/")),
                options=_options(parts.query) | dict(options),
            )
            for name in target.options:
                if name not in known:
                    there_are = f", only {', '.join(known)}" if known else ""
                    raise InvalidTarget(f"there is no option {name!r} here{there_are}")
        except (InvalidTarget, ValueError) as err:
            raise InvalidTarget(f"{redact_url(url)!r}: {err}") from None
        return target


def _host(text: str) -> tuple[str, int | None]:
    parts = urlsplit(f"//{text}")
    if not parts.hostname or parts.netloc != text or parts.username is not None:
        raise InvalidTarget("it names no host")
    return parts.hostname, parts.port


def _options(query: str) -> dict[str, str]:
    # Not parse_qsl: it makes a space of the '+' that a key or a password may hold.
    pairs = [pair.partition("=") for pair in query.split("&") if pair]
    return {unquote(name): unquote(value) for name, _, value in pairs}
