"""Rows for the reports, and their files read back."""

from __future__ import annotations

import pytest

from tests.screens import rows


@pytest.fixture
def filled(db: None) -> rows.Company:
    return rows.everything()
