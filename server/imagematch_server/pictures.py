"""The pictures that requests bring, and those that are shown."""

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import imagematch_core as imagematch
from fastapi import Depends, File, Form, Request, UploadFile
from pydantic import WithJsonSchema

from .settings import Settings

Upload = Annotated[
    UploadFile | None,
    File(description="A picture file."),
]
WebUrl = Annotated[str | None, Form(description="Instead of a file, an http or https URL.")]
JsonObject = Annotated[
    str | None, WithJsonSchema({"type": "string", "contentMediaType": "application/json"})
]

WEB_URL = re.compile(r"https?://", re.IGNORECASE)


async def given(request: Request, upload: UploadFile | None, url: str | None) -> bytes | str:
    """Return what a request brings as a picture: the bytes of a file, or a web URL.

    Raises:
        PictureTooLarge: a file has more bytes than the service reads of one.
    """
    if (upload is None) == (url is None):
        raise imagematch.ArgumentError("give a picture as a file or as a URL, one of them")
    if upload is not None:
        settings: Settings = request.app.state.settings
        most = settings.limits.max_bytes
        data = await upload.read(most + 1)
        if len(data) > most:
            reason = f"it has more than the {most:,} bytes that the service takes"
            raise imagematch.PictureTooLarge("the file of the request", reason)
        return data
    return web_url(url or "")


def web_url(url: str) -> str:
    """Return `url`, which must be one of the web: nothing of the machine is read by its path."""
    if WEB_URL.match(url) is None:
        raise imagematch.ArgumentError("a URL of a picture begins with http:// or https://")
    return url


async def one_picture(request: Request, picture: Upload = None, url: WebUrl = None) -> bytes | str:
    """Return the picture of a request."""
    return await given(request, picture, url)


OnePicture = Annotated[bytes | str, Depends(one_picture)]


def json_object(name: str, text: str | None) -> dict[str, Any] | None:
    """Return the object that a field of a form holds as JSON."""
    if not text:
        return None
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, Mapping):
        raise imagematch.ArgumentError(
            f'{name} must be a JSON object, such as {{"seller": "anna"}}'
        )
    return dict(value)


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)


def shown_file(settings: Settings, path: str) -> Path | None:
    """Return the file of a stored path, if it lies in the folder that is shown."""
    if settings.files is None or not os.path.isabs(path):
        return None
    folder = settings.files.resolve()
    try:
        file = Path(path).resolve(strict=True)
    except (OSError, ValueError):
        return None
    return file if file.is_relative_to(folder) and file.is_file() else None


def openable(settings: Settings, entry: imagematch.Entry) -> str | Path:
    """Return what the picture of a record can be read from again."""
    if WEB_URL.match(entry.path):
        return entry.path
    file = shown_file(settings, entry.path)
    if file is None:
        raise imagematch.ArgumentError("the picture of this record can't be read here")
    return file
