"""Masks passwords, keys and tokens in whatever is shown: URLs, messages, exceptions.

It errs on the side of masking too much: a URL whose password holds an unescaped '@', '/', '?' or
'#' is not a valid one, but it is what people type.
"""

import base64
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar
from urllib.parse import quote, quote_plus, unquote, unquote_plus

MASK = "***"

E = TypeVar("E", bound=BaseException)

_SECRET_NAME = re.compile(
    r"pass(word|wd|phrase|code)?$|password|passwd|pwd|secret|token|credential|bearer"
    r"|(api|access|private|account)key|authorization|authmechanismproperties|signature$"
    r"|^((basic|http)?auth|key|sig|j?sessionid)$"
)
_SCHEME = re.compile(r"\s*[A-Za-z][A-Za-z0-9+.-]*:/+")
_WEB = re.compile(r"\s*(https?|s3|gs):", re.IGNORECASE)
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:/+[^\s<>\"'`]+")
_PARAMETER = re.compile(r"(?<![^?#&;])([^?#&;=@]+)=")
_KEYWORD = re.compile(r"(?<!\S)([A-Za-z][\w.-]*)\s*=\s*")
"""Of libpq's other spelling, 'host=h user=u password=p'."""
_NEXT_PARAMETER = re.compile(r"[&;][A-Za-z][\w.-]*=|\Z")
_LOGIN = re.compile("(?::|%3A)(.*)@", re.DOTALL | re.IGNORECASE)
_ENCODED_LOGIN = re.compile("%3A(.*)%40", re.DOTALL | re.IGNORECASE)
_PLAIN_HOST = re.compile(r"([^@:]*|\[[^@]*\])(:\d+)?")
_PAIR = re.compile(
    r"(?P<name>[A-Za-z][\w.-]*)(?P<equals>[\"']?\s*[=:]\s*)"
    r"(?P<value>\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|(?:(?:Bearer|Basic|ApiKey)\s+)?[^\s&;,)\]}\"']+)"
)
_ANYWHERE = 8
"""Shorter secrets are masked as whole words only: 'a' is no reason to mask every letter a."""
_PIECE = 4
"""Characters of a piece of a password that a client may show, having cut the URL inside it."""


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Return `text` with `secrets`, and whatever in it looks like one, masked."""
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
    """Return a URL of any kind with its password and its secret parameters masked.

    The password is what stands between the first ':' and the last '@', wherever these are. Several
    hosts, as MongoDB and PostgreSQL allow, are fine. User names are shown.
    """
    head, rest = _split_scheme(url)
    return head + _masked_at(rest, _secret_places(rest))


def redact_login(url: str) -> str:
    """Return a picture's URL without its user, who may be a token, password and secret parameters.

    A host with a port is not taken for a user with a password, so 'http://host:80/a@2x.jpg' stays.
    """
    head, rest = _split_scheme(url)
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    if not _PLAIN_HOST.fullmatch(authority) and "@" in rest:
        # A password with an unescaped '@', '/', '?' or '#' reaches beyond the authority.
        rest = f"{MASK}@{rest[rest.rfind('@') + 1 :]}"
    # In a message 'code=' is rather an error's number than a key.
    return head + _masked_at(rest, _parameters(rest, "code"))


def secrets_of(target: object, options: Mapping[str, object] | None = None) -> frozenset[str]:
    """Return the secrets in a target and in the options beside it, in each spelling of messages.

    Those are: as written, percent-decoded and encoded, as in JSON, as in a Python `repr`, and
    base64 of 'user:password', as HTTP sends it; and of the URL's also the pieces between its signs,
    since a client that cuts the URL elsewhere shows them as a host, a port or an option.
    """
    found: set[str] = set()
    if isinstance(target, str):
        rest = _split_scheme(target)[1]
        for start, end in _secret_places(rest):
            secret = rest[start:end]
            pair = unquote(rest[:start]) + unquote(secret)
            found |= {secret, base64.b64encode(pair.encode(errors="surrogatepass")).decode()}
            for form in (secret, unquote(secret)):
                found |= {piece for piece in re.split(r"[\W_]+", form) if len(piece) >= _PIECE}
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
    """Mask `err` in place together with all that it chains to, for `raise … from`.

    Returns:
        `err`; None where a secret is left in what it would print: then it must not be chained.
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


def _split_scheme(url: str) -> tuple[str, str]:
    """Return a URL up to and after '://', or other slashes that were meant so."""
    match = _SCHEME.match(url)
    if match is None:
        return "", url
    # With one slash, 'me:/secret@host' may be a user and a password that begins with it.
    if "//" not in match[0] and "@" in url and not _WEB.match(url):
        return "", url
    return match[0], url[match.end() :]


def _secret_places(rest: str) -> list[tuple[int, int]]:
    """Return where the secrets are in what follows '://', in order. Places may overlap."""
    places = _parameters(rest)
    # Where a password with spaces ends, nobody knows.
    places += [
        (match.end(), len(rest)) for match in _KEYWORD.finditer(rest) if _is_secret(match[1])
    ]
    login = _LOGIN.search(rest) or _ENCODED_LOGIN.search(rest)
    if login:
        places.append(login.span(1))
    return sorted(place for place in places if place[0] < place[1])


def _parameters(tail: str, *others: str) -> list[tuple[int, int]]:
    """Return where the values of secret parameters are, and of those with certain other names."""
    return [
        (match.end(), _NEXT_PARAMETER.search(tail, match.end()).start())  # type: ignore[union-attr]
        for match in _PARAMETER.finditer(tail)
        if _is_secret(match[1]) or match[1].lower() in others
    ]


def _masked_at(text: str, places: Iterable[tuple[int, int]]) -> str:
    """Return `text` with what is at these places masked. They are in order, and may overlap."""
    shown, done = "", 0
    for start, end in places:
        if end > max(start, done):
            shown += text[done:start] + MASK if start >= done else ""
            done = end
    return shown + text[done:]


def _mask_pair(match: re.Match[str]) -> str:
    value = match["value"]
    if not _is_secret(match["name"]) or value.startswith("//"):
        return match[0]
    quote_mark = value[0] if value[0] in "\"'" else ""
    return f"{match['name']}{match['equals']}{quote_mark}{MASK}{quote_mark}"


def _masked(value: Any, secrets: Iterable[str]) -> Any:
    if isinstance(value, str):
        return redact(value, secrets)
    if type(value) is tuple:
        return tuple(_masked(item, secrets) for item in value)
    if type(value) is list:
        return [_masked(item, secrets) for item in value]
    if type(value) is dict:
        return {name: _masked(item, secrets) for name, item in value.items()}
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
