"""Files that are whole or not there at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pillapp.errors import PillappError


@contextmanager
def whole_pdf(path: Path, what: str) -> Iterator[Path]:
    """Where to write a PDF; it takes the place of ``path`` once it is whole. ``what`` names it, with its particle.

    Raises:
        PillappError: it cannot be written; a file that was there before is kept.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        yield part
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise PillappError(
            f"{what} {path}에 저장할 수 없습니다({error.strerror}). 다른 폴더를 고르거나 권한을 확인하세요. (cannot write PDF)"
        ) from error
