"""The user's data.go.kr service key, kept in the system keyring and nowhere else."""

import contextlib
from typing import Final
from urllib.parse import unquote

import keyring
import keyring.errors

from pillapp.errors import CatalogError

_SERVICE: Final = "Pillapp"
_NAME: Final = "data.go.kr"


def resolve_key(given: str | None) -> str:
    """The key to use: the one given, which is then remembered, or the remembered one.

    data.go.kr shows every key twice, plain and percent-encoded ("Encoding"/"Decoding"); either may be pasted.

    Raises:
        CatalogError: there is none.
    """
    if given and given.strip():
        key = unquote(given.strip()) if "%" in given else given.strip()
        # Without a keyring (no desktop session) the key still serves this once.
        with contextlib.suppress(keyring.errors.KeyringError):
            keyring.set_password(_SERVICE, _NAME, key)
        return key
    try:
        stored = keyring.get_password(_SERVICE, _NAME)
    except keyring.errors.KeyringError:
        stored = None
    if not stored:
        raise CatalogError(
            "data.go.kr 서비스 키가 없습니다. data.go.kr에서 활용 신청 후 update --key 키 로 한 번 알려 주세요. "
            "(no service key)"
        )
    return stored


def forget() -> None:
    """Remove the remembered key; nothing happens where there is none."""
    with contextlib.suppress(keyring.errors.KeyringError):
        keyring.delete_password(_SERVICE, _NAME)
