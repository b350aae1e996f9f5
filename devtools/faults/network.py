"""A network that cuts, resets, delays, hangs and dribbles between us and each server."""

import re
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

from devtools.faults.proxy import Breach, Proxy
from devtools.faults.tally import Tally
from devtools.faults.traffic import Traffic, check
from devtools.servers import private

NAMES = ("postgresql", "mongodb", "elasticsearch")
TIMES = 15
PATIENCE = 60.0


def run(*, short: bool) -> Iterator[Tally]:
    """Yield a row for each server and kind of fault."""
    for name in NAMES[:1] if short else NAMES:
        with private(name) as server:
            port = urlsplit(server.url).port
            assert port
            tried = 0
            for breach in list(Breach)[1:]:
                tally = Tally(f"{name}: the network, {breach.value}")
                with Proxy(port) as proxy:
                    # A member of a replica set would tell its own address.
                    url = re.sub(r"\?replicaSet=\w+", "?directConnection=true", server.url)
                    url = url.replace(f":{port}", f":{proxy.port}")
                    with Traffic(url, tally, start=tried) as traffic:
                        proxy.breach = breach
                        until = time.monotonic() + PATIENCE
                        while proxy.broken < TIMES and time.monotonic() < until:
                            time.sleep(0.1)
                        proxy.breach = Breach.NONE
                        tally.tried = proxy.broken
                        traffic.recovers()
                tried = traffic.tried
                check(server.url, traffic.acknowledged, tried, tally)
                yield tally
