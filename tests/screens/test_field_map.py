"""The field map: what it shows, what it refuses beside the field, files in and out."""

from __future__ import annotations

import io
from dataclasses import asdict
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from integrations import access, configuring
from integrations.models import Decision, SyncRun
from mappings import catalogue
from mappings.fields import Field
from mappings.models import FieldMap
from tests.conftest import Office
from tests.screens.people import client_of, finish_syncs, latest

NAME = Field("Account_Name", "contact_name")


pytestmark = pytest.mark.usefixtures("asleep")


@pytest.fixture
def admin(world: Office) -> Client:
    return client_of(access.ADMIN)


def address(world: Office, name: str = "fields") -> str:
    return reverse(f"office:{name}", args=[world.setting().pk])


def rows(*pairs: Field, **more: str) -> dict[str, str]:
    """The editor's form as a browser sends it."""
    sent = {"pair-TOTAL_FORMS": str(len(pairs)), "pair-INITIAL_FORMS": str(len(pairs)), **more}
    for number, pair in enumerate(pairs):
        sent |= {
            f"pair-{number}-use": "on",
            f"pair-{number}-source": pair.source,
            f"pair-{number}-target": pair.target,
            f"pair-{number}-via": pair.via,
            f"pair-{number}-on": pair.on,
        }
        if pair.wins:
            sent[f"pair-{number}-wins"] = pair.wins
        if pair.clears:
            sent[f"pair-{number}-clears"] = "on"
    return sent


def pairs_now(world: Office) -> list[Field]:
    return list(catalogue.pairs_in_force(world.setting().pk, "crm.customers"))


def test_it_shows_both_sides_their_marks_and_suggestions(world: Office, admin: Client) -> None:
    configuring.change_map(world.setting(), [NAME])
    answer = admin.get(address(world))
    text = answer.content.decode()
    assert "text, required, no two alike, up to 200 characters" in text
    suggested = {
        (form["source"].value(), form["target"].value())
        for form in answer.context["rows"]
        if form.why
    }
    assert ("Billing_City", "billing_address.city") in suggested
    assert ("Website", "website") in suggested
    assert answer.context["mapped"] == 1
    assert world.calls("books") == {}


def test_the_map_and_a_record_tell_the_same_number_of_fields(world: Office, admin: Client) -> None:
    account = world.accounts("Acme Ltd")[0]
    world.sync()
    mapped = admin.get(address(world)).context
    record = admin.get(reverse("office:record", args=[world.link(account).pk])).context
    assert (mapped["mapped"], mapped["total"]) == (record["compared"], record["fields"])


def test_a_real_record_stands_beside_the_rows_when_asked_for(world: Office, admin: Client) -> None:
    assert "No record is paired yet" in admin.get(address(world), {"sample": "1"}).content.decode()
    world.accounts("Acme Ltd", Billing_City="Oslo")
    world.sync()
    answer = admin.get(address(world), {"sample": "1"})
    samples = {f["target"].value(): f.sample for f in answer.context["rows"] if f.sample}
    assert samples["billing_address.city"] == ("Oslo", "Oslo")


def test_saving_before_the_first_sync_is_in_force_at_once(world: Office, admin: Client) -> None:
    new = [NAME, Field("Description", "notes", "text", "blank", clears=True)]
    admin.post(address(world), rows(*new, ending="later"))
    assert pairs_now(world) == new


def test_a_field_may_have_a_winner_of_its_own(world: Office, admin: Client) -> None:
    books_wins = '<option value="target">Books wins</option>'
    assert books_wins not in admin.get(address(world)).content.decode()
    world.configure(extent="both")
    assert books_wins in admin.get(address(world)).content.decode()
    new = [NAME, Field("Phone", "billing_address.phone", "text", wins="target")]
    admin.post(address(world), rows(*new, ending="later"))
    assert pairs_now(world) == new


def test_a_running_module_takes_the_new_map_after_a_preview(world: Office, admin: Client) -> None:
    world.accounts("Acme Ltd", Description="Old friend")
    configuring.change_map(world.setting(), [NAME])
    world.sync()
    new = [NAME, Field("Description", "notes")]

    admin.post(address(world), rows(*new, ending="preview"))
    run = finish_syncs(world)[-1]

    assert pairs_now(world) == [NAME]
    assert (run.mode, run.updated) == (SyncRun.Mode.PREVIEW, 1)
    admin.post(reverse("office:preview-confirm", args=[run.pk]))
    assert pairs_now(world) == new
    assert latest() == run
    world.sync()
    assert world.customers()["Acme Ltd"]["notes"] == "Old friend"


