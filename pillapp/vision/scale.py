"""How many millimetres a pixel is: from the printed mat (``vision/mat.py``) seen in a photo, or as told.

A scale holds in the plane of the mat. Pills stand above it: one of thickness t, seen from a distance d above the mat, is
enlarged by about t / 2d (a 5 mm tablet from 30 cm: 0.8 %). That is left as it is, since neither t nor d is known. The
lens is taken to draw straight lines; one that bends them much is noticed by what the markers leave over, and refused.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import cv2
import numpy as np

from pillapp.vision.mat import MARKER_MM, MATS, MODULES, Marker, Mat, dictionary, marker_bits

# Markers are looked for in a picture of this size: an A4 mat that fills it has markers of 60 px. Their corners are then
# refined in the full picture.
SEARCH_PX: Final = 1280
# A marker corner further than this from where the others say it is was misread or lies on another sheet.
OUTLIER_MM: Final = 2.5
# Root mean square left over by all corners. 1 mm over the 60 mm between markers would be a size error of 1.7 %.
MOST_RESIDUAL_MM: Final = 1.0
LEAST_AGREEING: Final = 0.6  # share of the markers seen that must agree
# A single marker cannot tell perspective from size, so it is trusted in a view from straight above only: this share of its
# side may be left over by a square (a tilt of 19° leaves as much, and a size error of 3 %).
MOST_SKEW: Final = 0.02
# Markers that must be seen for a scale that is kept for later pictures: fewer may all lie on one side of the mat.
ENOUGH_TO_KEEP: Final = 6
# The rectangle along a shape's moments may be so much larger than the smallest: on an oval of 40 px both differ by less.
SQUARISH: Final = 1.06
# Proportions that a pill may be off by through the camera's tilt before its picture is straightened (a tilt of 14°).
LEAN: Final = 1.03
# Correlation of photo and print from which a box shows the print alone. In drawn photos what was found on bare markers has
# 0.91 to 0.98, pills that lie on markers at most 0.88; in doubt it is a pill.
LIKE_PRINT: Final = 0.9
SAMPLE_MM: Final = 0.4  # how finely both are compared: a marker's squares are 2.7 mm


@dataclass(frozen=True, slots=True)
class PlaneScale:
    """Pixels → millimetres in one plane: ``rows`` are those of a 3 × 3 homography from photo (x, y) to mm."""

    rows: tuple[tuple[float, float, float], ...]

    @classmethod
    def uniform(cls, mm_per_px: float) -> "PlaneScale":
        """The same everywhere: a camera that looks straight down."""
        return cls(((mm_per_px, 0.0, 0.0), (0.0, mm_per_px, 0.0), (0.0, 0.0, 1.0)))

    def to_mm(self, points: np.ndarray) -> np.ndarray:
        """Points (n, 2) in pixels → (n, 2) mm."""
        moved = np.column_stack([points, np.ones(len(points))]) @ np.array(self.rows).T
        return np.asarray(moved[:, :2] / moved[:, 2:])

    def mm_per_px(self, at: tuple[float, float]) -> float:
        """Millimetres a pixel at one place of the photo: the root of the area that one pixel covers there."""
        x, y = at
        corners = self.to_mm(np.array([(x - 0.5, y - 0.5), (x + 0.5, y - 0.5), (x - 0.5, y + 0.5)]))
        across, down = corners[1] - corners[0], corners[2] - corners[0]
        return float(np.sqrt(abs(across[0] * down[1] - across[1] * down[0])))

    def size_mm(self, mask: np.ndarray, origin: tuple[int, int]) -> tuple[float, float]:
        """Long and short side in mm, perspective taken out, of a convex blob.

        ``mask`` bool (h, w) says which pixels it covers, ``origin`` is the photo's pixel that the mask begins with.
        """
        contours, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        hull = cv2.convexHull(max(contours, key=len))
        # The hull joins pixel centres: grown outwards until it covers as much as the pixels do, it is where the edge is.
        missing = float(np.count_nonzero(mask)) - cv2.contourArea(hull)
        grown = float(np.clip(missing / max(cv2.arcLength(hull, closed=True), 1.0), 0.0, 0.5))
        rim = hull.reshape(-1, 2).astype(np.float64)
        outward = rim - rim.mean(axis=0)
        edge = rim + origin + grown * outward / np.maximum(np.linalg.norm(outward, axis=1, keepdims=True), 0.5)
        return _sides(self.to_mm(edge))

    def straighten(self, crop: np.ndarray, mask: np.ndarray, origin: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
        """A crop, RGB uint8 (h, w, 3), and its mask, bool (h, w), as they would be seen from straight above, not turned.

        ``origin`` is the photo's pixel that they begin with. Both stay as they are where the view is nearly straight.
        """
        height, width = mask.shape
        middle = np.array(origin) + ((width - 1) / 2, (height - 1) / 2)
        here, right, below = self.to_mm(middle + [(0, 0), (1, 0), (0, 1)])
        _, stretch, axes = np.linalg.svd(np.column_stack([right - here, below - here]))
        if stretch[0] <= LEAN * stretch[1]:
            return crop, mask
        turn = axes.T @ np.diag(stretch / np.sqrt(stretch.prod())) @ axes
        corners = (np.array([(0, 0), (width, 0), (width, height), (0, height)]) - 0.5) @ turn.T
        low = corners.min(axis=0)
        size = tuple(int(v) for v in np.ceil(corners.max(axis=0) - low))
        matrix = np.column_stack([turn, -low - 0.5])
        straight = cv2.warpAffine(crop, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        inside = cv2.warpAffine(mask.astype(np.float32), matrix, size, flags=cv2.INTER_LINEAR)
        return straight, inside > 0.5


@dataclass(frozen=True, slots=True, eq=False)
class MatSeen:
    """A mat in a photo: its ``scale``, how many ``markers`` it was found by, and how far in mm (root mean square) their
    corners lie from where they should."""

    mat: Mat
    scale: PlaneScale
    markers: int
    residual_mm: float

    def is_print(self, pixels: np.ndarray, box: tuple[float, float, float, float]) -> bool:
        """Whether a box (x1, y1, x2, y2) of the RGB photo shows nothing but what is printed there: part of a marker.

        A pill that lies on a marker is none: where it covers the marker, the photo differs from the print.
        """
        x1, y1, x2, y2 = box
        corners = self.scale.to_mm(np.array([(x1, y1), (x2, y1), (x2, y2), (x1, y2)]))
        middle, (low, high) = corners.mean(axis=0), (corners.min(axis=0), corners.max(axis=0))
        module = MARKER_MM / MODULES
        for marker in self.mat.markers:
            first, last = marker.corners[0] - module, marker.corners[2] + module
            if (first <= middle).all() and (middle <= last).all():
                low, high = np.maximum(low - module / 2, first), np.minimum(high + module / 2, last)
                return self._looks_printed(pixels, marker, low, high)
        return False

    def _looks_printed(self, pixels: np.ndarray, marker: Marker, low: np.ndarray, high: np.ndarray) -> bool:
        """Whether marker and photo agree between two corners in mm."""
        xs, ys = (np.arange(low[i], high[i], SAMPLE_MM) for i in (0, 1))
        if len(xs) < 2 or len(ys) < 2:
            return False
        mm = np.stack(np.meshgrid(xs, ys), axis=-1)
        square = np.floor((mm - marker.corners[0]) * MODULES / MARKER_MM).astype(int)
        inside = ((square >= 0) & (square < MODULES)).all(axis=2)
        column, row = np.clip(square, 0, MODULES - 1).transpose(2, 0, 1)
        white = np.where(inside, marker_bits(marker.number)[row, column], True)
        wanted = cv2.GaussianBlur(white.astype(np.float32), (0, 0), 0.4 / SAMPLE_MM)
        to_px = np.linalg.inv(np.array(self.scale.rows))
        places = cv2.perspectiveTransform(mm, to_px).astype(np.float32)
        seen = cv2.remap(pixels, places[..., 0], places[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        grey = cv2.cvtColor(seen, cv2.COLOR_RGB2GRAY).astype(np.float32)
        agreement = cv2.matchTemplate(grey, wanted, cv2.TM_CCOEFF_NORMED)
        return bool(agreement[0, 0] >= LIKE_PRINT)


def find_mat(pixels: np.ndarray) -> MatSeen | None:
    """The mat in an RGB uint8 photo (H, W, 3); None where none is seen, or what is seen cannot be trusted.

    Two markers or more give the homography that most of their corners agree on. One marker gives a scale if it is seen
    from straight above.
    """
    numbers, corners = _find_markers(pixels)
    place = {marker.number: (mat, marker) for mat in MATS.values() for marker in mat.markers}
    known = [i for i, number in enumerate(numbers) if number in place]
    if not known:
        return None
    papers = [place[numbers[i]][0].paper for i in known]
    paper = max(dict.fromkeys(papers), key=papers.count)
    chosen = [i for i, its in zip(known, papers, strict=True) if its == paper]
    on_mat = np.array([place[numbers[i]][1].corners for i in chosen])  # (n, 4, 2)
    return _fit(MATS[paper], corners[chosen], on_mat)


def _sides(rim: np.ndarray) -> tuple[float, float]:
    """Long and short side of a convex outline (n, 2), along its axes.

    Those are the axes of its second moments, which do not tip over on an oval as the smallest rectangle does, unless the
    smallest rectangle is clearly smaller: a square has no such axes.
    """
    outline = (rim - rim.mean(axis=0)).astype(np.float32)
    _, smallest, _ = cv2.minAreaRect(outline)
    moments = cv2.moments(outline)
    turn = 0.5 * np.arctan2(2 * moments["mu11"], moments["mu20"] - moments["mu02"])
    cos, sin = np.cos(turn), np.sin(turn)
    sides = (float(np.ptp(outline @ (cos, sin))), float(np.ptp(outline @ (-sin, cos))))
    if sides[0] * sides[1] > SQUARISH * smallest[0] * smallest[1]:
        sides = (float(smallest[0]), float(smallest[1]))
    return max(sides), min(sides)


def _find_markers(pixels: np.ndarray) -> tuple[list[int], np.ndarray]:
    """Numbers of all markers of an RGB picture and their corners (n, 4, 2), to a fraction of a pixel."""
    longest = max(pixels.shape[:2])
    step = max(1, longest // SEARCH_PX)  # averaging all of a large photo would take longer than the search itself
    small = np.ascontiguousarray(pixels[::step, ::step, 1])  # green alone: markers are black and white
    shrink = min(1.0, SEARCH_PX * step / longest)
    if shrink < 1:
        small = cv2.resize(small, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
    quads, numbers, _ = _detector().detectMarkers(small)
    if numbers is None or not len(numbers):
        return [], np.zeros((0, 4, 2))
    # pixel centres are whole numbers in all pictures
    corners = ((np.array(quads, dtype=np.float64).reshape(-1, 4, 2) + 0.5) / shrink - 0.5) * step
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 40, 0.01)
    refined = []
    for quad in corners:
        shortest = np.linalg.norm(quad - np.roll(quad, 1, axis=0), axis=1).min()
        # no further than half a square: the next edge starts there
        reach = int(np.clip(0.4 * shortest / MODULES, 2, 15))
        start = quad.astype(np.float32).reshape(-1, 1, 2)
        moved = cv2.cornerSubPix(grey, start, (reach, reach), (-1, -1), stop).reshape(4, 2)
        refined.append(np.where(np.abs(moved - quad).max() <= reach, moved, quad))
    return [int(number) for number in numbers.ravel()], np.array(refined, dtype=np.float64)


def _fit(mat: Mat, seen: np.ndarray, on_mat: np.ndarray) -> MatSeen | None:
    """The scale that takes corners ``seen`` (n, 4, 2) in pixels to those ``on_mat`` in mm."""
    if len(seen) == 1:
        return _fit_one(mat, seen, on_mat)
    matrix, agreeing = cv2.findHomography(seen.reshape(-1, 2), on_mat.reshape(-1, 2), cv2.RANSAC, OUTLIER_MM)
    if matrix is None:
        return None
    whole = agreeing.reshape(-1, 4).all(axis=1)
    if whole.sum() < 2 or whole.mean() < LEAST_AGREEING:
        return None
    matrix, _ = cv2.findHomography(seen[whole].reshape(-1, 2), on_mat[whole].reshape(-1, 2))
    if matrix is None:
        return None
    scale = _as_scale(matrix)
    left_over = scale.to_mm(seen[whole].reshape(-1, 2)) - on_mat[whole].reshape(-1, 2)
    residual = float(np.sqrt((left_over**2).sum(axis=1).mean()))
    return MatSeen(mat, scale, int(whole.sum()), residual) if residual <= MOST_RESIDUAL_MM else None


def _fit_one(mat: Mat, seen: np.ndarray, on_mat: np.ndarray) -> MatSeen | None:
    """Scale, turn and shift of a single marker, by least squares over its corners."""
    (x, y), (u, v) = (seen[0] - seen[0].mean(axis=0)).T, (on_mat[0] - on_mat[0].mean(axis=0)).T
    spread = (x * x + y * y).sum()
    a, b = (x * u + y * v).sum() / spread, (x * v - y * u).sum() / spread
    turn = np.array([(a, -b), (b, a)])
    shift = on_mat[0].mean(axis=0) - turn @ seen[0].mean(axis=0)
    scale = _as_scale(np.vstack([np.column_stack([turn, shift]), (0.0, 0.0, 1.0)]))
    left_over = scale.to_mm(seen[0]) - on_mat[0]
    residual = float(np.sqrt((left_over**2).sum(axis=1).mean()))
    return MatSeen(mat, scale, 1, residual) if residual <= MOST_SKEW * MARKER_MM else None


def _as_scale(matrix: np.ndarray) -> PlaneScale:
    a, b, c = ((float(row[0]), float(row[1]), float(row[2])) for row in matrix / matrix[2, 2])
    return PlaneScale((a, b, c))


@lru_cache(maxsize=1)
def _detector() -> cv2.aruco.ArucoDetector:
    return cv2.aruco.ArucoDetector(dictionary(), cv2.aruco.DetectorParameters())
