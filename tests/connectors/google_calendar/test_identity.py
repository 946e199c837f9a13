"""GOO-6, CAL-27, CAL-28, CAL-30: as whom we speak, and what is said when Google does not believe it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from syncd.domain.spans import Span
from syncd.ports.errors import Misconfigured, OutcomeUnknown, Retryable
from syncd.testing.contracts.calendar_reader import Reader, window
from syncd.testing.contracts.calendar_setting import own_draft
from syncd.testing.contracts.calendar_world import NOW, STAFF_EMAIL
from tests.connectors.google_calendar.world import GoogleWorld
from tests.simulators.google.faults import Refusal
from tests.simulators.google.signin import CLIENT_ID

BOB = "bob@desk.example"


def test_goo_6_a_service_account_acts_as_each_staff_member(google: GoogleWorld) -> None:
    google.by_delegation()
    bobs = google.google.state.person(BOB)
    account = google.account()
    account.open(google.binding()).put(own_draft(1), None)
    binding = google.binding(calendar_id="bob")
    theirs = account.open(replace(binding, address=BOB, staff_email=BOB))
    theirs.put(own_draft(2), None)
    assert [e.item["creator"]["email"] for e in google.ada.events.values()] == [STAFF_EMAIL]
    assert [e.item["creator"]["email"] for e in bobs.events.values()] == [BOB]


def test_goo_6_no_more_is_asked_for_than_is_needed(google: GoogleWorld) -> None:
    google.by_delegation()
    google.google.sign_in.delegated = frozenset(
        f"https://www.googleapis.com/auth/{name}" for name in ("calendar.events", "calendar.freebusy")
    )
    google.settings["search_all_calendars"] = False
    calendar = google.calendar()
    written = calendar.put(own_draft(1), None)
    calendar.observe(None, NOW)
    calendar.busy(window())
    calendar.remove(own_draft(1).session_id, written.ref)
    assert calendar.look(own_draft(1).session_id, written.ref).answer == "gone"
    assert calendar.probe()


def test_an_access_token_is_fetched_once_and_used_until_it_ends(google: GoogleWorld) -> None:
    calendar = google.calendar()
    reader = Reader(calendar)
    for _ in range(5):
        reader.reads()
    assert google.google.sign_in.asked == 1


def test_cal_27_an_expired_access_token_is_renewed_once_and_the_read_repeated(google: GoogleWorld) -> None:
    calendar = google.calendar()
    calendar.observe(None, NOW)
    google.google.sign_in.expire_tokens()
    before = google.requests()
    calendar.busy(window())
    assert (google.google.sign_in.asked, google.requests() - before) == (2, 2)


def test_cal_27_a_write_that_meets_an_expired_token_looks_before_it_is_repeated(google: GoogleWorld) -> None:
    calendar = google.calendar()
    calendar.observe(None, NOW)
    google.google.sign_in.expire_tokens()
    before = len(google.google.requests)
    calendar.put(own_draft(1), None)
    assert [name.split(".")[-1] for name in google.google.requests[before:]] == ["insert", "get", "list", "insert"]
    assert len(google.standing()) == 1


def test_cal_27_a_delete_that_meets_an_expired_token_looks_before_it_is_repeated(google: GoogleWorld) -> None:
    calendar = google.calendar()
    written = calendar.put(own_draft(1), None)
    google.google.sign_in.expire_tokens()
    before = len(google.google.requests)
    calendar.remove(own_draft(1).session_id, written.ref)
    assert [name.split(".")[-1] for name in google.google.requests[before:]] == ["delete", "get", "delete"]
    assert google.standing() == ()


def test_cal_27_a_write_that_is_never_let_in_stops_after_one_renewal(google: GoogleWorld) -> None:
    calendar = google.calendar()
    calendar.observe(None, NOW)
    google.google.faults.refusal = Refusal(401, writes_only=True)
    asked = google.google.sign_in.asked
    with pytest.raises((Misconfigured, OutcomeUnknown)) as caught:
        calendar.put(own_draft(1), None)
    assert isinstance(caught.value, Misconfigured)
    assert google.google.sign_in.asked - asked <= 2
    assert google.standing() == ()


def test_a_refused_credential_is_asked_for_once_and_not_slept_over(google: GoogleWorld) -> None:
    google.google.sign_in.refresh_tokens.clear()
    with pytest.raises(Misconfigured):
        google.calendar().observe(None, NOW)
    assert (google.google.sign_in.asked, google.requests()) == (1, 0)


@pytest.mark.parametrize(
    ("status", "error"), [(500, "internal_failure"), (503, "backendError"), (429, "rate"), (400, "server_error")]
)
def test_cal_28_a_busy_token_endpoint_is_asked_once_and_may_be_asked_again(
    google: GoogleWorld, status: int, error: str
) -> None:
    google.google.sign_in.busy = (status, error)
    with pytest.raises(Retryable):
        google.calendar().observe(None, NOW)
    assert google.google.sign_in.asked == 1


def test_a_token_answer_that_is_cut_off_may_be_asked_for_again(google: GoogleWorld) -> None:
    google.google.sign_in.cut = True
    with pytest.raises(Retryable):
        google.calendar().busy(window())


def test_a_write_without_a_token_was_not_done(google: GoogleWorld) -> None:
    google.google.sign_in.busy = (503, "backendError")
    with pytest.raises(Retryable):
        google.calendar().put(own_draft(1), None)
    assert google.requests() == 0


def test_a_corrected_credential_is_used_without_a_restart(google: GoogleWorld) -> None:
    calendar = google.calendar()
    google.google.sign_in.refresh_tokens.clear()
    with pytest.raises(Misconfigured):
        calendar.observe(None, NOW)
    google.by_consent()
    assert calendar.observe(None, NOW).last


@pytest.mark.parametrize("token_uri", ["https://evil.example/token", "http://evil.example/token", "", "ftp://x"])
@pytest.mark.parametrize("delegated", [False, True], ids=["consent", "delegation"])
def test_cal_30_a_token_is_asked_for_at_the_configured_hosts_alone(
    google: GoogleWorld, token_uri: str, delegated: bool
) -> None:
    (google.by_delegation if delegated else google.by_consent)(token_uri=token_uri)
    with pytest.raises(Misconfigured, match="token_hosts"):
        google.calendar().observe(None, NOW)
    assert google.google.sign_in.asked == 0


def test_cal_30_a_redirect_of_the_token_endpoint_is_not_followed(google: GoogleWorld) -> None:
    google.google.sign_in.elsewhere = f"{google.google.trap.origin}/token"
    with pytest.raises(Misconfigured):
        google.calendar().observe(None, NOW)
    assert google.elsewhere() == 0


def test_no_error_tells_a_secret(google: GoogleWorld) -> None:
    google.by_delegation(private_key="-----BEGIN PRIVATE KEY-----\nsecret-key-material\n-----END PRIVATE KEY-----\n")
    with pytest.raises(Misconfigured) as caught:
        google.calendar().observe(None, NOW)
    chain: BaseException | None = caught.value
    while chain is not None:
        assert "secret-key-material" not in repr(chain)
        chain = chain.__cause__ or chain.__context__


def test_a_clock_that_is_off_by_hours_is_named(google: GoogleWorld) -> None:
    google.by_delegation()
    google.google.sign_in.skew = timedelta(hours=3)
    with pytest.raises(Misconfigured) as caught:
        google.calendar().busy(Span(NOW, NOW + timedelta(days=1)))
    assert "clock" in caught.value.hint


def test_a_consent_names_its_client_and_no_other(google: GoogleWorld) -> None:
    assert json.loads(google.credential)["client_id"] == CLIENT_ID
    google.by_consent(client_id="another.apps.example")
    with pytest.raises(Misconfigured) as caught:
        google.calendar().observe(None, NOW)
    assert "client" in caught.value.hint
