"""What the page regroups by: the same groups as the library's, at every cutoff."""

from pathlib import Path

from imagematch_core import Index
from imagematch_core.deduping import dedupe
from imagematch_core.matching.groups import Group
from imagematch_core.matching.linkage import LARGE, Linkage, Links
from imagematch_core.report.content import of_duplicates
from imagematch_core.sources.folders import walk
from tests.drawings import drawing, saved

Described = tuple[str, float, list[tuple[str, float, str]]]


def described(group: Group) -> Described:
    others = [(one.entry.id, one.distance, str(one.orientation)) for one in group.members[1:]]
    return group.keeper.id, group.largest_distance, sorted(others)


def groups_of(linkage: Linkage, cutoff: float) -> list[Described]:
    groups = {number: ([number], 0.0) for number in range(len(linkage.entries))}
    for merge in linkage.merges:
        if merge.distance < cutoff:
            holding = [
                keeper
                for one in (merge.first, merge.second)
                for keeper, (members, _) in groups.items()
                if one in members
            ]
            joined = sorted(member for keeper in holding for member in groups.pop(keeper)[0])
            groups[joined[0]] = (joined, merge.largest_distance)
    return [
        (
            linkage.entries[keeper].id,
            largest,
            sorted(
                (linkage.entries[member].id, distance, str(orientation))
                for member in members[1:]
                for distance, orientation in [linkage.keepers[member, keeper]]
            ),
        )
        for keeper, (members, largest) in groups.items()
        if len(members) > 1
    ]


def test_groups_at_every_cutoff_are_those_of_a_run_with_it(index: Index, photos: Path) -> None:
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
    assert [one.get("preferred") for one in content.data["pictures"]] == [True, True, None]


def test_links_beyond_the_cutoff_end_where_groups_grow_without_bound() -> None:
    links = Links(0.3)
    for number in range(3 * LARGE):
        links.add(0.3 + number / 1e6, f"{number:05}", f"{number + 1:05}")
    trees, reach = links._bounded()
    assert 0.3 < reach < 0.302
    assert sum(map(len, trees)) <= LARGE
