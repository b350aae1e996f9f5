"""Records, words and distances, to the digit those of image-match 1.1.2."""

import pickle

import numpy as np
import pytest

from imagematch_core import compat
from tests.compat.legacy import GOLDEN
from tests.drawings import PICTURES, drawing


@pytest.mark.parametrize("name", GOLDEN)
def test_records_are_image_matchs_own(name: str) -> None:
    gis = compat.ImageSignature()
    path = PICTURES / name
    metadata = GOLDEN[name]["metadata"]
    for img, bytestream in ((str(path), False), (path.read_bytes(), True)):
        record = compat.make_record(name, gis, 16, 63, img, bytestream, metadata)
        assert record == GOLDEN[name]
        assert list(record)[:3] == ["path", "signature", "metadata"]
    assert compat.make_record(str(path), gis, 16, 63).keys() == record.keys() - {"metadata"}


def test_distances_are_image_matchs_own() -> None:
    signatures = np.array([record["signature"] for record in GOLDEN.values()], np.int8)
    distances = compat.normalized_distance(signatures, signatures[0])
    assert distances.tolist() == [
        0.0,
        0.22095170140933634,
        0.42672771706789686,
        0.6844627538150725,
    ]


def test_flat_pictures_are_out_of_contention() -> None:
    nothing = np.zeros(648, np.int8)
    assert compat.normalized_distance(np.array([nothing]), nothing).tolist() == [1.0]
    assert compat.normalized_distance(np.array([nothing]), nothing, 0.5).tolist() == [0.5]


def test_words_overlap_and_are_filled_up() -> None:
    array = np.array([0, 1, 2, 0, -1, -2, 0, 1], np.int8)
    words = compat.get_words(array, 3, 4)
    assert words.tolist() == [[0, 1, 2], [2, 0, -1], [-1, -2, 0], [0, 1, 0]]
    compat.max_contrast(words)
    assert words.tolist() == [[0, 1, 1], [1, 0, -1], [-1, -1, 0], [0, 1, 0]]
    assert compat.words_to_int(words).tolist() == [25, 5, 9, 16]


@pytest.mark.parametrize(("k", "n"), [(9, 4), (3, 9)])
def test_words_that_do_not_fit_are_refused(k: int, n: int) -> None:
    with pytest.raises(ValueError, match="cannot be"):
        compat.get_words(np.zeros(8, np.int8), k, n)


def test_other_settings_make_other_records() -> None:
    gis = compat.ImageSignature(n=5, diagonal_neighbors=False)
    record = compat.make_record("", gis, 8, 10, np.asarray(drawing(1)))
    assert len(record["signature"]) == 100
    assert [name for name in record if name.startswith("simple")] == [
        f"simple_word_{place}" for place in range(10)
    ]


def test_records_can_be_made_in_worker_processes() -> None:
    assert pickle.loads(pickle.dumps(compat.make_record)) is compat.make_record
    gis = pickle.loads(pickle.dumps(compat.ImageSignature()))
    name = next(iter(GOLDEN))
    assert gis.generate_signature(str(PICTURES / name)).tolist() == GOLDEN[name]["signature"]
