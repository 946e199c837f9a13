"""What does the desk sell now? Releases and fees as its staff set them, with their dates (E8)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from syncd.domain.case import CatalogueCase
from syncd.domain.decision import AnswerCode, Decision
from syncd.domain.money import Catalogue, Fee, Release
from syncd.domain.paying import FeeSet, ReleaseSet
from syncd.policy.making import Making


def decide_catalogue(case: CatalogueCase, now: datetime) -> Decision:
    """Every change is kept with its day; of two for one day the later word holds."""
    catalogue = case.catalogue or Catalogue()
    making = Making(case, now)
    for evidence in case.fresh:
        match evidence.payload:
            case ReleaseSet() as wanted:
                catalogue = _release(catalogue, wanted)
                making.found("E8", f"{wanted.release_id} is {wanted.state} from {wanted.since}")
            case FeeSet() as wanted:
                catalogue = _fee(catalogue, wanted)
                making.found("E8", f"the fee of {wanted.type_id} changes from {wanted.since}")
            case _:
                making.found("E8", f"{evidence.payload.kind} says nothing about the catalogue")
                continue
        making.answer(evidence, AnswerCode.RECORDED, "E8")
    return making.made(catalogue if catalogue != case.catalogue else None)


def _release(catalogue: Catalogue, wanted: ReleaseSet) -> Catalogue:
    known = catalogue.release(wanted.release_id) or Release(wanted.release_id, wanted.name, ())
    states = dict(known.states) | {wanted.since: wanted.state}
    changed = replace(known, name=wanted.name or known.name, states=tuple(sorted(states.items())))
    others = [release for release in catalogue.releases if release.id != wanted.release_id]
    return replace(catalogue, releases=tuple(sorted([*others, changed], key=lambda release: release.id)))


def _fee(catalogue: Catalogue, wanted: FeeSet) -> Catalogue:
    row = Fee(wanted.type_id, wanted.since, wanted.amount, wanted.plan)
    others = [f for f in catalogue.fees if (f.type_id, f.plan, f.since) != (row.type_id, row.plan, row.since)]
    return replace(catalogue, fees=tuple(sorted([*others, row], key=lambda fee: (fee.type_id, fee.plan, fee.since))))
