"""How does one speak to the simulated server without the connector? One envelope, posted as it is."""

from __future__ import annotations

import ssl
from base64 import b64encode
from http.client import HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

from lxml import etree

from tests.connectors.exchange.world import PASSWORD, SERVICE, ExchangeWorld
from tests.simulators.ews.soap import M, S, T

HEAD = (
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" '
    'xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages" '
    'xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"><s:Header>'
    '<t:RequestServerVersion Version="Exchange2016"/><t:ExchangeImpersonation><t:ConnectingSID>'
    "<t:PrimarySmtpAddress>ada@desk.example</t:PrimarySmtpAddress></t:ConnectingSID></t:ExchangeImpersonation>"
    "</s:Header><s:Body>"
)
CALENDAR = '<t:DistinguishedFolderId Id="calendar"/>'


def post(world: ExchangeWorld, body: str) -> Any:
    """The answer's body: its one child."""
    connection = HTTPSConnection(
        urlsplit(world.server.host).netloc, context=ssl.create_default_context(cafile=str(world.ca_file)), timeout=10
    )
    sign_in = b64encode(f"{SERVICE}:{PASSWORD}".encode()).decode()
    envelope = f"{HEAD}{body}</s:Body></s:Envelope>"
    connection.request("POST", "/EWS/Exchange.asmx", envelope.encode(), {"Authorization": f"Basic {sign_in}"})
    answer = connection.getresponse().read()
    connection.close()
    said = etree.fromstring(answer).find(f"{S}Body")
    assert said is not None
    return said[0]


def codes(answer: Any) -> list[str]:
    """The response codes of an answer, or of a fault."""
    fault = answer.findtext("faultcode")
    return [fault.split(":")[1]] if fault else [each.text for each in answer.iter(f"{M}ResponseCode")]


def event(more: str = "", starts: str = "2026-03-03T10:00:00Z", ends: str = "2026-03-03T11:00:00Z") -> str:
    times = f"<t:Start>{starts}</t:Start><t:End>{ends}</t:End>"
    return f"<t:CalendarItem><t:Subject>One</t:Subject>{times}{more}</t:CalendarItem>"


def create(attributes: str = 'SendMeetingInvitations="SendToNone"', item: str | None = None) -> str:
    saved = f"<m:SavedItemFolderId>{CALENDAR}</m:SavedItemFolderId>"
    return f"<m:CreateItem {attributes}>{saved}<m:Items>{item or event()}</m:Items></m:CreateItem>"


def item_id(answer: Any) -> tuple[str, str]:
    found = next(answer.iter(f"{T}ItemId"))
    return found.get("Id"), found.get("ChangeKey")


def update(item: tuple[str, str], how: str, changes: str = "") -> str:
    changes = changes or (
        '<t:SetItemField><t:FieldURI FieldURI="item:Subject"/><t:CalendarItem><t:Subject>Two</t:Subject>'
        "</t:CalendarItem></t:SetItemField>"
    )
    key = f' ChangeKey="{item[1]}"' if item[1] else ""
    return (
        f'<m:UpdateItem {how}><m:ItemChanges><t:ItemChange><t:ItemId Id="{item[0]}"{key}/>'
        f"<t:Updates>{changes}</t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>"
    )
