"""`manage.py sandbox`: serve the stand-in for Zoho's servers in the foreground."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from integrations.sandbox.server import Server, is_port_free
from integrations.sandbox.world import World


class Command(BaseCommand):
    help = "Serve a stand-in for Zoho's servers with a company in it."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=9400)
        parser.add_argument("--company", choices=("demo", "empty"), default="demo")
        parser.add_argument("--accounts", type=int, default=1000, help="CRM accounts of the demo")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--limits", choices=("real", "off"), default="real")
        parser.add_argument(
            "--organizations", type=int, default=1, help="Books organisations of the company"
        )
        parser.add_argument("--store", metavar="FILE", help="keep the data in this file")

    def handle(self, *args: Any, **options: Any) -> None:
        host, port = options["host"], options["port"]
        store = options["store"]
        if options["accounts"] < 0:
            raise CommandError("--accounts is 0 or more")
        if options["organizations"] < 1:
            raise CommandError("--organizations is 1 or more")
        if store and not Path(store).absolute().parent.is_dir():
            raise CommandError(f"The folder of {store} does not exist.")
        if not is_port_free(host, port):
            raise CommandError(f"Port {port} on {host} is in use; choose another with --port.")

        def build() -> World:
            return World.build(
                company=options["company"],
                accounts=options["accounts"],
                seed=options["seed"],
                limits=options["limits"],
                store_file=store,
                organizations=options["organizations"],
            )

        Server(build, host, port).run()
