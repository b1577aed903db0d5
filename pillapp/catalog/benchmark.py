"""``benchmark catalogue``: what importing and searching cost on this machine, beside merely reading the same files."""

import multiprocessing
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from pillapp.catalog.catalog import Catalog, open_catalog
from pillapp.catalog.importers.readers import open_table
from pillapp.catalog.importers.run import ImportProgress, Outcome, import_files
from pillapp.catalog.join_check import JoinFigures, check_join

PAIR_ROWS: Final = 810_000  # the largest official file: DUR 품목, 병용금기 (about 810,000 rows in 2026)
_SEED: Final = 20260312
_PRODUCTS: Final = 9_000
_SUBSTANCES: Final = 400
_PAIRS: Final = 1_229
_QUERIES: Final = (
    "타이레놀",
    "ㅌㅇㄹㄴ",
    "노바스크 5밀리그램",
    "아토르바스타틴",
    "YH LT",
    "DP 300",
    "하양 원형 8mm",
    "한미약품",
    "amlodipine",
    "073400360",
    "C08CA01",
    "분할선 노랑",
)
_HEADER: Final = (
    "DUR유형명 품목명 품목일련번호 업소명 주성분 성상 복합제구분 복합제구분명 복합제성분 제형구분코드 제형구분명 "
    "전문일반구분코드 전문일반구분명 약효분류코드 약효분류 분류번호 고시일자 품목허가일자 변경일자 금기내용 비고 "
    "효능군명 성분영문명전체 DUR일련번호 DUR성분코드 DUR성분영문명 Dur성분명 사업자번호 계열명 병용금기DUR번호 "
    "병용금기복합제 병용금기DUR성분코드 병용금기DUR성분명 병용금기DUR성분영문명 병용금기품목기준코드 "
    "병용금기품목명 병용금기업체명 병용금기제형구분코드 병용금기제형 병용금기전문일반구분코드 병용금기전문일반 "
    "병용금기약효분류코드 병용금기약효분류 병용금기주성분 병용금기품목허가일자 병용금기성상 병용변경일자"
)

Told = Callable[[str, ImportProgress | None], None]


@dataclass(frozen=True, slots=True)
class Figure:
    """One measurement beside its floor, both in seconds in the same run."""

    what: str
    rows: int
    seconds: float
    floor_seconds: float
    budget_seconds: float | None
    peak_mib: float | None = None

    @property
    def ratio(self) -> float:
        """How many times the floor."""
        return self.seconds / max(self.floor_seconds, 1e-9)


@dataclass(frozen=True, slots=True)
class Benchmarks:
    """Everything ``benchmark catalogue`` prints."""

    imports: list[Figure]
    search_p50_ms: float
    search_p99_ms: float
    search_products: int
    search_floor_ms: float
    join: JoinFigures | None

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        document = asdict(self)
        for figure, plain in zip(self.imports, document["imports"], strict=True):
            plain["ratio"] = round(figure.ratio, 2)
        return document


def run_benchmarks(data: Path, rows: int, told: Told) -> Benchmarks:
    """Measure. ``data`` holds the official files (``mfds/``, ``hira/``, ``permits/``); without them only made data is used."""
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="pillapp-benchmark-") as folder:
        work = Path(folder)
        generated = work / "generated_dur_items.csv"
        told(f"DUR 품목 {rows:,}행 파일을 만드는 중", None)
        write_pair_file(generated, rows)
        figures.append(_measure(f"DUR 품목 {rows:,}행 (생성)", [generated], work / "pairs.sqlite", 60.0, told))
        generated.unlink()
        files = sorted(path for part in ("mfds", "hira", "permits") for path in (data / part).glob("*"))
        tablets = [path for path in files if "TabletIdntfc" in path.name]
        if tablets:
            figures.append(_measure("낱알식별 (전체)", tablets, work / "tablets.sqlite", 10.0, told))
        join = None
        if files:
            figures.append(_measure(f"공식 파일 {len(files)}개", files, work / "all.sqlite", None, told))
            told("노인주의 품목과 연결 확인", None)
            join = check_join(files, work / "join.sqlite")
        url = f"sqlite:///{work / 'all.sqlite'}" if files else f"sqlite:///{work / 'pairs.sqlite'}"
        told("검색", None)
        with open_catalog(url) as catalog:
            p50, p99, floor = _measure_search(catalog)
            products = catalog.summary().products
    return Benchmarks(figures, p50, p99, products, floor, join)


def _measure(what: str, files: list[Path], target: Path, budget: float | None, told: Told) -> Figure:
    told(f"{what}: 읽기만", None)
    started = time.perf_counter()
    for path in files:
        read_only(path)
    floor = time.perf_counter() - started
    told(f"{what}: 불러오기", None)
    # A process of its own, so that its peak memory is that of the import alone.
    context = multiprocessing.get_context("spawn")
    receiving, sending = context.Pipe(duplex=False)
    process = context.Process(target=_import_in_child, args=(files, f"sqlite:///{target}", sending))
    process.start()
    sending.close()
    rows, seconds, peak = receiving.recv()
    process.join()
    return Figure(what, rows, seconds, floor, budget, peak)


