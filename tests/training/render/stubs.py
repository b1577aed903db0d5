"""Pills simple enough to know by heart: a domed tablet and a capsule with bold letters."""

import cv2
import numpy as np

from pillapp.appearance.values import Face, Form, Glyph, Material, PillModel

CELLS_PER_MM = 24.0
INK = (0.02, 0.02, 0.02)


def tablet(front: str = "FR", back: str = "", long_mm: float = 10.0, short_mm: float = 10.0, pressed: bool = False):
    """An elliptic tablet, 4 mm thick with a dome of 0.8 mm a side; a letter a third of its width high every 3 mm."""
    angle = np.linspace(0, 2 * np.pi, 240, endpoint=False)
    outline = np.column_stack([np.cos(angle) * long_mm / 2, np.sin(angle) * short_mm / 2]).astype(np.float32)

    def height(rim):
        return 1.2 + 0.8 * np.clip(1 - rim**2, 0, 1)

    return _pill(outline, height, front, back, long_mm, short_mm, 4.0, Form.TABLET, pressed)


def capsule(front: str = "FR"):
    """An ellipsoid of 18 x 6 x 6 mm without a wall."""
    angle = np.linspace(0, 2 * np.pi, 240, endpoint=False)
    outline = np.column_stack([np.cos(angle) * 9, np.sin(angle) * 3]).astype(np.float32)
    return _pill(
        outline, lambda rim: 3 * np.sqrt(np.clip(1 - rim**2, 0, 1)), front, "", 18, 6, 6, Form.HARD_CAPSULE, False
    )


def _pill(outline, height, front, back, long_mm, short_mm, thick_mm, form, pressed):
    h, w = round(short_mm * 1.1 * CELLS_PER_MM), round(long_mm * 1.1 * CELLS_PER_MM)
    y, x = (np.mgrid[0:h, 0:w].reshape(2, -1) - np.array([[h - 1], [w - 1]]) / 2) / CELLS_PER_MM
    rim = np.hypot(x / (long_mm / 2), y / (short_mm / 2)).reshape(h, w)
    coverage = np.clip((1 - rim) * short_mm / 2 * CELLS_PER_MM + 0.5, 0, 1).astype(np.float32)
    faces = [_face(text, height(rim).astype(np.float32), pressed) for text in (front, back)]
    return PillModel(
        "201", "시험정", form, long_mm, short_mm, thick_mm, outline, coverage, coverage, CELLS_PER_MM,
        faces[0], faces[1], Material(0.1, 0.5, 0.0), (),
    )  # fmt: skip


def _face(text, height, pressed):
    h, w = height.shape
    ink = np.zeros((h, w), np.uint8)
    glyphs = []
    for i, letter in enumerate(text):
        one = np.zeros((h, w), np.uint8)
        at = round(w / 2 + (i - len(text) / 2) * 3 * CELLS_PER_MM)
        cv2.putText(one, letter, (at, h // 2 + 24), cv2.FONT_HERSHEY_SIMPLEX, 2.4, 255, 10)
        ys, xs = np.nonzero(one > 127)
        centre = ((xs.min() + xs.max()) / 2 - (w - 1) / 2, (ys.min() + ys.max()) / 2 - (h - 1) / 2)
        size = (np.ptp(xs) + 1, np.ptp(ys) + 1)
        glyphs.append(
            Glyph(letter, 0, (centre[0] / CELLS_PER_MM, centre[1] / CELLS_PER_MM),
                  (size[0] / CELLS_PER_MM, size[1] / CELLS_PER_MM), 0.0)
        )  # fmt: skip
        ink |= one
    share = ink.astype(np.float32) / 255
    none = np.zeros_like(share)
    albedo = np.full((h, w, 3), 0.75, np.float32)
    if pressed:
        return Face(height - 0.25 * share, albedo, share, none, none, tuple(glyphs), ())
    albedo = albedo * (1 - share[..., None]) + np.float32(INK) * share[..., None]
    return Face(height, albedo, none, share, none, tuple(glyphs), ())
