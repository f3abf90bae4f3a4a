// The entries of a long form are kept on the server a moment after each change, for this user alone.
"use strict";
(() => {
  const form = document.querySelector("form[data-unsaved]");
  const line = document.querySelector("[data-unsaved-status]");
  if (!form || !line) return;
  let timer = 0;
  let sending = false;
  function clock() {
    return new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false });
  }
  async function keep() {
    clearTimeout(timer);
    timer = 0;
    sending = true;
    try {
      const answer = await fetch(form.dataset.unsaved, { method: "POST", body: new FormData(form), keepalive: true });
      line.textContent = answer.ok ? `${line.dataset.kept} ${clock()}` : line.dataset.failed;
    } catch {
      line.textContent = line.dataset.failed;
      timer = setTimeout(keep, 5000);
    }
    sending = false;
  }
  function plan() {
    clearTimeout(timer);
    timer = setTimeout(keep, 800);
  }
  form.addEventListener("input", plan);
  form.addEventListener("change", plan);
  form.addEventListener("submit", () => clearTimeout(timer));
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden" && timer && !sending) keep();
  });
})();
