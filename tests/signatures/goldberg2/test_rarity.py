"""How rare a distance is: rarer the nearer, and the less was looked at."""

from itertools import pairwise

import numpy as np

import imagematch_core as imagematch
from imagematch_core.signatures.goldberg2.rarity import one_in
from tests.drawings import drawing


def test_a_nearer_picture_is_rarer() -> None:
    for level in range(3):
        for everywhere in (False, True):
            found = [one_in(distance, level, everywhere) for distance in np.linspace(0, 1, 50)]
            assert all(near >= far for near, far in pairwise(found))
            assert (found[0], found[-1]) == (100_000, 1)


def test_looking_at_more_makes_a_distance_commoner() -> None:
    for distance in (0.36, 0.4, 0.45):
        upright = [one_in(distance, level, False) for level in range(3)]
        everywhere = [one_in(distance, level, True) for level in range(3)]
        assert upright == sorted(upright, reverse=True)
        assert everywhere == sorted(everywhere, reverse=True)
        assert all(a > b for a, b in zip(upright, everywhere, strict=True))


def test_hits_tell_it() -> None:
    with imagematch.open("memory://", algorithm="goldberg-2") as index:
        index.add(drawing(1))
        (hit,) = index.search(drawing(1))
        assert hit.rarity == 100_000
    with imagematch.open("memory://", algorithm="goldberg-1") as index:
        index.add(drawing(1))
        (hit,) = index.search(drawing(1))
        assert hit.rarity is None
