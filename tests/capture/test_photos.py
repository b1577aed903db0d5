"""Whatever is dropped on the program becomes a frame or one clear sentence."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pillapp.capture.photos import decode_photo, expand_folders, load_photo
from pillapp.errors import PhotoError


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def gradient(width: int = 64, height: int = 48) -> Image.Image:
    y, x = np.mgrid[0:height, 0:width]
    return Image.fromarray(np.stack([x * 3 % 256, y * 4 % 256, (x + y) % 256], -1).astype(np.uint8))


def test_a_missing_file_is_named_in_the_message(tmp_path: Path) -> None:
    with pytest.raises(PhotoError, match=r"없습니다.*not found"):
        load_photo(tmp_path / "nothing.jpg")


def test_a_folder_is_not_a_photo(tmp_path: Path) -> None:
    with pytest.raises(PhotoError, match="폴더"):
        load_photo(tmp_path)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "빈 파일"),
        (b"this is a shopping list, not a picture", "not an image"),
        (encoded(gradient(400, 300), "JPEG")[:3000], "damaged or truncated"),
        (encoded(gradient(400, 300), "PNG")[:700], "damaged or truncated"),
        (encoded(Image.new("RGB", (1, 1)), "PNG"), "too small"),
    ],
    ids=["empty", "text", "truncated jpeg", "truncated png", "1x1"],
)
def test_unusable_data_gives_one_sentence(data: bytes, words: str) -> None:
    with pytest.raises(PhotoError, match=words) as caught:
        decode_photo(data, source="x.jpg")
    assert str(caught.value).startswith("x.jpg: ")
    assert "\n" not in str(caught.value)


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    header = struct.pack(">IIBBBBB", 20_000, 10_000, 8, 2, 0, 0, 0)
    chunks = b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in ((b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 1000)), (b"IEND", b""))
    )
    with pytest.raises(PhotoError, match="too large"):
        decode_photo(b"\x89PNG\r\n\x1a\n" + chunks, source="bomb.png")


@pytest.mark.parametrize(
    ("image", "kind"),
    [
        (gradient().convert("L"), "PNG"),
        (gradient().convert("CMYK"), "JPEG"),
        (gradient().convert("P"), "GIF"),
        (gradient().convert("1"), "PNG"),
        (gradient().convert("LA"), "PNG"),
        (Image.fromarray((np.arange(48 * 64).reshape(48, 64) * 20).astype(np.uint16)), "PNG"),
        (gradient(), "WEBP"),
        (gradient(), "BMP"),
        (gradient(), "TIFF"),
        (gradient(), "HEIF"),
    ],
    ids=["grey", "cmyk", "gif", "bilevel", "grey alpha", "16 bit", "webp", "bmp", "tiff", "heic"],
)
def test_every_kind_of_picture_becomes_rgb(image: Image.Image, kind: str) -> None:
    frame = decode_photo(encoded(image, kind), source="x")
    assert frame.pixels.shape == (48, 64, 3)
    assert frame.pixels.dtype == np.uint8
    assert frame.pixels.std() > 5


def test_16_bit_brightness_is_scaled_not_clipped() -> None:
    ramp = np.linspace(0, 65535, 64 * 48).reshape(48, 64).astype(np.uint16)
    pixels = decode_photo(encoded(Image.fromarray(ramp), "PNG"), source="x").pixels
    assert pixels[0, 0, 0] == 0
    assert pixels[-1, -1, 0] == 255
    assert 120 < pixels[24, 0, 0] < 135


def test_clear_parts_become_white() -> None:
    image = Image.new("RGBA", (32, 32), (255, 0, 0, 0))
    assert (decode_photo(encoded(image, "PNG"), source="x").pixels == 255).all()


def test_exif_orientation_is_applied() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned clockwise
    frame = decode_photo(encoded(gradient(), "JPEG", exif=exif), source="x")
    assert (frame.width, frame.height) == (48, 64)


def test_an_animation_shows_its_first_picture() -> None:
    frames = [Image.new("RGB", (32, 32), colour) for colour in ("red", "blue")]
    buffer = io.BytesIO()
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:], duration=100)
    pixels = decode_photo(buffer.getvalue(), source="x").pixels
    assert pixels[16, 16, 0] > 200
    assert pixels[16, 16, 2] < 60


def test_frames_cannot_be_written_to() -> None:
    with pytest.raises(ValueError, match="read-only"):
        decode_photo(encoded(gradient(), "PNG"), source="x").pixels[0, 0] = 0


@given(st.binary(max_size=400))
def test_random_bytes_never_crash(data: bytes) -> None:
    with pytest.raises(PhotoError):
        decode_photo(data, source="x")


@given(st.integers(2, 900))
def test_a_jpeg_cut_anywhere_is_a_photo_or_a_sentence(cut: int) -> None:
    data = encoded(gradient(), "JPEG")
    try:
        frame = decode_photo(data[:cut], source="x")
    except PhotoError:
        return
    assert frame.pixels.shape == (48, 64, 3)


def test_folders_give_their_photos_in_order(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    for name in ("b.JPG", "a.png", "notes.txt", "sub/c.heic"):
        (tmp_path / name).write_bytes(b"x")
    single = tmp_path / "notes.txt"
    assert [p.name for p in expand_folders([tmp_path, single])] == ["a.png", "b.JPG", "c.heic", "notes.txt"]
