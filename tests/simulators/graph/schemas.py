"""What do Graph and Entra speak? JSON schemas of exactly what the connector uses, kept by hand (README.md).

Every request and every answer of the simulator is checked against them; a name that is not in them is refused.
"""

from __future__ import annotations

from typing import Any

from jsonschema import Draft202012Validator

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_MAYBE: Schema = {"type": ["string", "null"]}
_FLAG: Schema = {"type": "boolean"}
_OFFSET: Schema = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?Z$"}
_LINK: Schema = {"type": "string", "pattern": "^https://"}


def _object(required: list[str], properties: Schema) -> Schema:
    return {"type": "object", "required": required, "properties": properties, "additionalProperties": False}


def _list(items: Schema, most: int = 5000) -> Schema:
    return {"type": "array", "items": items, "maxItems": most}


_WALL = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?$"
_MOMENT = _object(["dateTime", "timeZone"], {"dateTime": {"type": "string", "pattern": _WALL}, "timeZone": _TEXT})
_MAYBE_MOMENT: Schema = {"anyOf": [_MOMENT, {"type": "null"}]}
_BODY = _object(["contentType", "content"], {"contentType": {"enum": ["html", "text"]}, "content": _TEXT})
_PLACE = _object(["displayName"], {"displayName": _TEXT})
_SHOW_AS: Schema = {"enum": ["free", "tentative", "busy", "oof", "workingElsewhere", "unknown"]}
_RESPONSE: Schema = {
    "enum": ["none", "organizer", "tentativelyAccepted", "accepted", "declined", "notResponded"],
}
_STATUS = _object(["response", "time"], {"response": _RESPONSE, "time": _OFFSET})
_ADDRESS = _object(["address"], {"name": _TEXT, "address": _TEXT})
_ATTENDEE = _object(
    ["type", "status", "emailAddress"],
    {"type": {"enum": ["required", "optional", "resource"]}, "status": _STATUS, "emailAddress": _ADDRESS},
)
_PROPERTY = _object(
    ["id", "value"],
    {
        "id": {"type": "string", "pattern": r"^String \{[0-9a-fA-F-]{36}\} Name \S+$"},
        "value": {"type": "string", "minLength": 1, "maxLength": 255},
    },
)

EVENT: Schema = _object(
    ["@odata.etag", "id", "type"],
    {
        "@odata.context": _TEXT,
        "@odata.etag": {"type": "string", "pattern": '^W/".+"$'},
        "id": _TEXT,
        "createdDateTime": _OFFSET,
        "lastModifiedDateTime": _OFFSET,
        "changeKey": _TEXT,
        "categories": _list(_TEXT),
        "transactionId": _MAYBE,
        "originalStartTimeZone": _TEXT,
        "originalEndTimeZone": _TEXT,
        "originalStart": _OFFSET,
        "iCalUId": _TEXT,
        "subject": _TEXT,
        "bodyPreview": {"type": "string", "maxLength": 255},
        "body": _BODY,
        "sensitivity": {"enum": ["normal", "personal", "private", "confidential"]},
        "isAllDay": _FLAG,
        "isCancelled": _FLAG,
        "isOrganizer": _FLAG,
        "seriesMasterId": _MAYBE,
        "showAs": _SHOW_AS,
        "type": {"enum": ["singleInstance", "occurrence", "exception", "seriesMaster"]},
        "responseStatus": _STATUS,
        "start": _MAYBE_MOMENT,
        "end": _MAYBE_MOMENT,
        "location": _PLACE,
        "recurrence": {"type": ["object", "null"]},
        "attendees": _list(_ATTENDEE),
        "organizer": _object(["emailAddress"], {"emailAddress": _ADDRESS}),
        "singleValueExtendedProperties": _list(_PROPERTY),
    },
)

BARE: Schema = _object(
    ["id", "type", "seriesMasterId", "start", "end"],
    {
        "id": _TEXT,
        "type": {"enum": ["occurrence", "exception"]},
        "seriesMasterId": _TEXT,
        "start": _MOMENT,
        "end": _MOMENT,
    },
)

