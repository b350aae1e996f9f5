"""Passwords in storage URLs of any spelling, looked for in everything that is shown."""

import random
from collections.abc import Iterator
from urllib.parse import quote

import imagematch_core as imagematch
from devtools.faults.tally import Tally
from imagematch_core import ImageMatchError
from imagematch_core.drivers.registry import installed_drivers
from tests.test_secrets import LETTERS, SPELLINGS, parts, shown_by

SIGNS = "@/?#:%+,[]!$='\"\\ "


def run(*, short: bool) -> Iterator[Tally]:
    """Yield one row."""
    tally = Tally("passwords in storage URLs, errors and reprs searched")
    chance = random.Random(0)
    schemes = sorted({driver.name for driver in installed_drivers()})
    for _ in range(40 if short else 1_500):
        password = _password(chance)
        spelling = chance.choice(SPELLINGS)
        scheme = chance.choice(schemes)
        url = spelling.format(scheme=scheme, raw=password, quoted=quote(password, safe=""))
        tally.tried += 1
        shown: list[str] = []
        with tally.judged():
            try:
                with imagematch.open(url, timeout=0.3, create=False) as index:
                    shown = [repr(index)]
            except ImageMatchError as err:
                shown = list(shown_by(err, set()))
                raise
        for part in parts(password):
            tally.expect(not any(part in text for text in shown), f"{part} of {url}")
    yield tally


def _password(chance: random.Random) -> str:
    pieces = [
        "".join(chance.choices(LETTERS, k=chance.randint(4, 8)))
        if chance.random() < 0.6
        else chance.choice(SIGNS)
        for _ in range(chance.randint(1, 6))
    ]
    return "".join(pieces) or LETTERS
