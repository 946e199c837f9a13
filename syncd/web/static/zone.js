// The visitor's zone and not the desk's, unless one was chosen: asked of the browser before anything is drawn (PAGE-5).
"use strict";
(() => {
  const page = document.documentElement;
  if (!("zoneOpen" in page.dataset)) return;
  const mine = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!mine || !mine.includes("/") || mine === page.dataset.zone) return;
  const url = new URL(location.href);
  if (url.searchParams.has("zone")) return;
  url.searchParams.set("zone", mine);
  location.replace(url);
})();
