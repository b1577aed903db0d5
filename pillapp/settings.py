"""What is kept between starts beside the databases: the scale of cameras that do not move."""

import json
import math
from dataclasses import asdict, dataclass
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

from pillapp.errors import SettingsError
from pillapp.paths import user_data_dir

_FILE: Final = "cameras.json"

Rows = tuple[tuple[float, float, float], ...]


@dataclass(frozen=True, slots=True)
class CameraScale:
    """A camera measured with the mat: ``rows`` of the 3 × 3 homography from its pixels to mm.

    It holds for pictures of ``width`` × ``height`` only, and as long as nobody moves the camera.
    """

    source: str
    width: int
    height: int
    rows: Rows

    def fits(self, width: int, height: int) -> bool:
        """Whether it may be used on pictures of this size."""
        return (self.width, self.height) == (width, height)


def camera_scale(source: str) -> CameraScale | None:
    """The scale kept for a source (camera number or address), None if it was never measured.

    Raises:
        SettingsError: the file is damaged.
    """
    return next((scale for scale in _load() if scale.source == _name(source)), None)


def keep_camera_scale(scale: CameraScale) -> CameraScale:
    """Keep a scale in place of an older one of the same source; what was kept. Passwords in addresses are not written.

    Raises:
        SettingsError: the file cannot be written; it is as it was before.
    """
    kept = CameraScale(_name(scale.source), scale.width, scale.height, scale.rows)
    _save([*(other for other in _load_or_none() if other.source != kept.source), kept])
    return kept


def forget_camera_scale(source: str) -> None:
    """Remove the scale of a source.

    Raises:
        SettingsError: the file cannot be written; it is as it was before.
    """
    _save([scale for scale in _load_or_none() if scale.source != _name(source)])


def _name(source: str) -> str:
    """The source without user name and password."""
    parts = urlsplit(source)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2])) if parts.netloc else source


def _load() -> list[CameraScale]:
    path = user_data_dir() / _FILE
    try:
        text = path.read_text(encoding="utf-8")
        return [_scale(row) for row in json.loads(text)["scales"]]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SettingsError(
            f"카메라 설정 파일을 읽을 수 없습니다({path}). 크기 맞춤 없이 계속합니다. 눈금판으로 다시 맞추면 새로 만듭니다. "
            "(camera settings are damaged)"
        ) from error


def _load_or_none() -> list[CameraScale]:
    """What can be kept when the file is written anew: nothing of a damaged one."""
    try:
        return _load()
    except SettingsError:
        return []


def _scale(row: dict[str, Any]) -> CameraScale:
    rows = tuple((float(a), float(b), float(c)) for a, b, c in row["rows"])
    if len(rows) != 3 or not all(math.isfinite(value) for line in rows for value in line):
        raise ValueError("not a homography")
    return CameraScale(str(row["source"]), int(row["width"]), int(row["height"]), rows)


def _save(scales: list[CameraScale]) -> None:
    path = user_data_dir() / _FILE
    part = path.with_suffix(".part")
    try:
        part.write_text(json.dumps({"scales": [asdict(scale) for scale in scales]}, indent=1), encoding="utf-8")
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise SettingsError(
            f"카메라 설정을 {path}에 저장할 수 없습니다({error.strerror}). 디스크와 권한을 확인하세요. (cannot write settings)"
        ) from error
