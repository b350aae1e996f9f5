"""Pages: text, forms, invoices, slides."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from PIL import Image

from .drawn import drawn
from .halves import Colour, Half, pick
from .pen import Pen, wrapped
from .series import Kind, Random

WIDTH, HEIGHT = 827, 1169
"""A4 at 100 dots an inch."""


def kinds(half: Half, count: int) -> Iterator[Kind]:
    """All of them, with series of so many pictures."""
    yield from drawn("text pages", half, count, _text_pages)
    yield from drawn("forms, one template", half, count, _forms_of_one)
    yield from drawn("forms", half, count, _forms)
    yield from drawn("invoices, one sender", half, count, _invoices_of_one)
    yield from drawn("invoices", half, count, _invoices)
    yield from drawn("slides, one theme", half, count, _slides, paper=False)


def _page(half: Half) -> Pen:
    return Pen(Image.new("RGB", (WIDTH, HEIGHT), "white"), half)


def _text_pages(half: Half, count: int) -> list[Image.Image]:
    """Pages of one book: justified paragraphs, some headings, a number at the foot."""
    random = half.random(200)
    size, left, width = (17, 105, 620) if half.seed % 2 else (19, 90, 650)
    pictures = []
    for number in range(count):
        pen = _page(half)
        top = 110.0
        pen.text((WIDTH / 2, 60), half.vocabulary[5].upper(), 12, (90, 90, 90), "serif", "ma")
        if random.random() < 0.3:
            top += 60
            pen.text((left, top), half.say(random, 3).title(), 28, "black", "serif")
            top += 60
        while top < 1060:
            if random.random() < 0.12:
                top += 16
                pen.text((left, top), half.say(random, 4).title(), 20, "black", "serif")
                top += 36
            said = half.say(random, int(random.integers(30, 120))).capitalize() + "."
            lines = wrapped(said, half.font("serif", size), width)
            for at, line in enumerate(lines):
                if top > 1060:
                    break
                _justified(pen, (left, top), line, size, width if at < len(lines) - 1 else None)
                top += size * 1.45
            top += size * 0.7
        pen.text((WIDTH / 2, 1110), str(number + 11), 14, "black", "serif", "ma")
        pictures.append(pen.image)
    return pictures


def _justified(
    pen: Pen, place: tuple[float, float], line: str, size: int, width: float | None
) -> None:
    words = line.split()
    gap = size * 0.28
    if width and len(words) > 1:
        gap = (width - sum(pen.width(word, size, "serif") for word in words)) / (len(words) - 1)
    left = place[0]
    for word in words:
        pen.text((left, place[1]), word, size, "black", "serif")
        left += pen.width(word, size, "serif") + gap


@dataclass(frozen=True)
class _Field:
    """A field of a form: its place, and what it asks for.

    Attributes:
        kind: 'box', 'line', 'cells' or 'choice'.
    """

    label: str
    kind: str
    left: float
    top: float
    width: float


@dataclass(frozen=True)
class _Form:
    """A template."""

    title: str
    colour: Colour
    small_print: str
    banner: bool
    fields: tuple[_Field, ...]


def _template(half: Half, random: Random) -> _Form:
    fields = []
    top = 200.0
    kinds = ("box", "box", "choice") if random.integers(2) else ("line", "cells", "choice")
    step = float(random.uniform(48, 66))
    while top < 980:
        columns = int(random.integers(1, 4))
        for column in range(columns):
            wide = 690 / columns
            label = half.say(random, int(random.integers(1, 3))).capitalize()
            kind = pick(random, kinds)
            fields.append(_Field(label, kind, 70 + column * wide, top, wide - 20))
        top += step
        if random.random() < 0.15:
            top += step * 0.6
    return _Form(
        half.say(random, 3).upper(),
        pick(random, half.colours),
        half.say(random, 40),
        bool(random.integers(2)),
        tuple(fields),
    )


def _filled(half: Half, form: _Form, random: Random) -> Image.Image:
    pen = _page(half)
    if form.banner:
        pen.draw.rectangle((60, 50, 767, 120), form.colour)
        pen.text((80, 85), form.title, 30, "white", "bold", "lm")
    else:
        pen.text((70, 60), form.title, 32, form.colour, "bold")
        pen.draw.line((70, 108, 757, 108), form.colour, 3)
    pen.lines((70, 135), form.small_print, 11, 690, (90, 90, 90), most=3)
    ink = (20, 30, 120)
    for field in form.fields:
        left, top, width = field.left, field.top, field.width
        pen.text((left, top), field.label, 12, (60, 60, 60))
        box = (left, top + 17, left + width, top + 41)
        if field.kind == "choice":
            chosen = int(random.integers(max(1, int(width // 90))))
            for number in range(max(1, int(width // 90))):
                x = left + 90 * number
                pen.draw.rectangle((x, top + 20, x + 16, top + 36), outline="black", width=1)
                pen.text((x + 22, top + 20), "abcdefghij"[number].upper(), 13)
                if number == chosen:
                    pen.draw.line((x, top + 20, x + 16, top + 36), ink, 3)
                    pen.draw.line((x + 16, top + 20, x, top + 36), ink, 3)
            continue
        if field.kind == "cells":
            for number in range(int(width // 24)):
                x = left + 24 * number
                pen.draw.rectangle((x, top + 17, x + 22, top + 41), outline=form.colour)
        elif field.kind == "box":
            pen.draw.rectangle(box, outline="black", width=1)
        else:
            pen.draw.line((left, top + 41, left + width, top + 41), "black")
        entered = half.say(random, int(random.integers(1, 5)))
        while len(entered) > 3 and pen.width(entered, 18, "serif") > width - 12:
            entered = entered[:-1]
        if random.random() < 0.85:
            pen.text((left + 6, top + 18), entered, 18, ink, "serif")
    pen.draw.line((70, 1100, 330, 1100), "black")
    _signature(pen, random, (80, 1085))
    pen.text((70, 1106), half.vocabulary[2].capitalize(), 12, (60, 60, 60))
    return pen.image


def _signature(pen: Pen, random: Random, place: tuple[float, float]) -> None:
    """Somebody's scrawl."""
    x, y = place
    points = [(x, y)]
    for _ in range(26):
        x += float(random.uniform(2, 14))
        points.append((x, place[1] + float(random.normal(0, 14))))
    pen.draw.line(points, (20, 30, 120), 3, joint="curve")


