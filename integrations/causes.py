"""Why records need a person, in plain words: what a cause means, and where it is put right."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Cause:
    """One cause; `where` is the page of ours that puts it right, as (address name, words on it).

    `again` says whether a sync of the record alone may help; what a person has to decide is
    decided on a page of its own.
    """

    key: str
    title: str
    means: str
    remedy: str
    where: tuple[str, str] = ("", "")
    again: bool = True
    # Pairing by hand puts it right, which not everybody may who sees it.
    by_pairing: bool = False


_MAP = ("office:modules", "Change what is mapped")

# Causes of a refusal as the engine and the connectors name them, the ones with most to do first.
REFUSALS = (
    Cause(
        "name_taken",
        "The name is already used",
        "The other app keeps names unique, and a different record has this one.",
        "Rename one of the two, or pair this record with the one that is there.",
        by_pairing=True,
    ),
    Cause(
        "value_taken",
        "A value is already used",
        "It has to be unique, such as an item's SKU or an e-mail address at one customer, and a "
        "different record has it.",
        "Change one of the two, or pair this record with the one that is there.",
        by_pairing=True,
    ),
    Cause(
        "fixed_field",
        "A field that cannot be changed any more",
        "The other app does not let it change once the record is there, such as the type of an "
        "item.",
        "Change it back where it comes from, or separate the pair and have a new record made.",
    ),
    Cause(
        "required",
        "A required field is empty",
        "The other app does not take the record without it.",
        "Fill the field in where the record comes from, or map another one to it.",
        _MAP,
    ),
    Cause(
        "too_long",
        "A text is too long",
        "The field in the other app holds fewer characters. Texts are never cut off.",
        "Shorten it where the record comes from, or map it to a field that holds more.",
        _MAP,
    ),
    Cause(
        "unknown_choice",
        "A value that the other app does not know",
        "The field takes certain values only, such as the currencies that are set up there.",
        "Add the value in the other app's settings, or choose another one.",
        _MAP,
    ),
    Cause(
        "invalid",
        "A value that cannot be read",
        "It is not a date, a number or an address as the field needs it.",
        "Correct it where the record comes from.",
        _MAP,
    ),
    Cause(
        "locked_period",
        "Dated in a locked period",
        "The books are closed for that day, and nothing is written into closed books.",
        "Have the period unlocked in Books, or change the date where the record comes from.",
    ),
    Cause(
        "missing",
        "The chosen partner is not there any more",
        "The record that this one was to be paired with cannot be found in the other app.",
        "Decide anew what it is to be paired with.",
    ),
    Cause(
        "rejected",
        "Refused by the other app",
        "The app gave a reason of its own; each record shows it.",
        "Do what the reason asks for. It is tried again by itself, after longer and longer waits.",
    ),
    Cause(
        "in_use",
        "In use, so it is not deleted",
        "The record has transactions or other things that would be lost with it.",
        "It stays. Make it inactive instead.",
        ("office:deleted", "Look and decide"),
    ),
    Cause(
        "not_offered",
        "Not done from here",
        "This office does not take such records of that app out of use.",
        "Do it in the app itself.",
        ("office:deleted", "Look and decide"),
        again=False,
    ),
    Cause(
        "no_answer",
        "No answer from the other app",
        "The record was sent several times and looked for, and it never arrived.",
        "It is tried again by itself. If it stays so, write to the support of that app.",
    ),
)
FINANCE = Cause(
    "finance_owned",
    "Differs in what only finance changes",
    "Books has documents for the record, so currency, tax and payment terms are not overwritten.",
    "Look at both values and choose.",
    ("office:conflicts", "Look and choose"),
    again=False,
)
TAKEN_OVER = Cause(
    "taken_over",
    "Taken over from Zoho's own integration, and different",
    "Zoho's own integration paired them. They differ, and nothing is written before somebody says "
    "whose values are right.",
    "Look at both values and choose.",
    ("office:conflicts", "Look and choose"),
    again=False,
)
MOVED = Cause(
    "moved",
    "Belongs elsewhere now",
    "A record has its partner where it stood before, such as a contact that has lost its account, "
    "or has got one. No second record of it is made by itself.",
    "Say whether it stays as it is or is carried over. Or change it back where it comes from.",
    ("office:moved", "Look and decide"),
    again=False,
)
SECOND_LOOK = Cause(
    "second_look",
    "Payment details changed while bills are open",
    "A vendor's e-mail, phone, address or tax number changed, and bills wait to be paid to it.",
    "One person asks for the change, another one approves it.",
    ("office:conflicts", "Look and choose"),
    again=False,
)
# Differences that are looked at one by one, never many at once (G-10).
LOOKED_AT_SINGLY = (FINANCE.key, SECOND_LOOK.key)
DUPLICATES = Cause(
    "possible_duplicate",
    "Possible duplicates",
    "They look like records that are already there. Nothing is written until somebody decides.",
    "Say whether they are the same.",
    ("office:duplicates", "Compare and decide"),
    again=False,
)
BOTH_SIDES = Cause(
    "both_changed",
    "Changed on both sides",
    "The same record was changed in both apps since it was last synced.",
    "Choose whose values stay.",
    ("office:conflicts", "Look and choose"),
    again=False,
)
GONE = Cause(
    "gone",
    "Deleted on one side",
    "One record of a pair was deleted in its app. The other was left as it is.",
    "Keep the other, have the deleted one created again, or take the other out of use too. "
    "Nothing is deleted by itself.",
    ("office:deleted", "Look and decide"),
    again=False,
)
NOT_CONFIRMED = Cause(
    "not_confirmed",
    "Not confirmed",
    "The answer to a write was lost. The app is asked whether it arrived; nothing is sent twice.",
    "Nothing: it is found out by itself, mostly within two minutes of the next sync.",
    again=False,
)
CAUSES = {
    cause.key: cause
    for cause in (
        *(*REFUSALS, FINANCE, SECOND_LOOK, TAKEN_OVER, MOVED, DUPLICATES),
        *(BOTH_SIDES, GONE, NOT_CONFIRMED),
    )
}


def cause_of(key: str) -> Cause:
    """The cause in words; one that a connector brought along speaks through its records.

    It takes any name; `attention.is_known` says whether there is a cause of that name.
    """
    return CAUSES.get(key) or Cause(
        key,
        (key.replace("_", " ") or "other reasons").capitalize(),
        "Each record shows the reason.",
        "Do what the reason asks for, then try again.",
    )
