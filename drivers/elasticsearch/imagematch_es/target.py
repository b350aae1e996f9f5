"""From a storage URL and options to a client of Elasticsearch."""

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from elasticsearch import Elasticsearch
from imagematch_core.protocol import InvalidTarget, Target, redact_url

from .node import BoundedNode

PORT = 9200
LAYOUT_OPTIONS = ("shards", "replicas")
TLS_OPTIONS = (
    "ca_certs",
    "client_cert",
    "client_key",
    "ssl_assert_fingerprint",
    "ssl_assert_hostname",
)
CLIENT_OPTIONS = ("api_key", "cloud_id", *TLS_OPTIONS)

_FILES = ("ca_certs", "client_cert", "client_key")

_CONNECTIONS = 100
"""To each node at most, for as many threads; opened as they are needed."""

_SCHEMES = {
    "elasticsearch": "http",
    "elasticsearch+http": "http",
    "elasticsearch+https": "https",
}


def from_url(url: str, options: Mapping[str, Any]) -> tuple[Elasticsearch, dict[str, Any]]:
    """Make a client for a URL; nothing is sent yet.

    Args:
        url: `elasticsearch[+https]://[user:password@]host[:port][,host…][?option=value&…]`.
        options: beat those in the URL.

    Returns:
        The client, and those of the options that are not about connecting.

    Raises:
        InvalidTarget: the URL or an option can't be used.
    """
    target = Target.parse(url, options, known=(*CLIENT_OPTIONS, *LAYOUT_OPTIONS))
    given = target.options
    try:
        if target.path:
            raise InvalidTarget(
                "there is nothing to name after the host: an index is chosen by index=, and for a "
                "proxy with a path give an Elasticsearch object of your own"
            )
        client = {name: given[name] for name in CLIENT_OPTIONS if given.get(name) is not None}
        if target.user is not None:
            # Encoded here, since the client takes ASCII only.
            pair = f"{target.user}:{target.password or ''}".encode()
            client["basic_auth"] = base64.b64encode(pair).decode()
        if "basic_auth" in client and "api_key" in client:
            raise InvalidTarget("give a user and password or an api_key, not both")
        if "cloud_id" not in client:
            client["hosts"] = _hosts(target)
        elif target.hosts:
            raise InvalidTarget("a cloud_id names the hosts, so write no host beside it")
        if target.scheme != "elasticsearch+https" and "cloud_id" not in client:
            _refuse_tls(client)
        for name in _FILES:
            if name in client and not Path(client[name]).is_file():
                raise InvalidTarget(f"{name}: there is no file {client[name]}")
        if "client_key" in client and "client_cert" not in client:
            raise InvalidTarget("client_key goes with client_cert=")
        if "api_key" in client:
            client["api_key"] = _api_key(client["api_key"])
        if "ssl_assert_hostname" in client:
            client["ssl_assert_hostname"] = _host_name(client["ssl_assert_hostname"])
        if "ssl_assert_fingerprint" in client:
            # As openssl prints it: 'sha256 Fingerprint=AB:CD…'.
            client["ssl_assert_fingerprint"] = str(client["ssl_assert_fingerprint"]).split("=")[-1]
        made = Elasticsearch(**client, node_class=BoundedNode, connections_per_node=_CONNECTIONS)
    except InvalidTarget as err:
        raise InvalidTarget(f"{redact_url(url)!r}: {err}") from None
    except (OSError, ValueError) as err:
        raise InvalidTarget(
            f"{redact_url(url)!r} can't be used ({err}); write 'elasticsearch://host:9200', or "
            "'elasticsearch+https://user:password@host:9200' with TLS"
        ) from None
    return made, {name: value for name, value in given.items() if name in LAYOUT_OPTIONS}


def counts(options: Mapping[str, Any]) -> dict[str, int]:
    """Return the options that shape a new index, as Elasticsearch's settings.

    Raises:
        InvalidTarget: there are others, or one is not a number in its range.
    """
    settings = {}
    for name in options:
        if name not in LAYOUT_OPTIONS:
            raise InvalidTarget(
                f"there is no option {name!r} here, only {', '.join(LAYOUT_OPTIONS)}"
            )
    for name, least in (("shards", 1), ("replicas", 0)):
        value = options.get(name)
        if value is None:
            continue
        if not str(value).isdecimal() or not least <= int(value) <= 1024:
            raise InvalidTarget(f"{name}={value!r} is not a whole number from {least} to 1024")
        settings[f"index.number_of_{name}"] = int(value)
    return settings


def _hosts(target: Target) -> list[str]:
    if target.scheme not in _SCHEMES:
        raise InvalidTarget(f"there are only {'://, '.join(_SCHEMES)}://")
    if not target.hosts:
        raise InvalidTarget("it names no host")
    return [
        f"{_SCHEMES[target.scheme]}://{f'[{name}]' if ':' in name else name}:{port or PORT}"
        for name, port in target.hosts
    ]


def _api_key(given: object) -> str:
    """Return an API key as HTTP sends it, from any of the forms in which Kibana shows one."""
    if isinstance(given, str) and given.lstrip().startswith("{"):
        given = json.loads(given)
    if isinstance(given, Mapping):
        given = given.get("encoded") or (given.get("id"), given.get("api_key"))
    if isinstance(given, str) and ":" not in given:
        return given.strip().removeprefix("ApiKey ")
    pair = tuple(given.strip().split(":", 1)) if isinstance(given, str) else given
    match pair:
        case [str(name), str(key)] if name and key:
            return base64.b64encode(f"{name}:{key}".encode()).decode()
    raise InvalidTarget("an api_key is 'encoded', 'id:api_key', or the JSON object with these")


def _host_name(given: object) -> str | bool:
    """Return the name that the server's certificate must have; False for any."""
    return False if str(given).lower() in ("false", "0") else str(given)


def _refuse_tls(options: Mapping[str, Any]) -> None:
    for name in TLS_OPTIONS:
        if name in options:
            raise InvalidTarget(f"{name} is about TLS: write 'elasticsearch+https://'")
