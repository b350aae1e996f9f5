"""The JSON interface."""

import json
from pathlib import Path
from typing import Any

import imagematch_core as imagematch
import pytest
from fastapi.testclient import TestClient
from serving import AUTH, TOKEN, Start
from tests.drawings import drawing, encoded, flat, saved
from tests.servers import Page, http_server

from imagematch_server import Settings, SettingsError
from imagematch_server.settings import check_host

PICTURES = "/api/indexes/images/pictures"
SEARCH = "/api/indexes/images/search"


def add(client: TestClient, seed: int = 1, **data: Any) -> Any:
    files = {"picture": encoded(drawing(seed))}
    answer = client.post(PICTURES, files=files, data=data, headers=AUTH)
    assert answer.is_success, answer.text
    return answer


def problem(answer: Any, status: int, name: str) -> str:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert (body["type"], body["status"]) == (f"urn:imagematch:{name}", status)
    return str(body["detail"])


def test_a_picture_from_its_adding_to_its_deletion(client: TestClient) -> None:
    answer = add(client, id="a/1", path="shop/1.png", metadata='{"n": 1}')
    assert (answer.status_code, answer.json()) == (201, {"id": "a/1", "near": []})
    (hit,) = client.post(SEARCH, files={"picture": encoded(drawing(1), "JPEG")}).json()["hits"]
    assert (hit["id"], hit["path"], hit["metadata"]) == ("a/1", "shop/1.png", {"n": 1})
    assert hit["orientation"]["text"] == "upright"
    changed = client.patch(f"{PICTURES}/a/1", json={"metadata": {"n": 2}}, headers=AUTH)
    assert changed.json()["metadata"] == {"n": 2}
    entry = client.get(f"{PICTURES}/a%2F1").json()
    assert (entry["metadata"], entry["info"]["format"]) == ({"n": 2}, "PNG")
    assert client.get("/api/indexes/images/count").json() == {"count": 1}
    assert client.get("/api/indexes/logos/count").json() == {"count": 0}
    assert client.delete(f"{PICTURES}/a/1", headers=AUTH).json() == {"deleted": 1}
    problem(client.get(f"{PICTURES}/a/1"), 404, "EntryNotFound")
    problem(
        client.patch(f"{PICTURES}/a", json={"metadata": {}}, headers=AUTH), 404, "EntryNotFound"
    )
    assert client.delete(f"{PICTURES}/a/1", headers=AUTH).json() == {"deleted": 0}


def test_searches_take_all_options(client: TestClient) -> None:
    for seed in range(3):
        add(client, 1, id=str(seed), metadata=json.dumps({"n": seed}))

    def ids(**data: Any) -> list[str]:
        answer = client.post(SEARCH, files={"picture": encoded(drawing(1))}, data=data)
        assert answer.is_success, answer.text
        return [hit["id"] for hit in answer.json()["hits"]]

    assert ids() == ["0", "1", "2"]
    assert ids(limit=2) == ["0", "1"]
    assert ids(where='{"n": {">": 0}}') == ["1", "2"]
    assert ids(cutoff=0) == []
    assert ids(thorough=2, all_orientations=True, candidates=5) == ["0", "1", "2"]
    by_id = client.post(SEARCH, data={"id": "1"}).json()
    assert [hit["id"] for hit in by_id["hits"]] == ["0", "2"]
    assert client.post(SEARCH, data={"id": "1", "candidates": 1}).json()["truncated"]
    problem(client.post(SEARCH, data={"id": "9"}), 404, "EntryNotFound")


def test_a_near_copy_is_not_added_where_that_is_asked(client: TestClient) -> None:
    add(client, id="first")
    refused = add(client, id="second", unless_near=True)
    assert refused.status_code == 200
    assert refused.json()["id"] is None
    assert [hit["id"] for hit in refused.json()["near"]] == ["first"]
    files = {"picture": encoded(drawing(1))}
    twice = {"id": "first", "replace": False}
    problem(client.post(PICTURES, files=files, data=twice, headers=AUTH), 409, "EntryExists")


