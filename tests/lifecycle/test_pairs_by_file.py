"""Pairs separated, paired and kept by file: judged row by row, then done."""

from __future__ import annotations

from typing import Any

import pytest

from integrations import many, pair_files, pair_rows
from integrations.models import Decision
from integrations.pairs import separate
from mappings import pair_file
from mappings.models import RecordLink
from mappings.pair_file import PairRow, PairTable
from tests.conftest import Office
from tests.lifecycle.conftest import crm

pytestmark = pytest.mark.django_db
APART = "Two companies."


def judged(office: Office, admin: Any, *rows: PairRow) -> Any:
    found = pair_file.read_file("pairs.csv", pair_file.written(rows, "csv"))
    assert found.errors == []
    return pair_files.judge(admin, crm(office), "pairs.csv", found)


def asked(first: str, second: str, do: str, reason: str = "", name: str = "") -> PairRow:
    flow = "crm.customers"
    return PairRow(module=flow, first_id=first, second_id=second, do=do, reason=reason, name=name)


def pairs(office: Office, *names: str) -> list[tuple[str, str]]:
    ids = office.accounts(*names)
    office.sync()
    return [(one, office.link(one).target_id or "") for one in ids]


def test_each_row_is_judged_by_itself_and_nothing_changes(office: Office, admin: Any) -> None:
    (a, x), (b, y), (c, z) = pairs(office, "Acme Ltd", "Bolt Ltd", "Cord Ltd")
    before = list(RecordLink.objects.order_by("pk").values())
    file = judged(
        office,
        admin,
        asked(a, x, "keep"),
        asked(b, y, "separate", APART),
        asked(c, x, "keep"),
        asked("1", z, "separate", APART),
        asked("123456789012345678", "99", "pair"),
        PairRow(module="crm.nothing", first_id="1", second_id="2", do="pair"),
    )
    verdicts = [row.verdict or row.outcome for row in file.rows.all()]
    twice = "The file names this record more than once."
    assert verdicts[:4] == [twice, "fit", twice, "These two are not a pair (any more)."]
    assert verdicts[4] == "Neither record is in its app (any more)."
    assert "has no module" in verdicts[5]
    assert list(RecordLink.objects.order_by("pk").values()) == before


def test_confirmed_the_rows_in_order_are_done(office: Office, admin: Any) -> None:
    (a, x), (b, y) = pairs(office, "Acme Ltd", "Bolt Ltd")
    file = judged(office, admin, asked(a, y, "pair"))
    assert "paired otherwise" in file.rows.get().verdict
    file = judged(office, admin, asked(a, x, "keep"), asked(b, y, "separate", APART))
    assert pair_files.carry_out(admin, file) == {"keep": 1, "separate": 1}
    assert office.link(a).pinned
    assert (office.link(b).target_id, office.link(b).cause) == (None, "separated")
    with pytest.raises(ValueError, match="carried out already"):
        pair_files.carry_out(admin, file)

    # Separated by mistake: the file pairs them again, and the next sync goes on with the pair.
    file = judged(office, admin, asked(b, y, "pair"))
    assert pair_files.carry_out(admin, file) == {"pair": 1}
    office.change("crm", "Accounts", b, Billing_City="Bergen")
    office.reset()
    office.sync()
    assert (office.link(b).target_id, office.link(b).state) == (y, "in_sync")
    assert office.writes() == {"books PUT /contacts/{id}": 1}
    kinds = set(Decision.objects.values_list("kind", flat=True))
    assert {"keep_pair", "separate", "pair"} <= kinds


def test_what_changed_after_the_check_is_not_done(office: Office, admin: Any) -> None:
    ((a, x),) = pairs(office, "Acme Ltd")
    file = judged(office, admin, asked(a, x, "separate", APART))
    RecordLink.objects.filter(source_id=a).update(target_id="4")
    assert pair_files.carry_out(admin, file) == {}
    assert file.rows.get().verdict == "These two are not a pair (any more)."


def test_a_partner_promised_to_another_is_not_given_away(office: Office, admin: Any) -> None:
    (a, x), (b, _) = pairs(office, "Acme Ltd", "Bolt Ltd")
    decided = {"decision": "same", "decided_target": x, "target_id": None, "state": "undecided"}
    RecordLink.objects.filter(source_id=a).update(**decided)
    RecordLink.objects.filter(source_id=b).update(target_id=None, state="undecided")
    file = judged(office, admin, asked(b, x, "pair"))
    assert "promised to Acme Ltd" in file.rows.get().verdict
    # Said to be the same before, the file may say so as well.
    file = judged(office, admin, asked(a, x, "pair"))
    assert pair_files.carry_out(admin, file) == {"pair": 1}


