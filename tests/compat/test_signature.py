"""image-match's own tests of its signatures."""

from pathlib import Path

import numpy as np
import pytest

from imagematch_core.compat import CorruptImageError, ImageSignature
from tests.drawings import REMIX, WIKIPEDIA
from tests.servers import Page, http_server


def test_url_file_and_bytes_have_one_signature() -> None:
    gis = ImageSignature()
    content = WIKIPEDIA.read_bytes()
    with http_server({"/mona.jpg": Page(content)}) as site:
        signatures = [
            gis.generate_signature(site.url("/mona.jpg")),
            gis.generate_signature(str(WIKIPEDIA)),
            gis.generate_signature(content, bytestream=True),
        ]
    for signature in signatures:
        assert type(signature) is np.ndarray
        assert signature.shape == (648,)
        assert np.array_equal(signature, signatures[0])


def test_corrupt_bytes_have_image_matchs_error(tmp_path: Path) -> None:
    gis = ImageSignature()
    with pytest.raises(CorruptImageError):
        gis.generate_signature(b"corrupt", bytestream=True)
    half = tmp_path / "half.jpg"
    half.write_bytes(WIKIPEDIA.read_bytes()[:5_000])
    with pytest.raises(CorruptImageError):
        gis.generate_signature(str(half))


def test_a_picture_is_at_no_distance_from_itself_and_at_some_from_others() -> None:
    gis = ImageSignature()
    mona, remix = (gis.generate_signature(str(path)) for path in (WIKIPEDIA, REMIX))
    assert gis.normalized_distance(mona, mona) == 0.0
    assert gis.normalized_distance(mona, remix) == 0.42672771706789686
