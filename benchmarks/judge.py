"""Recall at equal false rates, of goldberg-2 and of what else finds near copies.

    python -m benchmarks.judge [--half judging|tuning] [--queries N] [--alone]

All pictures of a half are stored; some are altered in every way and searched with. A false match is
a copy, altered upright, that is found near to a picture of which it is no copy. For each method the
cutoff is set where a share of all such pairs match, and recall is the share of copies that are
found under that cutoff. Nothing else is asked of a method: not its own cutoff, nor its index.

goldberg-2 is measured once more through `Index.search`, where words decide what is compared.
`--alone` leaves out what is not ours, and keeps its report beside the other.
"""

import argparse
import warnings
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PIL import Image

import imagematch_core as imagematch
from imagematch_core.model import UPRIGHT as AS_IT_IS
from imagematch_core.signatures import get_algorithm
from imagematch_core.signatures.algorithm import MOST_THOROUGH
from imagematch_core.sources import open_picture

from .alterations import CROPS_JUDGING, CROPS_TUNING, TURNED, UPRIGHT, Alteration
from .pictures import cache
from .plots import curves, heat
from .report import table, write
from .rivals import Rival, rivals
from .sets import JUDGING, TUNING, originals, same_by_eye

LEVELS = range(MOST_THOROUGH + 1)
OURS = "goldberg-2"
"""All views are measured at every level, so that these don't differ but in a search."""
SEARCHED = tuple(f"Index.search, level {level}" for level in LEVELS)
RATES = (1e-4, 1e-5)
_TURNED_OF = 4
"""One of so many pictures is turned and searched with: each search takes 16 times as long."""
NOT_FOUND = 2.0
"""A distance that no cutoff reaches."""

EVERY = slice(None)

Floats = NDArray[np.float64]


@dataclass
class Measured:
    """What was measured of one method.

    Attributes:
        true: by alteration, the distance of each copy to its original.
        false: of upright copies to all other pictures.
    """

    true: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    false: list[Floats] = field(default_factory=list)

    def add(self, alteration: str, distances: Floats, original: int) -> None:
        """Distances of a copy to all pictures, one of which it was made of."""
        self.true[alteration].append(float(distances[original]))
        if alteration in UPRIGHT:
            self.false.append(np.delete(distances, original))

    def cutoff(self, rate: float) -> float:
        """Below it lie at most this share of the false distances."""
        every = np.concatenate(self.false)
        place = int(rate * len(every))
        return float(np.partition(every, place)[place])

    def recall(
        self,
        alterations: dict[str, Alteration],
        cutoff: float,
        some: NDArray[np.bool_] | slice = EVERY,
    ) -> float:
        """The mean over alterations, of some of the altered pictures."""
        return float(np.mean([self.recall_of(name, cutoff, some) for name in alterations]))

    def recall_of(
        self, alteration: str, cutoff: float, some: NDArray[np.bool_] | slice = EVERY
    ) -> float:
        return float(np.mean(np.array(self.true[alteration])[some] < cutoff))


@dataclass
class Searches:
    """What was seen of searching, at each level.

    Attributes:
        candidates: share of other pictures that one search with an upright copy compared.
        of_views: the same of single views.
        lost: of copies within the default cutoff, whether they were no candidates.
        turned: whether each turned copy was found, in the right orientation.
    """

    candidates: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    of_views: list[float] = field(default_factory=list)
    lost: dict[int, list[bool]] = field(default_factory=lambda: defaultdict(list))
    turned: dict[str, list[bool]] = field(default_factory=lambda: defaultdict(list))


