"""A pill turned along its long axis and brought to one size: how the small networks see it."""

import cv2
import numpy as np

from pillapp.vision.imprint import lie_of


def upright(crop: np.ndarray, mask: np.ndarray, side: int, long_px: float) -> tuple[np.ndarray, np.ndarray]:
    """The pill in the middle of a square of ``side`` px, its long axis along x and ``long_px`` long.

    Args:
        crop: RGB uint8 (h, w, 3).
        mask: bool (h, w), the pill.

    Returns:
        RGB uint8 (side, side, 3) and the outline, uint8 (side, side).
    """
    solid: np.ndarray = np.ascontiguousarray(mask, dtype=np.uint8)
    (x, y), (long, _), angle = lie_of(solid)
    scale = long_px / max(long, 1.0)
    if scale < 0.7:  # warping does not average
        small = (max(1, round(crop.shape[1] * scale)), max(1, round(crop.shape[0] * scale)))
        crop = cv2.resize(crop, small, interpolation=cv2.INTER_AREA)
        x, y = x * small[0] / solid.shape[1], y * small[1] / solid.shape[0]
        solid = cv2.resize(solid, small, interpolation=cv2.INTER_AREA)
        scale = 1.0
    matrix = cv2.getRotationMatrix2D((x, y), angle, scale)
    matrix[:, 2] += np.array([side / 2 - x, side / 2 - y])
    size = (side, side)
    shown: np.ndarray = cv2.warpAffine(crop, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    outline: np.ndarray = cv2.warpAffine(solid * np.uint8(255), matrix, size, flags=cv2.INTER_LINEAR)
    return shown, outline
