"""The JSON interface, under `/api`."""

import tempfile
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import imagematch_core as imagematch
from anyio import to_thread
from fastapi import APIRouter, Depends, File, Form, Query, Request, Response, UploadFile
from imagematch_core.aio import AsyncIndex
from pydantic import BaseModel

from . import schemas
from .guards import may_read, may_write
from .pictures import JsonObject, OnePicture, WebUrl, given, json_object, openable
from .problems import RESPONSES, refuse
from .settings import Settings

router = APIRouter(prefix="/api", responses=RESPONSES)
READER, WRITER = [Depends(may_read)], [Depends(may_write)]
ENTRIES_A_PAGE = 1_000

Cutoff = Annotated[float | None, Form(ge=0, le=1, description="Distances below it are near.")]
Candidates = Annotated[
    int | None,
    Form(
        ge=1,
        le=10_000,
        description="How many pictures are measured for each view of the query; without it 1,000, "
        "and in a large index 10,000.",
    ),
]
Thorough = Annotated[int, Form(ge=0, le=2, description="How hard to look for crops.")]
AllOrientations = Annotated[bool, Form(description="Also mirrored, rotated and negative copies.")]
Where = Annotated[
    JsonObject, Form(description='Metadata that a hit has, as JSON: {"seller": {"not": "me"}}.')
]
AskedWhere = Annotated[JsonObject, Query(description="Metadata, as JSON.")]
AskedPath = Annotated[str | None, Query(min_length=1, description="The stored path.")]
PathPrefix = Annotated[str | None, Query(min_length=1, description="What stored paths begin with.")]
EntryId = Annotated[str | None, Form(min_length=1, max_length=512)]


def the_index(request: Request, index: str) -> AsyncIndex:
    """Return the index that a call names."""
    found: AsyncIndex | None = request.app.state.indexes.get(index)
    if found is None:
        raise refuse(404, "The service has no such index.")
    return found


def the_settings(request: Request) -> Settings:
    """Return those of the service."""
    settings: Settings = request.app.state.settings
    return settings


OneIndex = Annotated[AsyncIndex, Depends(the_index)]
TheSettings = Annotated[Settings, Depends(the_settings)]


class Changes(BaseModel):
    """The new metadata of a picture, which replaces the old as a whole."""

    metadata: dict[str, Any]


@router.get("/indexes", dependencies=READER)
async def indexes(request: Request) -> list[schemas.Index]:
    """List the indexes of the service."""
    opened: dict[str, AsyncIndex] = request.app.state.indexes
    return [
        schemas.Index(name=name, algorithm=index.info.algorithm) for name, index in opened.items()
    ]


@router.post("/indexes/{index}/pictures", status_code=201, dependencies=WRITER)
async def add(
    settings: TheSettings,
    opened: OneIndex,
    index: str,
    response: Response,
    picture: OnePicture,
    id: EntryId = None,  # noqa: A002
    path: Annotated[str | None, Form(min_length=1)] = None,
    metadata: Annotated[JsonObject, Form(description="A JSON object.")] = None,
    replace: Annotated[bool, Form(description="Whether an id that exists is replaced.")] = True,
    unless_near: Annotated[bool, Form(description="Add it only if it has no near copy.")] = False,
    cutoff: Cutoff = None,
    where: Where = None,
) -> schemas.Added:
    """Add a picture. Answer 201 if it was added; 200 with `near` if the index has near copies."""
    stored = json_object("metadata", metadata)
    if not unless_near:
        added = await opened.add(picture, id=id, path=path, metadata=stored, replace=replace)
        return schemas.Added(id=added, near=[])
    result = await opened.add_unless_near(
        picture,
        id=id,
        path=path,
        metadata=stored,
        replace=replace,
        cutoff=cutoff,
        where=json_object("where", where),
    )
    if result.id is None:
        response.status_code = 200
    return schemas.Added(id=result.id, near=schemas.hits(settings, index, result.near))


@router.post("/indexes/{index}/search", dependencies=READER)
async def search(
    request: Request,
    settings: TheSettings,
    opened: OneIndex,
    index: str,
    picture: Annotated[UploadFile | None, File(description="A picture file.")] = None,
    url: WebUrl = None,
    id: EntryId = None,  # noqa: A002
    cutoff: Cutoff = None,
    limit: Annotated[int, Form(ge=1, le=1_000)] = 100,
    candidates: Candidates = None,
    where: Where = None,
    all_orientations: AllOrientations = False,
    thorough: Thorough = 1,
) -> schemas.Hits:
    """Find the near copies of a picture, by a file, a URL, or the id of a picture of the index."""
    if id is None:
        source = await given(request, picture, url)
    elif picture is None and url is None:
        source = None
    else:
        raise imagematch.ArgumentError("search with a file, a URL or an id, one of them")
    found = await opened.search(
        source,
        id=id,
        cutoff=cutoff,
        limit=limit,
        candidates=candidates,
        where=json_object("where", where),
        all_orientations=all_orientations,
        thorough=thorough,
    )
    return schemas.Hits(
        hits=schemas.hits(settings, index, found), cutoff=found.cutoff, truncated=found.truncated
    )


