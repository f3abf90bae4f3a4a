// Where one is in a script: its page, as in the print version, and a bar that follows the scroll. On demand both
// scripts scroll together.
"use strict";
(() => {
  const { judging } = globalThis;
  if (!judging) return;
  const { form, panes, narrow } = judging;
  const EIGHTHS = ["", "⅛", "¼", "⅜", "½", "⅝", "¾", "⅞"];
  const scrollerOf = (pane) => pane.querySelector("[data-scroll]");
  const parts = panes.map((pane) => {
    const script = pane.querySelector(".script");
    return {
      pane,
      script,
      scroller: scrollerOf(pane),
      bar: pane.querySelector("[data-read]"),
      label: pane.querySelector("[data-pages-in]"),
      starts: [...script.querySelectorAll("[data-page]")],
      count: Number(script.dataset.pages) || 1,
      length: lengthOf(pane, script),
      text: "",
    };
  });
  // English screenplays are measured in eighths of a page.
  function lengthOf(pane, script) {
    const eighths = script.lang.startsWith("en") ? Number(script.dataset.eighths) : 0;
    if (!eighths) return "";
    const text = `${Math.floor(eighths / 8) || ""}${EIGHTHS[eighths % 8]}`;
    return ` · ${pane.querySelector("[data-pages-in]").dataset.textLength.replace("{length}", text)}`;
  }

  // The part of the window in which a script is read, as top and bottom.
  function view(scroller) {
    const box = scroller.getBoundingClientRect();
    const top = Math.max(box.top, document.querySelector(".tools").getBoundingClientRect().bottom, 0);
    return narrow.matches ? { top, bottom: judging.foot() } : { top: box.top, bottom: box.bottom };
  }
  function draw() {
    for (const part of parts) {
      // A script that is away keeps its place; before it was shown that is the first page.
      if (part.pane.hasAttribute("data-away")) {
        if (!part.text) show(part, 1);
        continue;
      }
      const { top, bottom } = view(part.scroller);
      const box = part.script.getBoundingClientRect();
      const hidden = box.height - (bottom - top);
      const share = hidden > 0 ? Math.min(1, Math.max(0, (top - box.top) / hidden)) : 1;
      // At the start the first line in view counts, at the end the last one.
      const line = top + share * (bottom - top);
      const page = 1 + part.starts.filter((start) => start.getBoundingClientRect().top <= line).length;
      part.bar.value = share;
      form.querySelector(`[data-show="${part.pane.dataset.pane}"]`)?.style.setProperty("--read", share.toFixed(3));
      show(part, page);
    }
  }
  function show(part, page) {
    const text = part.label.dataset.textPage.replace("{page}", page).replace("{pages}", part.count);
    if (text === part.text) return;
    part.text = text;
    part.label.textContent = text + part.length;
    const place = form.querySelector(`[data-place-in="${part.pane.dataset.pane}"]`);
    if (place) place.textContent = `${page}/${part.count}`;
  }
  let due = false;
  function look() {
    if (due) return;
    due = true;
    requestAnimationFrame(() => {
      due = false;
      draw();
    });
  }
  for (const { scroller } of parts) scroller.addEventListener("scroll", look, { passive: true });
  window.addEventListener("scroll", look, { passive: true });
  window.addEventListener("resize", look);
  form.addEventListener("pane:shown", look);
  look();

  // Both scripts side by side go through their lengths in step; the browser remembers the choice.
  const toggle = form.querySelector("[data-sync]");
  if (!toggle) return;
  const KEPT = "scroll-together";
  function set(on) {
    toggle.setAttribute("aria-pressed", String(on));
    try {
      localStorage.setItem(KEPT, on ? "on" : "off");
    } catch { /* not remembered */ }
  }
  try {
    if (localStorage.getItem(KEPT) === "on") set(true);
  } catch { /* off */ }
  toggle.addEventListener("click", () => set(toggle.getAttribute("aria-pressed") !== "true"));
  for (const one of parts) {
    const other = parts.find((part) => part !== one);
    one.scroller.addEventListener("scroll", () => {
      if (narrow.matches || toggle.getAttribute("aria-pressed") !== "true" || !judging.byHand(one.pane)) return;
      const room = (scroller) => scroller.scrollHeight - scroller.clientHeight;
      if (room(one.scroller) > 0) judging.put(other.pane, (one.scroller.scrollTop / room(one.scroller)) * room(other.scroller));
    }, { passive: true });
  }
})();
