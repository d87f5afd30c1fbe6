"""With DEBUG on no statement log is kept, and tests can still count statements."""

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def debug(settings):
    settings.DEBUG = True


def test_statements_are_not_kept():
    connection.queries_log.clear()
    list(User.objects.all())

    assert not connection.queries_log


def test_statements_are_counted_where_a_test_asks():
    with CaptureQueriesContext(connection) as captured:
        list(User.objects.all())
        User.objects.count()

    assert len(captured) == 2
