"""Files of several pages or frames, compared as such: near only if all of their frames are."""

import filecmp
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from ..errors import FeaturelessImage, PictureError
from ..model import Entry, Signature
from ..signatures.algorithm import Algorithm
from ..sources import Picture
from ..sources.limits import Limits
from ..sources.picture import picture_of_image
from ..sources.source import LocalFile
from .comparing import distance

MOST_FRAMES = 500
"""Files with more are near copies only where they are the same to the byte: comparing them would
cost more than it is worth."""

_FAR = 0.5
"""A distance at which two frames show different pictures, by any algorithm."""

_Frames = list[Signature | None]
"""The signatures of all frames; None for one in which there is nothing to compare."""


def count_frames(file: str, limits: Limits) -> int:
    """Return how many frames a file has.

    Raises:
        PictureError: it can't be opened.
    """
    with LocalFile(file).open(limits) as picture:
        return picture.info.frames


def all_frames(file: str, limits: Limits) -> Iterator[Picture]:
    """Yield each frame of a file as a picture, to be used before the next one is asked for.

    Raises:
        PictureError: a frame is damaged, or beyond the limits.
    """
    with LocalFile(file).open(limits) as picture:
        frame = 0
        while picture.seek(frame):
            with picture.decoding():
                image = picture.load()
            yield picture_of_image(image, picture.source, limits)
            frame += 1


@dataclass(slots=True)
class FrameComparer:
    """Tells how far apart local files are in the frame in which they differ most.

    Files of one frame are not looked at: their distance is known already. Each other file is signed
    once, when it is first asked for.

    Attributes:
        algorithm: signs and compares.
        limits: on what is decoded.
    """

    algorithm: Algorithm
    limits: Limits
    _signed: dict[str, _Frames | None] = field(default_factory=dict)

    def apart(self, one: str, other: str, counts: tuple[int, int]) -> float:
        """Return the largest distance of two frames in the same place; 0.0 for single frames.

        It is 1.0 where the numbers of frames differ, and where not all can be compared. Frames
        are compared as they are, upright, and no crop is undone.

        Args:
            one: a file.
            other: the other.
            counts: how many frames they have.
        """
        if counts == (1, 1):
            return 0.0
        if counts[0] != counts[1]:
            return 1.0
        with suppress(OSError):
            if filecmp.cmp(one, other, shallow=False):
                return 0.0
        if counts[0] > MOST_FRAMES:
            return 1.0
        frames, others = self._frames(one), self._frames(other)
        if frames is None or others is None or len(frames) != len(others):
            return 1.0
        largest = 0.0
        for pair in zip(frames, others, strict=True):
            largest = max(largest, _distance(*pair))
            if largest >= _FAR:
                return 1.0
        return largest

    def _frames(self, file: str) -> _Frames | None:
        if file not in self._signed:
            try:
                self._signed[file] = [self._sign(one) for one in all_frames(file, self.limits)]
            except PictureError:
                self._signed[file] = None
        return self._signed[file]

    def _sign(self, frame: Picture) -> Signature | None:
        try:
            return self.algorithm.signature(self.algorithm.canvas(frame))
        except FeaturelessImage:
            return None


def _distance(one: Signature | None, other: Signature | None) -> float:
    if one is None or other is None:
        return 0.0 if one is other else 1.0
    return 0.0 if one == other else distance(one, other)


@dataclass(slots=True)
class FramesOfEntries:
    """What `FrameComparer` tells, of pictures by their ids.

    Attributes:
        comparer: compares files.
        files: by the paths under which they are stored.
    """

    comparer: FrameComparer
    files: Mapping[str, str]
    _several: dict[str, tuple[str, int]] = field(default_factory=dict)

    def note(self, entries: Iterable[Entry]) -> None:
        """Remember which of the pictures have several frames."""
        for entry in entries:
            if entry.picture and entry.picture.frames > 1:
                self._several[entry.id] = self.files[entry.path], entry.picture.frames

    def apart(self, one: str, other: str) -> float:
        """As `FrameComparer.apart`."""
        if one not in self._several and other not in self._several:
            return 0.0
        file, count = self._several.get(one, ("", 1))
        other_file, other_count = self._several.get(other, ("", 1))
        return self.comparer.apart(file, other_file, (count, other_count))