def test_the_decision_keeps_the_map_before_and_after(world: Office, admin: Client) -> None:
    gone = Field("Description", "notes")
    configuring.change_map(world.setting(), [NAME, gone])
    winner = Field("Phone", "billing_address.phone", "text", "blank", wins="target")
    admin.post(address(world), rows(NAME, winner, ending="later"))

    decision = Decision.objects.get(kind="set_up")
    assert decision.details["field_maps"] == {
        "crm.customers": {
            "before": [asdict(NAME), asdict(gone)],
            "after": [asdict(NAME), asdict(winner)],
        }
    }
    page = admin.get(f"/admin/integrations/decision/{decision.pk}/change/").content.decode()
    for said in (
        "Field map of Customers",
        "taken away</td><td>Description",
        "added</td><td>Phone",
        "Only where the other side has nothing",
        "Books wins",
        "1 of 2 pairs stayed as they were.",
    ):
        assert said in page


def test_the_history_of_settings_says_what_came_and_what_went(world: Office) -> None:
    configuring.change_map(world.setting(), [NAME, Field("Description", "notes")])
    latest_before = LogEntry.objects.latest("pk").pk
    altered = Field("Description", "notes", on="blank")
    new = Field("Phone", "billing_address.phone")
    configuring.change_map(world.setting(), [NAME, altered, new])
    configuring.change_map(world.setting(), [altered, NAME])

    kind = ContentType.objects.get_for_model(FieldMap)
    entries = LogEntry.objects.filter(content_type=kind, pk__gt=latest_before).order_by("pk")
    acts = LogEntry.Action
    assert [(entry.action, entry.object_repr) for entry in entries] == [
        (acts.UPDATE, "Description → notes"),
        (acts.CREATE, "Phone → billing_address.phone"),
        (acts.DELETE, "Phone → billing_address.phone"),
    ]
    assert entries[0].changes["on"] == ["always", "blank"]
    assert pairs_now(world) == [altered, NAME]


@pytest.mark.parametrize(
    ("pair", "part", "why"),
    [
        (Field("Phone", "contact_name"), "target", "already gets its value"),
        (Field("Phone", "credit_limit"), "via", "takes: amount"),
        (Field("Phone", "credit_limit", "money"), "source", "holds: phone number"),
        (Field("Owner", "is_taxable", "boolean"), "source", "goes into text only"),
        (Field("Phone", "zcrm_account_id"), "target", "can only be read"),
        (Field("Description", "currency_id", "choice"), "source", "holds: text"),
    ],
)
def test_what_is_refused_stands_beside_the_field(
    world: Office, admin: Client, pair: Field, part: str, why: str
) -> None:
    before = pairs_now(world)
    answer = admin.post(address(world), rows(NAME, pair, ending="later"))
    form = answer.context["rows"].forms[1]
    assert why in " ".join(form.errors[part])
    assert pairs_now(world) == before


def test_the_display_name_cannot_be_taken_out(world: Office, admin: Client) -> None:
    answer = admin.post(address(world), rows(Field("Description", "notes"), ending="later"))
    assert "contact_name must stay mapped." in answer.content.decode()


def test_kinds_that_fit_are_taken() -> None:
    from integrations.kinds import kind_problems
    from mappings.converters import FieldInfo

    def wrong(first: FieldInfo, second: FieldInfo) -> bool:
        return bool(kind_problems(first, second, frozenset()))

    text, lookup = FieldInfo("a"), FieldInfo("b", kind="id")
    colours = FieldInfo("c", kind="choice", choices={"Red": "r", "Blue": "b"})
    shades = FieldInfo("d", kind="choice", choices={"red": "1"})
    sizes = FieldInfo("e", kind="choice", choices={"Large": "l"})
    assert not wrong(lookup, text)
    assert not wrong(colours, text)
    assert not wrong(colours, shades)
    assert not wrong(FieldInfo("f", kind="datetime"), FieldInfo("g", kind="date"))
    assert not wrong(FieldInfo("f", kind="number"), FieldInfo("g", kind="money"))
    assert wrong(colours, sizes)
    assert wrong(text, colours)
    assert wrong(lookup, FieldInfo("g", kind="number"))
    assert wrong(FieldInfo("f", kind="date"), FieldInfo("g", kind="datetime"))
    assert wrong(text, FieldInfo("g", kind="boolean"))


