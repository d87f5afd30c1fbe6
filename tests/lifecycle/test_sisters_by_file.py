"""Files of pairs and flows that make different things of one record: one pair, and what a person
said of its place comes back."""

from __future__ import annotations

from typing import Any

import pytest

from integrations import moved, pair_files
from mappings.models import RecordLink
from mappings.pair_file import PairRow
from tests.conftest import Office
from tests.flows.test_customer_choices import PERSONS, sync
from tests.flows.test_sisters import ALONE, asked_of, links_of, standing, states_of
from tests.flows.test_sisters_kept import another_customer
from tests.lifecycle.test_pairs_by_file import judged
from tests.lifecycle.test_pairs_restored import again, restored, store

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("separated", [False, True])
def test_a_file_makes_no_second_pair_of_a_contact(
    office: Office, admin: Any, separated: bool
) -> None:
    _, ann, _ = standing(office)
    other = another_customer(office)
    rows = [PairRow(module=ALONE, first_id=ann, second_id=other, do="pair")]
    said = "It is paired already, as a contact person of Acme Ltd. Separate that pair first."
    if separated:
        pair = links_of(ann)[PERSONS]
        first, second = ann, str(pair.target_id)
        apart = PairRow(
            module=PERSONS, first_id=first, second_id=second, do="separate", reason="Left."
        )
        pair_files.carry_out(admin, judged(office, admin, apart))
        said = "It was a contact person in Books before. Name its partner on its own page."

    row = judged(office, admin, *rows).rows.get()

    assert (row.outcome, row.verdict) == ("refused", said)
    assert ALONE not in links_of(ann)


def test_a_record_kept_in_its_place_is_so_after_a_new_beginning(office: Office, admin: Any) -> None:
    acme, ann, _ = standing(office)
    bo = RecordLink.objects.get(name="Di Falk").source_id or ""
    (bolt,) = office.accounts("Bolt Ltd")
    office.change("crm", "Contacts", bo, Account_Name=acme)
    sync(office)
    moved.carry_over(None, [asked_of(bo)])
    sync(office)
    # One is asked about by the other flow, one within its own.
    office.change("crm", "Contacts", ann, Account_Name=None)
    office.change("crm", "Contacts", bo, Account_Name=bolt)
    sync(office)
    moved.keep(None, [asked_of(ann), asked_of(bo)])
    stood, before = (states_of(ann), states_of(bo)), store(office)
    assert stood[1] == {PERSONS: ("excluded", "kept_elsewhere")}

    restored(office, admin, again(office, admin))
    sync(office)
    sync(office)

    assert (states_of(ann), states_of(bo)) == stood
    assert store(office) == before
    left = RecordLink.objects.get(cause="kept_alone")
    assert left.reason == "It is kept by itself, as a person said before."
    office.change("crm", "Contacts", bo, Account_Name=acme)
    sync(office)
    assert states_of(bo) == {PERSONS: ("in_sync", "")}
