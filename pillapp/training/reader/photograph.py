"""What a camera at a counter does to a side: lost resolution, blur, noise, JPEG, and an outline that is not quite right."""

import cv2
import numpy as np


def photograph(rng: np.random.Generator, picture: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """``picture`` float32 (h, w) grey 0..1 and its ``mask`` uint8 0/1 (h, w), both as a photo of them would be.

    The ranges were chosen by eye, wider than the photos of one camera.
    """
    height, width = picture.shape
    picture = np.where(mask > 0, picture * rng.uniform(0.7, 1.08), rng.uniform(0.1, 0.9)).astype(np.float32)
    factor = rng.uniform(0.32, 1.0)
    if factor < 0.9:
        small = cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
        enlarge = cv2.INTER_CUBIC if rng.random() < 0.7 else cv2.INTER_LINEAR
        picture = cv2.resize(small, (width, height), interpolation=enlarge)
    if rng.random() < 0.5:
        picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.4, 1.5))
    if rng.random() < 0.75:
        noise = rng.standard_normal((height, width), dtype=np.float32) * np.float32(rng.uniform(0.002, 0.018))
        picture = picture + (noise if rng.random() < 0.5 else cv2.GaussianBlur(noise, (0, 0), 0.8) * 2)
    if rng.random() < 0.4:
        bytes_ = np.clip(picture * 255, 0, 255).astype(np.uint8)
        jpeg = cv2.imencode(".jpg", bytes_, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(35, 90))])[1]
        picture = np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_GRAYSCALE), dtype=np.float32) / 255
    wrong = int(rng.integers(-2, 2))
    if wrong:
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
        change = cv2.dilate if wrong > 0 else cv2.erode
        mask = change(mask, kernel, iterations=abs(wrong))
    return np.clip(picture, 0, 1), mask
