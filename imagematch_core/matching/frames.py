"""Files of several pages or frames, compared as such: near only if all of their frames are."""

import filecmp
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np

from ..errors import FeaturelessImage, PictureError
from ..model import UPRIGHT, Signature
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
    """Return how many frames a file has, or raise a `PictureError`."""
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
    """

    algorithm: Algorithm
    limits: Limits
    _signed: dict[str, _Frames | None] = field(default_factory=dict)
    _apart: dict[tuple[str, str], float] = field(default_factory=dict)
    _telling: dict[int, int] = field(default_factory=dict)
    """For a number of frames, the place in which two files differed last."""

    def apart(self, one: str, other: str, counts: tuple[int, int]) -> float:
        """Return the largest distance of two frames in the same place; 0.0 for single frames.

        It is 1.0 where the numbers of frames differ, and where not all can be compared. Frames
        are compared as they are, upright, and no crop is undone.
        """
        if counts == (1, 1):
            return 0.0
        if counts[0] != counts[1]:
            return 1.0
        pair = (one, other) if one < other else (other, one)
        if pair not in self._apart:
            self._apart[pair] = self._largest_distance(one, other, counts[0])
        return self._apart[pair]

    def _largest_distance(self, one: str, other: str, count: int) -> float:
        with suppress(OSError):
            if filecmp.cmp(one, other, shallow=False):
                return 0.0
        if count > MOST_FRAMES:
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

    def may_be_near(self, one: str, others: Sequence[str]) -> list[bool]:
        """Tell of each other file whether all frames of `one` may be found in it.

        Files whose frames are near, all of those of the one in those of the other, may be so seen
        from at least one of the two. This costs a hundredth of what `apart` does.

        Args:
            one: a file of several frames.
            others: files of as many.
        """
        frames = self._frames(one)
        near = np.ones(len(others), bool)
        if frames is None:
            return near.tolist()
        of_others = {at: its for at, other in enumerate(others) if (its := self._frames(other))}
        for at, its in of_others.items():
            near[at] = len(its) == len(frames)
        first = self._telling.get(len(frames), len(frames) - 1)
        for place in sorted(range(len(frames)), key=lambda place: (place != first, -place)):
            left = [at for at in of_others if near[at]]
            if not left:
                break
            near[left] = self._may_be_near(frames[place], [of_others[at][place] for at in left])
            if not near[left].all():
                self._telling[len(frames)] = place
        return near.tolist()

    def _may_be_near(
        self, frame: Signature | None, others: Sequence[Signature | None]
    ) -> list[bool]:
        signed = [other for other in others if other is not None]
        if frame is None or not signed:
            return [other is frame for other in others]
        views = self.algorithm.views_from_signature(frame, [UPRIGHT])
        apart = self.algorithm.distances(views, [other.data for other in signed]).min(axis=0)
        near = iter((apart < (self.algorithm.first_cutoff or _FAR)).tolist())
        return [other is not None and next(near) for other in others]

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
