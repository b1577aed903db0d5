"""How things take light, in numbers that need no renderer."""

from dataclasses import dataclass

import numpy as np

from pillapp.appearance.values import PillModel
from pillapp.training.render.mesh import pill_texture


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """The look of a thing in the terms of Disney's principled material (Burley 2012), each 0..1.

    ``base`` is the colour (h, w, 3) float32, linear sRGB, spread over the mesh by its ``uv`` and mirrored beyond it.
    ``gloss`` is a clear coat over it; ``clear`` is how much light passes through instead of being thrown back.
    """

    base: np.ndarray
    roughness: float = 0.5
    gloss: float = 0.05
    metallic: float = 0.0
    clear: float = 0.0


def plain(colour: np.ndarray | tuple[float, float, float]) -> np.ndarray:
    """A base of one colour: (1, 1, 3)."""
    return np.asarray(colour, dtype=np.float32).reshape(1, 1, 3)


def encoded(light: np.ndarray) -> np.ndarray:
    """Linear light as sRGB uint8; what is above 1 is cut off."""
    values = np.clip(light, 0, 1)
    values = np.where(values <= 0.0031308, values * 12.92, 1.055 * values ** (1 / 2.4) - 0.055)
    return np.round(values * 255).astype(np.uint8)


def pill_surface(model: PillModel) -> Surface:
    """The look of a pill."""
    material = model.material
    return Surface(pill_texture(model), material.roughness, material.gloss, clear=material.translucency)


def pack(pictures: list[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, list[np.ndarray]]:
    """Pictures (h, w, 3) on one sheet, and for each the places ``uv`` (n, 2) it came with as places of the sheet.

    The same picture is laid down once. Every picture keeps a border of its own colours, as sampling looks that far.
    """
    shelves: dict[int, tuple[int, int]] = {}
    different = {id(picture): picture for picture, _ in pictures}
    wide = max(picture.shape[1] for picture in different.values()) + 2
    width = max(wide, int(np.sqrt(sum(p.shape[0] * p.shape[1] for p in different.values()))))
    left = top = tall = 0
    for key, picture in sorted(different.items(), key=lambda item: -item[1].shape[0]):  # tallest first
        if left + picture.shape[1] + 2 > width:
            left, top, tall = 0, top + tall, 0
        shelves[key] = (left, top)
        left, tall = left + picture.shape[1] + 2, max(tall, picture.shape[0] + 2)
    sheet = np.zeros((top + tall, width, 3), np.float32)
    for key, (x, y) in shelves.items():
        framed = np.pad(different[key], ((1, 1), (1, 1), (0, 0)), mode="edge")
        sheet[y : y + framed.shape[0], x : x + framed.shape[1]] = framed
    size = np.array([sheet.shape[1], sheet.shape[0]])
    places = []
    for picture, uv in pictures:
        own = np.array([picture.shape[1], picture.shape[0]])
        places.append(((uv * own + 1 + shelves[id(picture)]) / size).astype(np.float32))
    return sheet, places