def test_lists_come_in_pages(client: TestClient) -> None:
    for seed in range(5):
        add(client, seed, id=str(seed), path=f"{seed % 2}/{seed}", metadata=f'{{"n": {seed}}}')

    def ids(**params: Any) -> tuple[list[str], str | None]:
        page = client.get(PICTURES, params=params).json()
        return [entry["id"] for entry in page["entries"]], page["next"]

    assert ids(limit=2) == (["0", "1"], "1")
    assert ids(limit=2, after="3") == (["4"], None)
    assert ids(limit=5) == (list("01234"), None)
    assert ids(path="1/3") == (["3"], None)
    assert ids(path_prefix="0/", where='{"n": {">": 0}}') == (["2", "4"], None)
    counted = client.get("/api/indexes/images/count", params={"path_prefix": "1/"})
    assert counted.json() == {"count": 2}
    deleted = client.delete(PICTURES, params={"path_prefix": "0/"}, headers=AUTH)
    assert deleted.json() == {"deleted": 3}
    problem(client.delete(PICTURES, headers=AUTH), 422, "ArgumentError")
    problem(client.delete(PICTURES, params={"where": "{}"}, headers=AUTH), 422, "FilterError")


def test_two_pictures_are_compared(client: TestClient) -> None:
    one, other = encoded(drawing(1)), encoded(drawing(1), "JPEG")
    found = client.post("/api/compare", files={"a": one, "b": other}).json()
    assert found["near"]
    found = client.post("/api/compare", files={"a": one, "b": encoded(drawing(2))}).json()
    assert not found["near"]
    problem(client.post("/api/compare", files={"a": one}), 422, "ArgumentError")


def test_an_explanation_is_a_drawing(start: Start, tmp_path: Path) -> None:
    file = saved(tmp_path, "a.png", drawing(1))
    with imagematch.open(f"sqlite:///{tmp_path}/index.db") as index:
        added = index.add(file)
        index.add(drawing(2), id="bare")
    client = start(f"sqlite:///{tmp_path}/index.db", files=tmp_path)
    url = "/api/indexes/images/explain"
    drawn = client.post(url, files={"picture": file.read_bytes()}, data={"id": added})
    assert drawn.headers["content-type"] == "image/png"
    assert drawn.content.startswith(b"\x89PNG")
    files = {"picture": file.read_bytes()}
    problem(client.post(url, files=files, data={"id": "bare"}), 422, "ArgumentError")
    problem(client.post(url, files=files, data={"id": "none"}), 404, "EntryNotFound")


@pytest.mark.parametrize(
    ("files", "data", "status", "name"),
    [
        ({}, {}, 422, "ArgumentError"),
        ({"picture": b"no picture"}, {}, 422, "NotAPicture"),
        ({"picture": b""}, {}, 422, "EmptyPicture"),
        ({"picture": encoded(flat())}, {}, 422, "FeaturelessImage"),
        ({"picture": encoded(drawing(1), "TIFF")}, {}, 422, "UnsupportedPicture"),
        ({"picture": encoded(drawing(1))}, {"metadata": "[1]"}, 422, "ArgumentError"),
        ({"picture": encoded(drawing(1))}, {"metadata": '{"a": NaN}'}, 422, "ArgumentError"),
        ({"picture": encoded(drawing(1))}, {"id": "a\0b"}, 422, "ItemError"),
        ({}, {"url": "/etc/passwd"}, 422, "ArgumentError"),
        ({}, {"url": "file:///etc/passwd"}, 422, "ArgumentError"),
        ({}, {"url": "s3://bucket/a.png"}, 422, "ArgumentError"),
        ({}, {"url": "http://127.0.0.1:1/a.png"}, 422, "DownloadError"),
        ({}, {"url": "http://localhost:1/a.png"}, 422, "DownloadError"),
    ],
)
def test_pictures_that_are_refused(
    client: TestClient, files: Any, data: Any, status: int, name: str
) -> None:
    detail = problem(client.post(PICTURES, files=files, data=data, headers=AUTH), status, name)
    assert detail
    assert client.get("/api/indexes/images/count").json() == {"count": 0}


