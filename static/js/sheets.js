// What lies beside the scripts and comes by a button or a key: the brief, notes for oneself, the keys.
// Not modal, so that one can read on beside it; on a narrow screen it closes when the focus leaves it.
"use strict";
(() => {
  const { judging } = globalThis;
  if (!judging) return;
  const sheets = [...document.querySelectorAll("[data-sheet]")];
  const byKey = { i: "brief", n: "notes", "?": "keys" };
  let before = null;

  // The notes stand in the form, where they are without this file, and lie over it with it.
  const notes = sheets.find((sheet) => sheet.dataset.sheet === "notes");
  notes.hidden = true;
  notes.classList.add("sheet", "sheet-notes");

  // What a sheet holds is made when it is first opened.
  const fillers = {
    brief: copyBrief,
    display: copyMenu,
    keys: listKeys,
  };
  function fill(sheet) {
    const place = sheet.querySelector("[data-fill]");
    if (place && !place.firstChild) fillers[sheet.dataset.sheet](place);
  }

  function copyBrief(place) {
    const brief = document.querySelector("[data-brief]").cloneNode(true);
    place.previousElementSibling.append(...brief.querySelector(".brief-facts").childNodes);
    place.append(brief.querySelector(".brief-body"));
  }

  // The form for type and theme is that of the menu in the bar, which scrolls away.
  function copyMenu(place) {
    const form = document.querySelector("[data-menu] [data-display]").cloneNode(true);
    form.className = "stack";
    place.append(form);
  }

  // Each line names keys and what they do; those for scenes are of use where a script has several.
  function listKeys(list) {
    const scenes = document.querySelector("[data-scenes]:not([hidden])");
    for (const line of list.dataset.keys.split("\n")) {
      const [keys, what] = line.trim().split(" = ");
      if (!what || (keys === "[ ]" && !scenes)) continue;
      const term = document.createElement("dt");
      for (const key of keys.split(" ")) {
        term.append(key === "–" ? key : Object.assign(document.createElement("kbd"), { textContent: key }));
      }
      list.append(term, Object.assign(document.createElement("dd"), { textContent: what }));
    }
  }

  // The brief lies over one script: over which, the reader says, and this browser remembers it.
  const brief = sheets.find((sheet) => sheet.dataset.sheet === "brief");
  const aside = brief.querySelector("[data-sheet-side]");
  function lie(left) {
    brief.toggleAttribute("data-left", left);
    try {
      localStorage.setItem("brief-side", left ? "left" : "right");
    } catch { /* not remembered */ }
  }
  try {
    brief.toggleAttribute("data-left", localStorage.getItem("brief-side") === "left");
  } catch { /* it lies to the right */ }
  aside?.addEventListener("click", () => lie(!brief.hasAttribute("data-left")));

  function open(name) {
    const sheet = sheets.find((one) => one.dataset.sheet === name);
    if (!sheet.hidden) return close(sheet);
    sheets.forEach((one) => { if (!one.hidden) close(one, false); });
    fill(sheet);
    before = document.activeElement;
    sheet.hidden = false;
    say(name, true);
    (sheet.querySelector("textarea") ?? sheet).focus({ preventScroll: true });
    return undefined;
  }

  function close(sheet, back = true) {
    sheet.hidden = true;
    say(sheet.dataset.sheet, false);
    if (back && before?.isConnected) before.focus({ preventScroll: true });
  }

  function say(name, state) {
    document.querySelectorAll(`[data-sheet-open="${name}"]`).forEach((button) => {
      button.setAttribute("aria-expanded", String(state));
    });
  }

  document.querySelectorAll("[data-sheet-open]").forEach((button) => {
    button.addEventListener("click", () => open(button.dataset.sheetOpen));
  });
  for (const sheet of sheets) {
    sheet.querySelector("[data-sheet-close]").addEventListener("click", () => close(sheet));
    sheet.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || event.isComposing || event.keyCode === 229) return;
      event.preventDefault();
      close(sheet);
    });
    sheet.addEventListener("focusout", (event) => {
      const to = event.relatedTarget;
      if (to && !sheet.contains(to) && (judging.narrow.matches || sheet !== notes)) close(sheet, false);
    });
  }
  document.addEventListener("keydown", (event) => {
    const name = byKey[judging.own(event)];
    if (!name || event.repeat) return;
    event.preventDefault();
    open(name);
  });
  // A link to what the saved answer lacks, or to the notes, must find it in view.
  judging.form.addEventListener("answer:applied", () => notes.toggleAttribute("data-written", Boolean(notes.querySelector("textarea").value)));
})();
