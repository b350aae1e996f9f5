"""The endpoints of dsys/match, for programs that were written for it, under `/match`.

Arguments, answers and scores are as there: a score is a similarity from 0 to 100. Pictures are
known by their `filepath`.
"""

import json
from typing import Annotated, Any, Literal

import imagematch_core as imagematch
from anyio import to_thread
from fastapi import APIRouter, Depends, File, Form, Query, Request, UploadFile
from fastapi.responses import JSONResponse
from imagematch_core.aio import AsyncIndex
from pydantic import BaseModel

from .guards import may_read, may_write
from .pictures import given, json_object
from .problems import RESPONSES, of_error


class Answer(BaseModel):
    """The result, or why there is none."""

    status: Literal["ok", "fail"]
    error: list[str]
    method: str
    result: list[Any]


_FAILURE = {"application/json": {"schema": {"$ref": "#/components/schemas/Answer"}}}

_RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {**response, "content": response["content"] | _FAILURE}
    for status, response in RESPONSES.items()
}

router = APIRouter(
    prefix="/match", tags=["dsys/match"], responses={200: {"model": Answer}, **_RESPONSES}
)
READER, WRITER = [Depends(may_read)], [Depends(may_write)]

Upload = Annotated[UploadFile | None, File()]
Url = Annotated[str | None, Form()]
FilePath = Annotated[str, Form(min_length=1)]


def _first(request: Request) -> AsyncIndex:
    index: AsyncIndex = next(iter(request.app.state.indexes.values()))
    return index


First = Annotated[AsyncIndex, Depends(_first)]


def _ok(method: str, result: list[Any]) -> JSONResponse:
    return JSONResponse({"status": "ok", "error": [], "method": method, "result": result})


def _failed(method: str, error: imagematch.ImageMatchError) -> JSONResponse:
    problem = of_error(error)
    detail = json.loads(bytes(problem.body))["detail"]
    return JSONResponse(
        {"status": "fail", "error": [detail], "method": method, "result": []},
        problem.status_code,
    )


@router.post("/add", dependencies=WRITER)
async def match_add(
    request: Request,
    index: First,
    filepath: FilePath,
    image: Upload = None,
    url: Url = None,
    metadata: Annotated[str | None, Form()] = None,
) -> JSONResponse:
    """Add a picture under a path, or replace the one under it."""
    try:
        stored = json_object("metadata", metadata)
        await index.add(await given(request, image, url), path=filepath, metadata=stored)
    except imagematch.ImageMatchError as err:
        return _failed("add", err)
    return _ok("add", [])


@router.delete("/delete", dependencies=WRITER)
async def match_delete(index: First, filepath: FilePath) -> JSONResponse:
    """Delete the picture of a path."""
    try:
        await index.delete(path=filepath)
    except imagematch.ImageMatchError as err:
        return _failed("delete", err)
    return _ok("delete", [])


@router.post("/search", dependencies=READER)
async def match_search(
    request: Request,
    index: First,
    image: Upload = None,
    url: Url = None,
    all_orientations: Annotated[bool, Form()] = True,
) -> JSONResponse:
    """Find near copies."""
    try:
        query = await given(request, image, url)
        hits = await index.search(query, all_orientations=all_orientations)
    except imagematch.ImageMatchError as err:
        return _failed("search", err)
    result = [
        {
            "score": 100 * (1 - hit.distance),
            "filepath": hit.path,
            "metadata": hit.metadata or {},
        }
        for hit in hits
    ]
    return _ok("search", result)


@router.post("/compare", dependencies=READER)
async def match_compare(
    request: Request,
    image1: Upload = None,
    url1: Url = None,
    image2: Upload = None,
    url2: Url = None,
) -> JSONResponse:
    """Compare two pictures."""
    limits = request.app.state.settings.limits
    try:
        first = await given(request, image1, url1)
        second = await given(request, image2, url2)
        found = await to_thread.run_sync(
            lambda: imagematch.compare(first, second, all_orientations=True, limits=limits),
            limiter=request.app.state.threads,
        )
    except imagematch.ImageMatchError as err:
        return _failed("compare", err)
    return _ok("compare", [{"score": 100 * (1 - found.distance)}])


@router.get("/count", dependencies=READER)
async def match_count(index: First) -> JSONResponse:
    """Count the pictures."""
    try:
        return _ok("count", [await index.count()])
    except imagematch.ImageMatchError as err:
        return _failed("count", err)


@router.get("/list", dependencies=READER)
async def match_list(
    index: First,
    offset: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=0, le=10_000)] = 20,
) -> JSONResponse:
    """List paths."""
    paths: list[str] = []
    number = 0
    try:
        async for entry in index.entries():
            if len(paths) >= limit:
                break
            if number >= offset:
                paths.append(entry.path)
            number += 1
    except imagematch.ImageMatchError as err:
        return _failed("list", err)
    return _ok("list", paths)


@router.api_route("/ping", methods=["GET", "POST"], dependencies=READER, include_in_schema=False)
async def match_ping() -> JSONResponse:
    """Answer."""
    return _ok("ping", [])
