"""Screenshots without a photograph: code editors, chats, terminals."""

from collections.abc import Iterator

from PIL import Image

from .drawn import drawn
from .halves import Half, pick
from .pen import Pen, wrapped
from .series import Kind, Random


def kinds(half: Half, count: int) -> Iterator[Kind]:
    """All of them, with series of so many pictures."""
    yield from drawn("code editors", half, count, _editors, paper=False)
    yield from drawn("chats", half, count, _chats, paper=False)
    yield from drawn("terminals", half, count, _terminals, paper=False)


def _editors(half: Half, count: int) -> list[Image.Image]:
    """A tree of files, tabs, code, a status bar; dark in one half and light in the other."""
    dark = half.seed % 2 == 1
    ground, side, bar = (
        ((30, 30, 30), (37, 37, 38), (0, 122, 204))
        if dark
        else ((255, 255, 255), (243, 243, 243), (104, 33, 122))
    )
    colours = (
        [(156, 220, 254), (206, 145, 120), (212, 212, 212), (86, 156, 214), (106, 153, 85)]
        if dark
        else [(0, 16, 128), (163, 21, 21), (30, 30, 30), (0, 0, 255), (0, 128, 0)]
    )
    faint = (140, 140, 140)
    pictures = []
    for number in range(count):
        random = half.random(300, number)
        pen = Pen(Image.new("RGB", (1280, 720), ground), half)
        pen.draw.rectangle((0, 0, 48, 720), side)
        pen.draw.rectangle((48, 0, 290, 720), side)
        pen.draw.rectangle((0, 698, 1280, 720), bar)
        pen.draw.rectangle((290, 0, 1280, 34), side)
        for tab in range(int(random.integers(1, 5))):
            pen.text((306 + 150 * tab, 17), half.say(random, 1) + ".py", 14, faint, anchor="lm")
        for row in range(int(random.integers(10, 26))):
            left = 64.0 + 14 * int(random.integers(3))
            pen.text(
                (left, 40 + 25 * row),
                half.say(random, 1) + pick(random, (".py", ".md", "/")),
                13,
                faint,
            )
        indent = 0
        for row in range(31):
            pen.text((326, 46 + 21 * row), str(row + 1), 14, faint, "mono", "ra")
            if random.random() < 0.14:
                indent = 0
                continue
            left = 344.0 + 34 * indent
            for _ in range(int(random.integers(1, 6))):
                said = half.say(random, int(random.integers(1, 3))).replace(" ", "_")
                said = pick(random, ("{}", "{}(", "{}:", '"{}"', "{}.")).format(said)
                pen.text((left, 46 + 21 * row), said, 14, pick(random, colours), "mono")
                left += pen.width(said + " ", 14, "mono")
            indent = int(random.integers(max(0, indent - 1), min(4, indent + 1) + 1))
        pictures.append(pen.image)
    return pictures


def _chats(half: Half, count: int) -> list[Image.Image]:
    """Messages of two on a phone."""
    one = half.seed % 2 == 1
    ground, head, mine = (
        ((236, 229, 221), (7, 94, 84), (220, 248, 198))
        if one
        else ((255, 255, 255), (246, 246, 248), (0, 122, 255))
    )
    theirs = (255, 255, 255) if one else (233, 233, 235)
    pictures = []
    for number in range(count):
        random = half.random(301, number)
        pen = Pen(Image.new("RGB", (540, 1100), ground), half)
        pen.draw.rectangle((0, 0, 540, 100), head)
        pen.draw.ellipse((20, 30, 76, 86), pick(random, half.colours))
        pen.text((96, 58), half.person(random), 22, "white" if one else "black", "bold", "lm")
        top = 120.0
        while top < 960:
            top = _message(pen, random, top, (mine, theirs), light=one)
        pen.draw.rectangle((0, 1030, 540, 1100), head if not one else (240, 240, 240))
        pen.draw.rounded_rectangle((20, 1042, 450, 1088), 22, "white")
        pen.draw.ellipse((468, 1042, 514, 1088), mine if not one else head)
        pictures.append(pen.image)
    return pictures


def _message(
    pen: Pen,
    random: Random,
    top: float,
    colours: tuple[tuple[int, int, int], tuple[int, int, int]],
    *,
    light: bool,
) -> float:
    own = bool(random.integers(2))
    said = pen.half.say(random, int(random.integers(1, 22))).capitalize()
    lines = wrapped(said, pen.half.font("sans", 18), 330)
    wide = max(pen.width(line, 18) for line in lines) + 32
    high = 25 * len(lines) + 20
    left = 524 - wide if own else 16
    pen.draw.rounded_rectangle((left, top, left + wide, top + high), 14, colours[0 if own else 1])
    fill = "black" if light or not own else "white"
    for row, line in enumerate(lines):
        pen.text((left + 16, top + 9 + 25 * row), line, 18, fill)
    return top + high + float(random.uniform(6, 22))


def _terminals(half: Half, count: int) -> list[Image.Image]:
    """Commands and what they printed, on black or dark violet."""
    ground = (0, 0, 0) if half.seed % 2 else (48, 10, 36)
    pictures = []
    for number in range(count):
        random = half.random(302, number)
        pen = Pen(Image.new("RGB", (900, 600), ground), half)
        pen.draw.rectangle((0, 0, 900, 28), (60, 60, 60))
        pen.text((450, 14), half.vocabulary[6] + ": ~", 14, (220, 220, 220), anchor="mm")
        top = 38
        while top < 570:
            prompt = f"{half.vocabulary[6]}:~$ "
            pen.text((10, top), prompt, 15, (110, 220, 110), "mono")
            pen.text(
                (10 + pen.width(prompt, 15, "mono"), top),
                half.say(random, int(random.integers(1, 5))),
                15,
                (235, 235, 235),
                "mono",
            )
            top += 20
            for _ in range(int(random.integers(0, 9))):
                if top > 570:
                    break
                pen.text(
                    (10, top),
                    half.say(random, int(random.integers(2, 11)))[:94],
                    15,
                    (190, 190, 190),
                    "mono",
                )
                top += 20
        pictures.append(pen.image)
    return pictures
