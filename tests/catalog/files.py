"""Small hand-made files in the shapes and with the quirks of the official ones."""

from pathlib import Path

DUR_HEADER = (
    "DUR일련번호,DUR유형,단일복합구분코드,DUR성분코드,DUR성분명영문,DUR성분명,복합제,관계성분,약효분류코드,효능군,고시일자,금기내용,"
    "제형,연령기준,최대투여기간,1일최대용량,등급,병용금기단일복합구분코드,병용금기DUR성분코드,병용금기DUR성분영문명,"
    "병용금기DUR성분명,병용금기복합제,병용금기관계성분,병용금기약효분류,비고,상태,계열명"
)
_COLUMNS = DUR_HEADER.split(",")
TABLET_HEADER = [
    "품목일련번호",
    "품목명",
    "업소명",
    "성상",
    "큰제품이미지",
    "표시앞",
    "표시뒤",
    "의약품제형",
    "색상앞",
    "색상뒤",
    "분할선앞",
    "분할선뒤",
    "크기장축",
    "크기단축",
    "크기두께",
    "분류번호",
    "분류명",
    "전문일반구분",
    "품목허가일자",
    "제형코드명",
    "표기내용앞",
]


def dur_row(**fields: str) -> str:
    """One line of a DUR 성분 file in nedrug's own dialect: ``-`` for empty, a comma at the end."""
    known = {"단일복합구분코드": "단일", "상태": "정상", "고시일자": "20200710"} | fields
    unknown = known.keys() - set(_COLUMNS)
    assert not unknown, unknown
    return ",".join(known.get(name, "-") for name in _COLUMNS) + ","


def single(number: int, kind: str, code: str, name: str, relation: str, **fields: str) -> str:
    """A rule about one ingredient."""
    said = {"DUR일련번호": str(number), "DUR유형": kind, "DUR성분코드": code, "DUR성분명": name, "관계성분": relation}
    return dur_row(**said, **fields)


def pair(number: int, left: tuple[str, str, str], right: tuple[str, str, str], **fields: str) -> str:
    """A 병용금기 rule; each side is (D code, name, 관계성분)."""
    said = {"병용금기DUR성분코드": right[0], "병용금기DUR성분명": right[1], "병용금기관계성분": right[2]}
    return single(number, "병용금기", *left, **{"병용금기단일복합구분코드": "단일"}, **said, **fields)


def write_dur(path: Path, rows: list[str], *, encoding: str = "utf-8-sig") -> Path:
    """A DUR 성분 file."""
    path.write_bytes("\n".join([DUR_HEADER + ",", *rows, ""]).encode(encoding))
    return path


def tablet(item_seq: str, name: str, **fields: str) -> list[str]:
    """One row of a 낱알식별 file."""
    known = {
        "품목일련번호": item_seq,
        "품목명": name,
        "업소명": "한빛제약(주)",
        "의약품제형": "원형",
        "색상앞": "하양",
        "크기장축": "8.1",
        "크기단축": "8.1",
        "크기두께": "3.5",
        "제형코드명": "필름코팅정",
        "전문일반구분": "전문의약품",
        "품목허가일자": "20080820",
    } | fields
    return [known.get(column, "") for column in TABLET_HEADER]


def write_tablets(path: Path, rows: list[list[str]]) -> Path:
    """A 낱알식별 file as the nedrug site gives it: a workbook, whatever its name says."""
    return write_workbook(path, [TABLET_HEADER, *rows])


def write_workbook(path: Path, rows: list[list[str]]) -> Path:
    """An XLSX file of text cells."""
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    with path.open("wb") as stream:
        book.save(stream)
    return path


SIMVASTATIN = ("D000001", "심바스타틴", "[M000001]심바스타틴")
ITRACONAZOLE = ("D000002", "이트라코나졸", "[M000002]이트라코나졸/[M000003]이트라코나졸고체분산체")
EZETIMIBE = ("D000003", "에제티미브", "[M000004]에제티미브")
