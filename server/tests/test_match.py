"""The endpoints of dsys/match, as its README calls them."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from serving import AUTH
from tests.drawings import drawing, encoded


def ok(answer: Any, method: str) -> Any:
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["status"], body["error"], body["method"]) == ("ok", [], method)
    return body["result"]


def test_everything_that_it_does(client: TestClient) -> None:
    image = {"image": encoded(drawing(1))}
    data = {"filepath": "folder/a.png", "metadata": '{"nsfw": false}'}
    assert ok(client.post("/match/add", files=image, data=data, headers=AUTH), "add") == []
    assert ok(client.post("/match/add", files=image, data=data, headers=AUTH), "add") == []
    other = {"image": encoded(drawing(2))}
    ok(client.post("/match/add", files=other, data={"filepath": "b.png"}, headers=AUTH), "add")
    assert ok(client.get("/match/count"), "count") == [2]
    (hit,) = ok(client.post("/match/search", files=image), "search")
    assert hit == {"score": 100.0, "filepath": "folder/a.png", "metadata": {"nsfw": False}}
    (found,) = ok(
        client.post("/match/compare", files={"image1": image["image"], "image2": other["image"]}),
        "compare",
    )
    assert found["score"] < 80
    assert sorted(ok(client.get("/match/list"), "list")) == ["b.png", "folder/a.png"]
    assert len(ok(client.get("/match/list?offset=1&limit=5"), "list")) == 1
    deletion = client.request("DELETE", "/match/delete", data={"filepath": "b.png"}, headers=AUTH)
    assert ok(deletion, "delete") == []
    assert ok(client.get("/match/count"), "count") == [1]
    assert ok(client.get("/match/ping"), "ping") == ok(client.post("/match/ping"), "ping") == []


@pytest.mark.parametrize("files", [{}, {"image": b"no picture"}])
def test_failures_look_as_there(client: TestClient, files: Any) -> None:
    answer = client.post("/match/add", files=files, data={"filepath": "a"}, headers=AUTH)
    assert answer.status_code == 422
    body = answer.json()
    assert (body["status"], body["method"], body["result"]) == ("fail", "add", [])
    assert body["error"]
