"""The page in Chromium, as people use it."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import imagematch_core as imagematch
import pytest
from axe_playwright_python.sync_playwright import Axe
from devtools.browser import PATIENCE, browser
from PIL import ImageOps
from playwright.sync_api import Browser, Page, Route, expect
from serving import TOKEN, running
from tests.drawings import drawing, saved

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("page")]
expect.set_options(timeout=PATIENCE)
NAME = "<img src=x onerror=alert(1)>.png"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as opened:
        yield opened


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A folder with a picture, copies of it and others."""
    folder = tmp_path / "pictures"
    one = drawing(1, (240, 180))
    saved(folder, NAME, one)
    saved(folder, "small.jpg", one.resize((120, 90)))
    saved(folder, "mirrored.png", ImageOps.mirror(one))
    saved(folder, "other.png", drawing(2))
    return folder


@pytest.fixture
def address(pictures: Path, tmp_path: Path) -> Iterator[str]:
    """A running service that shows the folder, and needs the token for writing."""
    url = f"sqlite:///{tmp_path}/index.db"
    with imagematch.open(url) as index:
        for number, path in enumerate(sorted(pictures.iterdir())):
            index.add(path, metadata={"n": number, "shop": "a b"})
        index.add(drawing(1), id="nowhere", path="nowhere.png", metadata={"n": 9})
    with running(url, token=TOKEN, files=pictures) as started:
        yield started


@pytest.fixture
def page(chromium: Browser, address: str) -> Iterator[Page]:
    """The page, which must not fail, nor ask anybody else for anything."""
    context = chromium.new_context(viewport={"width": 1_300, "height": 1_000})
    context.set_default_timeout(PATIENCE)
    opened = context.new_page()
    trouble: list[str] = []
    opened.on("pageerror", lambda error: trouble.append(str(error)))
    opened.on("dialog", lambda dialog: trouble.append(dialog.message))
    opened.on(
        "request",
        lambda asked: (
            None if asked.url.startswith((address, "blob:", "data:")) else trouble.append(asked.url)
        ),
    )
    opened.goto(address)
    expect(opened.locator("#about")).to_have_text("5 pictures")
    yield opened
    context.close()
    assert trouble == []


def names(page: Page) -> list[str]:
    return page.locator("#results .path").all_inner_texts()


def searched(page: Page, file: Path) -> None:
    page.locator("#file").set_input_files(file)
    expect(page.locator("#status")).to_contain_text("cop")


def test_the_copies_of_a_chosen_picture_are_shown(page: Page, pictures: Path) -> None:
    searched(page, pictures / "small.jpg")
    expect(page.locator("#status")).to_have_text("3 copies, the nearest first.")
    assert {Path(name).name for name in names(page)} == {"small.jpg", NAME, "nowhere.png"}
    expect(page.locator("#results .distance").first).to_have_text("0.000")
    expect(page.locator("#results article img:visible")).to_have_count(2)
    expect(page.locator(".none:visible")).to_have_count(1)
    seen = "[...document.querySelectorAll('#results img:not([hidden])')].map((i) => i.naturalWidth)"
    page.wait_for_function(f"({seen}).every(Boolean)")
    assert sorted(page.evaluate(seen)) == [120, 240]


def test_a_picture_chosen_before_the_indexes_are_known_is_searched(
    chromium: Browser, address: str, pictures: Path
) -> None:
    held: list[Route] = []
    page = chromium.new_page()

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/api/indexes", hold)
    page.goto(address)
    page.locator("#file").set_input_files(pictures / "small.jpg")
    expect(page.locator("#status")).to_have_text("Searching …")
    held[0].continue_()
    expect(page.locator("#status")).to_have_text("3 copies, the nearest first.")
    page.context.close()


def test_an_index_stays_chosen_when_it_could_not_be_counted(
    chromium: Browser, pictures: Path, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path}/two.db"
    with imagematch.open(url, index="logos") as index:
        index.add(pictures / "small.jpg")
    with running(url, indexes=("images", "logos")) as address:
        page = chromium.new_page()
        page.route("**/count", lambda route: route.fulfill(status=503, json={"detail": "Down."}))
        page.goto(address)
        expect(page.locator("#status")).to_have_text("Down.")
        page.locator("#index").select_option("logos")
        page.locator("#file").set_input_files(pictures / "small.jpg")
        expect(page.locator("#status")).to_have_text("1 copy.")
        page.context.close()


def test_options_change_what_is_found(page: Page, pictures: Path) -> None:
    searched(page, pictures / NAME)
    page.get_by_label("mirrored, rotated and negative copies too").check()
    expect(page.locator("#results > li")).to_have_count(4)
    expect(page.get_by_text("mirrored", exact=True)).to_be_visible()
    page.get_by_label("Filter").fill('n<9 shop="a b"')
    expect(page.locator("#results > li")).to_have_count(3)
    page.get_by_label("Filter").fill("n!=9 n>=1")
    expect(page.locator("#results > li")).to_have_count(2)
    page.get_by_label("Filter").fill("nonsense")
    expect(page.locator("#status")).to_contain_text("is not key=value")
    page.get_by_label("Filter").fill("")
    expect(page.locator("#results > li")).to_have_count(4)
    page.get_by_label("Cutoff").fill("0.01")
    expect(page.locator("#results > li")).not_to_have_count(4)


