"""Typefaces for drawn imprints from Debian packages, beside those the program ships."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from pillapp.appearance.typefaces import Typeface
from pillapp.training.datasets import DataSetError

INSTALL_LINE: Final = "packaging/debian-training.sh"
_ROOT: Final = Path("/usr/share/fonts/truetype")
# pressed text is thin and even; print is upright and without serifs, but for a few
THIN: Final = (
    "Lato-Hairline", "Lato-Thin", "Lato-Light", "Roboto-Thin", "Roboto-Light", "RobotoCondensed-Light",
    "OpenSans-Light", "OpenSans-CondLight", "Quicksand-Light", "Comfortaa-Light", "LiberationSans-Regular",
    "LiberationSansNarrow-Regular",
)  # fmt: skip
PRINTED: Final = (
    "Lato-Regular", "Lato-Bold", "Roboto-Regular", "Roboto-Bold", "RobotoCondensed-Bold", "OpenSans-Semibold",
    "OpenSans-CondBold", "LiberationSans-Bold", "Quicksand-Bold", "Comfortaa-Bold",
)  # fmt: skip
SERIF: Final = ("LiberationSerif-Regular", "LiberationSerif-Bold")
KOREAN: Final = (
    "NanumGothic",
    "NanumGothicBold",
    "NanumBarunGothic",
    "NanumSquareR",
    "NanumSquareRoundB",
    "NanumMyeongjo",
)


def _files() -> dict[str, Path]:
    files = {path.stem: path for path in _ROOT.rglob("*.ttf")}
    missing = [name for name in THIN + PRINTED + SERIF + KOREAN if name not in files]
    if missing:
        raise DataSetError(f"typefaces are missing ({', '.join(missing)}); install them with:\n  {INSTALL_LINE}")
    return files


@dataclass(frozen=True, slots=True)
class TrainingFaces:
    """Typefaces for drawn pills beside those the program ships: for pressed text, for print without and with serifs, for Hangul."""

    pressed: tuple[Typeface, ...] = ()
    printed: tuple[Typeface, ...] = ()
    serif: tuple[Typeface, ...] = ()
    hangul: tuple[Typeface, ...] = ()


@lru_cache(maxsize=1)
def training_faces() -> TrainingFaces:
    """The typefaces of the Debian packages.

    Raises:
        DataSetError: they are not installed; the message says what installs them.
    """
    files = _files()
    return TrainingFaces(
        *(tuple(Typeface(name, files[name]) for name in names) for names in (THIN, PRINTED, SERIF, KOREAN))
    )
