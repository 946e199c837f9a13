"""Whatever is sent to the API, it answers as documented and never breaks (SEC-2)."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.slow
