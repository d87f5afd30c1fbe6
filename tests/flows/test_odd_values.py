"""Values nobody would enter on purpose, and that arrive all the same."""

from __future__ import annotations

from tests.conftest import Office


def test_a_nul_character_in_a_name_is_dropped(office: Office) -> None:
    office.accounts("Acme\x00 Ltd")
    assert office.sync().status == "done"
    assert set(office.states()) == {"Acme Ltd"}


def test_a_name_in_another_script_with_marks_and_emoji_arrives_as_it_is(office: Office) -> None:
    names = ["株式会社 大阪 🏭", "Ğüneş Çelik A.Ş.", "شركة العنزي", 'O\'Brien & "Sons" <Ltd>']
    office.accounts(*names)
    assert office.sync().created == 4
    assert set(office.customers()) == set(names)
