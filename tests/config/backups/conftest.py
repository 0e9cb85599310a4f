from __future__ import annotations

import pytest


@pytest.fixture
def empty_database(_databases) -> str:
    """The DATABASE_URL of a database without a table."""
    return _databases.empty()