def test_two_are_compared_with_the_reason(page: Page, pictures: Path) -> None:
    searched(page, pictures / NAME)
    page.get_by_role("button", name=re.compile("^Compare: .*small.jpg$")).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("distance")
    expect(page.locator("#why")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    assert page.evaluate("document.activeElement.className") == "open"


def test_adding_and_deleting_need_the_token(page: Page, pictures: Path, tmp_path: Path) -> None:
    searched(page, saved(tmp_path, "new.png", drawing(7)))
    expect(page.locator("#status")).to_have_text("No copy.")
    page.get_by_text("Add this picture").click()
    page.get_by_label("Metadata").fill("seller=me price=12")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("dialog").get_by_label("Token").fill(TOKEN)
    page.get_by_role("button", name="Keep it").click()
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("#status")).to_have_text("Added.")
    expect(page.locator("#about")).to_have_text("6 pictures")
    expect(page.locator(".metadata")).to_contain_text("price12")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("#status")).to_have_text("Added.")
    page.get_by_role("button", name="Delete: new.png").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete", exact=True).click()
    expect(page.locator("#about")).to_have_text("5 pictures")
    expect(page.locator("#status")).to_have_text("Deleted new.png from the index.")


def test_what_is_deleted_while_it_is_added_again_is_gone(
    page: Page, pictures: Path, tmp_path: Path
) -> None:
    page.evaluate(f"sessionStorage.setItem('token', '{TOKEN}')")
    searched(page, saved(tmp_path, "new.png", drawing(7)))
    page.get_by_text("Add this picture").click()
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("#status")).to_have_text("Added.")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/pictures", hold)
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("button", name="Delete: new.png").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete", exact=True).click()
    expect(page.locator("#status")).to_have_text("Deleting …")
    while not held:
        page.wait_for_timeout(50)
    held[0].continue_()
    expect(page.locator("#status")).to_have_text("Deleted new.png from the index.")
    expect(page.locator("#about")).to_have_text("5 pictures")


def test_a_picture_with_a_copy_is_not_added(page: Page, pictures: Path, tmp_path: Path) -> None:
    page.evaluate(f"sessionStorage.setItem('token', '{TOKEN}')")
    searched(page, saved(tmp_path, "again.jpg", drawing(1)))
    page.get_by_text("Add this picture").click()
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("#status")).to_have_text("Not added: it has a copy already.")


def test_pictures_can_be_pasted_and_dropped(page: Page, pictures: Path) -> None:
    for name, field in (("paste", "clipboardData"), ("drop", "dataTransfer")):
        page.evaluate(
            """async ([name, field, url]) => {
                const blob = await (await fetch(url)).blob();
                const data = new DataTransfer();
                data.items.add(new File([blob], "a.png", {type: "image/png"}));
                const event = new Event(name, {bubbles: true, cancelable: true});
                Object.defineProperty(event, field, {value: data});
                document.body.dispatchEvent(event);
            }""",
            [name, field, shown_address(page)],
        )
        expect(page.locator("#results > li")).to_have_count(3)
        page.evaluate("document.getElementById('results').replaceChildren()")


def shown_address(page: Page) -> Any:
    return page.evaluate(
        """async () => {
            const found = await (await fetch("/api/indexes/images/pictures")).json();
            return found.entries.find((one) => one.path.endsWith("small.jpg")).picture;
        }"""
    )


def test_what_is_no_picture_is_said(page: Page, tmp_path: Path) -> None:
    file = tmp_path / "note.png"
    file.write_text("no picture")
    page.locator("#file").set_input_files(file)
    expect(page.locator("#status.wrong")).to_be_visible()


def test_it_works_by_keyboard_alone(page: Page, pictures: Path) -> None:
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    while page.evaluate("document.activeElement.id") != "file":
        page.keyboard.press("Tab")
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Space")
    chooser.value.set_files(pictures / "small.jpg")
    expect(page.locator("#results > li")).to_have_count(3)
    page.get_by_role("button", name="Search with it: ").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#status")).to_have_text("2 copies, the nearest first.")
    assert page.evaluate("document.activeElement.id") == "results"


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (820, "light"), (1_440, "dark")])
def test_nothing_is_wider_than_the_screen(
    chromium: Browser, address: str, pictures: Path, width: int, scheme: Any
) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(address)
    searched(page, pictures / NAME)
    expect(page.locator("#results > li")).to_have_count(3)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("button", name="Compare: ").first.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.keyboard.press("Escape")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    # Every control has a name, and every picture a text.
    unnamed = page.evaluate(
        """[...document.querySelectorAll("button, input, select, img")].filter((one) => !(
            one.labels?.length || one.ariaLabel || one.textContent.trim() || one.alt
            || one.closest("template"))).map((one) => one.outerHTML)"""
    )
    assert unnamed == []
    context.close()
