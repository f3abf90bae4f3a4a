// Saves the entries of a long form on the server a moment after each change, for this user only.
"use strict";
(() => {
  const form = document.querySelector("form[data-unsaved]");
  const line = document.querySelector("[data-unsaved-status]");
  if (!form || !line) return;
  let timer = 0;
  let sending = null;
  function clock() {
    return new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false });
  }
  async function keep() {
    clearTimeout(timer);
    timer = 0;
    const stop = new AbortController();
    sending = stop;
    count();
    const request = { method: "POST", body: new FormData(form), keepalive: true, signal: stop.signal };
    try {
      const answer = await fetch(form.dataset.unsaved, request);
      line.textContent = answer.ok ? `${line.dataset.kept} ${clock()}` : line.dataset.failed;
    } catch {
      if (stop.signal.aborted) return;
      line.textContent = line.dataset.failed;
      timer = setTimeout(keep, 5000);
    }
    sending = null;
  }
  // The site ignores an autosave that arrives after a later request of this page.
  function count() {
    form.elements.save_number.value = Number(form.elements.save_number.value) + 1;
  }
  function plan() {
    clearTimeout(timer);
    timer = setTimeout(keep, 800);
  }
  form.addEventListener("input", plan);
  form.addEventListener("change", plan);
  // Saving or discarding the entries; another form, such as the language, leaves them as they are.
  document.addEventListener("submit", (event) => {
    if (event.target !== form && event.submitter?.name !== "discard") return;
    clearTimeout(timer);
    timer = 0;
    sending?.abort();
    sending = null;
    count();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden" && timer && !sending) keep();
  });
})();
