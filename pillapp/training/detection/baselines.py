"""Finding pills without learning: what the detector has to beat, in the same run on the same photos."""

from typing import Final

import cv2
import numpy as np

LONG_SIDE: Final = 640  # px the baselines look at
LEAST_AREA: Final = 60  # px; smaller blobs are noise


def contour_finder(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Otsu's threshold on the distance from the border's colour, one box (n, 4) per contour; convex things score highest."""
    small, scale = _small(pixels)
    mask = _foreground(small)
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    boxes, scores = [], []
    for contour in contours:
        area, hull = cv2.contourArea(contour), cv2.contourArea(cv2.convexHull(contour))
        if area >= LEAST_AREA and hull > 0:
            x, y, w, h = cv2.boundingRect(contour)
            boxes.append([x, y, x + w, y + h])
            scores.append(area / hull)
    return np.array(boxes, np.float32).reshape(-1, 4) / scale, np.array(scores, np.float32)


def watershed_finder(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The same foreground, split by a watershed from the peaks of its distance transform; round basins score highest."""
    small, scale = _small(pixels)
    mask = cv2.morphologyEx(_foreground(small), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    depth = cv2.GaussianBlur(cv2.distanceTransform(mask, cv2.DIST_L2, 5), (0, 0), 1.5)
    peaks = depth[(depth == cv2.dilate(depth, np.ones((9, 9), np.uint8))) & (depth > 4)]
    if not len(peaks):
        return np.zeros((0, 4), np.float32), np.zeros(0, np.float32)
    near = np.ones((int(np.median(peaks)) | 1,) * 2, np.uint8)
    seeds = ((depth == cv2.dilate(depth, near)) & (depth > 0.4 * np.median(peaks))).astype(np.uint8)
    _, markers = cv2.connectedComponents(seeds)
    markers = markers + 1
    markers[(mask > 0) & (seeds == 0)] = 0
    markers = cv2.watershed(cv2.cvtColor(small, cv2.COLOR_RGB2BGR), markers.astype(np.int32))
    boxes, scores = [], []
    for label in range(2, int(markers.max()) + 1):
        ys, xs = np.nonzero(markers == label)
        if len(xs) >= LEAST_AREA:
            x1, y1, x2, y2 = xs.min(), ys.min(), xs.max() + 1, ys.max() + 1
            boxes.append([x1, y1, x2, y2])
            scores.append(len(xs) / ((x2 - x1) * (y2 - y1)))
    return np.array(boxes, np.float32).reshape(-1, 4) / scale, np.array(scores, np.float32)


def _small(pixels: np.ndarray) -> tuple[np.ndarray, float]:
    scale = LONG_SIDE / max(pixels.shape[:2])
    return cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), scale


def _foreground(small: np.ndarray) -> np.ndarray:
    """What differs from the border's colour: uint8 0 or 255."""
    lab = cv2.cvtColor(cv2.GaussianBlur(small, (5, 5), 0), cv2.COLOR_RGB2LAB).astype(np.float32)
    border = np.concatenate([lab[0], lab[-1], lab[:, 0], lab[:, -1]])
    distance = np.linalg.norm(lab - np.median(border, axis=0), axis=2)
    grey = np.clip(distance, 0, 255).astype(np.uint8)
    return np.asarray(cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)[1])
