"""Real processes for the tests of what survives them."""

from tests.engine.conftest import start_process

__all__ = ["start_process"]
