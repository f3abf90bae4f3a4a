// A text can come to be longer than may be sent: where the words of two pages were joined. It is kept and saved
// whole; the page says by how much it is too long, and does not send it before it was shortened.
"use strict";
(() => {
  const { judging } = globalThis;
  if (!judging) return;
  const { form } = judging;
  const texts = () => [...form.querySelectorAll("textarea[maxlength], input[type=text][name][maxlength]")];
  // Characters as the site counts them; a browser counts some twice.
  const over = (text) => [...text.value.trim()].length - text.maxLength;

  function tell(text) {
    const much = text.value.length > text.maxLength ? over(text) : 0;
    const name = `error-${text.name}`;
    let error = document.getElementById(name);
    if (much <= 0) {
      if (!text.hasAttribute("data-too-long")) return;
      error?.remove();
      for (const attribute of ["data-too-long", "aria-invalid", "aria-describedby"]) text.removeAttribute(attribute);
      if (text.dataset.described) text.setAttribute("aria-describedby", text.dataset.described);
      return;
    }
    if (!error) {
      error = document.createElement("p");
      error.id = name;
      error.className = "error";
      text.after(error);
    }
    error.textContent = form.dataset.textTooLong.replace("{over}", much).replace("{most}", text.maxLength);
    if (!text.hasAttribute("data-too-long")) text.dataset.described = text.getAttribute("aria-describedby") ?? "";
    text.setAttribute("data-too-long", "");
    text.setAttribute("aria-invalid", "true");
    text.setAttribute("aria-describedby", name);
  }
  function look() {
    texts().forEach(tell);
  }
  judging.tooLong = () => {
    look();
    return form.querySelector("[data-too-long]");
  };

  form.addEventListener("input", (event) => { if (event.target.maxLength > 0) tell(event.target); });
  form.addEventListener("answer:applied", look);
  look();

  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented || event.submitter?.value === "pause") return;
    const text = judging.tooLong();
    if (!text) return;
    event.preventDefault();
    const fold = text.closest("details");
    if (fold) fold.open = true;
    const sheet = text.closest("[data-sheet][hidden]");
    if (sheet) document.querySelector(`[data-sheet-open="${sheet.dataset.sheet}"]`).click();
    text.focus();
    text.scrollIntoView({ block: "center" });
  });
})();
