"""Official product pictures: where the two sides of a pill lie on the card they were photographed on."""

import cv2
import numpy as np


def pill_boxes(rgb: np.ndarray) -> list[tuple[float, float, float, float]]:
    """Boxes (x1, y1, x2, y2) of at most two pills on a plain card: what differs from the card's colour in Lab.

    Args:
        rgb: uint8 (h, w, 3). Its margins are left out: rulers and captions stand there.
    """
    lab = cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    card = np.median(lab.reshape(-1, 3), axis=0)
    height, width = lab.shape[:2]
    different = (np.linalg.norm(lab - card, axis=2) > 14).astype(np.uint8)
    different[: int(height * 0.12)] = different[int(height * 0.86) :] = 0
    different[:, int(width * 0.92) :] = 0
    different = cv2.morphologyEx(different, cv2.MORPH_OPEN, np.ones((7, 7), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(different)
    blobs = sorted(stats[1:], key=lambda s: -s[4])[:2]
    return [
        (float(x), float(y), float(x + w), float(y + h))
        for x, y, w, h, area in blobs
        if area > 0.004 * lab[..., 0].size
    ]
