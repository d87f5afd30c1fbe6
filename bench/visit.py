"""Opens the long lists and prints how long the server took for each, in milliseconds, as JSON."""

from __future__ import annotations

import json
import os
import time
from statistics import median

import django

# The server's own time is measured, and no browser signs in over HTTPS here.
os.environ["HTTPS"] = "off"
django.setup()

from django.contrib.auth.models import User  # noqa: E402
from django.test import Client  # noqa: E402

from integrations.models import Change  # noqa: E402

ROUNDS = 5


def addresses() -> dict[str, str]:
    one = Change.objects.exclude(target_id="").order_by("pk")[500]
    changes, records, report = (
        "/admin/integrations/change/",
        "/admin/mappings/recordlink/",
        "/office/report/",
    )
    return {
        "changes: first page": changes,
        "changes: one state": f"{changes}?status__exact=failed",
        "changes: an action that never occurs": f"{changes}?action__exact=delete",
        "changes: an id": f"{changes}?q={one.source_id}",
        "changes: the beginning of a name": f"{changes}?q={one.name[:9]}",
        "records: first page": records,
        "records: an id": f"{records}?q={one.source_id}",
        "records: the beginning of a name": f"{records}?q={one.name[:9]}",
        "report: first page": report,
        "report: an action that never occurs": f"{report}?action=delete",
        "report: a record": f"{report}?name={one.name[:9]}",
        "sync history": "/office/history/",
        "dashboard": "/office/dashboard/",
        "needs attention": "/office/attention/",
        "possible duplicates": "/office/duplicates/",
        "changed on both sides": "/office/both-sides/",
        "a sync with its changes": f"/office/syncs/{one.run_id}/",
        "search by name": f"/office/records/?q={one.name[:9]}",
        "search by id": f"/office/records/?q={one.target_id}",
    }


def main() -> None:
    client = Client(HTTP_HOST="127.0.0.1")
    client.force_login(User.objects.create_superuser("visitor"))
    found = {}
    for what, address in addresses().items():
        times = []
        for _ in range(ROUNDS):
            began = time.perf_counter()
            answer = client.get(address, follow=True)
            if answer.status_code != 200:
                raise SystemExit(f"{address} answered {answer.status_code}")
            times.append(1000 * (time.perf_counter() - began))
        found[what] = median(times)
    print(json.dumps({"milliseconds": found}))


if __name__ == "__main__":
    main()
