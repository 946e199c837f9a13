"""How do calendars say it? RFC 5545, 5546 and 6047; pure; the only user of icalendar."""
