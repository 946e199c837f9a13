"""`syncd doctor`: each way in which it cannot work is named with its cause and what to do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from syncd.ports.errors import Misconfigured, Retryable, SyncdError
from syncd.testing.contracts.calendar_world import STAFF_EMAIL
from tests.connectors.google_calendar.world import SCOPES, GoogleWorld
from tests.simulators.google.faults import Refusal


@dataclass(frozen=True)
class Case:
    """What is broken, and words that the error (`said`) and its hint must hold."""

    name: str
    breaks: Callable[[GoogleWorld], object]
    said: str
    hint: str
    kind: type[SyncdError] = Misconfigured


def _role(role: str) -> Callable[[GoogleWorld], object]:
    return lambda w: w.ada.roles.update({STAFF_EMAIL: role})


def _refusal(status: int, reason: str = "") -> Callable[[GoogleWorld], object]:
    return lambda w: setattr(w.google.faults, "refusal", Refusal(status, reason))


def _knob(name: str, value: object) -> Callable[[GoogleWorld], object]:
    return lambda w: setattr(w.google.faults, name, value)


def _signing(name: str, value: object, *, delegated: bool = True) -> Callable[[GoogleWorld], object]:
    def breaks(world: GoogleWorld) -> None:
        if delegated:
            world.by_delegation()
        setattr(world.google.sign_in, name, value)

    return breaks


def _lapsed_consent(world: GoogleWorld) -> None:
    world.by_consent(granted_at="2026-01-01T00:00:00+00:00", refresh_token_expires_in=604_799)
    world.google.sign_in.refresh_tokens.clear()


def _some_scopes(world: GoogleWorld) -> None:
    world.google.sign_in.refresh_tokens[f"refresh-{STAFF_EMAIL}"] = (STAFF_EMAIL, SCOPES - {min(SCOPES)})


OTHER_TYPE = '{"type": "installed", "token_uri": "x"}'
CASES = [
    Case("no JSON", lambda w: setattr(w, "credential", "hunter2"), "no JSON key", "service account"),
    Case("no consent", lambda w: setattr(w, "credential", OTHER_TYPE), "another type", "syncd connect"),
    Case("a broken private key", lambda w: w.by_delegation(private_key="?"), "private key", "new JSON key"),
    Case("a deleted key", _signing("keys", {}), "signature", "new JSON key"),
    Case("a deleted service account", _signing("account_exists", False), "not known", "deleted or disabled"),
    Case("no delegation", _signing("delegated", None), "may not act for staff", "domain-wide delegation"),
    Case("half a delegation", _signing("delegated", frozenset({min(SCOPES)})), "may not act", "calendar.freebusy"),
    Case("an unknown person", _signing("people", set()), "staff member is not known", "e-mail address"),
    Case("a wrong clock", _signing("skew", timedelta(hours=-2)), "wrong time", "clock"),
    Case("blocked by policy", _signing("policy_blocks", True), "administrator", "app access control"),
    Case("a revoked consent", lambda w: w.google.sign_in.refresh_tokens.clear(), "no longer valid", "syncd connect"),
    Case("a lapsed consent in test mode", _lapsed_consent, "no longer valid", "test mode"),
    Case("a session policy", _signing("session_over", True, delegated=False), "sign in again", "exempt this app"),
    Case("a deleted client", _signing("client_exists", False, delegated=False), "client", "new client"),
    Case("a permission not granted", _some_scopes, "not every permission", "grant every permission"),
    Case("a token for less", _refusal(403, "insufficientPermissions"), "insufficientPermissions", "Grant"),
    Case("API not enabled", _refusal(403, "accessNotConfigured"), "accessNotConfigured", "Enable the Google"),
    Case("read only, where sessions are held", _role("reader"), "may not change it", "make changes to events"),
    Case("free/busy only", _role("freeBusyReader"), "may not change it", "make changes"),
    Case("not shared", lambda w: w.ada.roles.clear(), "notFound", "share the calendar"),
    Case("no such calendar", lambda w: setattr(w, "address", "nobody@desk.example"), "notFound", "check the address"),
    Case("free/busy refused", _knob("free_busy_error", "forbidden"), "forbidden", "Share the calendar"),
    Case("an account that is suspended", _refusal(401), "does not accept the access token", "suspended"),
    Case("a redirect", _knob("elsewhere", "https://elsewhere.example/"), "redirect", "endpoint"),
    Case("unreachable", lambda w: w.google.server.down(), "cannot be reached", "firewall", Retryable),
    Case("too many requests", _refusal(429), "too many requests", "", Retryable),
    Case("Google is ill", _refusal(503), "503", "", Retryable),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_probe_names_the_cause_and_what_to_do(google: GoogleWorld, case: Case) -> None:
    case.breaks(google)
    with pytest.raises(case.kind, match=case.said) as caught:
        google.calendar().probe()
    assert case.hint in caught.value.hint
    assert STAFF_EMAIL not in f"{caught.value} {caught.value.hint}"


@pytest.mark.parametrize("delegated", [False, True], ids=["consent", "delegation"])
def test_a_probe_of_what_works_tells_facts(google: GoogleWorld, delegated: bool) -> None:
    if delegated:
        google.by_delegation()
    facts = "; ".join(google.calendar().probe())
    assert ("delegation" in facts) is delegated
    assert "role owner" in facts
    assert "free/busy" in facts


def test_a_calendar_that_is_only_read_may_be_read_only(google: GoogleWorld) -> None:
    google.ada.roles[STAFF_EMAIL] = "reader"
    facts = google.account().open(replace(google.binding(), writable=False)).probe()
    assert any("can be read" in fact for fact in facts)


def test_a_calendar_in_another_zone_than_configured_is_told(google: GoogleWorld) -> None:
    calendar = google.calendar()
    google.zone = "America/New_York"
    assert any("America/New_York" in fact for fact in calendar.probe())


def test_a_clock_that_is_off_is_told_where_it_does_not_matter_yet(google: GoogleWorld) -> None:
    """A refresh token knows no time; deadlines do."""
    google.google.state.skew = timedelta(minutes=2)
    assert any("120 s apart" in fact or "119 s apart" in fact for fact in google.calendar().probe())
