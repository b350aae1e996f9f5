"""A service in memory, as a client meets it."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from fastapi.testclient import TestClient
from serving import TOKEN, Start

from imagematch_server import Settings, create_app


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts services."""
    with ExitStack() as stack:

        def one(url: Any = "memory://", **settings: Any) -> TestClient:
            app = create_app(Settings(url, **settings))
            client = TestClient(app, "http://127.0.0.1:8000", raise_server_exceptions=False)
            return stack.enter_context(client)

        yield one


@pytest.fixture
def client(start: Start) -> TestClient:
    """A service that needs the token for writing."""
    return start(token=TOKEN, indexes=("images", "logos"))
