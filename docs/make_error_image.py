"""The picture of wrong names in docs/identification.md, drawn by the program itself: ``uv run --all-groups docs/make_error_image.py``.

Both pills of each pair are drawn from their rows of the official file; no photograph is shown. What was read stands between them.
"""

import sys
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from pillapp.appearance.picture import thumbnail
from pillapp.paths import resources_dir
from pillapp.training.catalogue_sides import catalogue_appearances

# right product, first named, what was read, why: taken from the sheets of `evaluate identification --errors`
PAIRS: Final = (
    ("199101125", "202201915", "HT", "the same on this side"),
    ("199102014", "201704832", "G40", "dark green seen as light green"),
    ("200511058", "201109293", "POAO PGN 150", "a logo read as letters"),
    ("200810688", "202106874", "NOIGCIO", "small mixed-case print misread"),
    ("200410326", "201400433", "ZD4522 20", "the file spells one text two ways"),
    ("201702674", "201901391", "PGN CJ 25", "the pill says CJ, the file INO"),
)
TILE: Final = 120
WIDTH: Final = 250  # of the words between the two
GAP: Final = 40


def main() -> None:
    """Draw ``docs/images/wrong-names.png``."""
    rows = {row.item_seq: row for row in reversed(catalogue_appearances())}
    font = ImageFont.truetype(str(resources_dir() / "fonts" / "Pretendard-Regular.ttf"), 14)
    cells = []
    for right, first, read, why in PAIRS:
        cell = Image.new("RGB", (2 * TILE + WIDTH + GAP, TILE + 6), "white")
        cell.paste(Image.fromarray(thumbnail(rows[right], TILE)), (0, 3))
        cell.paste(Image.fromarray(thumbnail(rows[first], TILE)), (TILE + WIDTH, 3))
        draw = ImageDraw.Draw(cell)
        for line, text in enumerate((f"read: {read}", why, "← is          named →")):
            draw.text((TILE + WIDTH / 2, 38 + 22 * line), text, font=font, fill=(31, 41, 51), anchor="mm")
        cells.append(np.array(cell))
    lines = [np.concatenate(cells[i : i + 2], axis=1) for i in range(0, len(cells) - 1, 2)]
    picture = Image.fromarray(np.concatenate(lines)).quantize(128)
    picture.save(Path(__file__).parent / "images" / "wrong-names.png", optimize=True)


if __name__ == "__main__":
    main()
