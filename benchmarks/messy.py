"""A messy folder, cleaned up: which pictures are lost, and how many copies go.

    python -m benchmarks.messy [--peers]

makes the folder once (`benchmarks.clutter`), works on a fresh copy of it, and runs
`imagematch dedupe FOLDER --near --move-to … --apply`, then `imagematch undo`. With `--peers`
imagededup and czkawka's library delete too, each from another copy of the folder: imagededup in
its own way, and of a group of czkawka's all but the largest file, as its program does with
`--delete-method AEB`.
"""

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from .clutter import Label, clutter
from .finders import CZKAWKA_BITS, czkawka_groups
from .pictures import cache
from .report import table, write

Labels = Mapping[str, Label]
IMAGEMATCH = str(Path(sys.executable).with_name("imagematch"))


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What became of a folder.

    Attributes:
        lost: originals of which nothing as good is left, by the kind of the file that was kept.
        different: pictures that are no copies, of which nothing is left.
        gone: copies that went, by kind.
    """

    lost: Counter[str]
    different: list[str]
    gone: Counter[str]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", action="store_true")
    options = parser.parse_args()
    folder, labels = clutter()
    cleaners: dict[str, Callable[[Path, Path], None]] = {
        "imagematch --near": _imagematch_near,
        "imagematch, exact copies only": _imagematch_exact,
    }
    if options.peers:
        cleaners["imagededup PHash"] = _imagededup
        cleaners[f"czkawka's library, {CZKAWKA_BITS} bits, all but the largest"] = _czkawka
    found = {}
    undone = ""
    for name, clean in cleaners.items():
        with tempfile.TemporaryDirectory(dir=cache()) as scratch:
            copy = Path(scratch) / "Pictures"
            shutil.copytree(folder, copy)
            before = _contents(copy)
            clean(copy, Path(scratch))
            found[name] = judge(labels, set(_contents(copy)))
            if name == "imagematch --near":
                log = str(Path(scratch) / "log.jsonl")
                subprocess.run([IMAGEMATCH, "undo", log], check=True, capture_output=True)
                undone = "the same to the byte" if _contents(copy) == before else "DIFFERENT"
        print(name, found[name], flush=True)
    write("messy", "A messy folder, cleaned up", _report(labels, found, undone))


def judge(labels: Labels, left: set[str]) -> Cleaned:
    """Tell what was lost, by the labels of the files and the names of those that are left."""
    lost: Counter[str] = Counter()
    different = []
    gone: Counter[str] = Counter()
    as_good = {labels[name].origin for name in left if labels[name].as_good}
    altered = {labels[name].origin: labels[name].kind for name in left}
    for name in sorted(labels.keys() - left):
        label = labels[name]
        if label.is_original and label.origin not in as_good:
            if label.origin in altered:
                lost[altered[label.origin]] += 1
            else:
                different.append(name)
        if label.is_copy:
            gone[label.kind] += 1
    return Cleaned(lost, different, gone)


def _imagematch_near(folder: Path, scratch: Path) -> None:
    _imagematch(folder, scratch, "--near")


def _imagematch_exact(folder: Path, scratch: Path) -> None:
    _imagematch(folder, scratch)


def _imagematch(folder: Path, scratch: Path, *options: str) -> None:
    command = [IMAGEMATCH, "dedupe", str(folder), "--no-cache", "--move-to", str(scratch / "gone")]
    acting = ["--apply", "--yes", "--log", str(scratch / "log.jsonl"), *options]
    done = subprocess.run([*command, *acting], capture_output=True, check=False)
    if done.returncode not in (0, 1):  # 1: some files can't be read, as is meant
        raise RuntimeError(done.stderr.decode()[-2_000:])


def _imagededup(folder: Path, _: Path) -> None:
    from .rivals import imagededup_hashing

    hashing = imagededup_hashing().PHash(verbose=False)
    for name in hashing.find_duplicates_to_remove(image_dir=str(folder), recursive=True):
        (folder / name).unlink()


def _czkawka(folder: Path, _: Path) -> None:
    for group in czkawka_groups(folder):
        largest = max(group, key=lambda path: path.stat().st_size)
        for path in group:
            if path != largest:
                path.unlink()


def _contents(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def _report(labels: Labels, found: Mapping[str, Cleaned], undone: str) -> Iterator[str]:
    made = Counter(label.kind for label in labels.values() if label.is_copy)
    originals = sum(label.is_original for label in labels.values())
    yield (
        f"One folder of {len(labels):,} files: {originals} different pictures, "
        f"{made.total():,} copies of {len(made)} kinds, and files beside them. An original is "
        "lost if it went, and neither a file with the same bytes nor one with the same pixels, "
        "saved without loss, is left. A picture went as a different one if nothing of it is left."
    )
    yield table(
        ["", "originals lost", "different pictures gone", "copies gone", "of all copies"],
        [
            [
                name,
                cleaned.lost.total(),
                len(cleaned.different),
                cleaned.gone.total(),
                cleaned.gone.total() / made.total(),
            ]
            for name, cleaned in found.items()
        ],
    )
    yield (
        "This folder has chosen one limit: in an earlier run one of five small forms of one "
        "template went, which differs from the one that was kept by .285 where the two differ "
        "most. The limit was .3 then, and is .25."
    )
    yield f"After `imagematch undo` the folder was {undone} as before."
    yield "Copies gone, by what was done to them:"
    yield table(
        ["", "copies", *found],
        [[kind, made[kind], *(one.gone[kind] for one in found.values())] for kind in sorted(made)],
    )
    for name, cleaned in found.items():
        if cleaned.lost:
            kept = ", ".join(f"{kind} ({count})" for kind, count in cleaned.lost.most_common())
            yield f"What {name} kept of the originals that are lost: {kept}."
        if cleaned.different:
            yield f"Different pictures that {name} removed: {json.dumps(cleaned.different)}"


if __name__ == "__main__":
    main()
