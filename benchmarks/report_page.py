"""A report of many groups in Chromium: its size, and how long people wait for it.

    python -m benchmarks.report_page [--groups N]

Groups of two to four drawings, half of which hang together only at larger cutoffs than the
first. Needs the development environment, `.venv`.
"""

import argparse
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np
from PIL import Image
from playwright.sync_api import Page

from benchmarks.report import table, write
from devtools.browser import browser
from imagematch_core.matching.keeping import judge_entries
from imagematch_core.matching.linkage import Linkage, Linkages, Merge, Tie
from imagematch_core.model import UPRIGHT, Entry, PictureInfo, Signature
from imagematch_core.report.content import of_duplicates
from imagematch_core.report.file import ReportFile

DRAWN = 500
"""Different files; their thumbnails are made for each group anew."""
CUTOFF, REACH = 0.34, 0.40
ROUNDS = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--groups", type=int, default=10_000)
    count = parser.parse_args().groups
    with TemporaryDirectory() as place:
        folder, page = Path(place), Path(place, "report.html")
        for seed in range(DRAWN):
            draw(seed).save(folder / f"{seed}.jpg", quality=85)
        linkages = Linkages(
            tuple(groups(count, folder)), algorithm="goldberg-2", cutoff=CUTOFF, reach=REACH
        )
        content = of_duplicates(linkages, {}, truncated=False, looked_at="drawings")
        start = perf_counter()
        ReportFile(page).write(content)
        written = perf_counter() - start
        rows = [
            ("pictures", f"{len(content.sources):,}"),
            ("size", f"{page.stat().st_size / 1e6:.0f} MB"),
            ("written in", f"{written:.0f} s"),
            *((name, f"{milliseconds:,.0f} ms") for name, milliseconds in waited(page)),
        ]
    write(
        "report-page",
        f"A report of {count:,} groups",
        [
            "Medians, in Chromium without a window, 1440 × 1000 pixels. A time ends when the "
            "frame that shows the result has been drawn.",
            table(["what", "how much"], rows),
        ],
    )


def draw(seed: int) -> Image.Image:
    noise = np.random.default_rng(seed).integers(0, 256, (18, 24, 3), dtype=np.uint8)
    return Image.fromarray(noise).resize((400, 300), Image.Resampling.BICUBIC)


def groups(count: int, folder: Path) -> Iterator[Linkage]:
    random = np.random.default_rng(0)
    drawn = 0
    for _ in range(count):
        size = int(random.integers(2, 5))
        entries = []
        for number in range(size):
            path = folder / f"{(drawn + number) % DRAWN}.jpg"
            info = PictureInfo("JPEG", 400, 300, path.stat().st_size)
            name = f"{drawn + number}"
            entries.append(
                Entry(
                    name, str(path), None, Signature("goldberg-2", b""), datetime.now(UTC), info, ""
                )
            )
        drawn += size
        distances = np.sort(random.uniform(0, REACH, size - 1))
        merges = [Merge(float(far), 0, to) for to, far in enumerate(distances, 1)]
        keepers = {(to, 0): Tie(float(far), UPRIGHT, None) for to, far in enumerate(distances, 1)}
        merits = judge_entries(entries)
        yield Linkage(
            tuple(entries), tuple(merges), keepers, tuple(merits[one.id] for one in entries)
        )


FIRST_SHOWN = """
new MutationObserver((_, observer) => {
    if (!document.querySelector("article")) return;
    observer.disconnect();
    const note = () => { window.firstShown = performance.now(); };
    requestAnimationFrame(() => setTimeout(note));
}).observe(document, { subtree: true, childList: true });
"""

WHEN_SHOWN = """async () => {
    // The frame may come after the load event.
    while (!window.firstShown) {
        if (performance.now() > 60_000) throw new Error("no group is shown after a minute");
        await new Promise(requestAnimationFrame);
    }
    return window.firstShown;
}"""


def waited(path: Path) -> Iterator[tuple[str, float]]:
    """Milliseconds until the page can be used, and that uses of it take."""
    with browser() as opened:
        first, all_there = [], []
        for _ in range(ROUNDS):
            page = opened.new_page(viewport={"width": 1_440, "height": 1_000})
            page.add_init_script(FIRST_SHOWN)
            page.goto(path.as_uri())
            first.append(float(page.evaluate(WHEN_SHOWN)))
            all_there.append(
                float(page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd"))
            )
            if len(first) < ROUNDS:
                page.close()
        yield "until it can be scrolled", median(first)
        yield "until every thumbnail is in the page", median(all_there)
        yield "moving the cutoff", timed(page, MOVE)
        yield "filtering", timed(page, FILTER)
        yield "jumping to another place in the list", timed(page, JUMP)


MOVE = """(round) => {
    const slider = document.getElementById("cutoff");
    slider.value = 0.05 + round * 0.03;
    slider.dispatchEvent(new Event("input"));
}"""
FILTER = """(round) => {
    const filter = document.getElementById("filter");
    filter.value = String(round);
    filter.dispatchEvent(new Event("input"));
}"""
JUMP = "(round) => scrollTo(0, document.body.scrollHeight * (round + 1) / 11)"


def timed(page: Page, act: str) -> float:
    """The median of so many rounds, each until its frame has been drawn."""
    frame = "new Promise((done) => requestAnimationFrame(() => setTimeout(done)))"
    return median(
        float(
            page.evaluate(
                f"""async (round) => {{
                    const start = performance.now();
                    ({act})(round);
                    await {frame};
                    return performance.now() - start;
                }}""",
                number,
            )
        )
        for number in range(ROUNDS)
    )


if __name__ == "__main__":
    main()
