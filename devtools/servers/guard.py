"""A process between us and a server: stops the server, and removes its folder, when we end.

Run as `python guard.py FOLDER USER SIGNAL COMMAND…`, USER empty for the same user. It writes one
line once it has tried to launch the server, whose output goes to the standard error. Then an
order comes on its standard input: `stop` ends the server and removes the folder, `keep` ends the
server only; the end of the input, which comes when our process dies in whatever way, counts as
`stop`.
"""

import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import sys
import threading
from contextlib import suppress

import psutil

PATIENCE = 15
PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
libc = ctypes.CDLL(None, use_errno=True)


def kill(processes: list[psutil.Process]) -> None:
    """Send SIGKILL to processes, some of which may be gone, and wait a second for their end."""
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(processes, timeout=1)


def _die_with_parent() -> None:
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _launch(folder: str, user: str, command: list[str]) -> int:
    account = pwd.getpwnam(user) if user else None
    process = subprocess.Popen(
        command,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
        start_new_session=True,
        user=account.pw_uid if account else None,
        group=account.pw_gid if account else None,
        extra_groups=[] if account else None,
        umask=0o077,
        # After the change of user, which would clear it; no thread runs yet.
        preexec_fn=_die_with_parent,  # noqa: PLW1509
    )
    return process.pid


def _obey(folder: str, pid: int, stop_signal: int) -> None:
    order = sys.stdin.readline().strip()
    myself = psutil.Process()
    if server := [child for child in myself.children() if child.pid == pid]:
        with suppress(psutil.NoSuchProcess):
            server[0].send_signal(stop_signal)
        psutil.wait_procs(server, timeout=PATIENCE)
    while left := myself.children(recursive=True):
        kill(left)
    if order != "keep":
        shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)


def main() -> None:
    folder, user, stop_signal, *command = sys.argv[1:]
    # The server's own children come to us when it is killed, so that we find and reap them.
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1)
    try:
        pid = _launch(folder, user, command)
    except (OSError, subprocess.SubprocessError) as err:
        print(f"cannot run {command[0]}: {err}", file=sys.stderr)
        pid = 0
    print("launched" if pid else "failed", flush=True)
    obeying = threading.Thread(target=_obey, args=(folder, pid, int(stop_signal)))
    obeying.start()
    while True:
        try:
            os.wait()
        except ChildProcessError:
            break
    obeying.join()


if __name__ == "__main__":
    main()