class Ours:
    """goldberg-2 beside its own index."""

    def __init__(self, pictures: list[Image.Image], index: imagematch.Index) -> None:
        self.algorithm = get_algorithm("goldberg-2")
        self.index = index
        self.searches = Searches()
        self._signatures: list[imagematch.Signature] = []
        self._numbers: list[int] = []
        for number, image in enumerate(pictures):
            try:
                signature = imagematch.signature(image, "goldberg-2")
            except imagematch.FeaturelessImage:
                continue
            self._signatures.append(signature)
            self._numbers.append(number)
            index.add(signature, id=str(number))
        self._words = [
            *map(set, self.algorithm.stored_words([one.data for one in self._signatures]))
        ]
        self._count = len(pictures)

    def is_drawn(self, number: int) -> bool:
        """Whether the algorithm takes a picture for a drawing."""
        signature = self._signatures[self._numbers.index(number)]
        views = self.algorithm.views_from_signature(signature, [AS_IT_IS])
        return self.algorithm.compare(views, [signature])[0].drawn

    def distances(self, image: Image.Image) -> Floats:
        """To all pictures, each compared with it, whatever words they share."""
        result = np.full(self._count, NOT_FOUND)
        with open_picture(image) as picture:
            try:
                canvas = self.algorithm.canvas(picture)
                views = self.algorithm.views(canvas, [AS_IT_IS])
            except imagematch.FeaturelessImage:
                return result
        compared = self.algorithm.compare(views, self._signatures)
        result[self._numbers] = [one.distance for one in compared]
        return result

    def searched(self, image: Image.Image, level: int) -> Floats:
        """To all pictures that a search compares."""
        result = np.full(self._count, NOT_FOUND)
        try:
            hits = self.index.search(image, cutoff=1.0, thorough=level)
        except imagematch.FeaturelessImage:
            return result
        for hit in hits:
            result[int(hit.id)] = hit.distance
        return result

    def look_at_views(self, image: Image.Image, original: int) -> None:
        """Count the candidates of each view of a default search."""
        with open_picture(image) as picture:
            views = self.algorithm.views(self.algorithm.canvas(picture), [AS_IT_IS])
        for asked in self.algorithm.query_words(views):
            words = set(asked)
            shared = [
                bool(words & stored)
                for number, stored in zip(self._numbers, self._words, strict=True)
                if number != original
            ]
            self.searches.of_views.append(float(np.mean(shared)))

    def search_turned(self, name: str, image: Image.Image, original: int) -> None:
        """Search with a turned copy in all orientations."""
        hits = self.index.search(image, all_orientations=True)
        self.searches.turned[name].append(any(hit.id == str(original) for hit in hits))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=("judging", "tuning"), default="judging")
    parser.add_argument("--queries", type=int, default=200, help="so many pictures are altered")
    parser.add_argument("--alone", action="store_true", help="goldberg-2 only")
    options = parser.parse_args()
    warnings.simplefilter("ignore")  # image-match's
    packages, crops = (
        (JUDGING, CROPS_JUDGING) if options.half == "judging" else (TUNING, CROPS_TUNING)
    )
    same = same_by_eye()
    pictures = [
        image
        for path, image in originals(packages)
        if path.relative_to(cache()).as_posix() not in same
    ]
    random = np.random.default_rng(1)
    count = min(options.queries, len(pictures))
    altered = sorted(random.choice(len(pictures), count, replace=False).tolist())
    with imagematch.open("memory://", algorithm="goldberg-2") as index:
        ours = Ours(pictures, index)
        others = [] if options.alone else rivals()
        measured = _measure(pictures, altered, {**UPRIGHT, **crops}, ours, others)
        for number in altered[::_TURNED_OF]:
            for name, alteration in TURNED.items():
                ours.search_turned(name, alteration(pictures[number], random), number)
    turned_round = _found_by_originals(pictures, altered, crops)
    if not options.alone:
        compared = [name for name in measured if name not in SEARCHED]
        curves(measured, compared, UPRIGHT, crops)
        cutoffs = {name: measured[name].cutoff(1e-4) for name in compared}
        cutoffs[SEARCHED[1]] = cutoffs[OURS]
        heat(measured, [*compared, SEARCHED[1]], [*UPRIGHT, *crops], cutoffs)
    name = "recall-alone" if options.alone else "recall"
    drawn = np.array([ours.is_drawn(number) for number in altered])
    _report(name, measured, ours.searches, crops, len(pictures), drawn, turned_round)


def _found_by_originals(
    pictures: list[Image.Image], altered: list[int], crops: dict[str, Alteration]
) -> dict[int, Floats]:
    """Store crops in place of their originals, and search with these.

    Returns:
        By level, the distance of each crop.
    """
    random = np.random.default_rng(2)
    with imagematch.open("memory://", algorithm=OURS) as index:
        for number, picture in enumerate(pictures):
            stored = {str(number): picture}
            if number in altered:
                stored = {f"{number} {name}": crop(picture, random) for name, crop in crops.items()}
            for name, image in stored.items():
                with suppress(imagematch.FeaturelessImage):
                    index.add(image, id=name)
        found = {}
        for level in LEVELS:
            distances = []
            for number in altered:
                hits = index.search(pictures[number], cutoff=1.0, thorough=level, limit=1_000)
                by_id = {hit.id: hit.distance for hit in hits}
                distances += [by_id.get(f"{number} {name}", NOT_FOUND) for name in crops]
            found[level] = np.array(distances)
    return found


