"""What the page regroups by: the same groups as the library's, at every cutoff."""

from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path

import pytest
from PIL import Image

import imagematch_core as imagematch
from imagematch_core.deduping import dedupe
from imagematch_core.matching.comparing import Viewed
from imagematch_core.matching.groups import Group
from imagematch_core.matching.linkage import LARGE, Linkage, Links, Step, ties_to_keepers
from imagematch_core.model import UPRIGHT, Entry, Orientation, Signature
from imagematch_core.report.content import of_duplicates
from imagematch_core.signatures import get_algorithm
from imagematch_core.sources.folders import walk
from tests.drawings import WIKIPEDIA, drawing, saved

Described = tuple[str, float, list[tuple[str, float, str, str]]]


def described(group: Group) -> Described:
    others = [
        (one.entry.id, one.distance, str(one.orientation), one.through or "")
        for one in group.members[1:]
    ]
    return group.keeper.id, group.largest_distance, sorted(others)


def groups_of(linkage: Linkage, cutoff: float) -> list[Described]:
    groups = {number: [number] for number in range(len(linkage.entries))}
    for merge in linkage.merges:
        if merge.distance < cutoff:
            holding = [
                keeper
                for one in (merge.first, merge.second)
                for keeper, members in groups.items()
                if one in members
            ]
            joined = sorted(member for keeper in holding for member in groups.pop(keeper))
            groups[joined[0]] = joined
    found = []
    for keeper, members in groups.items():
        others = [tied(linkage, member, keeper, cutoff) for member in members[1:]]
        if others:
            largest = max(distance for _, distance, _, _ in others)
            found.append((linkage.entries[keeper].id, largest, sorted(others)))
    return found


def tied(linkage: Linkage, member: int, keeper: int, cutoff: float) -> tuple[str, float, str, str]:
    tie = linkage.keepers[member, keeper]
    name = linkage.entries[member].id
    if tie.through is None or tie.distance < cutoff:
        return name, tie.distance, str(tie.orientation), ""
    step = tie.through
    return name, step.distance, str(step.orientation), linkage.entries[step.to].id


def test_groups_at_every_cutoff_are_those_of_a_run_with_it(url: str, photos: Path) -> None:
    """With goldberg-1, whose runs are quick; the browser regroups those of goldberg-2."""
    with imagematch.open(url, algorithm="goldberg-1") as index:
        index.add_many(walk([photos], lambda error: None), workers=1)
        linkages = index.duplicates(all_orientations=True, linkages=True).linkages
        assert linkages is not None
        assert linkages.reach > linkages.cutoff
        sizes = set()
        for cutoff in (0.0, 0.05, 0.1, 0.2, 0.3, linkages.cutoff, linkages.reach):
            found = [group for linkage in linkages for group in groups_of(linkage, cutoff)]
            run = index.duplicates(cutoff=cutoff, all_orientations=True)
            assert run.linkages is None
            assert sorted(found) == sorted(map(described, run))
            sizes.add(len(found))
        assert len(sizes) > 2


def test_the_keeper_of_a_page_is_that_of_the_run(tmp_path: Path) -> None:
    saved(tmp_path / "large", "1.png", drawing(1, (400, 300)))
    saved(tmp_path / "small", "1.png", drawing(1, (200, 150)))
    saved(tmp_path / "small", "1 again.png", drawing(1, (160, 120)))
    files = list(walk([tmp_path], lambda error: None))
    report = dedupe(files, keep_in=[tmp_path / "small"], linkages=True, thorough=0, workers=1)
    assert report.groups.linkages is not None
    (group,), (linkage,) = report.groups, report.groups.linkages
    assert groups_of(linkage, report.cutoff) == [described(group)]
    assert group.keeper.path == str(tmp_path / "small" / "1.png")
    content = of_duplicates(report.groups.linkages, {}, truncated=False, looked_at="")
    assert [one["rank"][0] for one in content.data["pictures"]] == [False, False, True]


def test_links_beyond_the_cutoff_end_where_groups_grow_without_bound() -> None:
    links = Links(0.3)
    for number in range(3 * LARGE):
        links.add(0.3 + number / 1e6, f"{number:05}", f"{number + 1:05}")
    trees, reach = links._bounded()
    assert 0.3 < reach < 0.302
    assert sum(map(len, trees)) <= LARGE


def test_how_far_pictures_are_apart_at_least_is_asked_of_few_links() -> None:
    """Of a link between pictures that hang together already it does not matter."""
    asked: list[tuple[str, str]] = []

    def apart(one: str, other: str) -> float:
        asked.append((one, other))
        return 0.9 if "007" in {one, other} else 0.2 if "020" in {one, other} else 0.0

    links = Links(0.3, apart=apart)
    count = 60
    for one, other in combinations(range(count), 2):
        links.add(0.1 + (other - one) / 1_000, f"{one:03}", f"{other:03}")
    (tree,) = links.trees()
    assert len(tree) == count - 2
    assert "007" not in {end for link in tree for end in link[1:]}
    assert [distance for distance, *ends in tree if "020" in ends] == [0.2]
    assert len(asked) < 4 * count


def test_a_member_that_is_not_near_the_keeper_says_through_which_it_belongs() -> None:
    with Image.open(WIKIPEDIA) as image:
        whole = image.convert("RGB").resize((400, 600))
    middle = whole.crop((0, 0, 330, 500))
    with imagematch.open("memory://") as index:
        index.add(whole, id="whole")
        index.add(middle, id="middle")
        index.add(middle.crop((30, 50, 330, 500)), id="innermost")
        (group,) = index.duplicates(cutoff=0.06)
        assert group.keeper.id == "whole"
        through = {member.entry.id: member.through for member in group.members}
        assert through == {"whole": None, "middle": None, "innermost": "middle"}
        assert all(member.distance < 0.06 for member in group.members)
        assert group.largest_distance == max(member.distance for member in group.members)


def test_a_group_takes_a_few_distances_for_each_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the order in which its pictures were linked: each has one keeper in the end."""
    asked: list[tuple[str, str]] = []

    def counted(_: object, one: Viewed, other: Viewed) -> tuple[float, Orientation]:
        asked.append((one[0].id, other[0].id))
        return 0.5, UPRIGHT

    monkeypatch.setattr("imagematch_core.matching.linkage.nearest", counted)
    count = 400
    pictures = [(entry(f"{number:03}"), ()) for number in range(count)]
    # Each link brings a better keeper than all before.
    links = [
        (0.1 + (count - number) / 10_000, f"{number - 1:03}", f"{number:03}")
        for number in range(1, count)
    ]
    ties = ties_to_keepers(get_algorithm(None), pictures, links, lambda *_: 0.0)
    assert {keeper: sorted(members) for keeper, members in ties.items()} == {
        0: list(range(1, count))
    }
    assert [ties[0][number].through for number in (1, 2)] == [None, Step(1, 0.1398, UPRIGHT)]
    assert len(asked) < 2 * count


def entry(name: str) -> Entry:
    return Entry(
        id=name,
        path=name,
        metadata=None,
        added_at=datetime.now(UTC),
        picture=None,
        revision="",
        signature=Signature("goldberg-2", b"x"),
    )
