import io
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from imagematch_core.errors import NotAPicture, PictureNotFound, UnsupportedPicture
from imagematch_core.signatures.goldberg1 import ImageSignature
from imagematch_core.signatures.goldberg1 import pixels as pixels_module
from imagematch_core.signatures.goldberg1.grey import grey
from imagematch_core.signatures.goldberg1.words import words
from tests.drawings import CARAVAGGIO, REMIX, WIKIIMAGES, WIKIPEDIA
from tests.samples import SAMPLES, encoded
from tests.servers import Page, http_server

from . import reference
from .strategies import Picture, parameters, pictures

signer = ImageSignature()


@pytest.mark.parametrize(
    ("a", "b", "distance", "shared"),
    [
        (WIKIPEDIA, WIKIIMAGES, 0.22095170140933634, 12),
        (WIKIPEDIA, REMIX, 0.42672771706789686, 8),
        (WIKIPEDIA, CARAVAGGIO, 0.6844627538150725, 1),
        (WIKIIMAGES, REMIX, 0.4255719698733665, 5),
        (WIKIIMAGES, CARAVAGGIO, 0.6826085864279859, 1),
        (REMIX, CARAVAGGIO, 0.6355507720463038, 1),
    ],
)
def test_the_distances_of_image_match(a: Path, b: Path, distance: float, shared: int) -> None:
    one, other = (signer.generate_signature(path) for path in (a, b))
    assert signer.normalized_distance(one, other) == distance
    assert (words(one) == words(other)).sum() == shared


def test_the_first_words_of_image_match() -> None:
    found = words(signer.generate_signature(WIKIPEDIA))
    assert found[:6].tolist() == [42429541, 23885674, 7316648, 808584, 28312906, 21215108]


@pytest.mark.parametrize(
    ("path", "window"),
    [
        (WIKIPEDIA, [(52, 972), (35, 652)]),
        (WIKIIMAGES, [(36, 684), (24, 452)]),
        (REMIX, [(30, 570), (21, 383)]),
        (CARAVAGGIO, [(38, 712), (45, 855)]),
    ],
)
def test_the_windows_of_image_match(path: Path, window: list[tuple[int, int]]) -> None:
    assert signer.crop_image(signer.preprocess_image(path)) == window


def test_every_way_to_give_a_picture() -> None:
    data = WIKIIMAGES.read_bytes()
    expected = signer.generate_signature(WIKIIMAGES)
    with Image.open(WIKIIMAGES) as image:
        array = np.asarray(image)
    given = [str(WIKIIMAGES), os.fsencode(WIKIIMAGES), array, array[..., [0, 1, 2, 2]]]
    for picture in given:
        assert np.array_equal(signer.generate_signature(picture), expected)
    for content in (data, bytearray(data), memoryview(data)):
        assert np.array_equal(signer.generate_signature(content, bytestream=True), expected)
    with http_server({"/mona.jpg": Page(data)}) as site:
        assert np.array_equal(signer.generate_signature(site.url("/mona.jpg")), expected)
    assert expected.dtype == np.int8
    assert expected.shape == (648,)


@given(pictures(), parameters())
def test_signatures_are_those_of_the_plain_computation(
    picture: Picture, settings: dict[str, Any]
) -> None:
    expected = reference.signature(grey(picture), **settings)
    assert np.array_equal(ImageSignature(**settings).generate_signature(picture), expected)


@given(pictures())
def test_default_signatures_are_those_of_the_plain_computation(picture: Picture) -> None:
    expected = reference.signature(grey(picture))
    assert np.array_equal(signer.generate_signature(picture), expected)


def test_arrays_in_another_order_of_bytes() -> None:
    levels = np.random.default_rng(0).integers(0, 65536, (30, 40, 3), dtype=np.uint16)
    expected = signer.generate_signature(levels)
    assert np.array_equal(signer.generate_signature(levels.astype(">u2")), expected)
    assert np.array_equal(signer.generate_signature((levels / 65535).astype(">f8")), expected)


