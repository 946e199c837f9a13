// The desk's day, live: news are fetched when the server says that there are some; j, k and Enter move and open; how
// long is left stands beside each instant that the page states anyway (PAGE-5).
"use strict";
(() => {
  const head = document.getElementById("live");
  const board = document.getElementById("board");
  if (!head || !board) return;
  const say = head.querySelector("[data-live]");
  const ahead = Date.parse(head.dataset.now) - Date.now(); // the viewer's clock may be wrong; ours counts
  const where = new URLSearchParams({ day: head.dataset.day, who: head.dataset.who });
  head.querySelector("[data-keys]").hidden = false;

  const count = () => {
    for (const time of board.querySelectorAll("time")) {
      const seconds = Math.round((Date.parse(time.dateTime) - Date.now() - ahead) / 1000);
      const shown = seconds < 0 ? "" : seconds < 120 ? ` in ${seconds} s` : ` in ${Math.ceil(seconds / 60)} min`;
      if (time.dataset.left !== shown) time.dataset.left = shown;
    }
  };

  const refresh = async () => {
    const answer = await fetch(`/desk/board?${where}`, { headers: { accept: "text/html" } });
    if (!answer.ok || answer.redirected) throw new Error("no board");
    const html = await answer.text();
    const held = document.activeElement && document.activeElement.closest("#board") ? document.activeElement : null;
    const id = held && held.id;
    const value = held && held.value;
    const [left, top] = [board.scrollLeft, board.scrollTop];
    board.innerHTML = html;
    board.scrollTo(left, top);
    const press = value && value.split(".").slice(0, 2).join(".");
    const next = id ? document.getElementById(id) : press && board.querySelector(`button[value^="${CSS.escape(press)}"]`);
    if (next) next.focus({ preventScroll: true });
    count();
  };

  const clock = () => new Date(Date.now() + ahead).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  const source = new EventSource(`/desk/live?${where}`);
  source.addEventListener("board", (event) => {
    if (event.data === head.dataset.digest) { say.textContent = "Live."; return; }
    refresh().then(() => { head.dataset.digest = event.data; say.textContent = "Live."; }, () => { say.textContent = `Not live since ${clock()}. Reload the page.`; });
  });
  source.addEventListener("ended", () => { source.close(); say.textContent = "Not live: you are signed out. Reload to sign in."; });
  source.onerror = () => { if (!say.textContent.startsWith("Not live")) say.textContent = `Not live since ${clock()}; trying again.`; };
  addEventListener("pagehide", () => source.close());

  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea")) return;
    const step = { j: 1, k: -1 }[event.key];
    if (!step) return;
    const slips = [...board.querySelectorAll("h2 a")];
    const slip = document.activeElement && document.activeElement.closest("article");
    const at = slip ? slips.indexOf(slip.querySelector("h2 a")) : step > 0 ? -1 : slips.length;
    const next = slips[Math.min(Math.max(at + step, 0), slips.length - 1)];
    if (next) { next.focus(); next.closest("article").scrollIntoView({ block: "nearest", inline: "nearest" }); event.preventDefault(); }
  });
  setInterval(count, 1000);
  count();
})();
