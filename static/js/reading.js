// What the consent text says is measured: time with each script before one's eyes, and how far down one came.
// Sent with the judgment and never used as a gate.
"use strict";
(() => {
  const form = document.querySelector("form[data-judge]");
  if (!form) return;
  const code = document.querySelector("[data-assignment]").dataset.assignment;
  const narrow = window.matchMedia("(max-width: 62rem)");
  const panes = [...form.querySelectorAll("[data-pane]")];
  const IDLE = 60;
  const name = `reading:${code}`;
  let seen = { seconds: 0, left: 0, right: 0, shareLeft: 0, shareRight: 0 };
  let current = "left";
  let quiet = 0;

  try {
    seen = { ...seen, ...JSON.parse(sessionStorage.getItem(name)) };
  } catch {
    // Counting starts anew.
  }

  function inView(box) {
    return box.bottom > 80 && box.top < window.innerHeight - 80 && box.height > 0;
  }

  function share(pane) {
    const scroller = pane.querySelector("[data-scroll]");
    const box = scroller.getBoundingClientRect();
    if (!inView(box)) return 0;
    const shownTo = Math.min(window.innerHeight, box.bottom) - box.top;
    return Math.max(0, Math.min(1, (scroller.scrollTop + shownTo) / scroller.scrollHeight));
  }

  function note() {
    for (const pane of panes) {
      if (pane.hasAttribute("data-away")) continue;
      const key = pane.dataset.pane === "left" ? "shareLeft" : "shareRight";
      seen[key] = Math.max(seen[key], share(pane));
    }
  }

  function write() {
    const values = {
      layout: narrow.matches ? "single" : "columns",
      seconds: seen.seconds,
      "read-left": seen.left,
      "read-right": seen.right,
      "share-left": seen.shareLeft.toFixed(3),
      "share-right": seen.shareRight.toFixed(3),
    };
    for (const [field, value] of Object.entries(values)) form.elements[field].value = value;
    try { sessionStorage.setItem(name, JSON.stringify(seen)); } catch { /* forbidden */ }
  }

  function tick() {
    if (document.hidden || quiet++ > IDLE) return;
    seen.seconds += 1;
    const shown = panes.find((pane) => !pane.hasAttribute("data-away"));
    const side = narrow.matches ? shown.dataset.pane : current;
    const pane = panes.find((one) => one.dataset.pane === side);
    if (inView(pane.getBoundingClientRect())) seen[side] += 1;
    note();
    write();
  }

  function active() { quiet = 0; }
  let due = false;
  function moved() {
    active();
    if (due) return;
    due = true;
    requestAnimationFrame(() => {
      due = false;
      note();
    });
  }
  for (const pane of panes) {
    for (const kind of ["pointerenter", "focusin"]) {
      pane.addEventListener(kind, () => { current = pane.dataset.pane; });
    }
    pane.querySelector("[data-scroll]").addEventListener("scroll", () => {
      current = pane.dataset.pane;
      moved();
    }, { passive: true });
  }
  window.addEventListener("scroll", moved, { passive: true });
  for (const kind of ["pointermove", "keydown", "touchstart"]) {
    window.addEventListener(kind, active, { passive: true });
  }
  form.addEventListener("pane:shown", moved);
  form.addEventListener("submit", () => { note(); write(); });
  setInterval(tick, 1000);
  note();
  write();
})();
