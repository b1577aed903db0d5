"""The two sample photos of ``resources/samples``, drawn from starter products: ``main.py train samples``.

A tray seen from above, the same four pills front and back. Two of them must not be taken together, so that a first try
of the program shows a finding. Drawn, not photographed: they prove that the program runs, not how well it sees.
"""

from typing import Final

import cv2
import numpy as np
from PIL import Image

from pillapp.appearance.picture import side_cutout
from pillapp.catalog.catalog import open_catalog
from pillapp.catalog.values import Appearance
from pillapp.paths import resources_dir

# 심바스타틴, 이트라코나졸 (금기 with each other), 아미트리프틸린, 메토트렉세이트
PRODUCTS: Final = ("200200173", "200003111", "197500188", "197900145")
SIZE: Final = (1200, 900)  # width, height
PX_PER_MM: Final = 21.0
PLACES: Final = ((340, 270, 8.0), (830, 290, -12.0), (360, 640, 4.0), (850, 630, -6.0))  # centre, degrees


def tray(rng: np.random.Generator) -> np.ndarray:
    """A grey-blue counting tray, float32 (h, w, 3) in 0..1: uneven light and a fine grain."""
    width, height = SIZE
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    light = 0.86 + 0.14 * np.exp(-(((x - 380) / 900) ** 2 + ((y - 250) / 700) ** 2))
    grain = cv2.GaussianBlur(rng.normal(0, 1, (height, width)).astype(np.float32), (0, 0), 1.2) * 0.012
    return np.clip(np.array([0.50, 0.54, 0.58], np.float32) * (light + grain)[..., None], 0, 1)


def place(picture: np.ndarray, appearance: Appearance, centre: tuple[int, int], degrees: float, *, back: bool) -> None:
    """Lay one pill with its shadow onto the tray, in place."""
    drawing = side_cutout(appearance, back=back, long_px=round((appearance.long_mm or 9) * PX_PER_MM))
    height, width = drawing.alpha.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    matrix[:, 2] += [centre[0] - width / 2, centre[1] - height / 2]
    size = (picture.shape[1], picture.shape[0])
    alpha = cv2.warpAffine(drawing.alpha, matrix, size, flags=cv2.INTER_LINEAR)
    rgb = cv2.warpAffine(drawing.rgb, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    shadow = cv2.GaussianBlur(np.roll(alpha, (12, 9), axis=(0, 1)), (0, 0), 9)
    picture *= 1 - 0.42 * shadow[..., None]
    picture[:] = picture * (1 - alpha[..., None]) + rgb.astype(np.float32) / 255 * alpha[..., None]


def draw() -> None:
    """Draw both photos and write them."""
    with open_catalog() as catalog:
        looks = {a.item_seq: a for a in catalog.appearances()}
    folder = resources_dir() / "samples"
    folder.mkdir(parents=True, exist_ok=True)
    for name, back in (("tray-front.jpg", False), ("tray-back.jpg", True)):
        rng = np.random.default_rng(7)
        picture = tray(rng)
        for item_seq, (x, y, degrees) in zip(PRODUCTS, PLACES, strict=True):
            place(picture, looks[item_seq], (x, y), degrees + (180 if back else 0), back=back)
        noisy = cv2.GaussianBlur(picture, (0, 0), 0.8) + rng.normal(0, 0.006, picture.shape)
        Image.fromarray((np.clip(noisy, 0, 1) * 255).astype(np.uint8)).save(folder / name, "JPEG", quality=88)