def test_urls_are_fetched_where_that_is_allowed(start: Start) -> None:
    limits = imagematch.Limits(max_bytes=1_000_000)
    client = start(limits=limits)
    with http_server({"/a.png": Page(encoded(drawing(1)))}) as site:
        url = site.url("/a.png")
        added = client.post(PICTURES, data={"url": url}).json()["id"]
        assert added == imagematch.id_of(url)
        (hit,) = client.post(SEARCH, data={"url": url}).json()["hits"]
    assert (hit["path"], hit["picture"]) == (url, url)


def test_one_file_is_bounded_as_the_whole_request_is(start: Start) -> None:
    data = encoded(drawing(1))
    client = start(limits=imagematch.Limits(max_bytes=len(data) - 1))
    for path, name in ((PICTURES, "picture"), (SEARCH, "picture"), ("/match/search", "image")):
        answer = client.post(path, files={name: data})
        assert answer.status_code == 413, path
        assert f"{len(data) - 1:,} bytes" in answer.text
    client = start(limits=imagematch.Limits(max_bytes=len(data)))
    assert client.post(PICTURES, files={"picture": data}).status_code == 201


def test_what_is_too_large_is_refused_before_it_is_read(start: Start) -> None:
    limits = imagematch.Limits(max_bytes=1_000)
    client = start(limits=limits)
    files = {"picture": b"x" * 2_000_000}
    problem(client.post(SEARCH, files=files), 413, "TooLarge")

    def endless() -> Any:
        yield b'--b\r\nContent-Disposition: form-data; name="picture"; filename="a"\r\n\r\n'
        for _ in range(200):
            yield b"x" * 10_000

    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    problem(client.post(SEARCH, content=endless(), headers=headers), 413, "TooLarge")
    assert client.get("/health/live").status_code == 200


@pytest.mark.parametrize(
    "given", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {TOKEN}"}]
)
def test_writing_needs_the_token(client: TestClient, given: dict[str, str]) -> None:
    files = {"picture": encoded(drawing(1))}
    for answer in (
        client.post(PICTURES, files=files, headers=given),
        client.delete(f"{PICTURES}/a", headers=given),
        client.delete(PICTURES, params={"path": "a"}, headers=given),
        client.patch(f"{PICTURES}/a", json={"metadata": {}}, headers=given),
        client.post("/match/add", files={"image": files["picture"]}, headers=given),
        client.request("DELETE", "/match/delete", data={"filepath": "a"}, headers=given),
    ):
        problem(answer, 401, "Unauthorized")
        assert answer.headers["www-authenticate"] == "Bearer"
    assert client.post(SEARCH, files=files).is_success


def test_reading_needs_it_too_where_the_service_is_private(start: Start) -> None:
    client = start(token=TOKEN, private=True)
    for url in (PICTURES, "/api/indexes", "/match/count", "/files/images/a"):
        problem(client.get(url), 401, "Unauthorized")
    assert '["images"]' in start(token=TOKEN).get("/openapi.json").text.replace(" ", "")
    assert '["images"]' not in client.get("/openapi.json").text.replace(" ", "")
    assert client.get(PICTURES, headers=AUTH).is_success
    assert client.get("/").is_success
    assert client.get("/health/live").is_success


def test_without_a_token_pages_of_other_sites_reach_nothing(start: Start) -> None:
    client = start()
    files = {"picture": encoded(drawing(1))}
    there = {"Origin": "https://evil.example"}
    problem(client.post(PICTURES, files=files, headers=there), 403, "Forbidden")
    here = {"Origin": "http://127.0.0.1:8000"}
    assert client.post(PICTURES, files=files, headers=here).is_success
    for host in ("evil.example", "127.0.0.1.evil.example:8000", "", "[::1", "192.168.0.1"):
        problem(client.get(PICTURES, headers={"Host": host}), 403, "Forbidden")
    for host in ("localhost:8000", "[::1]:8000", "127.0.0.1"):
        assert client.get(PICTURES, headers={"Host": host}).is_success


