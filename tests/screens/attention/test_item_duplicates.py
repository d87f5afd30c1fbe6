"""Items that look alike: compared by what items have, in one way of writing."""

from __future__ import annotations

from integrations.views import effects
from mappings.models import RecordLink
from tests.conftest import Office

KEY = "crm.items"


def test_items_show_nothing_of_contacts_and_alike_values_alike(office: Office, finance) -> None:
    office.add("books", "items", {"name": "Probe", "rate": 640.00, "status": "active"})
    office.add(
        "crm", "Products", {"Product_Name": "Probe", "Unit_Price": 640.0, "Product_Active": True}
    )
    office.sync(KEY)
    (link,) = RecordLink.objects.filter(flow=KEY, state="undecided")
    office.reset()

    text = finance.get(f"/office/duplicates/{link.pk}/compare/").content.decode()

    for label in ("City", "E-mail", "Receivable", "Last invoice"):
        assert label not in text
    assert ">640<" in text.replace("\n", "").replace(" ", "")
    assert "640.0" not in text
    assert "zs-mark" not in text
    assert "GET /invoices" not in office.calls("books")
    said = effects.of_choices(link, office.setting(KEY))["same"]
    assert "tax number" not in said
    assert "They become a pair" in said
