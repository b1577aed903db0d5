"""Official product pictures: where the two sides of a pill lie on the card they were photographed on."""

from typing import Final

import cv2
import numpy as np

WIDTH: Final = 1000  # px the pictures are brought to before they are looked at
# How far a pill must differ from its card, in Lab: in hue, or by being lighter; a shadow has the card's hue and is darker.
# The first that gives two pills of one size counts: pills of the card's own colour need a finer eye, which takes shadows and
# the card's lines for pills elsewhere.
EYES: Final = ((8.0, 9.0), (5.0, 6.0), (3.0, 4.0), (12.0, 14.0))
ALIKE: Final = 0.15  # by which the two boxes of one pill may differ in length and breadth
LEAST: Final = 0.004  # share of the picture
MARGINS: Final = (0.12, 0.14, 0.08)  # above, below and to the right stand rulers and captions

Box = tuple[float, float, float, float]


def pill_boxes(rgb: np.ndarray) -> list[Box]:
    """Boxes (x1, y1, x2, y2) of at most two pills on a plain card, the left one (the front) first.

    Args:
        rgb: uint8 (h, w, 3). Its margins are left out: rulers and captions stand there.
    """
    scale = WIDTH / rgb.shape[1]
    small = cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    lab = cv2.cvtColor(small, cv2.COLOR_RGB2LAB).astype(np.float32)
    off = lab - np.median(lab.reshape(-1, 3), axis=0)
    hue = np.linalg.norm(off[:, :, 1:], axis=2)
    looks = [_two_largest((hue > least_hue) | (off[:, :, 0] > lighter)) for least_hue, lighter in EYES]
    best = next((boxes for boxes in looks if of_one_size(boxes)), max(looks, key=len))
    return [(x1 / scale, y1 / scale, x2 / scale, y2 / scale) for x1, y1, x2, y2 in sorted(best)]


def _two_largest(different: np.ndarray) -> list[Box]:
    height, width = different.shape
    mask: np.ndarray = different.astype(np.uint8)
    above, below, right = MARGINS
    mask[: int(height * above)] = mask[int(height * (1 - below)) :] = 0
    mask[:, int(width * (1 - right)) :] = 0
    mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))  # an imprint does not divide a pill
    _, _, blobs, _ = cv2.connectedComponentsWithStats(mask)
    largest = sorted(blobs[1:], key=lambda blob: -blob[4])[:2]
    return [
        (float(x), float(y), float(x + w), float(y + h)) for x, y, w, h, area in largest if area > LEAST * mask.size
    ]


def of_one_size(boxes: list[Box]) -> bool:
    """Whether there are two boxes, and both as large as two sides of one pill are."""
    if len(boxes) != 2:
        return False
    one, other = (sorted((x2 - x1, y2 - y1)) for x1, y1, x2, y2 in boxes)
    return all(abs(a / b - 1) <= ALIKE for a, b in zip(one, other, strict=True))