@given(pictures())
def test_greys_are_signed_by_the_plain_computation(picture: Picture) -> None:
    levels = picture[..., 0] / 255
    for same in (levels, levels[..., None], picture[..., 0]):
        assert np.array_equal(
            signer.generate_signature(same), reference.signature(grey(np.asarray(same)))
        )
    assert np.array_equal(signer.generate_signature(-levels), -reference.signature(levels))


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.*g")), ids=lambda path: path.name)
def test_files_are_signed_by_the_plain_computation(
    path: Path, whole: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not whole:
        monkeypatch.setattr(pixels_module, "_WHOLE", 0)
    with Image.open(path) as image:
        expected = reference.signature(grey(np.asarray(image.convert("RGB"))))
    assert np.array_equal(signer.generate_signature(path), expected)


def test_a_picture_larger_than_a_piece_of_memory() -> None:
    colours = np.random.default_rng(0).integers(0, 256, (2304, 2048, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(colours).save(file, "BMP")
    expected = reference.signature(grey(colours))
    assert np.array_equal(signer.generate_signature(file.getvalue(), bytestream=True), expected)


def test_the_steps_make_the_signature() -> None:
    levels = signer.preprocess_image(REMIX)
    window = signer.crop_image(levels)
    rows, columns = signer.compute_grid_points(levels, window=window)
    means = signer.compute_mean_level(levels, rows, columns)
    steps = signer.compute_differentials(means)
    assert signer.normalize_and_threshold(steps) is None
    assert np.array_equal(steps.ravel().astype(np.int8), signer.generate_signature(REMIX))
    assert (means.shape, steps.shape) == ((9, 9), (9, 9, 8))


@given(st.integers(0, 999), st.integers(1, 999), st.integers(2, 20))
def test_grid_points_are_those_of_linspace(start: int, length: int, n: int) -> None:
    window = [(start, start + length), (0, length)]
    found = signer.compute_grid_points(np.zeros((1, 1)), n, window)
    for points, pair in zip(found, window, strict=True):
        assert np.array_equal(points, np.linspace(*pair, n + 2, dtype=int)[1:-1])


def test_grey_levels_of_an_array() -> None:
    levels = np.array([[0.0, 0.5], [1.0, -0.25]])
    assert np.array_equal(signer.preprocess_image(levels), levels)
    assert signer.preprocess_image(np.full((1, 2, 3), 255, np.uint8)).tolist() == [[1.0, 1.0]]


def test_grid_points_of_the_whole_picture() -> None:
    rows, columns = signer.compute_grid_points(np.zeros((100, 200)))
    assert rows.tolist() == list(range(10, 100, 10))
    assert columns.tolist() == list(range(20, 200, 20))


def test_mean_levels_of_blocks_of_a_given_size() -> None:
    levels = np.arange(36.0).reshape(6, 6)
    means = signer.compute_mean_level(levels, np.array([1, 5]), np.array([1, 5]), P=2)
    assert means.tolist() == [[3.5, 7.5], [27.5, 31.5]]


def test_the_distance_of_two_empty_signatures_is_not_a_number() -> None:
    nothing = np.zeros(648, np.int8)
    assert np.isnan(signer.normalized_distance(nothing, nothing))


def test_a_flat_picture_has_an_empty_signature() -> None:
    assert not signer.generate_signature(np.full((50, 50, 3), 7, np.uint8)).any()


@pytest.mark.parametrize("form", ["PNG-I;16", "TIFF-I", "TIFF-F", "TIFF-I;16"])
def test_more_than_8_bits_are_refused_by_name(form: str, tmp_path: Path) -> None:
    path = tmp_path / "deep.picture"
    kind, _, mode = form.partition("-")
    path.write_bytes(encoded(kind, mode))
    with pytest.raises(UnsupportedPicture, match=r"deep\.picture: .*8 bits"):
        signer.generate_signature(path)


def test_grey_files_are_signed_as_colours() -> None:
    with Image.open(SAMPLES / "camera.png") as image:
        levels = np.asarray(image)
    colours = np.repeat(levels[..., None], 3, axis=2)
    found = signer.generate_signature(SAMPLES / "camera.png")
    assert np.array_equal(found, signer.generate_signature(colours))


def test_transparency_is_dropped_and_the_rotation_ignored() -> None:
    with Image.open(WIKIIMAGES) as image:
        image.putalpha(image.convert("L"))
        exif = Image.Exif()
        exif[0x0112] = 6
        file = io.BytesIO()
        image.save(file, "PNG", exif=exif)
    found = signer.generate_signature(file.getvalue(), bytestream=True)
    assert np.array_equal(found, signer.generate_signature(WIKIIMAGES))


@pytest.mark.parametrize(
    ("picture", "bytestream"), [(None, False), (3, False), ([1, 2], False), ("mona.jpg", True)]
)
def test_what_can_be_no_picture_is_a_type_error(picture: object, bytestream: bool) -> None:
    with pytest.raises(TypeError):
        signer.generate_signature(picture, bytestream=bytestream)


def test_errors_name_the_picture(tmp_path: Path) -> None:
    with pytest.raises(PictureNotFound, match=r"nowhere\.jpg"):
        signer.generate_signature(tmp_path / "nowhere.jpg")
    with pytest.raises(NotAPicture):
        signer.generate_signature(b"corrupt", bytestream=True)


@pytest.mark.parametrize(
    "array",
    [
        np.zeros(5),
        np.zeros((5, 5, 2)),
        np.zeros((0, 5)),
        np.zeros((5, 5), complex),
        np.zeros((5, 5), np.int64),
        np.full((5, 5), np.nan),
        np.full((5, 5, 3), np.inf),
    ],
    ids=str,
)
def test_arrays_that_are_no_pictures_are_refused(array: Any) -> None:
    with pytest.raises(UnsupportedPicture, match="array"):
        signer.generate_signature(array)


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("n", 1, ValueError),
        ("n", 9.0, TypeError),
        ("n", True, TypeError),
        ("crop_percentiles", (5,), ValueError),
        ("crop_percentiles", (95, 5), ValueError),
        ("crop_percentiles", (-1, 5), ValueError),
        ("crop_percentiles", (5, 101), ValueError),
        ("crop_percentiles", (5, float("nan")), ValueError),
        ("crop_percentiles", ("5", "95"), TypeError),
        ("P", 0, ValueError),
        ("P", 2.5, TypeError),
        ("diagonal_neighbors", 1, TypeError),
        ("identical_tolerance", -0.1, ValueError),
        ("identical_tolerance", 1.1, ValueError),
        ("identical_tolerance", "0", TypeError),
        ("n_levels", 0, ValueError),
        ("n_levels", 128, ValueError),
        ("fix_ratio", None, TypeError),
    ],
)
def test_wrong_settings_are_named(name: str, value: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match=name):
        ImageSignature(**{name: value})


def test_settings_can_be_read_as_in_image_match() -> None:
    chosen = ImageSignature(n=5, crop_percentiles=(10, 90), P=3, diagonal_neighbors=False)
    assert (chosen.n, chosen.P, chosen.sig_length) == (5, 3, 100)
    assert (chosen.lower_percentile, chosen.upper_percentile) == (10, 90)
    whole = ImageSignature(crop_percentiles=None)
    assert (whole.crop_percentiles, whole.lower_percentile, whole.upper_percentile) == (
        None,
        0,
        100,
    )