def _import_in_child(files: list[Path], url: str, sending: Any) -> None:
    with open_catalog(url) as catalog:
        started = time.perf_counter()
        reports = import_files(catalog.database, files)
        seconds = time.perf_counter() - started
    failed = [report.error for report in reports if report.outcome is Outcome.FAILED]
    if failed:
        raise RuntimeError(f"import failed: {failed}")
    sending.send((sum(report.rows for report in reports), seconds, _peak_mib()))


def _peak_mib() -> float | None:
    """Most memory this process ever held; None where the system doesn't say (Windows)."""
    try:
        import resource
    except ImportError:
        return None
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10  # bytes on macOS, KiB on Linux
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def read_only(path: Path) -> int:
    """Read a file with the fastest reader there is for it: lines of a text, all cells of a workbook; its rows."""
    if path.suffix.lower() == ".csv":
        with path.open("rb", buffering=1 << 20) as stream:
            return sum(1 for _ in stream)
    return sum(1 for _ in open_table(path).lines)


def _measure_search(catalog: Catalog) -> tuple[float, float, float]:
    """p50 and p99 over every prefix of the queries as typed, and one pass over the names as floor; milliseconds."""
    catalog.search("가")  # builds the index
    times: list[float] = []
    for _ in range(5):
        for query in _QUERIES:
            for end in range(1, len(query) + 1):
                started = time.perf_counter()
                catalog.search(query[:end])
                times.append((time.perf_counter() - started) * 1000)
    names = [name for (name,) in catalog.database.rows("SELECT name FROM product")]
    started = time.perf_counter()
    sum("타이레놀" in name for name in names)
    floor = (time.perf_counter() - started) * 1000
    ranked = statistics.quantiles(times, n=100)
    return ranked[49], ranked[98], floor


def write_pair_file(path: Path, rows: int) -> None:
    """Write a 병용금기 품목 file in the official layout and dialect (47 columns, a comma at the end, ``|`` for commas)."""
    names = _HEADER.split()
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        stream.write(",".join(names) + ",\n")
        for row in _pair_rows(rows):
            stream.write(",".join(row.get(name, "-") for name in names) + ",\n")


def _pair_rows(rows: int) -> Iterator[dict[str, str]]:
    chance = random.Random(_SEED)
    of_substance: dict[int, list[int]] = {number: [] for number in range(_SUBSTANCES)}
    for product in range(_PRODUCTS):
        of_substance[product % _SUBSTANCES].append(product)
    pairs = [chance.sample(range(_SUBSTANCES), 2) for _ in range(_PAIRS)]
    made = 0
    while made < rows:
        for left, right in pairs:
            reason = f"횡문근융해증|QT간격연장및심실부정맥위험증가({left}-{right})"
            for a in of_substance[left]:
                for b in of_substance[right]:
                    if made == rows:
                        return
                    made += 1
                    yield _pair_row(left, right, a, b, reason)
        of_substance = {number: [p + _PRODUCTS for p in products] for number, products in of_substance.items()}


def _pair_row(left: int, right: int, a: int, b: int, reason: str) -> dict[str, str]:
    return {
        "DUR유형명": "병용금기",
        "품목명": f"생성정{a}밀리그램(성분{left})",
        "품목일련번호": str(200_000_000 + a),
        "업소명": f"제약회사{a % 97}",
        "주성분": f"[M{100_000 + left}]성분{left}염산염수화물",
        "성상": "흰색의원형필름코팅정제",
        "복합제구분명": "단일",
        "제형구분명": "필름코팅정",
        "전문일반구분명": "전문의약품",
        "약효분류코드": "02180",
        "약효분류": "동맥경화용제",
        "고시일자": "20200710",
        "품목허가일자": "20101130",
        "변경일자": "20251223",
        "금기내용": reason,
        "성분영문명전체": f"Substance{left}(성분{left})",
        "DUR일련번호": str(left * 1000 + right),
        "DUR성분코드": f"D{left:06d}",
        "DUR성분영문명": f"Substance{left}",
        "Dur성분명": f"성분{left}",
        "사업자번호": "1248531621",
        "병용금기DUR성분코드": f"D{right:06d}",
        "병용금기DUR성분명": f"성분{right}",
        "병용금기DUR성분영문명": f"Substance{right}",
        "병용금기품목기준코드": str(200_000_000 + b),
        "병용금기품목명": f"생성캡슐{b}밀리그램(성분{right})",
        "병용금기업체명": f"제약회사{b % 97}",
        "병용금기제형": "경질캡슐제|산제",
        "병용금기전문일반": "전문의약품",
        "병용금기약효분류": "주로곰팡이에작용하는것",
        "병용금기주성분": f"[M{100_000 + right}]성분{right}",
        "병용금기품목허가일자": "20111130",
        "병용금기성상": "상부흰색하부파란색의캡슐",
        "병용변경일자": "20251223",
    }