def test_what_somebody_decided_since_is_not_restored_over(office: Office, admin: Any) -> None:
    ((a, x),) = pairs(office, "Acme Ltd")
    (row,) = pair_rows.exported(crm(office))
    separate(admin, [office.link(a)], APART)
    row.number = 2
    file = pair_files.judge(admin, crm(office), "pairs.csv", PairTable([row]))
    assert "Somebody has decided about it since" in file.rows.get().verdict
    rows = list(pair_rows.exported(crm(office)))
    assert [(row.holds, row.first_id, row.second_id) for row in rows] == [
        ("first separated", a, x),
        ("second separated", a, x),
    ]
    for number, row in enumerate(rows, 2):
        row.number = number
    file = pair_files.judge(admin, crm(office), "pairs.csv", PairTable(rows))
    assert set(file.rows.values_list("outcome", flat=True)) == {"already"}


@pytest.mark.parametrize("extent", ["fetch", "both"])
def test_separated_by_file_both_are_remembered_and_a_file_pairs_them_again(
    office: Office, admin: Any, extent: str
) -> None:
    office.configure(extent=extent, duplicates="overwrite")
    ((a, x),) = pairs(office, "Acme Ltd")
    file = judged(office, admin, asked(a, x, "separate", reason=APART))
    assert pair_files.carry_out(admin, file) == {"separate": 1}
    apart = RecordLink.objects.filter(cause="separated").order_by("pk")
    assert list(apart.values_list("source_id", "target_id")) == [(a, None), (None, x)]
    office.reset()
    office.sync(full=True)
    assert (office.writes(), apart.count()) == ({}, 2)

    file = judged(office, admin, asked(a, x, "pair"))
    assert pair_files.carry_out(admin, file) == {"pair": 1}
    office.sync()

    assert list(RecordLink.objects.values_list("source_id", "target_id", "state")) == [
        (a, x, "in_sync")
    ]


def test_a_file_that_says_separated_once_is_of_both_records(office: Office, admin: Any) -> None:
    """As files were written before; a record that another row is about is left to that."""
    office.configure(extent="both")
    (a, x), (b, y), (c, z) = pairs(office, "Acme Ltd", "Bolt Ltd", "Cord Ltd")
    rows = list(pair_rows.exported(crm(office)))
    RecordLink.objects.all().delete()
    told = {row.first_id: row for row in rows}
    told[a].holds = told[b].holds = "separated"
    told[c].second_id, told[b].second_id = y, y
    content = pair_file.written(rows, "csv")

    found = pair_file.read_file("pairs.csv", content)
    file = pair_files.judge(admin, crm(office), "pairs.csv", found)
    pair_files.carry_out(admin, file)

    assert set(file.rows.values_list("outcome", flat=True)) == {"done"}
    links = RecordLink.objects.order_by("source_id", "target_id")
    assert {(row.source_id, row.target_id, row.cause) for row in links} == {
        (a, None, "separated"),
        (None, x, "separated"),
        (b, None, "separated"),
        (c, y, ""),
    }
    assert z
    RecordLink.objects.filter(source_id=c).delete()
    office.remove("books", "contacts", z)
    office.remove("crm", "Accounts", c)
    office.remove("books", "contacts", y)


@pytest.mark.parametrize("said", ["first", "second", "both"])
def test_a_file_tells_once_of_what_is_promised(office: Office, admin: Any, said: str) -> None:
    office.configure(extent="both")
    ((a, x),) = pairs(office, "Acme Ltd")
    separate(admin, [office.link(a)], APART)
    if said != "second":
        assert many.same(admin, [(office.link(a), x)]) == []
    if said != "first":
        assert many.same(admin, [(RecordLink.objects.get(target_id=x), a)]) == []

    (row,) = pair_rows.exported(crm(office))

    assert (row.holds, row.first_id, row.second_id) == ("paired", a, x)


def test_what_is_restored_names_its_organisations(office: Office) -> None:
    row = PairRow(module="crm.customers", first_id="1", second_id="2", do="restore", holds="paired")
    found = pair_file.read_file("pairs.csv", pair_file.written([row], "csv"))
    ((_, text),) = found.errors
    assert "first_organisation, second_organisation must not be empty" in text


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (asked("1", "2", "merge"), "not known"),
        (asked("", "2", "pair"), "must not be empty"),
        (asked("1", "2", "separate"), "column reason"),
    ],
)
def test_rows_that_ask_for_nothing_possible_are_named_by_line(row: PairRow, why: str) -> None:
    found = pair_file.read_file("pairs.csv", pair_file.written([row], "csv"))
    ((line, text),) = found.errors
    assert line == 2
    assert why in text


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_file_reads_back_what_was_written(form: str) -> None:
    row = asked("1", "2", "keep", "-", "=1+1")
    content = pair_file.written([row], form)
    (back,) = pair_file.read_file(f"pairs.{form}", content).rows
    assert (back.name, back.reason, back.first_id, back.do) == ("=1+1", "-", "1", "keep")
    if form == "csv":
        assert b"'=1+1" in content


def test_a_file_that_is_no_table_is_refused() -> None:
    with pytest.raises(ValueError, match="no column"):
        pair_file.read_file("pairs.csv", b"a,b\n1,2\n")
    with pytest.raises(ValueError, match="formats"):
        pair_file.read_file("pairs.pdf", b"")
