// Reloads the page once anything that it waits for has moved on. Without this file there is a link that does the same.
"use strict";
(() => {
  function poll(place) {
    const seconds = place.querySelector("[data-seconds]");
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
          if (seconds && now.seconds !== undefined) seconds.textContent = now.seconds;
        }
      } catch {
        // The server may be restarting: ask again later.
      }
      wait = Math.min(wait * 1.3, 10000);
      window.setTimeout(ask, wait);
    }

    window.setTimeout(ask, wait);
  }

  document.querySelectorAll("[data-poll]").forEach(poll);
})();