def _measure(
    pictures: list[Image.Image],
    altered: list[int],
    alterations: dict[str, Alteration],
    ours: Ours,
    others: Sequence[Rival],
) -> dict[str, Measured]:
    random = np.random.default_rng(2)
    stored = [[rival.feature(image) for image in pictures] for rival in others]
    measured: dict[str, Measured] = defaultdict(Measured)
    cutoff = ours.algorithm.default_cutoff
    for number in altered:
        for name, alteration in alterations.items():
            copy = alteration(pictures[number], random)
            for rival, features in zip(others, stored, strict=True):
                found = rival.distances(rival.feature(copy), features)
                measured[rival.name].add(name, found, number)
            by_distance = ours.distances(copy)
            measured[OURS].add(name, by_distance, number)
            for level in LEVELS:
                by_search = ours.searched(copy, level)
                measured[SEARCHED[level]].add(name, by_search, number)
                if by_distance[number] < cutoff:
                    ours.searches.lost[level].append(by_search[number] == NOT_FOUND)
                if name in UPRIGHT:
                    compared = np.delete(by_search, number) < NOT_FOUND
                    ours.searches.candidates[level].append(float(compared.mean()))
        ours.look_at_views(pictures[number], number)
    return measured


def _report(
    report: str,
    measured: dict[str, Measured],
    searches: Searches,
    crops: dict[str, Alteration],
    pictures: int,
    drawn: NDArray[np.bool_],
    turned_round: dict[int, Floats],
) -> None:
    # A search is held to the cutoff that its distances have.
    cutoffs = {
        (name, rate): measured[OURS if name in SEARCHED else name].cutoff(rate)
        for name in measured
        for rate in RATES
    }
    means = [
        [name]
        + [
            f"{measured[name].recall(some, cutoffs[name, rate]):.4f}"
            for some in (UPRIGHT, crops)
            for rate in RATES
        ]
        + [f"{cutoffs[name, rate]:.3f}" for rate in RATES]
        for name in measured
    ]
    shown = [name for name in measured if name not in SEARCHED] + [SEARCHED[1]]
    by_look = [
        [
            name,
            *(
                f"{measured[name].recall(some, cutoffs[name, RATES[-1]], look):.4f}"
                for some in (UPRIGHT, crops)
                for look in (~drawn, drawn)
            ),
        ]
        for name in measured
    ]
    each = [
        [alteration]
        + [f"{measured[name].recall_of(alteration, cutoffs[name, 1e-4]):.2f}" for name in shown]
        for alteration in (*UPRIGHT, *crops)
    ]
    plots = [
        f"![Recall {of}](recall-{name}.png)"
        for of, name in (("over the false rate", "curves"), ("of each alteration", "alterations"))
        if report == "recall"
    ]
    turned = [float(np.mean(found)) for found in searches.turned.values()]
    write(
        report,
        "Recall at equal false rates",
        [
            f"{pictures} pictures are stored, {len(drawn)} of them altered in {len(UPRIGHT)} "
            f"upright ways and {len(crops)} crops that no view was chosen for. Every method's "
            "cutoff is where that share of pairs of different pictures match.",
            table(
                ["", *(f"{kind}, {rate:.0e}" for kind in ("upright", "crops") for rate in RATES)]
                + [f"cutoff, {rate:.0e}" for rate in RATES],
                means,
            ),
            f"{np.sum(drawn)} of the altered pictures look drawn to goldberg-2 (diagrams, charts, "
            "dialogs, clip art), which asks for more before two of these match. Recall at a false "
            f"rate of {RATES[-1]:.0e}:",
            table(
                [
                    "",
                    *(
                        f"{kind}, {look}"
                        for kind in ("upright", "crops")
                        for look in ("photographs", "drawn")
                    ),
                ],
                by_look,
            ),
            *plots[:1],
            "Where the crops are stored in place of their originals, and these are searched with:",
            table(
                ["", *(f"crops, {rate:.0e}" for rate in RATES)],
                [
                    [
                        SEARCHED[level],
                        *(f"{np.mean(apart < cutoffs[OURS, rate]):.4f}" for rate in RATES),
                    ]
                    for level, apart in turned_round.items()
                ],
            ),
            "Recall of each alteration at a false rate of 1e-4:",
            table(["", *shown], each),
            *(
                ["![Recall of each alteration](recall-alterations.png)"]
                if report == "recall"
                else []
            ),
            _of_searches(searches),
            "Turned copies, saved as JPEG, that a search in all orientations finds: "
            f"{np.mean(turned):.4f} of all, {min(turned):.4f} in the worst of the 16 orientations.",
        ],
    )


def _of_searches(searches: Searches) -> str:
    lost = {level: np.mean(found) for level, found in searches.lost.items()}
    return (
        "Of the other pictures, a view makes "
        f"{np.mean(searches.of_views):.2%} candidates, a search "
        + ", ".join(
            f"{np.mean(found):.2%} at level {level}" for level, found in searches.candidates.items()
        )
        + ". Of the copies within the default cutoff words lose "
        + ", ".join(f"{share:.2%} at level {level}" for level, share in lost.items())
        + "."
    )


if __name__ == "__main__":
    main()