REMOVED: Schema = _object(
    ["id", "@removed"], {"id": _TEXT, "@removed": _object(["reason"], {"reason": {"enum": ["deleted", "changed"]}})}
)

EVENTS: Schema = _object(["value"], {"@odata.context": _TEXT, "value": _list(EVENT, 1000), "@odata.nextLink": _LINK})

CHANGES: Schema = {
    **_object(
        ["value"],
        {
            "@odata.context": _TEXT,
            "value": _list({"anyOf": [EVENT, BARE, REMOVED]}, 5000),
            "@odata.nextLink": _LINK,
            "@odata.deltaLink": _LINK,
        },
    ),
    "oneOf": [{"required": ["@odata.nextLink"]}, {"required": ["@odata.deltaLink"]}],
}

CALENDAR: Schema = _object(["id"], {"@odata.context": _TEXT, "id": _TEXT, "name": _TEXT, "canEdit": _FLAG})
CALENDARS: Schema = _object(
    ["value"], {"@odata.context": _TEXT, "value": _list(CALENDAR, 1000), "@odata.nextLink": _LINK}
)

ERROR: Schema = _object(
    ["error"],
    {
        "error": _object(
            ["code", "message"],
            {"code": _TEXT, "message": _TEXT, "innerError": {"type": "object"}},
        )
    },
)

_WRITTEN: Schema = {
    "subject": {"type": "string", "maxLength": 255},
    "body": _BODY,
    "start": _MOMENT,
    "end": _MOMENT,
    "location": _PLACE,
    "showAs": _SHOW_AS,
    "singleValueExtendedProperties": _list(_PROPERTY, 20),
}
NEW_EVENT: Schema = _object(["subject", "start", "end"], {**_WRITTEN, "transactionId": _TEXT})
CHANGED_EVENT: Schema = {**_object([], {**_WRITTEN, "isAllDay": _FLAG}), "minProperties": 1}

SUBSCRIPTION: Schema = _object(
    ["id", "resource", "changeType", "notificationUrl", "expirationDateTime"],
    {
        "@odata.context": _TEXT,
        "id": _TEXT,
        "resource": _TEXT,
        "changeType": _TEXT,
        "notificationUrl": _LINK,
        "lifecycleNotificationUrl": _LINK,
        "expirationDateTime": _OFFSET,
        "clientState": {"type": ["string", "null"], "maxLength": 128},
    },
)
SUBSCRIPTIONS: Schema = _object(["value"], {"value": _list(SUBSCRIPTION, 1000), "@odata.nextLink": _LINK})
NEW_SUBSCRIPTION: Schema = _object(
    ["changeType", "notificationUrl", "resource", "expirationDateTime"],
    {
        "changeType": {"type": "string", "pattern": "^(created|updated|deleted)(,(created|updated|deleted))*$"},
        "notificationUrl": _LINK,
        "lifecycleNotificationUrl": _LINK,
        "resource": {"type": "string", "pattern": r"^/users/[^/]+(/calendars/[^/]+)?/events$"},
        "expirationDateTime": _OFFSET,
        "clientState": {"type": "string", "maxLength": 128},
    },
)
CHANGED_SUBSCRIPTION: Schema = _object(["expirationDateTime"], {"expirationDateTime": _OFFSET})

TOKEN: Schema = _object(
    ["token_type", "expires_in", "access_token"],
    {
        "token_type": {"const": "Bearer"},
        "expires_in": {"type": "integer"},
        "ext_expires_in": {"type": "integer"},
        "access_token": _TEXT,
        "refresh_token": _TEXT,
        "scope": _TEXT,
        "id_token": _TEXT,
        "client_info": _TEXT,
    },
)
TOKEN_ERROR: Schema = _object(
    ["error", "error_description"],
    {"error": _TEXT, "error_description": _TEXT, "error_codes": _list({"type": "integer"}), "trace_id": _TEXT},
)

_known: dict[int, Draft202012Validator] = {}


def faults(schema: Schema, value: object) -> list[str]:
    """Where `value` is not as the schema says; empty: it is."""
    validator = _known.setdefault(id(schema), Draft202012Validator(schema))
    return [
        f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}" for error in validator.iter_errors(value)
    ]
