"""What was measured of the kinds, as tables, beside what it was before."""

import json
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from ..report import RESULTS, table, write
from .measure import (
    DEFAULT,
    FIRST,
    PHASH_BITS,
    THOROUGH,
    Found,
    Measured,
    at_bits,
    at_false_share,
)

BEFORE = RESULTS / "kinds-before.json"
"""The same figures before goldberg-2 had windows and verified hits; `--keep` writes such a file."""


def line(measured: Measured) -> str:
    """One kind for people who wait."""
    shown = f"{measured.group + ': ' + measured.name:44} {measured.pictures:4}"
    for method in (DEFAULT, THOROUGH):
        found = measured.found[method]
        back, forth = (_share(count, measured.pictures) for count in (found.back, found.forth))
        shown += f" | {back:>4} {forth:>4} {found.false:4}/{measured.pairs}"
    found = measured.found[DEFAULT]
    return f"{shown} | groups {_share(found.grouped, measured.pictures)} {found.chained}"


def by_group(found: Iterable[Measured]) -> list[Measured]:
    """The kinds of each group together, under the group's name."""
    groups: dict[str, Measured] = {}
    for one in found:
        groups.setdefault(one.group, Measured(one.group, "all"))
        groups[one.group] += one
    return [*groups.values()]


def keep(found: Iterable[Measured], file: Path) -> None:
    """Write the figures of goldberg-2, a kind a line, with the commit that they are of."""
    said = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True
    )
    lines = [
        json.dumps(
            {
                "group": one.group,
                "name": one.name,
                "pictures": one.pictures,
                "pairs": one.pairs,
                "found": {method: asdict(one.found[method]) for method in (DEFAULT, THOROUGH)},
            }
        )
        for one in found
    ]
    kinds = ",\n  ".join(lines)
    commit = json.dumps(said.stdout.strip())
    file.write_text(f'{{"commit": {commit}, "kinds": [\n  {kinds}\n]}}\n', encoding="utf-8")


def kept(file: Path) -> tuple[str, list[Measured]]:
    """The commit and the figures that `keep` wrote."""
    read = json.loads(file.read_text(encoding="utf-8"))
    return read["commit"], [
        Measured(
            one["group"],
            one["name"],
            one["pictures"],
            one["pairs"],
            {method: Found(**found) for method, found in one["found"].items()},
        )
        for one in read["kinds"]
    ]


def publish(found: Sequence[Measured]) -> None:
    """Write the report into `results`."""
    commit, before = kept(BEFORE)
    write("kinds", "Kinds that no one tuned to", _report(found, commit, before))


def _report(found: Sequence[Measured], commit: str, before: Sequence[Measured]) -> Iterator[str]:
    yield (
        "Of each kind there are originals and copies: photographs in frames, on screens, covered "
        "or turned, and graphics that were saved anew or have other margins. Both are in one "
        "index of its own for each frame. *Back* is the share of copies whose original is found, "
        "*forth* that of originals whose copy is found, *grouped* that of copies that "
        "`duplicates()` puts together with their original. *Different* is the share of pairs of "
        "different pictures in the same frame, or of different graphics of one sort, that match. "
        "goldberg-2 and goldberg-1 (image-match's algorithm) are asked through `Index.search`, "
        f"with the default cutoff; phash matches up to {PHASH_BITS} bits, imagededup's default, "
        "and up to as many as make no more different pairs match than goldberg-2. "
        f"In brackets, where it was another, the figure of goldberg-2 at {commit}, before it had "
        "content windows and verified hits."
    )
    head = ["", "pictures", "pairs"]
    head += [f"**{what}**" for what in ("back", "forth", "grouped", "different")]
    head += [f"thorough=2: {what}" for what in ("back", "forth", "different")]
    head += [f"goldberg-1: {what}" for what in ("back", "forth", "grouped", "different")]
    head += [f"phash ≤ {PHASH_BITS}: {what}" for what in ("found", "different")]
    head += ["phash, as few different: found"]
    earlier = {(one.group, one.name): one for one in (*before, *by_group(before))}
    groups = [(one, earlier.get((one.group, one.name))) for one in by_group(found)]
    yield table(head, [_row(one, before) for one, before in groups])
    yield "Each kind:"
    ordered = [
        pair
        for together, before in groups
        for pair in (
            (together, before),
            *(
                (one, earlier.get((one.group, one.name)))
                for one in found
                if one.group == together.group
            ),
        )
    ]
    yield table(head, [_row(one, before) for one, before in ordered])
    yield (
        "More of goldberg-2 by default: searches with a copy that found the original of another "
        "one; pairs of different pictures in one group; and the largest `rarity` that a false "
        "match claimed, 1 in so many."
    )
    yield table(
        ["", "another's original", "different in one group", "rarity of false matches"],
        [_more(one, before) for one, before in ordered],
    )


def _row(one: Measured, before: Measured | None) -> list[object]:
    default, thorough, first = (one.found[method] for method in (DEFAULT, THOROUGH, FIRST))
    was = before.found if before else {}
    different = default.false / one.pairs
    bits, false_bits = at_bits(one, PHASH_BITS)
    fewest, cutoff = at_false_share(one, different)
    return [
        _title(one),
        one.pictures,
        one.pairs,
        *(
            _beside(found, one, was.get(method), before, what)
            for method, found, names in (
                (DEFAULT, default, ("back", "forth", "grouped", "false")),
                (THOROUGH, thorough, ("back", "forth", "false")),
            )
            for what in names
        ),
        *(_of(first, one, what) for what in ("back", "forth", "grouped", "false")),
        _shown(bits),
        _percent(false_bits),
        f"{_shown(fewest)} (≤ {cutoff})" if cutoff >= 0 else "none",
    ]


def _more(one: Measured, before: Measured | None) -> list[object]:
    found = one.found[DEFAULT]
    was = before.found[DEFAULT] if before else None
    return [
        _title(one),
        _changed(
            _percent(found.astray / one.pictures),
            _percent(was.astray / before.pictures) if was and before else None,
        ),
        _changed(
            _percent(found.chained / one.pairs),
            _percent(was.chained / before.pairs) if was and before else None,
        ),
        _changed(_rarity(found), _rarity(was) if was else None),
    ]


def _title(one: Measured) -> str:
    return f"**{one.group}**" if one.name == "all" else one.name


def _rarity(found: Found) -> str:
    return f"{found.rarest:,.0f}" if found.false else "–"


def _beside(
    found: Found, one: Measured, was: Found | None, before: Measured | None, what: str
) -> str:
    then = _of(was, before, what) if was and before else None
    return _changed(_of(found, one, what), then)


def _changed(now: str, then: str | None) -> str:
    return now if then in (None, now) else f"{now} ({then})"


def _of(found: Found, one: Measured, what: str) -> str:
    if what == "false":
        return _percent(found.false / one.pairs)
    return _share(getattr(found, what), one.pictures)


def _share(count: int, of: int) -> str:
    return _shown(count / of)


def _shown(share: float) -> str:
    """Three digits, rounded down: what is not all is not 1."""
    if share >= 1:
        return "1"
    return f".{int(share * 1000 + 1e-9):03}"


def _percent(share: float) -> str:
    return "0" if share == 0 else f"{share:.2%}".replace("%", " %")