def _forms_of_one(half: Half, count: int) -> list[Image.Image]:
    """One form, filled in differently."""
    template = _template(half, half.random(201))
    return [_filled(half, template, half.random(201, number)) for number in range(count)]


def _forms(half: Half, count: int) -> list[Image.Image]:
    """Each of a template of its own."""
    return [
        _filled(half, _template(half, half.random(202, number)), half.random(203, number))
        for number in range(count)
    ]


@dataclass(frozen=True)
class _Sender:
    """A letterhead and a table."""

    name: str
    colour: Colour
    logo_left: bool
    striped: bool
    table_top: int


def _sender(half: Half, random: Random) -> _Sender:
    return _Sender(
        f"{pick(random, half.vocabulary)} & {pick(random, half.vocabulary)}".title(),
        pick(random, half.colours),
        bool(random.integers(2)),
        bool(random.integers(2)),
        int(random.integers(320, 430)),
    )


def _invoice(half: Half, sender: _Sender, random: Random) -> Image.Image:
    pen = _page(half)
    logo = 70 if sender.logo_left else 560
    pen.draw.rounded_rectangle((logo, 60, logo + 54, 114), 10, sender.colour)
    pen.text((logo + 27, 87), sender.name[0], 34, "white", "display", "mm")
    pen.text((logo + 66, 66), sender.name, 19, sender.colour, "bold")
    pen.text((logo + 66, 92), half.vocabulary[9].title() + " 14", 13, (90, 90, 90))
    title = 560 if sender.logo_left else 70
    pen.text((title, 66), "INVOICE", 30, "black", "bold")
    pen.text((title, 106), f"No. {random.integers(1000, 9999)}", 15)
    date = f"{random.integers(1, 29):02}.{random.integers(1, 13):02}.2026"
    pen.text((title, 128), date, 15)
    for number, line in enumerate(
        (
            half.person(random),
            half.say(random, 2).title(),
            f"{random.integers(10000, 99999)} {half.say(random, 1)}",
        )
    ):
        pen.text((70, 190 + 22 * number), line, 16)
    top = float(sender.table_top)
    pen.draw.rectangle((60, top - 34, 767, top - 6), sender.colour)
    for left, label in ((70, "Pos."), (130, "Description"), (560, "Qty"), (670, "Price")):
        pen.text((left, top - 20), label, 14, "white", "bold", "lm")
    total = 0.0
    for number in range(int(random.integers(3, 15))):
        if sender.striped and number % 2:
            pen.draw.rectangle((60, top, 767, top + 32), (238, 240, 243))
        price = float(random.uniform(4, 900))
        total += price
        pen.text((70, top + 16), str(number + 1), 15, anchor="lm")
        pen.text(
            (130, top + 16),
            half.say(random, int(random.integers(2, 5))).capitalize(),
            15,
            anchor="lm",
        )
        pen.text((590, top + 16), str(random.integers(1, 20)), 15, anchor="rm")
        pen.text((750, top + 16), f"{price:.2f}", 15, anchor="rm")
        top += 32
        if not sender.striped:
            pen.draw.line((60, top, 767, top), (200, 200, 200))
    pen.draw.line((480, top + 12, 767, top + 12), "black", 2)
    for number, (label, share) in enumerate((("Net", 1.0), ("VAT 20 %", 0.2), ("Total", 1.2))):
        family = "bold" if number == 2 else "sans"
        pen.text((500, top + 34 + 26 * number), label, 16, "black", family, "lm")
        pen.text((750, top + 34 + 26 * number), f"{total * share:.2f}", 16, "black", family, "rm")
    pen.draw.line((60, 1080, 767, 1080), sender.colour, 2)
    pen.text(
        (WIDTH / 2, 1096),
        f"{sender.name} · IBAN XX12 3456 7890 1234 5678",
        12,
        (90, 90, 90),
        anchor="ma",
    )
    return pen.image