@pytest.mark.parametrize(
    "settings",
    [
        {"private": True},
        {"token": "short"},
        {"indexes": ()},
        {"indexes": ("a", "a")},
        {"files": Path("/not/there")},
    ],
)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(SettingsError):
        Settings("memory://", **settings)


def test_other_machines_need_a_token() -> None:
    for host in ("0.0.0.0", "192.168.0.1", "::", "example.org", ""):
        with pytest.raises(SettingsError, match="set a token"):
            check_host(host, None)
        check_host(host, TOKEN)
    for host in ("127.0.0.1", "127.0.0.2", "::1", "localhost"):
        check_host(host, None)


def test_unknown_things_are_problems_too(client: TestClient) -> None:
    problem(client.get("/api/indexes/none/count"), 404, "NotFound")
    problem(client.get("/nothing"), 404, "NotFound")
    problem(client.put("/api/indexes"), 405, "MethodNotAllowed")
    detail = problem(client.get(PICTURES, params={"limit": 0}), 422, "InvalidRequest")
    assert "limit" in detail


def test_a_database_that_is_gone_is_told_without_its_secrets(start: Start) -> None:
    client = start("memory://server-gone")
    with imagematch.open("memory://server-gone") as index:
        index.drop()
    assert client.get("/health/ready").status_code == 503
    assert client.get("/health/live").status_code == 200
    detail = problem(
        client.post(PICTURES, files={"picture": encoded(drawing(1))}), 503, "StorageError"
    )
    assert "memory" not in detail


def test_too_many_requests_at_once_are_refused(start: Start) -> None:
    client = start(most_requests=0)
    answer = client.get(PICTURES)
    problem(answer, 503, "Busy")
    assert answer.headers["retry-after"] == "1"
    assert client.get("/health/live").is_success


def test_figures_name_routes_and_nothing_that_callers_choose(client: TestClient) -> None:
    add(client, id="QXZJ-id")
    client.get(f"{PICTURES}/QXZJ-id")
    client.get("/QXZJ-path")
    client.request("QXZJ", "/")
    text = client.get("/metrics").text
    assert 'route="/api/indexes/{index}/pictures/{id:path}",status="200"} 1.0' in text
    assert "imagematch_request_seconds_bucket" in text
    assert "QXZJ" not in text


def test_only_pictures_of_the_index_in_the_folder_are_shown(start: Start, tmp_path: Path) -> None:
    shown, hidden = tmp_path / "shown", tmp_path / "hidden"
    inside = saved(shown, "ü 1.png", drawing(1))
    outside = saved(hidden, "2.png", drawing(2))
    link = shown / "link.png"
    link.symlink_to(outside)
    saved(shown, "not added.png", drawing(3))
    with imagematch.open(f"sqlite:///{tmp_path}/index.db") as index:
        ids = [index.add(path) for path in (inside, outside, link)]
        ids += [index.add(drawing(9), id="..", path=f"{shown}/../hidden/2.png")]
        ids += [index.add(drawing(9), id="rel", path="ü 1.png")]
    client = start(f"sqlite:///{tmp_path}/index.db", files=shown)
    entries = {one["id"]: one["picture"] for one in client.get(PICTURES).json()["entries"]}
    answer = client.get(entries[ids[0]])
    assert (answer.content, answer.headers["x-content-type-options"]) == (
        inside.read_bytes(),
        "nosniff",
    )
    for one in ids[1:]:
        assert entries[one] is None
        assert client.get(f"/files/images/{one.replace('.', '%2E')}").status_code == 404
    assert client.get("/files/images/not%20added.png").status_code == 404
