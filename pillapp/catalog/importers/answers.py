"""Answers of the official services, JSON or XML, saved in a file or fresh from the network.

The same service wraps its items in different ways on different days: ``{header, body}`` or
``{response: {…}}``; items as a list, as one object, or as a list of ``{item: …}``. Keys and values
carry trailing spaces. An error (bad key, used-up quota) comes as XML even where JSON was asked for.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import defusedxml.ElementTree as SafeTree
from defusedxml import DefusedXmlException

from pillapp.catalog.importers.table import Line, Table
from pillapp.errors import CatalogError, ImportFileError

OK_CODES: Final = frozenset({"00", "0", "INFO-000"})


class ServiceError(CatalogError):
    """The official service answered with an error. ``code`` is its own (22: quota, 30: key not registered …)."""

    def __init__(self, code: str, text: str):
        super().__init__(f"공식 서비스가 거부했습니다: {text} (code {code})")
        self.code = code


@dataclass(frozen=True, slots=True)
class Answer:
    """One page of a service: its items and how many there are in all."""

    items: list[dict[str, str]]
    total: int
    page: int


def parse_answer(raw: bytes) -> Answer:
    """Read one answer.

    Raises:
        ServiceError: the answer is an error message.
        ValueError: it is no answer of such a service at all.
    """
    text = raw.removeprefix(b"\xef\xbb\xbf").strip()
    if text[:1] == b"<":
        return _from_xml(text)
    try:
        document = json.loads(text.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ValueError("not UTF-8") from error
    return _from_json(document)


def _from_json(document: Any) -> Answer:
    if isinstance(document, list):
        items = [_flat(item) for item in document]
        return Answer(items, len(items), 1)
    if not isinstance(document, dict):
        raise ValueError("neither an object nor a list")
    inner = document.get("response", document)
    header = inner.get("header") if isinstance(inner, dict) else None
    body = inner.get("body") if isinstance(inner, dict) else None
    if isinstance(header, dict):
        _check(str(header.get("resultCode", "00")), str(header.get("resultMsg", "")))
    if not isinstance(body, dict):
        raise ValueError("no body")
    return Answer(list(_items(body.get("items"))), _number(body.get("totalCount")), _number(body.get("pageNo"), 1))


def _items(wrapped: Any) -> Iterator[dict[str, str]]:
    if isinstance(wrapped, dict):
        inner = wrapped.get("item", wrapped) if set(wrapped) == {"item"} else wrapped
        if isinstance(inner, list):
            yield from _items(inner)
        elif inner:
            yield _flat(inner)
    elif isinstance(wrapped, list):
        for item in wrapped:
            yield from _items(item)


def _flat(item: Any) -> dict[str, str]:
    if not isinstance(item, dict):
        raise ValueError("an item is not an object")
    return {str(key).strip(): "" if value is None else str(value).strip() for key, value in item.items()}


def _from_xml(text: bytes) -> Answer:
    try:
        root = SafeTree.fromstring(text)
    except (SafeTree.ParseError, DefusedXmlException) as error:
        raise ValueError(f"not well-formed XML: {error}") from error
    # OpenAPI_ServiceResponse/cmmMsgHeader is the gateway's error; response/header the service's own.
    code = _found(root, "returnReasonCode") or _found(root, "resultCode")
    if code:
        _check(code, _found(root, "returnAuthMsg") or _found(root, "errMsg") or _found(root, "resultMsg"))
    items = [{child.tag.strip(): (child.text or "").strip() for child in item} for item in root.iter("item")]
    if not items and root.find(".//totalCount") is None:
        raise ValueError("no items")
    return Answer(items, _number(_found(root, "totalCount")) or len(items), _number(_found(root, "pageNo"), 1))


def _found(root: Any, tag: str) -> str:
    element = root.find(f".//{tag}")
    return (element.text or "").strip() if element is not None else ""


def _check(code: str, text: str) -> None:
    if code not in OK_CODES:
        raise ServiceError(code, text or "이유를 말하지 않았습니다")


def _number(value: Any, default: int = 0) -> int:
    try:
        return int(str(value))
    except ValueError:
        return default


def open_answer(path: Path) -> Table:
    """Open a saved answer as a table whose header is the union of its items' keys."""
    try:
        answer = parse_answer(path.read_bytes())
    except ServiceError as error:
        raise ImportFileError(f"{path.name}: 데이터가 아니라 서비스의 오류 답변입니다. {error}") from error
    except (ValueError, AttributeError) as error:
        raise ImportFileError(
            f"{path.name}: 공식 서비스의 JSON·XML 답변이 아닙니다. 아무것도 불러오지 않았습니다. ({error})"
        ) from error
    kind = "XML" if path.read_bytes().lstrip(b"\xef\xbb\xbf \r\n\t")[:1] == b"<" else "JSON"
    header = list(dict.fromkeys(key for item in answer.items for key in item))
    if not header:
        raise ImportFileError(f"{path.name}: 답변에 품목이 하나도 없습니다. (no items)")
    return table_of_items(path, kind, header, answer.items)


def table_of_items(path: Path, kind: str, header: list[str], items: Iterable[dict[str, str]]) -> Table:
    """Items as a table; line numbers count the items from 1."""
    lines = (Line(number, [item.get(key, "") for key in header]) for number, item in enumerate(items, 1))
    return Table(path, kind, "utf-8", [Line(0, header)], lines, lambda: 1.0)
