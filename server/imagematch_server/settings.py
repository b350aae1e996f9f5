"""The settings that a service is started with."""

from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import imagematch_core as imagematch

FORM_BYTES = 1 << 20
"""Of a request beside its picture."""


class SettingsError(Exception):
    """Settings that contradict each other, or are not safe together."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one service.

    Attributes:
        url: of the database.
        indexes: names of the indexes in it; the first is the one of the page and of `/match`.
        token: that writing needs; None lets everybody write who reaches the service.
        private: reading needs the token too.
        create: whether indexes that are absent are created.
        limits: bounds on what is read and decoded for one picture.
        threads: how many pictures are signed, and calls made, at once.
        most_requests: that are answered at once; beyond them the answer is 503.
        timeout: seconds for one call to the database.
        files: a folder whose pictures are shown; None shows those with web URLs only.
        options: of the driver.
    """

    url: Any = field(repr=False)
    indexes: tuple[str, ...] = ("images",)
    token: str | None = field(default=None, repr=False)
    private: bool = False
    create: bool = True
    limits: imagematch.Limits = field(default_factory=imagematch.Limits.strict)
    threads: int = 8
    most_requests: int = 128
    timeout: float = 10.0
    files: Path | None = None
    options: dict[str, Any] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        if not self.indexes or len(set(self.indexes)) != len(self.indexes):
            raise SettingsError("name one index or several different ones")
        if self.private and self.token is None:
            raise SettingsError("--private needs a token")
        if self.token is not None and (not self.token.isascii() or len(self.token) < 8):
            raise SettingsError("a token must have at least 8 ASCII characters")
        if self.files is not None and not self.files.is_dir():
            raise SettingsError(f"{self.files} is not a folder")

    @property
    def most_bytes(self) -> int:
        """Of the body of a request. Two pictures may be compared."""
        return 2 * self.limits.max_bytes + FORM_BYTES


def check_host(host: str, token: str | None) -> None:
    """Refuse to listen to other machines without a token.

    Raises:
        SettingsError: it would let all of them write.
    """
    if token is None and not is_local(host):
        raise SettingsError(
            f"on {host} everybody who reaches it could write: set a token, by IMAGEMATCH_TOKEN or "
            "--token-file"
        )


def is_local(host: str) -> bool:
    """Return whether a host is this machine and nothing else."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
