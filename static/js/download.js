// After a form marked data-download is sent, the page stays: show that the file was downloaded.
// Without this file the page shows it after a reload.
"use strict";
(() => {
  document.querySelectorAll("form[data-download]").forEach((form) => {
    form.addEventListener("submit", () => {
      // Only after the browser has collected the form's values, the pressed button among them.
      setTimeout(() => {
        form.querySelectorAll("[data-before]").forEach((each) => { each.hidden = true; });
        form.querySelectorAll("[data-after]").forEach((each) => { each.hidden = false; });
      });
    });
  });
})();
