"""How does a store prove that it keeps its ports' promise? One suite for Store and Views, run by every implementation.

class TestMine(StoreContract):
    @pytest.fixture
    def world(self, tmp_path) -> Iterator[StoreWorld]: ...
"""

from __future__ import annotations

from syncd.testing.contracts.store_absorbing import AbsorbingContract
from syncd.testing.contracts.store_letters import LettersContract
from syncd.testing.contracts.store_outbox import OutboxContract
from syncd.testing.contracts.store_setting import StoreWorld
from syncd.testing.contracts.store_settling import SettlingContract
from syncd.testing.contracts.store_slots import SlotsContract
from syncd.testing.contracts.store_views import ViewsContract

__all__ = ["StoreContract", "StoreWorld"]


class StoreContract(SettlingContract, SlotsContract, OutboxContract, AbsorbingContract, LettersContract, ViewsContract):
    """All of it: settling, slots, the outbox, sources, letters, and what pages read."""
