"""Under which keys records of two apps meet, and under which they must not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.keys import Key, domain, exact, keys_of, loose, phone, tax, whole

SAME_NAME = [
    ("Acme Ltd", "ACME LIMITED ", "acme"),
    ("Acme S.A.", "Acme S. A.", "acme"),
    ("A.C.M.E. Corp.", "Acme Corporation", "acme"),
    ("Société Générale S.à r.l.", "Societe Generale SARL", "societe generale"),
    ("Smith & Co", "Smith and Co.", "smith"),
    ("The Paper Company", "Paper", "paper"),
    ("Grupo Sol S.A. de C.V.", "Grupo Sol SA de CV", "grupo sol"),
    ("Wisła Sp. z o.o.", "Wisla sp. z o. o.", "wisla"),
    ("Ørsted A/S", "Orsted AS", "orsted"),
    ("J. P. Morgan", "JP Morgan", "jp morgan"),
    ("Muster GmbH & Co. KG", "Muster GmbH", "muster"),
    ("„Софтуер“ ЕООД", "Софтуер ООД", "софтуер"),
    ("ТОВ «Рога»", "Рога", "рога"),
    ("ООО Рога", "АО Рога", "рога"),
    ("Αφοί Παπάς Α.Ε.", "ΑΦΟΙ ΠΑΠΑΣ ΕΠΕ", "αφοι παπασ"),
    ("Παπάς Ο.Ε.", "Παπας", "παπασ"),
    ("Yapı Ltd. Şti.", "YAPI A.Ş.", "yapi"),
    ("Yapı San. ve Tic. A.Ş.", "Yapi Sanayi ve Ticaret Ltd Şti", "yapi"),
    ("株式会社アクメ", "アクメ株式会社", "アクメ"),
    ("アクメ（株）", "㈱アクメ", "アクメ"),
    ("有限会社 アクメ", "アクメ", "アクメ"),
    ("上海小米股份有限公司", "上海小米有限公司", "上海小米"),
    ("上海小米有限责任公司", "上海小米", "上海小米"),
    ("주식회사 아크메", "(주)아크메", "아크메"),
    ("บริษัท เอซี จำกัด", "บริษัทเอซีจำกัด", "เอซี"),
]


@pytest.mark.parametrize(("one", "other", "form"), SAME_NAME, ids=[row[0] for row in SAME_NAME])
def test_legal_forms_accents_and_punctuation_do_not_count(one: str, other: str, form: str) -> None:
    assert loose(one) == loose(other) == [form]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ガンマ", "カンマ"),  # a voiced sign is no accent
        ("रामा", "रामि"),  # nor is a vowel sign
        ("Acme North", "Acme South"),
        ("東京電力", "大阪電力"),
    ],
)
def test_different_words_stay_apart(one: str, other: str) -> None:
    assert loose(one) != loose(other)


@pytest.mark.parametrize(
    ("name", "form"), [("The Co", ["the co"]), ("公司", ["公司"]), ("Ltd", ["ltd"])]
)
def test_a_name_of_legal_forms_alone_is_kept(name: str, form: list[str]) -> None:
    assert loose(name) == form


@pytest.mark.parametrize("name", [None, "", "  ", "-", "X", "&"])
def test_no_name_yields_no_key(name: str | None) -> None:
    assert loose(name) == []


@given(st.text())
def test_any_text_has_at_most_one_loose_form_and_case_does_not_count(text: str) -> None:
    assert len(loose(text)) <= 1
    assert loose(f"  {text} ") == loose(text)


def test_the_exact_form_ignores_case_and_outer_blanks_only() -> None:
    assert exact(" ACME Ltd ") == ["acme ltd"]
    assert exact("Acme  Ltd") != exact("Acme Ltd")
    assert exact(None) == exact("   ") == []


@pytest.mark.parametrize(
    ("value", "form"),
    [
        ("www.acme.example.org", ["acme.example.org"]),
        ("https://WWW.Acme.com:8080/path?q=1", ["acme.com"]),
        ("jo@acme.com", ["acme.com"]),
        ("jo@gmail.com", []),
        ("n/a", []),
        ("acme", []),
        ("http://[broken", []),
        ("", []),
        (None, []),
    ],
)
def test_domains(value: str | None, form: list[str]) -> None:
    assert domain(value) == form


@pytest.mark.parametrize(
    ("one", "other"), [("+47 22 33 44 55", "022 33 44 55"), ("(020) 7946-0018", "+442079460018")]
)
def test_phones_meet_with_and_without_their_country(one: str, other: str) -> None:
    assert phone(one) == phone(other) != []


def test_a_short_number_is_nobodys_phone() -> None:
    assert phone("110") == phone(None) == phone("ext.") == []


def test_tax_numbers_by_letters_and_digits() -> None:
    assert tax("gb 123-4567 89") == tax("GB123456789") == ["GB123456789"]
    assert tax("0000") == tax(None) == []


def test_ids_are_taken_whole() -> None:
    assert whole(" 42 ") == whole(42) == ["42"]
    assert whole("") == whole(None) == []


def test_a_record_has_each_key_of_each_path_once() -> None:
    keys = (
        Key("name", ("name",), exact),
        Key("loose", ("name", "company"), loose),
        Key("phone", ("address.phone", "phone"), phone),
    )
    record = {"name": "Acme Ltd", "company": "Acme", "address": {"phone": "+47 22 33 44 55"}}

    assert keys_of(record, keys) == {"name:acme ltd", "loose:acme", "phone:22334455"}


def test_a_key_fits_its_column() -> None:
    keys = keys_of({"name": "x" * 500}, (Key("name", ("name",), exact),))
    assert {len(key) for key in keys} == {220}
