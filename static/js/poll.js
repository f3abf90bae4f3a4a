// Loads the page anew once what it waits for has moved on. Without this file there is a link that does the same.
"use strict";
(() => {
  const place = document.querySelector("[data-poll]");
  if (!place) return;
  let wait = 1500;

  async function ask() {
    try {
      const answer = await fetch(place.dataset.poll, { headers: { Accept: "application/json" } });
      if (answer.ok) {
        const now = await answer.json();
        if (now.state !== place.dataset.state || now.code !== place.dataset.code) {
          window.location.reload();
          return;
        }
      }
    } catch {
      // The server may be restarting: ask again later.
    }
    wait = Math.min(wait * 1.3, 10000);
    window.setTimeout(ask, wait);
  }

  window.setTimeout(ask, wait);
})();
