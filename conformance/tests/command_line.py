"""The command line, of the environment that runs the tests."""

import sys

IMAGEMATCH = [sys.executable, "-c", "from imagematch_core.cli import main; main()"]
