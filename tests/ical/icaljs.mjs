// Reads one base64 line a calendar object, answers one JSON line each: what ical.js understands of it.
import ICAL from "ical.js";
import { createInterface } from "node:readline";

function read(text) {
  const calendar = new ICAL.Component(ICAL.parse(text));
  const event = calendar.getFirstSubcomponent("vevent");
  const unix = (name) => event.getFirstPropertyValue(name).toUnixTime();
  const value = (name) => event.getFirstPropertyValue(name);
  return {
    method: calendar.getFirstPropertyValue("method"),
    uid: value("uid"),
    starts_at: unix("dtstart"),
    ends_at: unix("dtend"),
    sequence: value("sequence"),
    status: value("status"),
    summary: value("summary"),
    description: value("description"),
    attendee: value("attendee"),
    name: event.getFirstProperty("attendee").getParameter("cn"),
  };
}

for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    answer = read(Buffer.from(line, "base64").toString("utf-8"));
  } catch (error) {
    answer = { error: String(error) };
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
}
