// A form marked data-once is sent once: a second press while the first is under way does nothing.
// The server would take it only once as well; this spares the person the wait.
"use strict";
(() => {
  const LONG = 15000; // Milliseconds after which nothing came of it: somebody stopped the page from loading.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.hasAttribute("data-once") || event.defaultPrevented) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    setTimeout(() => delete form.dataset.sent, LONG);
  });
  // Coming back by the back button finds a form that may be sent again.
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("form[data-once]").forEach((form) => delete form.dataset.sent);
  });
})();
