// How long the time is still kept, beside the instant that the page states anyway (B2, PAGE-5).
"use strict";
(() => {
  const shown = document.querySelector("[data-until]");
  if (!shown) return;
  const until = Date.parse(shown.dataset.until);
  const ahead = Date.parse(shown.dataset.now) - Date.now(); // the visitor's clock may be wrong; ours counts
  const left = shown.querySelector("[data-left]");
  const tell = () => {
    const seconds = Math.round((until - Date.now() - ahead) / 1000);
    if (seconds <= 0) {
      shown.hidden = true;
      document.querySelector("[data-lapsed]").hidden = false;
      clearInterval(timer);
      return;
    }
    const minutes = Math.ceil(seconds / 60);
    left.textContent = minutes > 1 ? `, ${minutes} minutes left` : ", less than a minute left";
  };
  const timer = setInterval(tell, 5000);
  tell();
})();
