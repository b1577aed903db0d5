"""Short lists as pharmacies hand them in: any reasonable file gives its codes, nonsense one sentence."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillapp.catalog.catalog import Catalog, open_catalog
from pillapp.check.short_list import parse_codes, read_codes, resolve
from pillapp.errors import SettingsError

codes = st.lists(st.integers(195_000_000, 202_999_999).map(str), min_size=1, max_size=40, unique=True)


@given(codes, st.sampled_from(["\n", "\r\n"]), st.sampled_from(["", "# 재고\n", "\n\n"]))
def test_one_code_a_line(listed: list[str], end: str, before: str) -> None:
    assert parse_codes(before + end.join(listed)) == tuple(listed)


@given(
    codes, st.sampled_from(",;\t"), st.sampled_from(["item_seq", "ITEM_SEQ", "품목기준코드", "보험코드"]), st.booleans()
)
def test_a_table_with_a_known_heading(listed: list[str], separator: str, heading: str, first: bool) -> None:
    def line(code: str, name: str) -> str:
        return separator.join([code, f'"{name}"'] if first else [f'"{name}"', code])

    rows = [line(heading, "품목명"), *(line(code, f"약 {i}, {i} mg") for i, code in enumerate(listed))]
    assert parse_codes("\n".join(rows)) == tuple(listed)


@given(st.text(max_size=400))
def test_any_text_gives_codes_or_none(text: str) -> None:
    found = parse_codes(text)
    assert len(found) == len(set(found))
    assert all(6 <= len(code) <= 15 and code.isalnum() for code in found)


def test_a_code_twice_counts_once() -> None:
    assert parse_codes("200200173\n200003111\n200200173\n") == ("200200173", "200003111")


def test_korean_office_files_are_read(tmp_path: Path) -> None:
    path = tmp_path / "재고.csv"
    path.write_bytes("품목명,보험코드\n가나다정,642902730\n".encode("cp949"))
    assert read_codes(path) == ("642902730",)


@pytest.mark.parametrize("content", [b"", b"\n\n", "약이름만\n".encode(), b"\xff\xfe\x00\x80\x81\xff"])
def test_a_file_without_codes_is_one_sentence(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_bytes(content)
    with pytest.raises(SettingsError, match=r"list\.txt"):
        read_codes(path)


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="열 수 없습니다"):
        read_codes(tmp_path / "none.csv")


@pytest.fixture(scope="module")
def catalog(starter_home: Path) -> Catalog:
    return open_catalog(f"sqlite:///{starter_home / 'catalogue.sqlite'}")


def test_unknown_codes_are_told_and_the_others_kept(catalog: Catalog) -> None:
    found = resolve(catalog, ["200200173", "999999999", " 200003111 "])
    assert found.item_seqs == ("200200173", "200003111")
    assert found.unknown == ("999999999",)
    assert "999999999" in found.warning
    assert "2품목" in found.warning
    assert not resolve(catalog, ["200200173"]).warning


def test_an_insurance_code_names_its_product(catalog: Catalog) -> None:
    product = catalog.product("200200173")
    assert product is not None
    edi = next((code for kind, code in product.codes if kind == "EDI"), None)
    if edi is None:
        pytest.skip("the starter product has no insurance code")
    assert "200200173" in resolve(catalog, [edi, edi.lstrip("0")]).item_seqs


def test_only_unknown_codes_are_an_error_and_no_code_is_none(catalog: Catalog) -> None:
    with pytest.raises(SettingsError, match="999999999"):
        resolve(catalog, ["999999999"])
    assert resolve(catalog, []).item_seqs == ()