def _invoices_of_one(half: Half, count: int) -> list[Image.Image]:
    """Of one sender to different people."""
    sender = _sender(half, half.random(204))
    return [_invoice(half, sender, half.random(204, number)) for number in range(count)]


def _invoices(half: Half, count: int) -> list[Image.Image]:
    """Each of a sender of its own."""
    return [
        _invoice(half, _sender(half, half.random(205, number)), half.random(206, number))
        for number in range(count)
    ]


def _slides(half: Half, count: int) -> list[Image.Image]:
    """Slides of one theme: points, two columns, a table, a chart, a quotation."""
    layouts: tuple[Callable[[Pen, Random], None], ...] = (_points, _columns, _table, _bars, _quote)
    pictures = []
    for number in range(count):
        random = half.random(207, number)
        pen = Pen(Image.new("RGB", (1280, 720), "white"), half)
        if half.seed % 2:
            pen.draw.rectangle((0, 0, 1280, 104), half.colours[1])
            pen.text((50, 52), half.say(random, 4).title(), 42, "white", "bold", "lm")
        else:
            pen.draw.rectangle((0, 0, 26, 720), half.colours[2])
            pen.text((70, 64), half.say(random, 4).title(), 42, half.colours[2], "display", "lm")
            pen.draw.line((70, 108, 1210, 108), half.colours[2], 2)
        # Most slides are points.
        layouts[0 if random.random() < 0.4 else int(random.integers(1, 5))](pen, random)
        pen.text((60, 694), half.vocabulary[4].title() + " 2026", 15, (120, 120, 120), anchor="lm")
        pen.text((1230, 694), str(number + 2), 15, (120, 120, 120), anchor="rm")
        pictures.append(pen.image)
    return pictures


def _points(pen: Pen, random: Random) -> None:
    top = 170.0
    for _ in range(int(random.integers(3, 7))):
        pen.draw.ellipse((84, top + 12, 96, top + 24), pen.half.colours[0])
        said = pen.half.say(random, int(random.integers(4, 12))).capitalize()
        top = pen.lines((116, top), said, 28, 1060, (40, 40, 40)) + 22


def _columns(pen: Pen, random: Random) -> None:
    for left in (84, 670):
        pen.text((left, 160), pen.half.say(random, 2).title(), 28, pen.half.colours[0], "bold")
        said = pen.half.say(random, int(random.integers(20, 40))).capitalize() + "."
        pen.lines((left, 214), said, 24, 510, (40, 40, 40))


def _table(pen: Pen, random: Random) -> None:
    rows, columns = int(random.integers(4, 9)), int(random.integers(3, 6))
    wide = 1100 / columns
    for row in range(rows):
        top = 160 + 54 * row
        if row == 0:
            pen.draw.rectangle((84, top, 1184, top + 54), pen.half.colours[0])
        elif row % 2:
            pen.draw.rectangle((84, top, 1184, top + 54), (240, 240, 244))
        for column in range(columns):
            said = (
                pen.half.say(random, 1).title()
                if row == 0 or column == 0
                else f"{random.uniform(0, 500):.1f}"
            )
            pen.text(
                (100 + wide * column, top + 27),
                said,
                22,
                "white" if row == 0 else "black",
                anchor="lm",
            )


def _bars(pen: Pen, random: Random) -> None:
    count = int(random.integers(4, 10))
    wide = 1080 / count
    pen.draw.line((90, 620, 1190, 620), (60, 60, 60), 2)
    for number in range(count):
        left = 100 + wide * number
        high = float(random.uniform(40, 430))
        pen.draw.rectangle(
            (left, 620 - high, left + wide * 0.66, 620), pen.half.colours[number % 3]
        )
        pen.text(
            (left + wide * 0.33, 634), pen.half.say(random, 1)[:8], 18, (60, 60, 60), anchor="ma"
        )


def _quote(pen: Pen, random: Random) -> None:
    pen.text((84, 130), "“", 160, pen.half.colours[0], "serif")
    said = pen.half.say(random, int(random.integers(10, 22))).capitalize() + "."
    top = pen.lines((170, 220), said, 38, 940, (40, 40, 40), "serif")
    pen.text((170, top + 30), "— " + pen.half.person(random), 24, (120, 120, 120))