@router.post("/compare", dependencies=READER)
async def compare(
    request: Request,
    settings: TheSettings,
    a: Annotated[UploadFile | None, File()] = None,
    a_url: WebUrl = None,
    b: Annotated[UploadFile | None, File()] = None,
    b_url: WebUrl = None,
    all_orientations: AllOrientations = False,
    thorough: Thorough = 1,
) -> schemas.Comparison:
    """Compare two pictures."""
    compared = partial(
        imagematch.compare,
        await given(request, a, a_url),
        await given(request, b, b_url),
        all_orientations=all_orientations,
        thorough=thorough,
        limits=settings.limits,
    )
    found = await to_thread.run_sync(compared, limiter=request.app.state.threads)
    return schemas.comparison(found)


@router.post(
    "/indexes/{index}/explain",
    dependencies=READER,
    response_class=Response,
    responses={200: {"content": {"image/png": {}}, "description": "A drawing."}},
)
async def explain(
    request: Request,
    settings: TheSettings,
    opened: OneIndex,
    picture: OnePicture,
    id: Annotated[str, Form(min_length=1, max_length=512)],  # noqa: A002
    all_orientations: AllOrientations = False,
    thorough: Thorough = 1,
) -> Response:
    """Draw why a picture is near one of the index, or not."""
    entry = await opened.get(id)
    if entry is None:
        raise imagematch.EntryNotFound(f"the index holds no id {id!r}")

    def drawn() -> bytes:
        explanation = imagematch.explain(
            picture,
            openable(settings, entry),
            opened.info.algorithm,
            all_orientations=all_orientations,
            thorough=thorough,
            limits=settings.limits,
        )
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "why.png"
            imagematch.write_explanation(explanation, path)
            return path.read_bytes()

    png = await to_thread.run_sync(drawn, limiter=request.app.state.threads)
    return Response(png, media_type="image/png")


@router.get("/indexes/{index}/pictures", dependencies=READER)
async def list_pictures(
    settings: TheSettings,
    opened: OneIndex,
    index: str,
    after: Annotated[
        str | None, Query(min_length=1, description="`next` of the page before.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=ENTRIES_A_PAGE)] = 100,
    where: AskedWhere = None,
    path: AskedPath = None,
    path_prefix: PathPrefix = None,
) -> schemas.Page:
    """List pictures in the order of their ids, a page at a time."""
    found: list[schemas.Entry] = []
    entries = opened.entries(
        json_object("where", where), path=path, path_prefix=path_prefix, after=after
    )
    more = False
    async for entry in entries:
        if len(found) == limit:
            more = True
            break
        found.append(schemas.entry(settings, index, entry))
    return schemas.Page(entries=found, next=found[-1].id if more else None)


@router.get("/indexes/{index}/count", dependencies=READER)
async def count(
    opened: OneIndex,
    where: AskedWhere = None,
    path: AskedPath = None,
    path_prefix: PathPrefix = None,
) -> schemas.Count:
    """Count pictures, exactly."""
    filters = json_object("where", where)
    return schemas.Count(count=await opened.count(filters, path=path, path_prefix=path_prefix))


@router.delete("/indexes/{index}/pictures", dependencies=WRITER)
async def delete_several(
    opened: OneIndex,
    where: AskedWhere = None,
    path: AskedPath = None,
    path_prefix: PathPrefix = None,
) -> schemas.Deleted:
    """Delete all pictures that match the metadata or path."""
    filters = json_object("where", where)
    deleted = await opened.delete(where=filters, path=path, path_prefix=path_prefix)
    return schemas.Deleted(deleted=deleted)


@router.get("/indexes/{index}/pictures/{id:path}", dependencies=READER)
async def get(
    settings: TheSettings,
    opened: OneIndex,
    index: str,
    id: str,  # noqa: A002
) -> schemas.Entry:
    """Return what is known of a picture."""
    entry = await opened.get(id)
    if entry is None:
        raise imagematch.EntryNotFound("the index holds no such id")
    return schemas.entry(settings, index, entry)


@router.patch("/indexes/{index}/pictures/{id:path}", dependencies=WRITER)
async def update(
    settings: TheSettings,
    opened: OneIndex,
    index: str,
    id: str,  # noqa: A002
    changes: Changes,
) -> schemas.Entry:
    """Replace the metadata of a picture."""
    await opened.update(id, changes.metadata)
    return await get(settings, opened, index, id)


@router.delete("/indexes/{index}/pictures/{id:path}", dependencies=WRITER)
async def delete(opened: OneIndex, id: str) -> schemas.Deleted:  # noqa: A002
    """Delete a picture by its id. One that is not there is no error."""
    return schemas.Deleted(deleted=await opened.delete(id))