@pytest.mark.parametrize(
    ("via", "value", "said"),
    [
        ("money", "12,5", "is not a number"),
        ("money", "12.50", "Would be written: <strong>12.50</strong>"),
        ("website", "see card", "is not a web address"),
        ("text", "x" * 201, "has 201 characters; 200 are allowed"),
        ("text", "<b>", "&lt;b&gt;"),
        ("text", "", "is required and has no value"),
    ],
)
def test_a_converter_can_be_tried(
    world: Office, admin: Client, via: str, value: str, said: str
) -> None:
    asked = {"via": via, "value": value, "target": "contact_name"}
    assert said in admin.get(address(world, "fields-try"), asked).content.decode()
    # The same without a script.
    assert said in admin.get(address(world), asked).content.decode()


@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_a_map_goes_out_and_comes_back(world: Office, admin: Client, file_format: str) -> None:
    before = pairs_now(world)
    out = admin.get(address(world, f"fields-{file_format}"))
    assert "TEST-DATA-field-map-crm-customers" in out.headers["Content-Disposition"]
    if file_format == "xlsx":
        sheet = load_workbook(io.BytesIO(out.content)).active
        assert sheet is not None
        assert [cell.value for cell in sheet[1]] == [
            "source",
            "target",
            "via",
            "on",
            "clears",
            "wins",
        ]
    FieldMap.objects.all().delete()

    sent = SimpleUploadedFile(f"map.{file_format}", out.content)
    answer = admin.post(address(world, "fields-import"), {"file": sent})

    # Shown and judged, not stored.
    assert pairs_now(world) == []
    assert answer.context["file_errors"] == []
    shown = [f.shown_pair() for f in answer.context["rows"] if f["use"].value()]
    assert shown == [(pair.source, pair.target) for pair in before]


def test_what_a_file_changes_is_named_before_it_is_saved(world: Office, admin: Client) -> None:
    world.accounts("Acme Ltd")
    world.sync()
    lines = admin.get(address(world, "fields-csv")).content.decode().splitlines()
    changed = lines[-2].replace(",no,", ",yes,")
    kept = [*lines[:-2], changed, "Fax,billing_address.attention,text,always,no,"]
    sent = SimpleUploadedFile("map.csv", "\n".join(kept).encode())
    answer = admin.post(address(world, "fields-import"), {"file": sent})
    says, text = answer.context["file_says"], answer.content.decode()
    assert [len(part) for part in (says.added, says.changed, says.removed)] == [1, 1, 1]
    assert "becomes" in says.changed[0]
    assert "Not mapped any more" in text
    assert "then preview the new map" in text
    assert "then save them" not in text


FILE = b"""source,target,via,on,clears,wins
Account_Name,contact_name,text,always,no,
Nothing,notes,text,always,no,
Phone,,text,always,no,
Fax,billing_address.fax,text,always,perhaps,
Website,website,fax,always,no,
Phone,billing_address.phone,text,always,no,me
"""


def test_every_row_of_a_file_is_checked(world: Office, admin: Client) -> None:
    before = pairs_now(world)
    sent = SimpleUploadedFile("map.csv", FILE)
    answer = admin.post(address(world, "fields-import"), {"file": sent})
    assert dict(answer.context["file_errors"]) == {
        "Line 4": "The columns source and target must not be empty.",
        "Line 5": "clears='perhaps' is not allowed; use yes, no.",
        "Nothing → notes": "there is no field 'Nothing'.",
        "Phone → billing_address.phone": "wins='me' is not allowed; use source, target.",
        "Website → website": answer.context["file_errors"][3][1],
    }
    assert "No converter is called 'fax'" in answer.context["file_errors"][3][1]
    assert pairs_now(world) == before


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("map.txt", b"x", "Only files of these formats"),
        ("map.xlsx", b"no workbook", "cannot be read"),
        ("map.csv", b"a,b\n1,2\n", "has no column &#x27;source&#x27;"),
        ("map.csv", b"\xff\xfe\x00", "cannot be read"),
    ],
)
def test_other_files_are_refused(
    world: Office, admin: Client, name: str, content: bytes, why: str
) -> None:
    sent = {"file": SimpleUploadedFile(name, content)}
    answer = admin.post(address(world, "fields-import"), sent, follow=True)
    assert why in answer.content.decode()
    assert "BadZipFile" not in answer.content.decode()


def test_others_read_and_do_not_change(world: Office) -> None:
    before = pairs_now(world)
    finance = client_of(access.FINANCE)
    page = finance.get(address(world)).content.decode()
    assert "Only the group Integration admin may change the field map." in page
    assert finance.post(address(world), rows(NAME, ending="later")).status_code == 403
    assert finance.post(address(world, "fields-import")).status_code == 403
    assert pairs_now(world) == before


def test_its_statements_are_few(
    world: Office, admin: Client, django_assert_max_num_queries: Any
) -> None:
    admin.get(address(world))
    with django_assert_max_num_queries(25):
        admin.get(address(world))
