"""Many short texts in one array of code points, searched for a word in one pass."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

_GAP = "\n"


class Haystack:
    """Distinct texts, each owned by any number of products."""

    def __init__(self, texts: Sequence[str], owners: Sequence[int]):
        distinct = {text: number for number, text in enumerate(dict.fromkeys(texts))}
        listed = list(distinct)
        self._points = np.frombuffer((_GAP + _GAP.join(listed) + _GAP * 64).encode("utf-32-le"), dtype=np.uint32)
        lengths = np.fromiter((len(text) for text in listed), dtype=np.int64, count=len(listed))
        self._starts = 1 + np.concatenate(([0], np.cumsum(lengths + 1)[:-1])) if listed else np.zeros(0, np.int64)
        self._lengths = lengths
        rows = np.fromiter((distinct[text] for text in texts), dtype=np.int64, count=len(texts))
        order = np.argsort(rows, kind="stable")
        self._owners = np.asarray(owners, dtype=np.int64)[order]
        self._bounds = np.searchsorted(rows[order], np.arange(len(listed) + 1))

    def find(self, word: str) -> tuple[IntArray, BoolArray, BoolArray]:
        """Products one of whose texts holds the word; for each, whether it starts with it, and whether it is it."""
        if not word or not len(self._starts) or len(word) > 64:
            return np.zeros(0, np.int64), np.zeros(0, bool), np.zeros(0, bool)
        points = [ord(character) for character in word]
        places = np.flatnonzero(self._points[: len(self._points) - len(points)] == points[0])
        for offset, point in enumerate(points[1:], 1):
            places = places[self._points[places + offset] == point]
        rows = np.searchsorted(self._starts, places, side="right") - 1
        at_start = places == self._starts[rows]
        whole = at_start & (self._lengths[rows] == len(points))
        counts = self._bounds[rows + 1] - self._bounds[rows]
        spread = np.repeat(np.arange(len(rows)), counts)
        offsets = np.arange(len(spread)) - np.repeat(np.cumsum(counts) - counts, counts)
        owners = self._owners[self._bounds[rows][spread] + offsets]
        return owners, at_start[spread], whole[spread]
