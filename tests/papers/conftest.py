"""The stories of papers are told on every channel, as all stories are."""

from tests.conversations.conftest import channel, here, lan, pytest_runtest_call, ready_sqlite  # noqa: F401
