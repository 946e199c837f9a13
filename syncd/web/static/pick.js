// Arrow keys in the grid of free times: up and down within a day, left and right between days (PAGE-3). Without it, Tab
// goes from one to the next.
"use strict";
(() => {
  const days = [...document.querySelectorAll("[data-day]")]
    .map((day) => [...day.querySelectorAll("[data-slot]")])
    .filter((slots) => slots.length);
  const all = days.flat();
  if (!all.length) return;
  const visit = (slot) => {
    for (const other of all) other.tabIndex = other === slot ? 0 : -1;
  };
  visit(all[0]);
  const columns = (slots) => {
    const top = slots[0].offsetTop;
    return slots.filter((slot) => slot.offsetTop === top).length;
  };
  const beside = (slot) => days.length > 1 && Math.abs(days[0][0].offsetTop - days[1][0].offsetTop) < slot.offsetHeight;
  const step = (key, slot) => {
    const day = days.findIndex((slots) => slots.includes(slot));
    const slots = days[day];
    const at = slots.indexOf(slot);
    const wide = columns(slots);
    const near = (other) => other && other[Math.min(at, other.length - 1)];
    switch (key) {
      case "ArrowRight":
        return beside(slot) && at % wide === wide - 1 ? near(days[day + 1]) : all[all.indexOf(slot) + 1];
      case "ArrowLeft":
        return beside(slot) && at % wide === 0 ? near(days[day - 1]) : all[all.indexOf(slot) - 1];
      case "ArrowDown":
        return slots[at + wide] || (beside(slot) ? null : days[day + 1]?.[0]);
      case "ArrowUp":
        return slots[at - wide] || (beside(slot) ? null : days[day - 1]?.at(-1));
      case "Home":
        return slots[0];
      case "End":
        return slots.at(-1);
    }
    return null;
  };
  document.addEventListener("keydown", (press) => {
    if (!all.includes(document.activeElement) || press.altKey || press.ctrlKey || press.metaKey) return;
    const next = step(press.key, document.activeElement);
    if (!next) return;
    press.preventDefault();
    visit(next);
    next.focus();
  });
  document.addEventListener("focusin", (focus) => {
    if (all.includes(focus.target)) visit(focus.target);
  });
})();
