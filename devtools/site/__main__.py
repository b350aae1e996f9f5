"""`python -m devtools.site FOLDER` builds the documentation into a folder."""

import sys
from pathlib import Path

from . import SiteError, build


def main() -> None:
    try:
        print(build(Path(sys.argv[1])))
    except SiteError as err:
        sys.exit(str(err))


if __name__ == "__main__":
    main()
