"""How rare a distance is: rarer the nearer, and the less was looked at."""

from itertools import pairwise

import numpy as np
from PIL import Image, ImageDraw, ImageFont

import imagematch_core as imagematch
from imagematch_core.signatures.goldberg2.rarity import one_in
from tests.drawings import CARAVAGGIO, drawing


def test_a_nearer_picture_is_rarer() -> None:
    for everywhere in (False, True):
        found = [one_in(distance, everywhere) for distance in np.linspace(0, 1, 50)]
        assert all(near >= far for near, far in pairwise(found))
        assert (found[0], found[-1]) == (100_000, 1)


def test_looking_in_all_orientations_makes_a_distance_commoner() -> None:
    for distance in (0.3, 0.35, 0.4):
        assert one_in(distance, True) < one_in(distance, False)


def test_hits_tell_it() -> None:
    with imagematch.open("memory://", algorithm="goldberg-2") as index:
        index.add(CARAVAGGIO)
        (hit,) = index.search(CARAVAGGIO)
        assert hit.rarity == 100_000
    with imagematch.open("memory://", algorithm="goldberg-1") as index:
        index.add(drawing(1))
        (hit,) = index.search(drawing(1))
        assert hit.rarity is None


def test_nothing_is_claimed_of_what_looks_drawn() -> None:
    page = Image.new("L", (800, 1100), 255)
    draw = ImageDraw.Draw(page)
    for line in range(20):
        words = "so many words of an invoice "[: 8 + line * 7 % 19]
        draw.text((60, 60 + 48 * line), words, 0, ImageFont.load_default(36))
    with imagematch.open("memory://") as index:
        index.add(page)
        (hit,) = index.search(page.resize((600, 825)))
        assert hit.distance < 0.1
        assert hit.rarity is None
