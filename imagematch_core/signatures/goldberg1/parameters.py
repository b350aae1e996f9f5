"""The settings of image-match's signature, checked."""

from dataclasses import dataclass
from operator import index


@dataclass(eq=False)
class Parameters:
    """The parameters of `ImageSignature`; see there.

    Raises:
        TypeError: a setting of the wrong type.
        ValueError: a setting out of range.
    """

    n: int = 9
    crop_percentiles: tuple[float, float] | None = (5, 95)
    P: int | None = None
    diagonal_neighbors: bool = True
    identical_tolerance: float = 2 / 255
    n_levels: int = 2
    fix_ratio: bool = False

    def __post_init__(self) -> None:
        _check_integer("n", self.n, at_least=2)
        if self.crop_percentiles is not None:
            _check_percentiles(self.crop_percentiles)
        if self.P is not None:
            _check_integer("P", self.P, at_least=1)
        _check_flag("diagonal_neighbors", self.diagonal_neighbors)
        _check_number("identical_tolerance", self.identical_tolerance, 1)
        _check_integer("n_levels", self.n_levels, at_least=1, at_most=127)
        _check_flag("fix_ratio", self.fix_ratio)

    @property
    def length(self) -> int:
        """The number of entries of a signature."""
        return self.n**2 * (8 if self.diagonal_neighbors else 4)


def _check_integer(name: str, value: object, at_least: int, at_most: int | None = None) -> None:
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise TypeError(f"{name} should be an integer, not {value!r}")
    if index(value) < at_least:
        raise ValueError(f"{name} should be at least {at_least}, not {value!r}")
    if at_most is not None and index(value) > at_most:
        raise ValueError(f"{name} should be at most {at_most}, not {value!r}")


def _check_flag(name: str, value: object) -> None:
    if not isinstance(value, bool):
        raise TypeError(f"{name} should be True or False, not {value!r}")


def _check_number(name: str, value: object, most: float) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{name} should be a number, not {value!r}")
    if not 0 <= value <= most:
        raise ValueError(f"{name} should be between 0 and {most}, not {value!r}")


def _check_percentiles(pair: object) -> None:
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        raise ValueError(f"crop_percentiles should be a pair of numbers or None, not {pair!r}")
    for value in pair:
        _check_number("each of crop_percentiles", value, 100)
    if not pair[0] < pair[1]:
        raise ValueError(f"the first of crop_percentiles should be the smaller one, not {pair!r}")
