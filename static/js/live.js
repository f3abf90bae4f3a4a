// Renews the parts of a page that move, while the page is looked at. Without this file they are renewed by reloading.
"use strict";
(() => {
  const every = 2000;

  async function renew(place) {
    // What somebody stands in with the keyboard, or has marked, is left alone.
    const busy = place.contains(document.activeElement) || place.contains(getSelection()?.focusNode ?? null);
    if (!document.hidden && !(busy && "calm" in place.dataset)) {
      try {
        const answer = await fetch(place.dataset.live);
        if (answer.ok) {
          const open = place.querySelector("details")?.open;
          place.innerHTML = await answer.text();
          const details = place.querySelector("details");
          if (details && open) details.open = true;
          const state = place.querySelector("[data-run-state]")?.dataset.runState;
          if ("state" in place.dataset && state !== place.dataset.state) {
            window.location.reload();
            return;
          }
        }
      } catch {
        // The server may be restarting: ask again later.
      }
    }
    window.setTimeout(renew, Number(place.dataset.every) || every, place);
  }

  for (const place of document.querySelectorAll("[data-live]")) {
    window.setTimeout(renew, Number(place.dataset.every) || every, place);
  }
})();
