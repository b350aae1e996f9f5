"""A load run: `imagematch serve` with PostgreSQL, which is killed and restarted meanwhile.

    python -m benchmarks.service [--requests N] [--clients N] [--kills N]

One request in four adds a picture, the others search. At the end every id whose adding was
acknowledged is asked of a new index. Then a program with `imagematch_core.aio` makes 64 searches at
once beside a task that only looks at the clock.
"""

import argparse
import asyncio
import io
import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import quantiles
from threading import Lock

import httpx2
import numpy as np
import psutil
from PIL import Image

import imagematch_core as imagematch
import imagematch_core.aio
from devtools.servers import LocalServer, private

TOKEN = "of-the-benchmark"
DOWN_SECONDS = 3.0
BEATS = 0.01


class Run:
    """What the clients of one run do and meet.

    Args:
        address: of the service.
        requests: how many are made in all.
    """

    def __init__(self, address: str, requests: int) -> None:
        self.statuses = Counter[str]()
        self.searches: list[float] = []
        self.acknowledged: list[str] = []
        self._address = address
        self._left = iter(range(requests))
        self._lock = Lock()

    @property
    def done(self) -> int:
        """How many were made."""
        return sum(self.statuses.values())

    def client(self) -> None:
        """Make requests until there are enough."""
        headers = {"Authorization": f"Bearer {TOKEN}"}
        with httpx2.Client(base_url=self._address, headers=headers, timeout=60) as client:
            while (number := self._next()) is not None:
                is_add = number % 4 == 0
                seed = number if is_add else random.Random(number).randrange(number + 1)
                self._request(client, seed, is_add=is_add)

    def _next(self) -> int | None:
        with self._lock:
            return next(self._left, None)

    def _request(self, client: httpx2.Client, seed: int, *, is_add: bool) -> None:
        files = {"picture": picture(seed)}
        path = f"api/indexes/images/{'pictures' if is_add else 'search'}"
        start = time.perf_counter()
        try:
            answer = client.post(path, files=files, data={"id": str(seed)} if is_add else {})
        except httpx2.TransportError as err:
            outcome = type(err).__name__
        else:
            body = answer.json()
            outcome = str(answer.status_code) + (f" {body['kind']}" if body.get("kind") else "")
        seconds = time.perf_counter() - start
        with self._lock:
            self.statuses[f"{'add' if is_add else 'search'} {outcome}"] += 1
            if not is_add and outcome == "200":
                self.searches.append(seconds)
            if outcome == "201":
                self.acknowledged.append(str(seed))


def picture(seed: int) -> bytes:
    """A JPEG of 320 × 240."""
    noise = np.random.default_rng(seed).integers(0, 256, (11, 11, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).resize((320, 240), Image.Resampling.BICUBIC).save(file, "JPEG")
    return file.getvalue()


@contextmanager
def service(url: str) -> Iterator[tuple[psutil.Process, str, deque[str]]]:
    """Run `imagematch serve`; yield its process, its address and its last lines."""
    command = [str(Path(sys.executable).with_name("imagematch")), "serve", "--url", url]
    options = ["--port", "0", "--timeout", "5", "-v"]
    env = os.environ | {"IMAGEMATCH_TOKEN": TOKEN}
    told: deque[str] = deque(maxlen=100_000)
    with subprocess.Popen(
        [*command, *options], env=env, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr
        lines = process.stderr
        line = next(one for one in lines if " running on " in one)
        reader = threading.Thread(target=lambda: told.extend(lines))
        reader.start()
        try:
            yield psutil.Process(process.pid), line.split(" running on ")[1].split()[0], told
        finally:
            process.terminate()
            reader.join()


def load(server: LocalServer, requests: int, clients: int, kills: int) -> None:
    """Run it, and print what came of it."""
    with service(server.url) as (process, address, told):
        run = Run(address, requests)
        threads = [threading.Thread(target=run.client) for _ in range(clients)]
        start = time.perf_counter()
        for thread in threads:
            thread.start()
        while run.done < requests // 20:
            time.sleep(0.1)
        first = process.memory_info().rss
        for kill in range(1, kills + 1):
            while run.done < requests * kill // (kills + 1):
                time.sleep(0.1)
            server.kill()
            time.sleep(DOWN_SECONDS)
            server.restart()
        for thread in threads:
            thread.join()
        seconds = time.perf_counter() - start
        last = process.memory_info().rss
    with imagematch.open(server.url) as index:
        lost = [one for one in run.acknowledged if index.get(one) is None]
    cuts = quantiles(run.searches, n=20)
    print(f"{run.done:,} requests of {clients} clients in {seconds:.0f} s, {kills} kills")
    for outcome, count in sorted(run.statuses.items()):
        print(f"  {outcome}: {count:,}")
    print(f"acknowledged adds: {len(run.acknowledged):,}, lost: {len(lost)}")
    print(f"search p50 {cuts[9] * 1_000:.0f} ms, p95 {cuts[18] * 1_000:.0f} ms")
    print(f"memory {first / 1e6:.0f} MB after 5 %, {last / 1e6:.0f} MB at the end")
    for what in ("outage begins", "outage ends"):
        print(f"log lines {what!r}: {sum(what in line for line in told)}")
    password = server.url.partition("://")[2].partition("@")[0].partition(":")[2]
    secrets = [one for one in (TOKEN, password) if one]
    print(f"log lines with a secret: {sum(any(s in line for s in secrets) for line in told)}")


async def heartbeat(url: str) -> None:
    """Print how late a task is that only looks at the clock, beside 64 searches at once."""
    late: list[float] = []

    async def beat() -> None:
        while True:
            due = time.perf_counter() + BEATS
            await asyncio.sleep(BEATS)
            late.append(time.perf_counter() - due)

    pictures = [picture(seed) for seed in range(64)]
    async with imagematch_core.aio.open(url) as index:
        await index.search(pictures[0])
        task = asyncio.create_task(beat())
        await asyncio.gather(*(index.search(one) for one in pictures))
        task.cancel()
    print(f"64 searches at once: a heartbeat was {1_000 * max(late):.0f} ms late at most")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=50_000)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--kills", type=int, default=2)
    arguments = parser.parse_args()
    with private("postgresql") as server:
        load(server, arguments.requests, arguments.clients, arguments.kills)
        asyncio.run(heartbeat(server.url))


if __name__ == "__main__":
    main()
