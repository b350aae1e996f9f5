"""The newest libraries that are allowed, and the oldest, which `make .venv/oldest` installs."""

import os
import re
import subprocess
from collections.abc import Iterator
from importlib.metadata import requires
from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer
from packaging.requirements import Requirement
from packaging.version import Version
from PIL import Image
from pillow_heif import register_heif_opener

from devtools.packages import ROOT, install, uv
