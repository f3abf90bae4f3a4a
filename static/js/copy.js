// A button that copies the field beside it. Without this file the field can still be selected by hand.
"use strict";
(() => {
  document.querySelectorAll("[data-copy]").forEach((place) => {
    const field = place.querySelector("input");
    const button = place.querySelector("button");
    if (!navigator.clipboard) return;
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(field.value);
      button.textContent = button.dataset.said;
    });
    field.addEventListener("focus", () => field.select());
  });
})();
