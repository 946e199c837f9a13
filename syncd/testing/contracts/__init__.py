"""How do you prove that a connector keeps its port's promise? One behaviour suite a role, inherited by all of them.

A connector's tests, and those of every fake, subclass the suite of their role and give it a `world` fixture:

    class TestMine(CalendarContract):
        @pytest.fixture
        def world(self) -> Iterator[CalendarWorld]: ...

What a provider cannot express is declared in `cannot` with a reason, and skips visibly. Needs pytest.
"""

import pkgutil

import pytest

pytest.register_assert_rewrite(*(f"{__name__}.{each.name}" for each in pkgutil.iter_modules(__path__)))
