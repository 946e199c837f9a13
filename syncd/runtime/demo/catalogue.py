"""What does the sample desk sell? Its releases and fees, set at the first start as an operator would set them."""

from __future__ import annotations

from syncd.runtime import selling
from syncd.runtime.bootstrap import System
from syncd.runtime.demo import sample


def stock(system: System) -> None:
    """Only where nothing was ever sold: what a person has set is kept."""
    if system.store.views.catalogue().releases:
        return
    by = sample.STAFF[0].id
    for release_id, name, state in sample.RELEASES:
        selling.set_release(system, release_id, name, state, None, by)
    for type_id, amount in sample.FEES:
        selling.set_fee(system, type_id, "", amount, None, by)
