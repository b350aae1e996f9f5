"""`python -m devtools.servers [NAME…]`, and with `run [NAME…] -- COMMAND…` or `kill NAME`."""

import argparse
import os
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence

from devtools.servers import NAMES, Server, ServerError, together, variable
from devtools.servers.control import control, kill

DEFAULT = ["postgresql", "mongodb", "elasticsearch"]
INTERRUPTED = 130
NOT_FOUND = 127
USAGE = """
python -m devtools.servers [NAME…]                   start, print the URLs, wait for Ctrl-C
python -m devtools.servers run [NAME…] -- COMMAND…   start, run the command with the URLs in its
                                                     environment, stop; exit as the command does
python -m devtools.servers kill NAME                 from that command: kill -9, and start again
"""


def main(arguments: Sequence[str]) -> int:
    if len(arguments) == 2 and arguments[0] == "kill":
        return _kill(arguments[1])
    own, command = _split(arguments)
    parser = argparse.ArgumentParser("python -m devtools.servers", usage=USAGE)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}")
    names = list(dict.fromkeys(parser.parse_args(own).names)) or DEFAULT
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        with together(names) as servers, control(servers):
            return _run(command, servers) if command else _wait(servers)
    except ServerError as err:
        print(f"error: {err}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED


def _kill(name: str) -> int:
    try:
        kill(name)
    except ServerError as err:
        print(f"error: {err}", file=sys.stderr)
        return 1
    return 0


def _split(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    own = list(arguments)
    if own[:1] != ["run"]:
        return own, []
    if "--" not in own or own[-1] == "--":
        sys.exit(f"which command? {USAGE}")
    place = own.index("--")
    return own[1:place], own[place + 1 :]


def _wait(servers: list[Server]) -> int:
    for server in servers:
        print(f"# {server.name}\nexport IMAGEMATCH_URL={shlex.quote(server.url)}")
    print("# Ctrl-C stops them", flush=True)
    threading.Event().wait()
    return 0


def _run(command: list[str], servers: list[Server]) -> int:
    environment = os.environ | {variable(server.name): server.url for server in servers}
    try:
        process = subprocess.Popen(command, env=environment)
    except OSError as err:
        print(f"error: cannot run {command[0]}: {err}", file=sys.stderr)
        return NOT_FOUND
    # Ctrl-C reaches the command by itself; the servers stay until it has ended.
    signal.signal(signal.SIGINT, lambda *_: None)
    signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    status = process.wait()
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
