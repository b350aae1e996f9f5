"""The `imagematch` command, run as people and scripts run it."""

import csv
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from click.testing import CliRunner
from PIL import Image

from imagematch_core.cli import main
from imagematch_core.cli.findings import CSV_COLUMNS
from imagematch_core.sources.source import state_of_file
from tests.drawings import WIKIPEDIA, drawing, encoded, flat, saved

Run = Callable[..., CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command in a folder of its own, with a cache of its own.

    In this process, for a new one takes half a second; test_terminal.py starts the installed one.
    """
    home = str(tmp_path / "home")
    Path(home).mkdir()
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str | Path, status: int = 0, **env: str) -> CompletedProcess[str]:
        words = [os.fspath(argument) for argument in arguments]
        env = {"HOME": home, "XDG_CACHE_HOME": home, **env}
        done = CliRunner().invoke(main, words, prog_name="imagematch", env=env)
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert done.exit_code == status, done.stderr + done.stdout
        return CompletedProcess(words, done.exit_code, done.stdout, done.stderr)

    return run


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    for seed in range(4):
        saved(folder, f"{seed}.png", drawing(seed, (200, 150)))
    return folder


def lines(done: CompletedProcess[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_add_and_search(run: Run, photos: Path, tmp_path: Path) -> None:
    done = run("add", photos)
    assert done.stdout == "4 added, 0 unchanged. The index holds 4 pictures.\n"
    assert done.stderr == ""
    assert (tmp_path / "imagematch.db").exists()
    assert run("add", "photos").stdout.startswith("0 added, 4 unchanged.")

    query = saved(tmp_path, "query.jpg", drawing(2, (100, 75)))
    distance, path, orientation = run("search", query).stdout.strip().split("\t")
    assert 0 < float(distance) < 0.45
    assert (path, orientation) == (str(photos / "2.png"), "upright")
    (hit,) = lines(run("search", query, "--json"))
    assert hit["path"] == path
    assert hit["metadata"] is None
    assert hit["orientation"] == {"negative": False, "mirror": False, "rotate": 0}


def test_nothing_found_is_no_failure(run: Run, photos: Path, tmp_path: Path) -> None:
    run("add", photos)
    done = run("search", saved(tmp_path, "other.png", drawing(9)))
    assert (done.stdout, done.stderr) == ("", "no near copies found\n")


def test_each_failure_is_named_and_the_status_is_1(run: Run, photos: Path) -> None:
    (photos / "broken.jpg").write_bytes(encoded(drawing(7), "JPEG")[:200])
    (photos / "notes.txt").write_text("text")
    saved(photos, "flat.png", flat())
    done = run("add", photos, "missing", status=1)
    assert done.stdout.startswith("4 added, 0 unchanged, 1 skipped (not pictures), 3 failed.")
    failures = done.stderr.splitlines()
    assert len(failures) == 3
    for name, failure in zip(["missing", "broken.jpg", "flat.png"], failures, strict=True):
        assert failure.startswith("failed: ")
        assert name in failure
    (report,) = lines(run("add", photos, "--json", status=1))
    assert (report["unchanged"], report["skipped"], len(report["failed"])) == (4, 1, 2)


def test_metadata_and_where(run: Run, photos: Path) -> None:
    run("add", photos / "0.png", "--metadata", "year=1503", "--metadata", "by=Anna")
    run("add", photos / "1.png", "--metadata", "year=1503", "--metadata", "by=7up")
    run("add", photos / "2.png", "--metadata", "tag=a", "--metadata", "tag=b")
    assert run("count", "--where", "year=1503").stdout == "2\n"
    assert run("count", "--where", "by=Anna", "--where", "by=7up").stdout == "2\n"
    assert run("count", "--where", "tag=b").stdout == "1\n"
    (entry,) = lines(run("list", "--where", "by=Anna", "--json"))
    assert entry["metadata"] == {"year": 1503, "by": "Anna"}
    assert entry["format"] == "PNG"
    assert run("search", photos / "0.png", "--where", "year=2000").stdout == ""


def test_rm(run: Run, photos: Path) -> None:
    run("add", photos)
    (first, *_) = lines(run("list", "--json"))
    assert run("delete", first["id"]).stdout == "1 picture deleted\n"
    remaining = [entry["path"] for entry in lines(run("list", "--json"))]
    assert len(remaining) == 3
    done = run("delete", remaining[0], "photos/none.png", status=1)
    assert "photos/none.png: not in the index" in done.stderr
    assert run("count").stdout == "2\n"
    run("delete", status=2)


def test_deleting_a_name_that_is_not_utf8(run: Run, photos: Path) -> None:
    odd = os.fsdecode(os.fsencode(photos) + b"/caf\xe9.png")
    (photos / "0.png").rename(odd)
    run("add", photos)
    assert run("delete", odd).stdout == "1 picture deleted\n"
    assert "not in the index" in run("delete", odd, status=1).stderr


def test_values_that_json_has_not_are_texts(run: Run, photos: Path) -> None:
    deep = "[" * 50_000
    values = ["NaN", "-Infinity", "[1", "1e999", deep]
    run("add", photos, *(f"--metadata=by={value}" for value in values))
    for value in values:
        assert run("count", f"--where=by={value}").stdout == "4\n"
    assert run("count", "--where=by=nan").stdout == "0\n"


def test_compare(run: Run, tmp_path: Path) -> None:
    picture = drawing(1, (200, 150))
    a = saved(tmp_path, "a.png", picture)
    b = saved(tmp_path, "b.png", picture.rotate(90, expand=True))
    assert run("compare", a, a).stdout.startswith("0.0\nnear copies")
    assert "different pictures" in run("compare", a, b).stdout
    (turned,) = lines(run("compare", a, b, "--all-orientations", "--json"))
    assert turned["near"]
    assert turned["orientation"]["rotate"] == 90


def test_compare_draws_why(run: Run, tmp_path: Path) -> None:
    a = saved(tmp_path, "a.png", drawing(1, (200, 150)))
    b = saved(tmp_path, "b.jpg", drawing(1, (100, 75)))
    told = run("compare", a, b).stdout
    assert run("compare", a, b, "--explain", "why.png").stdout == f"{told}why.png shows why\n"
    assert run("compare", a, b, "--explain", "why.png", "--json").stdout.count("\n") == 1
    with Image.open(tmp_path / "why.png") as image:
        assert image.width == 1_600
    before = a.read_bytes()
    assert "no explanation" in run("compare", a, b, "--explain", a, status=1).stderr
    assert a.read_bytes() == before
    assert "ends in .png" in run("compare", a, b, "--explain", "why.jpg", status=2).stderr
    plain = saved(tmp_path, "flat.png", flat())
    assert "flat.png" in run("compare", a, plain, "--explain", "none.png", status=1).stderr
    assert not (tmp_path / "none.png").exists()


def test_dedupe_without_any_set_up(run: Run, photos: Path) -> None:
    (photos / "copy of 1.png").write_bytes((photos / "1.png").read_bytes())
    saved(photos, "small 2.jpg", drawing(2, (100, 75)))
    done = run("dedupe", photos)
    assert [line.split()[0] for line in done.stdout.splitlines() if line.startswith("   ")] == [
        "keep",
        "near",
        "keep",
        "exact",
    ]
    assert "\n2 groups: 1 exact and 1 near copies. (6 files, 6 signed)\n" in done.stdout
    assert "6 known from before" in run("dedupe", photos).stdout
    assert "known from before" not in run("dedupe", photos, "--no-cache").stdout
    (found,) = lines(run("dedupe", photos, "--json"))
    assert [len(group["pictures"]) for group in found["groups"]] == [2, 2]
    assert found["groups"][0]["pictures"][1]["exact"]


def test_dedupe_of_an_index(run: Run, photos: Path) -> None:
    saved(photos, "small 2.jpg", drawing(2, (100, 75)))
    said = run("dedupe", status=2).stderr
    assert "To look through a folder, name it: imagematch dedupe FOLDER" in said
    run("add", photos)
    done = run("dedupe")
    assert done.stderr == "no folder is named, so the index sqlite:///imagematch.db is looked at\n"
    assert done.stdout.endswith("1 group: 0 exact and 1 near copies. (5 pictures in the index)\n")
    assert run("dedupe", "--url", "sqlite:///imagematch.db").stderr == ""
    (found,) = lines(run("dedupe", "--json"))
    assert found["cutoff"] == 0.2
    assert "--keep goes with DIR" in run("dedupe", "--keep", "oldest", status=2).stderr
    refused = run("dedupe", "--min-size", "9", "--hidden", "--no-cache", status=2).stderr
    assert "go with DIR, not with an index" in " ".join(refused.split())
    refused = run("dedupe", ".", "--url", "memory://", status=2).stderr
    assert "--url goes with an index, not with DIR" in " ".join(refused.split())


def test_the_end_says_what_could_be_freed_and_what_to_do(run: Run, photos: Path) -> None:
    size = (photos / "1.png").stat().st_size
    shutil.copy(photos / "1.png", photos / "copy of 1.png")
    small = saved(photos, "small 2.jpg", drawing(2, (100, 75))).stat().st_size
    *groups, summary, freed, look, act = run("dedupe", photos).stdout.splitlines()
    # The group that is worth most stands last.
    assert [line.split()[1] for line in groups if line.startswith("   keep")] == [
        str(photos / "2.png"),
        str(photos / "1.png"),
    ]
    assert summary.startswith("2 groups")
    amounts = f"{size / 1e3:.1f} kB by exact copies, {small / 1e3:.1f} kB by near ones"
    assert freed == f"Could be freed: {amounts}."
    assert look == f"To look at them:  imagematch dedupe {photos} --html report.html"
    assert act == f"To remove exact copies:  imagematch dedupe {photos} --trash"
    (photos / "copy of 1.png").unlink()
    assert "exact copies:" not in run("dedupe", photos).stdout


def test_the_next_command_searches_the_same(run: Run, photos: Path) -> None:
    shutil.copy(photos / "1.png", photos / "copy of 1.png")
    small = saved(photos / "more", "small 2.jpg", drawing(2, (100, 75)))
    options = ["--cutoff", "0.15", "--exclude", "a b/", "--min-size", "1kB", "--keep", "oldest"]
    expected = "--cutoff 0.15 --exclude 'a b/' --min-size 1000 --keep oldest"
    *_, look, act = run("dedupe", photos, *options).stdout.splitlines()
    assert look.endswith(f"dedupe {photos} {expected} --html report.html")
    assert act.endswith(f"dedupe {photos} {expected} --trash")
    beside = ["--no-recursion", "--reference", small.parent]
    done = run("dedupe", photos, "--near", "--trash", *beside, "--acting-cutoff", "0").stdout
    expected = f"--no-recursion --reference {small.parent}"
    eye = f"To decide by eye:  imagematch dedupe {photos} {expected} --html report.html"
    assert eye in done.splitlines()


def test_what_is_only_compared_against_frees_nothing(run: Run, photos: Path) -> None:
    old = photos / "old"
    for name in ("a.png", "b.png", "c.png"):
        saved(old, name, drawing(1, (200, 150)))
    size = (photos / "1.png").stat().st_size
    saved(old, "large.png", drawing(1, (400, 300)))
    options = ["--exclude", "old/", "--reference", old]
    shown = run("dedupe", photos, *options).stdout.splitlines()
    assert f"Could be freed: {size / 1e3:.1f} kB by exact copies." in shown
    (group,) = lines(run("dedupe", photos, "--json", *options))[0]["groups"]
    # One of the reference's exact copies is enough to tell of.
    names = [one["path"] for one in group["pictures"]]
    assert sorted(names) == [
        str(path) for path in (photos / "1.png", old / "a.png", old / "large.png")
    ]
    done = run("dedupe", photos, "--trash", *options).stdout
    assert [line.split()[:2] for line in done.splitlines()[:3]] == [
        ["keep", str(old / "a.png")],
        ["trash", str(photos / "1.png")],
        [],
    ]


def test_why_a_picture_is_kept_is_told(run: Run, photos: Path) -> None:
    saved(photos, "large.png", drawing(1, (400, 300)))
    shutil.copy(photos / "large.png", photos / "large copy.png")
    first, *_ = run("dedupe", photos).stdout.splitlines()
    assert first.endswith(" apart, kept: most detail, plainest name")
    (found,) = lines(run("dedupe", photos, "--json"))
    assert found["groups"][0]["reasons"] == ["most detail", "plainest name"]


def test_csv_and_json_tell_the_link_of_each_member(run: Run, photos: Path) -> None:
    shutil.copy(photos / "1.png", photos / 'copy, "of" 1.png')
    rows = list(csv.DictReader(run("dedupe", photos, "--csv").stdout.splitlines()))
    assert [(row["group"], row["verdict"], row["path"], row["link"]) for row in rows] == [
        ("1", "keep", str(photos / "1.png"), ""),
        ("1", "exact", str(photos / 'copy, "of" 1.png'), str(photos / "1.png")),
    ]
    assert {row["cutoff"] for row in rows} == {"0.2"}
    assert [rows[0][name] for name in ("width", "format", "orientation")] == [
        "200",
        "PNG",
        "upright",
    ]
    (found,) = lines(run("dedupe", photos, "--json"))
    assert found["cutoff"] == 0.2
    keeper, copy = found["groups"][0]["pictures"]
    assert (keeper["link"], copy["link"], copy["chained"]) == (None, keeper["path"], False)
    assert "--csv goes without" in run("dedupe", photos, "--csv", "--json", status=2).stderr
    assert run("dedupe", photos / "0.png", "--csv").stdout == ",".join(CSV_COLUMNS) + "\n"


def test_a_file_in_two_of_the_folders_counts_once(run: Run, photos: Path) -> None:
    alone = json.loads(run("dedupe", photos, "--json").stdout)
    again = json.loads(run("dedupe", photos, photos / "0.png", photos, "--json").stdout)
    assert again["files"] == alone["files"]


def test_a_failure_is_news_once_unless_it_was_asked_for(run: Run, photos: Path) -> None:
    broken = photos / "broken.png"
    broken.write_bytes(encoded(drawing(9))[:500])
    assert "broken.png" in run("dedupe", photos, status=1).stderr
    assert "broken.png" in run("dedupe", photos).stderr
    run("dedupe", broken, status=1)
    run("dedupe", photos, "--no-cache", status=1)
    (photos / "too.png").write_bytes(b"")
    run("dedupe", photos, status=1)
    run("dedupe", photos)
    broken.write_bytes(encoded(drawing(9))[:600])
    run("dedupe", photos, status=1)
    for asked_for in ("missing", "missing\x07", "https://me:secret@host/a.png"):
        run("dedupe", photos, asked_for, status=1)
        run("dedupe", photos, asked_for, status=1)


def test_the_kept_one_is_chosen_by_rules_and_a_reference_stays(run: Run, photos: Path) -> None:
    saved(photos, "large.png", drawing(1, (400, 300)))
    (found,) = lines(run("dedupe", photos, "--keep", "shortest-path", "--json"))
    assert found["groups"][0]["pictures"][0]["path"] == str(photos / "1.png")
    wrong = run("dedupe", photos, "--keep", "prettiest", status=2)
    assert "'prettiest' is not one of" in wrong.stderr
    new = photos.parent / "new"
    shutil.copytree(photos, new)
    done = run("dedupe", new, "--reference", photos, "--trash").stdout
    gone = {line.split()[1] for line in done.splitlines() if line.startswith("trash")}
    assert gone == {str(new / name) for name in ("0.png", "1.png", "2.png", "3.png", "large.png")}


def test_what_is_no_copy_is_shown_and_forgotten(run: Run, photos: Path, tmp_path: Path) -> None:
    saved(photos, "small 1.jpg", drawing(1, (100, 75)))
    assert run("not-copies").stdout.startswith("0 decisions in ")
    files = [
        {"path": str(path), "revision": f"goldberg-2 {state_of_file(path.stat())}"}
        for path in (photos / "1.png", photos / "small 1.jpg")
    ]
    decisions = {"imagematch": "decisions", "version": 1, "root": "", "groups": []}
    decided = tmp_path / "decisions.json"
    decided.write_text(json.dumps({**decisions, "not_copies": [files]}))
    done = run("dedupe", "--apply-decisions", decided, "--yes")
    assert "1 decision that pictures are no copies remembered" in done.stderr
    assert "No near copies" in run("dedupe", photos).stdout
    shown = run("not-copies").stdout.splitlines()
    assert shown[1:3] == [f"   {photos / '1.png'}", f"   {photos / 'small 1.jpg'}"]
    (told,) = lines(run("not-copies", "--json"))
    assert told["entries"][0]["files"] == files
    run("not-copies", "--forget", "x", "--forget-all", status=2)
    assert run("not-copies", "--forget", photos / "0.png").stdout == "0 decisions forgotten\n"
    assert run("not-copies", "--forget", photos / "1.png").stdout == "1 decision forgotten\n"
    assert "1 group" in run("dedupe", photos).stdout
    assert lines(run("not-copies", "--forget-all", "--json")) == [{"forgotten": 0}]


def test_copy_and_the_same_lines_from_both(run: Run, photos: Path) -> None:
    run("add", photos)
    assert run("copy", "sqlite:///imagematch.db", "sqlite:///b.db").stdout == (
        "4 copied, 0 unchanged. The copy holds 4 pictures.\n"
    )
    assert run("copy", "sqlite:///imagematch.db", "sqlite:///b.db").stdout.startswith("0 copied")
    searched = run("search", photos / "1.png", "--json").stdout
    assert run("search", photos / "1.png", "--json", "--url", "sqlite:///b.db").stdout == searched
    from_environment = run("search", photos / "1.png", "--json", IMAGEMATCH_URL="sqlite:///b.db")
    assert from_environment.stdout == searched


def test_drivers_and_ping(run: Run, photos: Path) -> None:
    listed = {driver["name"]: driver for driver in lines(run("drivers", "--json"))}
    assert listed["sqlite"]["distribution"] == "imagematch-core"
    assert listed["sqlite"]["error"] is None
    assert {"memory", "sqlite"} <= set(listed)
    assert "no index 'images' yet" in run("ping", "--url", "sqlite:///imagematch.db").stdout
    run("add", photos)
    assert "holds 4 pictures, signed by goldberg-2" in run("ping").stdout


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["search", "a.png"], "has no index 'images'"),
        (["count", "--url", "postgrsql://u:secret@host/db"], "did you mean 'postgresql'"),
        (["count", "--url", "sqlit:///a.db"], "sqlite"),
        (["count", "--url", "photos.db"], "sqlite:///photos.db"),
        (["add"], "Missing argument"),
        (["frobnicate"], "No such command"),
        (["add", "x", "--metadata", "nothing"], "KEY=VALUE"),
        (["add", "x", "--algorithm", "goldberg"], "goldberg-1"),
        (["count", "--index", "Bad Name"], "Bad Name"),
    ],
)
def test_wrong_use_is_status_2_and_says_what_to_do(
    run: Run, arguments: list[str], named: str
) -> None:
    done = run(*arguments, status=2)
    assert named in done.stderr
    assert "Traceback" not in done.stderr
    assert "secret" not in done.stderr


def test_a_command_of_another_distribution_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("imagematch_core.cli.commands.entry_points", lambda **_: ())
    done = CliRunner().invoke(main, ["certify", "memory://"])
    assert done.exit_code == 2
    assert "pip install imagematch-conformance" in done.output


def test_help_is_quick_to_the_point(run: Run) -> None:
    top = run("--help").stdout
    for command in [
        "add",
        "search",
        "compare",
        "dedupe",
        "delete",
        "list",
        "count",
        "copy",
        "ping",
    ]:
        assert f"\n  {command}" in top
        assert "Usage: imagematch" in run(command, "--help").stdout
    assert run("--version").stdout.startswith("imagematch, version ")


def test_hostile_names_cannot_steer_the_terminal(run: Run, photos: Path) -> None:
    hostile = os.fsdecode(b"\x1b[31m[bold]caf\xe9\n.png")
    saved(photos, "x.png", drawing(5)).rename(photos / hostile)
    run("add", photos)
    for done in (run("list"), run("dedupe", photos), run("search", photos / hostile)):
        assert "\x1b" not in done.stdout
        assert "\n.png" not in done.stdout


@pytest.mark.slow
def test_dedupe_of_two_thousand_files(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "many"
    copies = {}
    for seed in range(1_900):
        saved(folder, f"{seed % 20:02}/{seed}.png", drawing(seed))
    for seed in range(0, 1_900, 50):
        copies[f"{seed}.png"] = f"copy of {seed}.jpg"
        saved(folder, f"copies/{copies[f'{seed}.png']}", drawing(seed).resize((80, 60)))
    (folder / "05" / "exact.png").write_bytes((folder / "05" / "5.png").read_bytes())
    copies["5.png"] = "exact.png"
    broken = [saved(folder, f"broken/{n}.png", drawing(n)) for n in range(10)]
    for path in broken:
        path.write_bytes(path.read_bytes()[:-1_000])
    saved(folder, "broken/flat.png", flat())
    for n in range(40):
        (folder / f"{n:02}.txt").write_text("text")
    (folder / "loop").symlink_to(folder)
    odd = os.fsdecode(b"caf\xe9.png")
    saved(folder, "odd.png", drawing(7).resize((60, 45))).rename(folder / odd)
    copies["7.png"] = "caf%E9.png"

    done = run("dedupe", folder, "--json", status=1)
    (found,) = lines(done)
    groups = {
        frozenset(Path(picture["path"]).name for picture in group["pictures"])
        for group in found["groups"]
    }
    assert groups == {frozenset(pair) for pair in copies.items()}
    assert [p["path"] for g in found["groups"] for p in g["pictures"] if p["exact"]] == [
        str(folder / "05" / "exact.png")
    ]
    assert {failure["source"] for failure in found["failed"]} == {
        *map(str, broken),
        str(folder / "broken" / "flat.png"),
    }
    told = sorted(done.stderr.splitlines())
    assert [line.partition(" (")[0].partition(": ")[2].partition(": ")[0] for line in told] == [
        str(folder / "broken" / "flat.png"),
        "10 files",
    ]
    assert (found["signed"], found["known"], found["skipped"]) == (1_940, 0, 40)

    # What was told before is no news.
    (again,) = lines(run("dedupe", folder, "--json"))
    assert again["failed"] == found["failed"]
    assert (again["signed"], again["known"]) == (0, 1_940)
    assert again["groups"] == found["groups"]


def test_crops_are_found_as_thoroughly_as_asked_for(run: Run, tmp_path: Path) -> None:
    with Image.open(WIKIPEDIA) as image:
        crop = image.crop((image.width // 6, image.height // 6, *image.size))
    query = saved(tmp_path / "crops", "crop.png", crop)
    shutil.copy(WIKIPEDIA, tmp_path / "crops")
    run("add", tmp_path / "crops" / WIKIPEDIA.name)
    for level, found in (("0", False), ("2", True)):
        assert bool(run("search", query, "--thorough", level).stdout) is found
        hits = lines(run("search", query, "--thorough", level, "--json"))
        assert len(hits) == found
    # These look both ways, and so may find more than a search of the same level.
    (compared,) = lines(run("compare", query, WIKIPEDIA, "--thorough", "2", "--json"))
    assert compared["near"] is True
    (report,) = lines(run("dedupe", "crops", "--thorough", "2", "--json"))
    assert len(report["groups"]) == 1
    assert hits[0]["rarity"] > 10_000
    assert "--thorough" in run("search", query, "--thorough", "3", status=2).stderr
