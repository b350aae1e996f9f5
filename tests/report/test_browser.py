"""The page in Chromium, as people use it."""

import json
import shutil
from collections.abc import Iterator
from math import floor
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageOps
from playwright.sync_api import Browser, Page

import imagematch_core as imagematch
from devtools.browser import PATIENCE, browser
from imagematch_core.cleanup import (
    CleanupAction,
    apply_cleanup,
    load_decisions,
    plan_decisions,
    undo_cleanup,
)
from imagematch_core.cli.html import write_hits
from imagematch_core.deduping import DedupeResult, dedupe
from imagematch_core.model import ALL_ORIENTATIONS, Orientation
from imagematch_core.report.content import of_duplicates
from imagematch_core.report.file import ReportFile
from imagematch_core.sources.folders import walk
from tests.drawings import drawing, saved

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def found(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, DedupeResult]:
    return photos, run(photos, tmp_path_factory.getbasetemp() / "report.db", linkages=True)


def run(photos: Path, cache: Path, **options: Any) -> DedupeResult:
    files = list(walk([photos], lambda error: None))
    options |= {"all_orientations": True, "thorough": 0, "workers": 1}
    return dedupe(files, cache=cache, **options)


@pytest.fixture(scope="module")
def address(found: tuple[Path, DedupeResult], tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("page") / "report.html"
    groups, digests = found[1].groups, found[1].digests
    assert groups.linkages is not None
    ReportFile(path).write(
        of_duplicates(groups.linkages, digests, truncated=False, looked_at="</title>")
    )
    return path.as_uri()


@pytest.fixture
def page(chromium: Browser, address: str, photos: Path) -> Iterator[Page]:
    """The page, which must neither fail nor ask for anything but the pictures it shows."""
    context = chromium.new_context(viewport={"width": 1_300, "height": 4_000}, color_scheme="light")
    context.set_default_timeout(PATIENCE)
    opened = context.new_page()
    trouble: list[str] = []
    opened.on("console", lambda message: trouble.append(message.text))
    opened.on("pageerror", lambda error: trouble.append(str(error)))
    opened.on("dialog", lambda dialog: trouble.append(dialog.message))
    opened.on(
        "request",
        lambda request: None if request.url == opened.url else trouble.append(request.url[:200]),
    )
    opened.goto(address)
    yield opened
    # The pictures of the report themselves may be opened, and what the page makes of itself.
    own = (address, "data:", "blob:", photos.as_uri())
    assert [text for text in trouble if not text.startswith(own)] == []
    context.close()


def shown(page: Page) -> list[Any]:
    """Every group of the page, as `described` has it."""
    groups: list[Any] = page.evaluate(
        """state.groups.map((group) => [
            fullPath(data, data.pictures[group.keeper]),
            group.largestDistance,
            group.copies.map(({number, distance, turn, exact}) =>
                [fullPath(data, data.pictures[number]), distance, data.turns[turn], exact]),
        ])"""
    )
    return sorted(groups)


def described(report: DedupeResult) -> list[Any]:
    def turn(one: Orientation) -> list[Any]:
        return [one.negative, one.mirror, one.rotate]

    def exact(one: imagematch.Member, group: imagematch.Group) -> bool:
        digest = report.digests.get(one.entry.id)
        return digest is not None and digest == report.digests.get(group.keeper.id)

    return sorted(
        [
            group.keeper.path,
            group.largest_distance,
            [
                [one.entry.path, one.distance, turn(one.orientation), exact(one, group)]
                for one in group.members[1:]
            ],
        ]
        for group in report.groups
    )


def labels(page: Page) -> list[str]:
    return [str(one.get_attribute("aria-label")) for one in page.get_by_role("article").all()]


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.dataset.place ?? document.activeElement.id"))


def move_cutoff(page: Page, cutoff: float) -> None:
    page.get_by_label("Cutoff", exact=True).fill(f"{cutoff:.3f}")
    page.evaluate("new Promise(requestAnimationFrame)")


def test_at_first_the_groups_are_those_of_the_run(
    page: Page, found: tuple[Path, DedupeResult]
) -> None:
    assert shown(page) == described(found[1])
    assert len(labels(page)) == len(found[1].groups)
    assert page.locator("#totals dd").all_inner_texts()[:3] == ["4", "11", "13"]


def test_the_slider_regroups_as_the_library_does(
    page: Page, found: tuple[Path, DedupeResult], tmp_path_factory: pytest.TempPathFactory
) -> None:
    photos, cache = found[0], tmp_path_factory.getbasetemp() / "report.db"
    most = float(page.get_by_label("Cutoff", exact=True).get_attribute("max") or 0)
    assert most > 0.2
    linkages = found[1].groups.linkages
    assert linkages is not None
    joins = sorted(merge.distance for linkage in linkages for merge in linkage.merges)
    below = floor(joins[len(joins) * 2 // 3] * 1_000) / 1_000
    for cutoff in (below, below + 0.001, most):
        move_cutoff(page, cutoff)
        assert shown(page) == described(run(photos, cache, cutoff=round(cutoff, 3)))
        assert len(labels(page)) == len(page.evaluate("state.groups"))
    page.get_by_role("button", name="back to 0.200").click()
    assert shown(page) == described(found[1])


def test_filter_and_sort(page: Page) -> None:
    page.get_by_label("Filter", exact=True).fill("MIRRORED turned")
    assert page.get_by_role("article").count() == 1
    assert page.get_by_text("mirrored", exact=True).is_visible()
    page.get_by_label("Filter", exact=True).fill("nothing of the kind")
    assert page.get_by_role("article").count() == 0
    assert "None of the 4 groups" in page.locator("#status").inner_text()
    page.get_by_label("Filter", exact=True).fill("")
    page.get_by_text("Exact", exact=True).click()
    assert page.get_by_role("article").count() == 2
    totals = page.locator("#totals dd").last
    exact = totals.inner_text()
    page.get_by_text("Near", exact=True).click()
    near_ones = totals.inner_text()
    page.get_by_text("All", exact=True).click()
    parts = [float(text.removesuffix(" kB")) for text in (exact, near_ones, totals.inner_text())]
    assert 0 < parts[0] < parts[2]
    assert parts[0] + parts[1] == pytest.approx(parts[2], abs=2)
    orders = {}
    for by in ("size", "path", "near", "far"):
        page.get_by_label("Sort", exact=True).select_option(by)
        orders[by] = [label.partition(": ")[2] for label in labels(page)]
    counts = [int(label.split()[0]) for label in orders["size"]]
    assert counts == sorted(counts, reverse=True)
    near, far = ([float(label.split()[-2]) for label in orders[by]] for by in ("near", "far"))
    assert near == sorted(near) == far[::-1]
    assert near[0] < near[-1]


def test_the_keyboard_alone(page: Page) -> None:
    page.keyboard.press("j")
    page.keyboard.press("ArrowDown")
    assert focused(page) == "1"
    page.keyboard.press("k")
    assert focused(page) == "0"
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    assert dialog.get_by_role("heading", level=2).inner_text().startswith("Copy 1 of ")
    page.keyboard.press("ArrowRight")
    assert dialog.get_by_role("heading", level=2).inner_text().startswith("Copy 2 of ")
    page.keyboard.press("j")  # belongs to the page behind
    page.keyboard.press("Escape")
    assert not dialog.is_visible()
    assert focused(page) == "0"
    page.keyboard.press("/")
    assert focused(page) == "filter"
    page.keyboard.type("j?")
    assert page.get_by_label("Filter", exact=True).input_value() == "j?"
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    assert page.get_by_role("dialog", name="Keyboard").is_visible()
    page.keyboard.press("Escape")
    assert not page.get_by_role("dialog").is_visible()


def test_a_key_right_after_closing_keeps_the_focus_that_it_sets(page: Page) -> None:
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.evaluate(
        """async () => {
            const dialog = document.querySelector("dialog[open]");
            const told = new Promise((done) => dialog.addEventListener("close", done));
            dialog.close();
            document.body.dispatchEvent(new KeyboardEvent("keydown", {key: "/", bubbles: true}));
            await told;
        }"""
    )
    assert focused(page) == "filter"


def test_turned_copies_are_turned_back(page: Page) -> None:
    page.get_by_label("Filter", exact=True).fill("turned")
    page.get_by_role("button", name="Compare 7 mirrored.png").click()
    page.keyboard.press("t")
    turned = page.locator("dialog .side:not(.kept) img")
    turns = set(turned.evaluate_all("(images) => images.map((one) => one.style.transform)"))
    assert turns == {"scaleX(-1) rotate(0deg)"}
    assert page.get_by_role("button", name="Turn the copy").get_attribute("aria-pressed") == "true"


def test_light_and_dark(page: Page) -> None:
    def brightness() -> int:
        colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
        return sum(map(int, colour.removeprefix("rgb(").removesuffix(")").split(",")))

    light = brightness()
    page.get_by_role("button", name="Switch between light and dark").click()
    assert brightness() < 100 < light
    page.keyboard.press("d")
    assert brightness() == light
    page.emulate_media(color_scheme="dark")
    assert brightness() == light  # as was chosen


def test_hostile_names_are_only_shown(page: Page) -> None:
    page.get_by_label("Filter", exact=True).fill("script")
    text = page.get_by_role("article").inner_text()
    for name in (
        "<img src=x onerror=alert(1)>.png",
        "a\"b'c&amp;.png",
        "new\\nline.png",
        "🎨 \\u202egnp.png",
        "caf%E9.png",
        "{{ 7 * 7 }}.png",
        "<!--<script>.png",
        "script><script>alert(2)<.png",
        "%3Cb%3E?#.png",
    ):
        assert name in text
    assert page.locator("img[src='x'], article script").count() == 0
    page.get_by_role("button", name="Compare %3Cb%3E?#.png").click()
    links = page.locator("dialog a").evaluate_all("(links) => links.map((one) => one.href)")
    assert any(link.endswith("/%3C/%253Cb%253E%3F%23.png") for link in links)
    assert page.evaluate("Object.keys(document.scripts[1].dataset)") == []


def test_every_picture_is_there(page: Page) -> None:
    page.wait_for_function("[...document.images].every((one) => one.complete)")
    assert page.evaluate("[...document.images].every((one) => one.naturalWidth > 0)")
    assert page.get_by_text("No preview").count() == 0


@pytest.mark.parametrize("width", [320, 390, 820, 1_440])
def test_nothing_sticks_out(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    overlaps = page.evaluate(
        """[...document.querySelectorAll(".row")].some((row) =>
            row.getBoundingClientRect().bottom > (row.nextSibling?.getBoundingClientRect().top
                ?? Infinity))"""
    )
    assert not overlaps


def saved_decisions(page: Page) -> dict[str, Any]:
    with page.expect_download() as download:
        page.get_by_role("button", name="Save decisions").click()
    assert download.value.suggested_filename == "decisions.json"
    decided: dict[str, Any] = json.loads(download.value.path().read_text())
    return decided


def going(decided: dict[str, Any]) -> dict[str, list[str]]:
    return {
        Path(group["keep"]["path"]).name: sorted(Path(one["path"]).name for one in group["copies"])
        for group in decided["groups"]
    }


def test_what_is_ticked_is_saved(page: Page) -> None:
    assert page.get_by_role("button", name="Save decisions").is_disabled()
    page.get_by_role("checkbox", name="again.png goes").check()
    assert "1 file will go" in page.locator("#decided").inner_text()
    assert going(saved_decisions(page)) == {"0.png": ["again.png"]}
    page.get_by_role("button", name="Tick exact copies").click()
    assert going(saved_decisions(page))["0.png"] == ["again.png", "once more.png"]
    page.get_by_role("button", name="Clear").click()
    assert page.get_by_role("button", name="Save decisions").is_disabled()
    assert page.get_by_role("checkbox", checked=True).count() == 0


def test_another_picture_is_kept_instead(page: Page) -> None:
    page.get_by_label("Filter", exact=True).fill("mirrored turned")
    page.get_by_role("button", name="Compare 7 mirrored.png").click()
    page.get_by_role("button", name="Keep this copy in the place of the other").click()
    dialog = page.get_by_role("dialog")
    assert dialog.get_by_role("region", name="Keep: your choice").count() == 1
    assert "mirrored" in dialog.locator(".badges").first.inner_text()
    page.keyboard.press("x")
    page.keyboard.press("Escape")
    assert going(saved_decisions(page)) == {"7 mirrored.png": ["7.png"]}


def test_turns_are_composed_as_pictures_are(page: Page) -> None:
    found = page.evaluate(
        """data.turns.flatMap((_, one) => data.turns.map((_, other) =>
            [one, other, composed(data.turns, one, other)]))"""
    )
    picture = drawing(1, (12, 8))
    for first, second, both in found:
        one, other, at_once = (ALL_ORIENTATIONS[number] for number in (first, second, both))
        twice = applied(applied(picture, one), other)
        assert twice.tobytes() == applied(picture, at_once).tobytes()
    undone = page.evaluate("data.turns.map((_, turn) => inverse(data.turns, turn))")
    assert [ALL_ORIENTATIONS[one] for one in undone] == [one.inverse() for one in ALL_ORIENTATIONS]


def applied(picture: Image.Image, turn: Orientation) -> Image.Image:
    mirrored = ImageOps.mirror(picture) if turn.mirror else picture
    rotated = mirrored.rotate(turn.rotate, expand=True)
    return ImageOps.invert(rotated) if turn.negative else rotated


def test_no_copies_are_marked_and_saved(page: Page) -> None:
    page.get_by_label("Filter", exact=True).fill("mirrored turned")
    page.get_by_role("button", name="No copies in this group").click()
    assert page.get_by_role("checkbox").count() == 0
    decided = saved_decisions(page)
    (files,) = decided["not_copies"]
    assert sorted(Path(file["path"]).name for file in files) == ["7 mirrored.png", "7.png"]
    assert all(file["revision"].startswith("goldberg-2 size=") for file in files)
    assert decided["groups"] == []


def test_deciding_by_keyboard(page: Page) -> None:
    page.keyboard.press("j")
    page.keyboard.press("x")
    ticked = page.get_by_role("checkbox", checked=True)
    all_of_group = page.get_by_role("article").first.get_by_role("checkbox").count()
    assert ticked.count() == all_of_group > 1
    assert focused(page) == "0"
    page.keyboard.press("Enter")
    page.keyboard.press("n")
    page.keyboard.press("Escape")
    assert ticked.count() == all_of_group - 1
    assert "1 marked as no copies" in page.locator("#decided").inner_text()
    with page.expect_download():
        page.keyboard.press("s")


def test_files_are_compared_at_full_size(page: Page) -> None:
    page.get_by_label("Filter", exact=True).fill("mirrored turned")
    page.get_by_role("button", name="Compare 7 mirrored.png").click()
    page.wait_for_function(
        "[...document.querySelectorAll('dialog img[src^=\"file:\"]')].length === 2"
        " && [...document.querySelectorAll('dialog img')].every((one) => one.naturalWidth)"
    )
    page.keyboard.press("f")
    assert page.locator("dialog .difference img").last.get_attribute("src", timeout=0)
    page.keyboard.press("b")
    assert not page.locator("dialog .over").is_visible()
    page.keyboard.press("b")
    assert page.locator("dialog .over").is_visible()
    page.keyboard.press("+")
    assert page.evaluate("comparison.scale") > 1
    page.keyboard.press("0")
    assert page.evaluate("comparison.scale") == 1


def test_saved_decisions_are_carried_out(
    page: Page, tmp_path: Path, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    page.get_by_role("checkbox", name="again.png goes").check()
    (tmp_path / "decisions.json").write_text(json.dumps(saved_decisions(page)))
    planned = plan_decisions(
        load_decisions(tmp_path / "decisions.json"), CleanupAction.MOVE, to=tmp_path / "gone"
    )
    done = apply_cleanup(planned, tmp_path / "log").done
    assert [Path(one.to).relative_to(tmp_path / "gone") for one in done] == [Path("0/again.png")]
    undo_cleanup(tmp_path / "log")
    assert (photos / "0" / "again.png").exists()


def test_what_is_only_compared_against_can_not_be_ticked(chromium: Browser, tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    picture = drawing(1, (200, 150))
    for name, size in (("a.png", (200, 150)), ("b.png", (190, 142)), ("c.png", (180, 135))):
        saved(old, name, picture.resize(size))
    for name in ("d.png", "e.png"):
        saved(new, name, picture.resize((150, 112)))
    shutil.copy(new / "d.png", old / "f.png")
    shutil.copy(new / "d.png", old / "g.png")
    found = dedupe(walk([new, old]), workers=1, linkages=True, reference=[old])
    assert found.groups.linkages is not None
    file = tmp_path / "report.html"
    ReportFile(file).write(
        of_duplicates(found.groups.linkages, found.digests, truncated=False, looked_at="")
    )
    context = chromium.new_context()
    context.set_default_timeout(PATIENCE)
    opened = context.new_page()
    opened.goto(file.as_uri())
    assert opened.get_by_role("figure").count() == 4  # a, f and what is new
    assert opened.get_by_role("checkbox").count() == 2
    opened.get_by_role("button", name="Tick all copies of the group").click()
    assert opened.get_by_role("checkbox", checked=True).count() == 2
    assert going(saved_decisions(opened)) == {"a.png": ["d.png", "e.png"]}
    freed = sum((new / name).stat().st_size for name in ("d.png", "e.png"))
    assert opened.locator("#totals dd").last.inner_text() == f"{freed / 1e3:.1f} kB"
    context.close()


def test_hits_of_a_search(chromium: Browser, tmp_path: Path) -> None:
    for size in (200, 120, 80):
        saved(tmp_path / "photos", f"{size}.png", drawing(3, (size, size * 3 // 4)))
    query = saved(tmp_path, "<b>query.jpg", drawing(3, (160, 120)))
    report = ReportFile(tmp_path / "hits.html")
    with imagematch.open("memory://") as index:
        index.add_many([*(tmp_path / "photos").iterdir(), saved(tmp_path, "x.png", drawing(4))])
        hits = index.search(query)
        write_hits(report, str(query), index, hits)
    page = chromium.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto((tmp_path / "hits.html").as_uri())
    assert page.get_by_role("heading", level=1).inner_text() == "Near copies of <b>query.jpg"
    assert "160×120 · JPEG" in page.get_by_label("The query").inner_text()
    assert [
        (label, row.locator(".name").inner_text(), row.locator(".badge").first.inner_text())
        for label, row in zip(labels(page), page.get_by_role("article").all(), strict=True)
    ] == [
        (f"Hit {number}", Path(hit.path).name, f"near {hit.distance:.3f}")
        for number, hit in enumerate(hits, 1)
    ]
    page.get_by_label("Cutoff", exact=True).fill("0")
    page.get_by_text("No near copies below 0.000.").wait_for()
    page.close()
