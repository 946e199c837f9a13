// Arrow keys in the grid of free times: each goes to the nearest time in its direction (PAGE-3). Without this script Tab
// goes from one to the next.
"use strict";
(() => {
  const all = [...document.querySelectorAll("[data-slot]")];
  if (!all.length) return;
  const visit = (slot) => {
    for (const other of all) other.tabIndex = other === slot ? 0 : -1;
  };
  const toward = {
    ArrowRight: (from, to) => [to.left - from.right, Math.abs(to.top - from.top)],
    ArrowLeft: (from, to) => [from.left - to.right, Math.abs(to.top - from.top)],
    ArrowDown: (from, to) => [to.top - from.bottom, Math.abs(to.left - from.left)],
    ArrowUp: (from, to) => [from.top - to.bottom, Math.abs(to.left - from.left)],
  };
  const nearest = (key, slot) => {
    const from = slot.getBoundingClientRect();
    let best = null;
    let least = Infinity;
    for (const other of all) {
      const [ahead, aside] = toward[key](from, other.getBoundingClientRect());
      const far = ahead + 4 * aside;
      if (other !== slot && ahead > -1 && far < least) [best, least] = [other, far];
    }
    return best;
  };
  visit(all[0]);
  document.addEventListener("keydown", (press) => {
    const slot = document.activeElement;
    if (!all.includes(slot) || press.altKey || press.ctrlKey || press.metaKey || press.shiftKey) return;
    const day = [...slot.closest("[data-day]").querySelectorAll("[data-slot]")];
    const ends = { Home: day[0], End: day.at(-1) };
    const next = press.key in toward ? nearest(press.key, slot) : ends[press.key];
    if (!next) return;
    press.preventDefault();
    next.focus();
  });
  document.addEventListener("focusin", (focus) => {
    if (all.includes(focus.target)) visit(focus.target);
  });
})();
