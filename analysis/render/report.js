// Copies a table or a text of the report. Without this file its "save" links give the same content.
"use strict";
(() => {
  if (!document.querySelector(".rep-take")) return;

  const contentOf = async (address) => (await fetch(address, { credentials: "same-origin" })).text();

  // Where the clipboard is out of reach (an old browser, a page without a secure address).
  const byHand = (text) => {
    const field = document.createElement("textarea");
    field.value = text;
    field.className = "rep-unseen";
    field.setAttribute("aria-hidden", "true");
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    if (!done) throw new Error("copying was refused");
  };

  const copy = async (address) => {
    const promised = contentOf(address);
    if (window.ClipboardItem && navigator.clipboard && navigator.clipboard.write) {
      try {
        // Given the promise, a browser still counts this as part of the press of the button.
        const blob = promised.then((text) => new Blob([text], { type: "text/plain" }));
        await navigator.clipboard.write([new ClipboardItem({ "text/plain": blob })]);
        return;
      } catch {
        // Fall through: some browsers know the name and refuse the promise.
      }
    }
    const text = await promised;
    if (navigator.clipboard && navigator.clipboard.writeText) {
      try {
        await navigator.clipboard.writeText(text);
        return;
      } catch {
        // Fall through.
      }
    }
    byHand(text);
  };

  document.querySelectorAll(".rep-take").forEach((place) => {
    const status = place.querySelector("[role=status]");
    place.querySelectorAll("button[data-copies]").forEach((button) => {
      const link = place.querySelector(`a[data-form="${button.dataset.copies}"]`);
      button.hidden = false;
      button.addEventListener("click", async () => {
        status.textContent = "";
        try {
          await copy(link.href);
          status.textContent = status.dataset.copied;
        } catch {
          status.textContent = status.dataset.failed;
        }
      });
    });
  });

  // A link to something inside a closed fold opens it.
  const open = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const fold = target && target.closest("details");
    if (fold && !fold.open) {
      fold.open = true;
      target.scrollIntoView();
    }
  };
  window.addEventListener("hashchange", open);
  open();
})();
