"""`python -m devtools.site FOLDER` builds the documentation into a folder."""

import argparse
import sys
from pathlib import Path

from . import SiteError, build


def main() -> None:
    parser = argparse.ArgumentParser(description="Build the documentation into a folder.")
    parser.add_argument("folder", type=Path)
    try:
        print(build(parser.parse_args().folder))
    except SiteError as err:
        sys.exit(str(err))


if __name__ == "__main__":
    main()
