// In how long it begins, beside the instant that the page states anyway (PAGE-5).
"use strict";
(() => {
  const shown = document.querySelector("[data-starts]");
  if (!shown) return;
  const ahead = Date.parse(shown.dataset.now) - Date.now(); // the visitor's clock may be wrong; ours counts
  const tell = () => {
    const minutes = Math.ceil((Date.parse(shown.dataset.starts) - Date.now() - ahead) / 60000);
    if (minutes >= 120) return;
    const { minutes: words, soon, begun } = shown.dataset;
    shown.textContent = minutes > 1 ? words.replace("{number}", minutes) : minutes > 0 ? soon : begun;
  };
  setInterval(tell, 5000);
})();
