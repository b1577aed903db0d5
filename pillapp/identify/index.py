"""The catalogue's appearances as arrays, ready to be scored in one pass."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from pillapp.appearance.finish import form_of
from pillapp.appearance.spelling import side_text
from pillapp.appearance.values import Form
from pillapp.catalog.values import Appearance, Side
from pillapp.identify.imprint_score import ImprintIndex
from pillapp.vision.colour import COLOURS
from pillapp.vision.shape import SHAPES

HARD: Final = 1
_FORMS: Final = {Form.HARD_CAPSULE: HARD, Form.SOFT_CAPSULE: 2}
_OTHER: Final = SHAPES.index("기타")


@dataclass(frozen=True, slots=True, eq=False)
class AppearanceIndex:
    """All n appearances of the catalogue.

    ``front`` and ``back`` (n,) point into the imprint index's sides; ``shape`` (n,) into :data:`SHAPES`; ``colours``
    (n, 2, 16) bool: the colours named for the pill's two parts (equal for one-coloured pills), ``palettes`` (k, 2, 16) the distinct
    ones of them and ``palette`` (n,) which of these a row has; ``two_parts`` (n,) whether
    two different parts are named; ``form`` (n,) 0 tablet, 1 hard capsule (:data:`HARD`), 2 soft capsule; ``lines`` (n, 2)
    the score lines of front and back: none, one, or 2 for a cross or several;
    ``long_mm``/``short_mm`` (n,) NaN where the file is silent; ``product`` (n,) into ``item_seqs``.
    """

    imprints: ImprintIndex
    front: np.ndarray
    back: np.ndarray
    shape: np.ndarray
    colours: np.ndarray
    palettes: np.ndarray
    palette: np.ndarray
    two_parts: np.ndarray
    form: np.ndarray
    lines: np.ndarray
    long_mm: np.ndarray
    short_mm: np.ndarray
    product: np.ndarray
    item_seqs: tuple[str, ...]
    names: tuple[str, ...]

    @classmethod
    def of(cls, appearances: Sequence[Appearance]) -> "AppearanceIndex":
        """Build the arrays; a second or so for 26,000 rows."""
        sides: dict[Side, int] = {}
        products: dict[str, int] = {}
        names: list[str] = []
        n = len(appearances)
        front, back, shape = np.zeros(n, int), np.zeros(n, int), np.zeros(n, int)
        product = np.zeros(n, int)
        colours = np.zeros((n, 2, len(COLOURS)), bool)
        form = np.zeros(n, int)
        lines = np.zeros((n, 2), int)
        sizes = np.full((n, 2), np.nan)
        for row, seen in enumerate(appearances):
            front[row], back[row] = (sides.setdefault(side, len(sides)) for side in seen.sides)
            shape[row] = SHAPES.index(seen.shape) if seen.shape in SHAPES else _OTHER
            if seen.item_seq not in products:
                products[seen.item_seq] = len(products)
                names.append(seen.name)
            product[row] = products[seen.item_seq]
            form[row] = _FORMS.get(form_of(seen), 0)
            for side, (text, line) in enumerate(
                ((seen.imprint_front, seen.line_front), (seen.imprint_back, seen.line_back))
            ):
                said = side_text(text, line)
                lines[row, side] = 2 if said.cross else min(said.lines, 2)
            parts = (seen.colours_front, seen.colours_back or seen.colours_front)
            for part, named in enumerate(parts):
                for colour in named:
                    if colour in COLOURS:
                        colours[row, part, COLOURS.index(colour)] = True
            if seen.long_mm and seen.short_mm:
                sizes[row] = max(seen.long_mm, seen.short_mm), min(seen.long_mm, seen.short_mm)
        palettes, palette = np.unique(colours.reshape(n, 2 * len(COLOURS)), axis=0, return_inverse=True)
        return cls(
            imprints=ImprintIndex(tuple(sides)),
            front=front,
            back=back,
            shape=shape,
            colours=colours,
            palettes=palettes.reshape(-1, 2, len(COLOURS)),
            palette=palette.reshape(n),
            two_parts=(colours[:, 0] != colours[:, 1]).any(axis=1),
            form=form,
            lines=lines,
            long_mm=sizes[:, 0],
            short_mm=sizes[:, 1],
            product=product,
            item_seqs=tuple(products),
            names=tuple(names),
        )
