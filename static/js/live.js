// Renews the part of a page that moves, while the page is looked at. Without this file it is renewed by reloading.
"use strict";
(() => {
  const place = document.querySelector("[data-live]");
  if (!place) return;
  const every = 2000;

  async function renew() {
    if (!document.hidden) {
      try {
        const answer = await fetch(place.dataset.live);
        if (answer.ok) {
          const open = place.querySelector("details")?.open;
          place.innerHTML = await answer.text();
          const details = place.querySelector("details");
          if (details && open) details.open = true;
          const state = place.querySelector("[data-run-state]")?.dataset.runState;
          if (state !== place.dataset.state) {
            window.location.reload();
            return;
          }
        }
      } catch {
        // The server may be restarting: ask again later.
      }
    }
    window.setTimeout(renew, every);
  }

  window.setTimeout(renew, every);
})();
