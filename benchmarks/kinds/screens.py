"""Screenshots with one photograph in them: phones, stories, browsers, posts; light and dark."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
from PIL import Image, ImageDraw, ImageOps

from .halves import Half, pick, signs
from .pen import Pen
from .photographs import landscapes, portraits
from .series import Kind, Originals, Random, Series

RGB = tuple[int, int, int]


@dataclass(frozen=True)
class Theme:
    """Colours of an interface."""

    ground: RGB
    raised: RGB
    text: RGB
    faint: RGB
    accent: RGB


LIGHT = Theme((255, 255, 255), (240, 242, 245), (20, 23, 26), (120, 128, 136), (29, 120, 230))
DARK = Theme((16, 17, 19), (36, 38, 42), (235, 236, 238), (130, 136, 144), (80, 160, 250))
THEMES = {"light": LIGHT, "dark": DARK}
Screen = Callable[[Image.Image, Random, Half, Theme], Image.Image]


def kinds(half: Half, count: int) -> Iterator[Kind]:
    """All of them, with series of so many pictures."""
    gradients = tuple(
        Series(f"story {name} gradient", half, max(4, count // 2), who, _story_on_colours)
        for name, who in (("landscapes", landscapes), ("portraits", portraits))
    )
    yield Kind("screens", "story 9:16, on a gradient", gradients)
    for name, screen, who in (
        ("phone, landscape", _phone, landscapes),
        ("phone, portrait", _phone, portraits),
        ("story 9:16", _story, landscapes),
        ("story 9:16, portrait", _story, portraits),
        ("browser, picture in a tab", _tab, landscapes),
        ("browser, article", _article, landscapes),
        ("post", _post, landscapes),
        ("post, portrait", _post, portraits),
        ("chat with a picture", _chat, landscapes),
        ("viewer on a desktop", _viewer, landscapes),
    ):
        yield Kind("screens", name, _both(name, screen, who, half, count // 2))


def _both(name: str, screen: Screen, who: Originals, half: Half, count: int) -> tuple[Series, ...]:
    return tuple(
        Series(f"{name} {theme}", half, max(4, count), who, partial(_drawn, screen, colours))
        for theme, colours in THEMES.items()
    )


def _drawn(
    screen: Screen, theme: Theme, image: Image.Image, random: Random, half: Half
) -> Image.Image:
    return screen(image, random, half, theme)


def _fitted(image: Image.Image, width: int, height: int) -> Image.Image:
    return ImageOps.contain(image, (width, height), Image.Resampling.BICUBIC)


def _status(pen: Pen, random: Random, theme: Theme, width: int) -> None:
    """Time, signal and battery along the top of a phone."""
    hour, minute = int(random.integers(24)), int(random.integers(60))
    pen.text((30, 12), f"{hour}:{minute:02}", 18, theme.text, "bold")
    for bar in range(4):
        left = width - 110 + 7 * bar
        pen.draw.rectangle((left, 28 - 4 * bar, left + 4, 32), theme.text)
    pen.draw.rounded_rectangle((width - 62, 16, width - 28, 32), 4, outline=theme.text, width=2)
    charge = int(random.integers(6, 28))
    pen.draw.rectangle((width - 59, 19, width - 59 + charge, 29), theme.text)


def _avatar(pen: Pen, random: Random, box: tuple[int, int, int, int]) -> None:
    colour = pick(random, pen.half.colours)
    pen.draw.ellipse(box, colour)
    middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    letter = pick(random, pen.half.names)[0]
    pen.text(middle, letter, (box[3] - box[1]) * 0.5, "white", "bold", "mm")


def _phone(image: Image.Image, random: Random, half: Half, theme: Theme) -> Image.Image:
    """The gallery of a phone, which shows one picture."""
    width, height = 540, 1170
    ground = theme.ground if theme is LIGHT else (0, 0, 0)
    screen = Image.new("RGB", (width, height), ground)
    pen = Pen(screen, half)
    shown = _fitted(image, width, height)
    screen.paste(shown, ((width - shown.width) // 2, (height - shown.height) // 2))
    _status(pen, random, theme, width)
    pen.draw.line(((44, 70), (32, 82), (44, 94)), theme.text, 3)
    day = f"{random.integers(1, 29)} {half.say(random, 1).title()}"
    pen.text((width / 2, 70), day, 19, theme.text, "bold", "ma")
    pen.text(
        (width / 2, 94),
        f"{random.integers(24)}:{random.integers(10, 60)}",
        14,
        theme.faint,
        anchor="ma",
    )
    for number in range(5):
        x, y = 60 + number * 105, 1085
        pen.glyph((x, y), signs(half)[number], 30, theme.text)
    pen.draw.rounded_rectangle((180, 1150, 360, 1155), 3, theme.text)
    return screen


def _story(image: Image.Image, random: Random, half: Half, theme: Theme) -> Image.Image:
    """A story: progress, who it is from, the picture at full width, a field to reply."""
    width, height = 540, 960
    screen = Image.new("RGB", (width, height), theme.ground if theme is LIGHT else (0, 0, 0))
    shown = _fitted(image, width, height - (0 if image.height < image.width else 120))
    screen.paste(shown, ((width - shown.width) // 2, (height - shown.height) // 2))
    pen = Pen(screen, half)
    parts, done = 4, int(random.integers(1, 4))
    for part in range(parts):
        left = 12 + part * 130
        colour = theme.text if part < done else theme.faint
        pen.draw.rounded_rectangle((left, 10, left + 124, 14), 2, colour)
    _avatar(pen, random, (14, 26, 54, 66))
    pen.text((66, 30), half.person(random), 16, theme.text, "bold")
    pen.text((66, 50), f"{random.integers(1, 24)} h", 13, theme.faint)
    pen.draw.rounded_rectangle((14, 905, 430, 945), 20, outline=theme.faint, width=2)
    pen.text((34, 925), half.say(random, 2).capitalize() + "…", 15, theme.faint, anchor="lm")
    pen.draw.polygon(((470, 912), (520, 925), (470, 938), (480, 925)), theme.text)
    return screen


def _story_on_colours(image: Image.Image, random: Random, half: Half) -> Image.Image:
    """A story whose ground runs from one colour to another; the picture is a card on it."""
    width, height = 540, 960
    first, last = (np.array(half.colours[at], np.float64) for at in (0, 1))
    down = np.linspace(0, 1, height)[:, None, None]
    levels = np.broadcast_to(first * (1 - down) + last * down, (height, width, 3))
    screen = Image.fromarray(levels.astype(np.uint8))
    pen = Pen(screen, half)
    pen.draw.rounded_rectangle((12, 10, 528, 14), 2, "white")
    _avatar(pen, random, (14, 26, 54, 66))
    pen.text((66, 46), half.person(random), 16, "white", "bold", "lm")
    shown = _fitted(image, 460, 640)
    screen.paste(shown, ((width - shown.width) // 2, (height - shown.height) // 2))
    return screen


def _window(half: Half, theme: Theme, title: str) -> tuple[Image.Image, Pen]:
    """A browser of 1,280 × 720 without what it shows, which begins at 84."""
    screen = Image.new("RGB", (1280, 720), theme.ground)
    pen = Pen(screen, half)
    pen.draw.rectangle((0, 0, 1280, 40), theme.raised if theme is DARK else (222, 225, 230))
    pen.draw.rounded_rectangle((16, 6, 260, 52), 8, theme.ground)
    pen.text((30, 23), title[:26], 14, theme.text, anchor="lm")
    for number, colour in enumerate(((237, 106, 94), (245, 191, 79), (98, 197, 84))):
        pen.draw.ellipse((1190 + 26 * number, 13, 1204 + 26 * number, 27), colour)
    pen.draw.rectangle((0, 40, 1280, 83), theme.ground)
    pen.draw.rounded_rectangle((110, 46, 1200, 76), 15, theme.raised)
    for number in range(3):
        x = 24 + number * 28
        pen.draw.line(((x + 5, 54), (x - 3, 61), (x + 5, 68)), theme.faint, 2)
    pen.text((128, 61), f"https://{title.replace(' ', '.')}/", 14, theme.text, anchor="lm")
    pen.draw.line((0, 83, 1280, 83), theme.raised)
    return screen, pen


def _tab(image: Image.Image, random: Random, half: Half, theme: Theme) -> Image.Image:
    """A browser that shows the picture alone."""
    screen, pen = _window(half, theme, half.say(random, 2))
    pen.draw.rectangle((0, 84, 1280, 720), (14, 14, 14) if theme is DARK else (255, 255, 255))
    shown = _fitted(image, 1280, 636)
    screen.paste(shown, ((1280 - shown.width) // 2, 84 + (636 - shown.height) // 2))
    return screen


def _article(image: Image.Image, random: Random, half: Half, theme: Theme) -> Image.Image:
    """A page of news: a headline, the picture, text, and a column of links beside it."""
    screen, pen = _window(half, theme, half.say(random, 2))
    pen.text((140, 104), half.say(random, 1).upper() + " DAILY", 22, theme.accent, "display")
    for number in range(5):
        pen.text((420 + 110 * number, 108), half.say(random, 1).title(), 15, theme.faint)
    pen.draw.line((140, 140, 1140, 140), theme.faint)
    top = pen.lines((140, 154), half.say(random, 9).capitalize(), 28, 640, theme.text, "serif")
    shown = image.resize((640, round(640 * image.height / image.width)), Image.Resampling.BICUBIC)
    screen.paste(shown, (140, round(top) + 8))
    below = top + shown.height + 16
    pen.text((140, below), half.say(random, 8).capitalize() + ".", 13, theme.faint)
    pen.lines((140, below + 26), half.say(random, 60), 17, 640, theme.text, "serif", most=6)
    for number in range(7):
        place = (830, 160 + number * 78)
        pen.lines(place, half.say(random, 7).capitalize(), 17, 300, theme.text, "bold", most=2)
        pen.draw.line((830, place[1] + 62, 1140, place[1] + 62), theme.raised)
    return screen


def _post(image: Image.Image, random: Random, half: Half, theme: Theme) -> Image.Image:
    """A post: who, some words, the picture with round corners, what others said."""
    width = 600
    shown = image.resize((560, round(560 * image.height / image.width)), Image.Resampling.BICUBIC)
    screen = Image.new("RGB", (width, 1400), theme.ground)
    pen = Pen(screen, half)
    _avatar(pen, random, (20, 18, 68, 66))
    name = half.person(random)
    pen.text((82, 20), name, 18, theme.text, "bold")
    pen.text((82, 44), f"@{name.split()[0].lower()} · {random.integers(1, 23)} h", 15, theme.faint)
    said = half.say(random, int(random.integers(8, 30))).capitalize() + "."
    top = round(pen.lines((20, 82), said, 18, 560, theme.text)) + 8
    corners = Image.new("L", shown.size)
    ImageDraw.Draw(corners).rounded_rectangle((0, 0, *shown.size), 16, 255)
    screen.paste(shown, (20, top), corners)
    foot = top + shown.height + 14
    for number in range(4):
        x = 30 + number * 150
        pen.glyph((x + 9, foot + 9), signs(half)[5 + number], 20, theme.faint)
        pen.text((x + 26, foot + 9), str(random.integers(2, 900)), 14, theme.faint, anchor="lm")
    foot += 34
    pen.draw.line((0, foot, width, foot), theme.raised, 2)
    for _ in range(int(random.integers(1, 3))):
        _avatar(pen, random, (20, foot + 14, 52, foot + 46))
        pen.text((64, foot + 12), half.person(random), 14, theme.text, "bold")
        said = half.say(random, int(random.integers(3, 12))).capitalize() + "."
        foot = round(pen.lines((64, foot + 32), said, 15, 500, theme.text)) + 6
    return screen.crop((0, 0, width, foot + 14))


def _chat(image: Image.Image, random: Random, half: Half, theme: Theme) -> Image.Image:
    """Messages on a phone, one of them the picture."""
    width, height = 540, 1170
    ground = (229, 221, 213) if theme is LIGHT else (11, 20, 26)
    mine = (217, 253, 211) if theme is LIGHT else (0, 92, 75)
    theirs = (255, 255, 255) if theme is LIGHT else (32, 44, 51)
    screen = Image.new("RGB", (width, height), ground)
    pen = Pen(screen, half)
    pen.draw.rectangle((0, 0, width, 116), theme.raised)
    _status(pen, random, theme, width)
    _avatar(pen, random, (56, 54, 104, 102))
    pen.text((120, 58), half.person(random), 20, theme.text, "bold")
    pen.text((120, 84), half.say(random, 1), 15, theme.faint)
    top = 134
    for number in range(7):
        own = bool(random.integers(2)) if number != 2 else False
        left = 180 if own else 16
        if number == 2:
            shown = _fitted(image, 400, 520)
            box = (left, top, left + shown.width + 12, top + shown.height + 12)
            pen.draw.rounded_rectangle(box, 12, theirs)
            screen.paste(shown, (left + 6, top + 6))
            top += shown.height + 26
            continue
        said = half.say(random, int(random.integers(3, 16))).capitalize()
        beginning = top
        lines = max(1, round(pen.width(said, 18) / 300 + 0.5))
        pen.draw.rounded_rectangle(
            (left, top, left + 340, top + 20 + 26 * lines), 12, mine if own else theirs
        )
        pen.lines((left + 14, top + 10), said, 18, 310, theme.text)
        top = beginning + 34 + 26 * lines
    pen.draw.rectangle((0, 1096, width, height), theme.raised)
    pen.draw.rounded_rectangle((60, 1106, 470, 1150), 22, theme.ground)
    pen.draw.ellipse((482, 1106, 526, 1150), (0, 168, 132))
    return screen


def _viewer(image: Image.Image, random: Random, half: Half, theme: Theme) -> Image.Image:
    """A program that shows pictures, with thumbnails below, in the middle of a coloured desktop."""
    screen = Image.new("RGB", (1280, 720), half.colours[1])
    pen = Pen(screen, half)
    pen.draw.rectangle((0, 680, 1280, 720), theme.raised)
    for number in range(9):
        colour = half.colours[number % len(half.colours)]
        left = 20 + 46 * number
        pen.draw.rounded_rectangle((left, 686, left + 28, 714), 6, colour)
    pen.text(
        (1250, 700), f"{random.integers(24)}:{random.integers(10, 60)}", 16, theme.text, anchor="rm"
    )
    box = (170, 40, 1110, 650)
    pen.draw.rounded_rectangle(box, 10, theme.raised)
    pen.text(
        (640, 60), f"{half.say(random, 2).replace(' ', '-')}.jpg", 15, theme.text, "bold", "mm"
    )
    pen.draw.rectangle((170, 80, 1110, 620), theme.ground)
    shown = _fitted(image, 900, 520)
    screen.paste(shown, (640 - shown.width // 2, 350 - shown.height // 2))
    pen.text((190, 635), f"{image.width} × {image.height}", 13, theme.faint, anchor="lm")
    return screen
