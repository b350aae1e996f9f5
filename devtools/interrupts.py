"""Ctrl-C for programs that tests start, wherever the tests themselves were started."""

import signal


def heed() -> None:
    """Let SIGINT interrupt this process and its children where it is ignored.

    `nohup` and a script's `&` ignore it, and every child inherits that.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
