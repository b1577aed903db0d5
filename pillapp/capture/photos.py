"""Photo files → frames: whatever a phone, scanner or web page gives, and a clear sentence for what cannot be read."""

import io
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import numpy as np
import pillow_heif
from PIL import Image, ImageOps, UnidentifiedImageError

from pillapp.capture.frame import Frame
from pillapp.errors import PhotoError

pillow_heif.register_heif_opener()

# The largest sensors in pharmacies' phones give 108 megapixels; 120 leaves room and keeps one RGB copy under 360 MB.
MAX_MEGAPIXELS: Final = 120
# Below this nothing of a pill can be seen: the smallest pill the detector finds is about 8 px across.
MIN_SIDE_PX: Final = 16
# What the file dialogue offers and what is taken from a dropped folder; content decides, not the name.
PHOTO_SUFFIXES: Final = frozenset(
    {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".heic", ".heif", ".avif"}
)

Image.MAX_IMAGE_PIXELS = None  # our own limit below gives a sentence instead of a warning


def load_photo(path: str | Path) -> Frame:
    """Read one photo file.

    Raises:
        PhotoError: the file is missing, a folder, empty, not a picture, cut short, or too large or small to be one of pills.
    """
    path = Path(path)
    if not path.exists():
        raise PhotoError(f"{path}: 파일이 없습니다. 경로를 확인하세요. (file not found)")
    if path.is_dir():
        raise PhotoError(f"{path}: 사진이 아니라 폴더입니다. 폴더 안의 사진을 지정하세요. (is a folder)")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise PhotoError(
            f"{path}: 파일을 읽을 수 없습니다({error.strerror}). 권한과 저장 장치를 확인하세요. (cannot be read)"
        ) from error
    return decode_photo(data, source=str(path))


def decode_photo(data: bytes, *, source: str) -> Frame:
    """Decode the bytes of a photo (a file's, or the clipboard's); ``source`` names it in errors.

    Raises:
        PhotoError: as :func:`load_photo`.
    """
    if not data:
        raise PhotoError(f"{source}: 빈 파일입니다(0바이트). 다시 저장하거나 다시 찍으세요. (empty file)")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # odd metadata is no reason to refuse a picture
            with Image.open(io.BytesIO(data)) as image:
                _refuse_odd_sizes(image, source)
                image.seek(0)  # an animation: its first picture
                image.load()
                upright = ImageOps.exif_transpose(image)
                pixels = np.ascontiguousarray(_to_rgb(upright), dtype=np.uint8)
    except UnidentifiedImageError as error:
        raise PhotoError(
            f"{source}: 사진으로 읽을 수 없는 파일입니다. JPEG, PNG, HEIC 사진을 넣으세요. (not an image)"
        ) from error
    except (OSError, SyntaxError, ValueError, EOFError, MemoryError, Image.DecompressionBombError) as error:
        raise PhotoError(
            f"{source}: 사진 파일이 손상되었거나 중간에 잘렸습니다. 원본을 다시 복사하거나 다시 찍으세요. (damaged or truncated: {error})"
        ) from error
    pixels.flags.writeable = False
    return Frame(pixels=pixels, source=source)


def expand_folders(paths: Iterable[str | Path]) -> list[Path]:
    """Files as given, folders replaced by the photos in them (by suffix, sorted, subfolders included)."""
    found: list[Path] = []
    for path in map(Path, paths):
        if path.is_dir():
            found += sorted(p for p in path.rglob("*") if p.suffix.lower() in PHOTO_SUFFIXES and p.is_file())
        else:
            found.append(path)
    return found


def _refuse_odd_sizes(image: Image.Image, source: str) -> None:
    width, height = image.size
    if width * height > MAX_MEGAPIXELS * 1_000_000:
        raise PhotoError(
            f"{source}: {width}×{height} 픽셀은 너무 큽니다(최대 {MAX_MEGAPIXELS}메가픽셀). 크기를 줄여서 다시 넣으세요. (too large)"
        )
    if min(width, height) < MIN_SIDE_PX:
        raise PhotoError(
            f"{source}: {width}×{height} 픽셀은 너무 작아 알약을 볼 수 없습니다. 원본 사진을 넣으세요. (too small)"
        )


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith(("I", "F")):  # 16-bit and float greyscale: Pillow would clip, not scale
        values = np.asarray(image, dtype=np.float32)
        top = 65535.0 if values.max() > 255 else 255.0
        return Image.fromarray((np.clip(values / top, 0, 1) * 255).astype(np.uint8)).convert("RGB")
    if image.has_transparency_data:  # clear parts become white paper, as every viewer shows them
        rgba = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba).convert("RGB")
    return image.convert("RGB")
