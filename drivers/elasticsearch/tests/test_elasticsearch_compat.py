"""image-match's README and its own tests, on Elasticsearch."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import Connect
from elasticsearch import Elasticsearch
from guarded_elasticsearch import Guarded
from imagematch_core import compat
from imagematch_core.protocol import ForeignIndex, InvalidTarget
from tests.compat.cases import ImageMatchCases, MakeSes, OurCases, Paintings, ReadmeCases
from tests.documents import ROOT, blocks
from tests.drawings import REMIX, WIKIIMAGES, WIKIPEDIA
from tests.servers import Page, http_server

from imagematch_es.target import from_url

INDEX = "test-compat"


@pytest.fixture
def make_ses(connect: Connect, client: Elasticsearch) -> MakeSes:
    return lambda **arguments: compat.SignatureES(client, index=INDEX, **arguments)


class TestReadme(ReadmeCases):
    def test_signatures_and_setup(
        self,
        elasticsearch_url: str,
        connect: Connect,
        paintings: Paintings,
    ) -> None:
        """Only the imports differ, and today's client wants to be told its server."""
        from imagematch_core.compat import ImageSignature

        gis = ImageSignature()
        a = gis.generate_signature(paintings.wikipedia)
        b = gis.generate_signature(paintings.wikiimages)
        assert gis.normalized_distance(a, b) == 0.22095170140933634
        c = gis.generate_signature(paintings.caravaggio)
        assert gis.normalized_distance(a, c) == 0.6844627538150725
        d = gis.generate_signature(paintings.remix)
        assert gis.normalized_distance(a, d) == 0.42672771706789686

        from elasticsearch import Elasticsearch
        from imagematch_core.compat import SignatureES

        es = Elasticsearch(elasticsearch_url.replace("elasticsearch+", ""))
        with es:
            ses = SignatureES(es, index=INDEX)
            ses.add_image(paintings.wikipedia)
            assert len(ses.search_image(paintings.wikiimages)) == 1
            ses = SignatureES(es, distance_cutoff=0.2, index=INDEX)
            assert ses.search_image(paintings.wikiimages) == []


def test_what_was_asked_of_elasticsearch_itself_has_a_hint(make_ses: MakeSes) -> None:
    ses = make_ses()
    for name in ("es", "index", "doc_type"):
        with pytest.raises(AttributeError, match=r"Ask SignatureES\.imagematch"):
            getattr(ses, name)


class TestImageMatch(ImageMatchCases):
    pass


class TestOurs(OurCases):
    pass


def test_indexes_and_types_are_kept_apart(connect: Connect, client: Elasticsearch) -> None:
    names = [{}, {"doc_type": "picture"}, {"doc_type": "image2"}]
    databases = [compat.SignatureES(client, INDEX, **name) for name in names]
    assert len({each.imagematch.name for each in databases}) == 3
    assert databases[0].imagematch.name == INDEX
    assert compat.SignatureES(client, INDEX, doc_type="_doc").imagematch.name == INDEX
    for each in databases:
        each.imagematch.drop()


def test_an_index_of_image_matchs_own_is_not_touched(
    connect: Connect, client: Elasticsearch
) -> None:
    word = {"type": "long"}
    fields = {"signature": word, "simple_word_0": word}
    for layout in (fields, {"image": {"properties": fields}}):
        client.indices.create(index=INDEX, mappings={"properties": layout})
        with pytest.raises(ForeignIndex, match=f"import-legacy elasticsearch://HOST:9200/{INDEX} "):
            compat.SignatureES(client, INDEX)
        assert not client.indices.exists(index=f"imagematch-{INDEX}")
        client.indices.delete(index=INDEX)


def test_an_index_of_that_name_with_other_things_in_it_is_no_obstacle(
    connect: Connect, client: Elasticsearch
) -> None:
    client.indices.create(index=INDEX, mappings={"properties": {"title": {"type": "text"}}})
    assert compat.SignatureES(client, INDEX).imagematch.count() == 0


def test_rights_on_the_new_index_are_enough(guarded: Guarded) -> None:
    """The owner may not look whether there is an index of image-match's own."""
    client, _ = from_url(guarded.url_of("owner"), {})
    with client:
        ses = compat.SignatureES(client, INDEX)
        ses.add_image(str(WIKIPEDIA))
        assert len(ses.search_image(str(WIKIIMAGES))) == 1
        ses.imagematch.drop()


def test_the_timeout_reaches_the_client(connect: Connect, client: Elasticsearch) -> None:
    for timeout in ("10s", "2m", "900ms", 5):
        compat.SignatureES(client, INDEX, timeout=timeout)
    for wrong in ("soon", "0s", None, True):
        with pytest.raises(ValueError, match="timeout"):
            compat.SignatureES(client, INDEX, timeout=wrong)  # type: ignore[arg-type]


def test_other_objects_are_refused() -> None:
    with pytest.raises(InvalidTarget, match=r"builtins\.object"):
        compat.SignatureES(object())


def test_importing_it_loads_no_client() -> None:
    code = "import sys, imagematch_core.compat; print('elasticsearch' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ
    )
    assert done.stdout == "False\n"


def test_the_code_of_the_page_works(
    connect: Connect, elasticsearch_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """docs/moving-from-image-match.md, all of it in one program."""
    monkeypatch.chdir(tmp_path)
    Path("mona.jpg").write_bytes(WIKIPEDIA.read_bytes())
    Path("copy-of-mona.jpg").write_bytes(WIKIIMAGES.read_bytes())
    names: dict[str, Any] = {}
    with http_server({"/remix.jpg": Page(REMIX.read_bytes())}) as site:
        for block in blocks(ROOT / "docs" / "moving-from-image-match.md"):
            if block.language != "python":
                continue
            server = elasticsearch_url.partition("+")[2]
            code = block.code.replace("http://localhost:9200", server).replace(
                "https://example.org/remix.jpg", site.url("/remix.jpg")
            )
            exec(code.replace('"paintings"', f'"{INDEX}"'), names)
    with names["es"]:
        [hit] = names["ses"].search_image("copy-of-mona.jpg")
        assert hit["metadata"] == {"artist": "Leonardo"}
