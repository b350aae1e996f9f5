"""Masks passwords, keys and tokens in whatever is shown: URLs, messages, exceptions.

It rather masks too much than too little: a URL whose password holds an unescaped '@', '/' or '?'
is not a valid one, but it is what people type.
"""

import base64
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar
from urllib.parse import quote, quote_plus, unquote, unquote_plus

MASK = "***"

E = TypeVar("E", bound=BaseException)

_SECRET_NAME = re.compile(
    r"pass(word|wd|phrase|code)?$|password|passwd|pwd|secret|token|credential|bearer"
    r"|(api|access|private|account)key|authorization|authmechanismproperties|signature$"
    r"|^((basic|http)?auth|key|sig)$"
)
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s<>\"'`]+")
_HOSTS = re.compile(r"(\[[^\]]*\]|[^:,]*)(:\d+)?(,(\[[^\]]*\]|[^:,]*)(:\d+)?)*")
_PLAIN_HOST = re.compile(r"([^@:]*|\[[^@]*\])(:\d*)?")
_PAIR = re.compile(
    r"(?P<name>[A-Za-z][\w.-]*)(?P<equals>[\"']?\s*[=:]\s*)"
    r"(?P<value>\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|(?:(?:Bearer|Basic|ApiKey)\s+)?[^\s&;,)\]}\"']+)"
)
_ANYWHERE = 8
"""Shorter secrets are masked as whole words only: 'a' is no reason to mask every letter a."""


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """`text` with `secrets`, and whatever in it looks like one, masked."""
    for secret in sorted(secrets, key=len, reverse=True):
        pattern = re.escape(secret)
        if len(secret) < _ANYWHERE:
            pattern = (
                (r"(?<!\w)" if re.match(r"\w", secret) else "")
                + pattern
                + (r"(?!\w)" if re.search(r"\w$", secret) else "")
            )
        text = re.sub(pattern, MASK, text)
    text = _URL.sub(lambda match: redact_url(match[0]), text)
    return _PAIR.sub(_mask_pair, text)


def redact_url(url: str) -> str:
    """A URL of any kind with the password of its user and its secret parameters masked.

    Several hosts, as MongoDB and PostgreSQL allow, are fine. User names are shown.
    """
    scheme, mark, rest = _split_scheme(url)
    user, password, tail = _split_user(rest)
    shown_user = f"{user}:{MASK}" if password else user
    return scheme + mark + shown_user + _mask_parameters(tail)


def redact_login(url: str) -> str:
    """A picture's URL without its user, who may be a token, its password and secret parameters."""
    scheme, mark, rest = _split_scheme(url)
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    if not _PLAIN_HOST.fullmatch(authority):
        # A password with an unescaped slash, question mark or hash reaches beyond the authority.
        at = (authority if "@" in authority else rest).rfind("@")
        rest = rest if at < 0 else f"{MASK}@{rest[at + 1 :]}"
    return scheme + mark + _mask_parameters(rest)


def secrets_of(target: object, options: Mapping[str, object] | None = None) -> frozenset[str]:
    """The secrets in a target and in the options beside it, in each spelling a message may use.

    Those are: as written, percent-decoded and encoded, as in JSON, as in a Python `repr`, and
    base64 of 'user:password', as HTTP sends it.
    """
    found: set[str] = set()
    if isinstance(target, str):
        user, password, tail = _split_user(_split_scheme(target)[2])
        if password:
            pair = f"{unquote(user)}:{unquote(password)}".encode(errors="surrogatepass")
            found |= {password, base64.b64encode(pair).decode()}
        for part in re.split(r"[&;#?]", tail):
            name, _, value = part.partition("=")
            if _is_secret(name):
                found.add(value)
    for name, value in (options or {}).items():
        if _is_secret(name):
            found.update(_strings(value))
    return frozenset(
        spelling
        for secret in found
        for spelling in _spellings(secret)
        if spelling not in ("", MASK)
    )


def redact_exception(err: E, secrets: Iterable[str] = ()) -> E | None:
    """`err`, masked in place together with all that it chains to, for `raise … from`.

    None where a secret is left in what it would print: then it must not be chained.
    """
    secrets = tuple(secrets)
    chain: list[BaseException] = []
    todo: list[BaseException | None] = [err]
    while todo:
        link = todo.pop()
        if link is not None and link not in chain:
            chain.append(link)
            todo += [link.__cause__, link.__context__, *getattr(link, "exceptions", ())]
    for link in chain:
        link.args = tuple(_masked(value, secrets) for value in link.args)
        for name, value in vars(link).items():
            vars(link)[name] = _masked(value, secrets)
    shown = "\n".join(f"{link}\n{link!r}" for link in chain)
    return err if redact(shown, secrets) == shown else None


def _split_scheme(url: str) -> tuple[str, str, str]:
    scheme, mark, rest = url.partition("://")
    return (scheme, mark, rest) if mark else ("", "", url)


def _split_user(rest: str) -> tuple[str, str, str]:
    """What follows '://' as user, password and the remainder with its '@'."""
    before_query = re.split(r"[?#]", rest, maxsplit=1)[0]
    authority = before_query.partition("/")[0]
    at = before_query.rfind("@") if authority else -1
    if at < 0 and authority and not _HOSTS.fullmatch(authority):
        at = rest.rfind("@")
    user, _, password = rest[: max(at, 0)].partition(":")
    return user, password, rest[max(at, 0) :]


def _mask_parameters(tail: str) -> str:
    path, *parts = re.split(r"([?#&;])", tail)
    return path + "".join(_mask_parameter(*part.partition("=")) for part in parts)


def _mask_parameter(name: str, equals: str, value: str) -> str:
    return f"{name}={MASK}" if value and _is_secret(name) else name + equals + value


def _mask_pair(match: re.Match[str]) -> str:
    value = match["value"]
    if not _is_secret(match["name"]) or value.startswith("//"):
        return match[0]
    quote_mark = value[0] if value[0] in "\"'" else ""
    return f"{match['name']}{match['equals']}{quote_mark}{MASK}{quote_mark}"


def _masked(value: object, secrets: Iterable[str]) -> object:
    if isinstance(value, str):
        return redact(value, secrets)
    if type(value) is tuple:
        return tuple(_masked(item, secrets) for item in value)
    if type(value) is list:
        return [_masked(item, secrets) for item in value]
    return value


def _is_secret(name: str) -> bool:
    return bool(_SECRET_NAME.search(re.sub(r"[^a-z0-9]", "", unquote(name).lower())))


def _spellings(secret: str) -> Iterator[str]:
    for form in (secret, unquote(secret), unquote_plus(secret)):
        yield form
        yield quote(form, safe="", errors="surrogatepass")
        yield quote_plus(form, errors="surrogatepass")
        yield json.dumps(form)[1:-1]
        yield repr(form)[1:-1]


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, bytes):
        yield value.decode(errors="replace")
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _strings(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _strings(item)
