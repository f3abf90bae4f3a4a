// Marking errors and good lines: a passage is selected by mouse, touch or keys, a small bar asks what it is, and the
// passage is highlighted and listed under its script. The rows of the plain form hold it all, so that saving
// and sending know nothing of this file.
"use strict";
(() => {
  const { judging, places } = globalThis;
  const bar = document.querySelector("[data-mark-bar]");
  if (!judging || !places || !bar) return;
  const SETTLED = 250;
  const BELOW = 32; // Pixels below a passage that the handles of a selection take on a touch screen.
  const { form, panes, paneOf } = judging;
  const MOST = Number(form.dataset.mostMarks);
  const more = bar.querySelector("[data-mark-more]");
  const noted = bar.querySelector("[data-mark-note]");
  const said = document.querySelector("[data-mark-said]");
  const classes = [...bar.querySelectorAll("[data-mark-class]")];
  const labels = Object.fromEntries(classes.map((button) => [button.dataset.markClass, button.textContent]));
  const lists = Object.fromEntries(panes.map((pane) => [pane.dataset.pane, pane.querySelector("[data-marks]")]));
  // What the bar is about: {side, start, end, row} with a row once the mark stands.
  let about = null;
  let before = null;
  // The row that an input method writes into, also when the bar has gone meanwhile.
  let composed = null;

  // Rows -------------------------------------------------------------------------------------------------
  const rows = (side) => [...lists[side].querySelectorAll("[data-mark]")];
  const part = (row, name) => row.querySelector(`[name="${row.dataset.mark}-${name}"]`);
  const GOOD = "good-line";
  const severity = bar.querySelector("[data-mark-severity-of]");
  const used = (row) => ["class", "note", "start", "end"].some((name) => part(row, name).value !== "");
  const number = (row) => Number(row.dataset.mark.split("-")[2]);

  function ensure(side, wanted) {
    const there = rows(side).find((row) => number(row) === wanted);
    if (there) return there;
    const made = document.createElement("template");
    made.innerHTML = lists[side].querySelector("[data-mark-row]").innerHTML.replaceAll("NUMBER", String(wanted));
    const row = made.content.querySelector("[data-mark]");
    const next = rows(side).find((one) => number(one) > wanted);
    lists[side].querySelector(".marks").insertBefore(row, next ?? null);
    return row;
  }
  function free(side) {
    for (let wanted = 1; wanted <= MOST; wanted += 1) {
      const row = rows(side).find((one) => number(one) === wanted);
      if (!row || (!used(row) && row.hidden)) return row ?? ensure(side, wanted);
    }
    said.textContent = bar.dataset.textMost;
    return null;
  }
  function placeIn(row) {
    const [start, end] = [part(row, "start").value, part(row, "end").value];
    return start !== "" && end !== "" ? { start: Number(start), end: Number(end) } : null;
  }
  function put(row, values) {
    for (const [name, value] of Object.entries(values)) if (part(row, name)) part(row, name).value = value;
    part(row, "class").dispatchEvent(new Event("change", { bubbles: true }));
    show();
  }
  function clear(row) {
    put(row, { class: "", severity: "", note: "", start: "", end: "" });
    row.hidden = true;
    said.textContent = bar.dataset.textRemoved;
    count();
  }

  // The page shows what the rows say ---------------------------------------------------------------------
  // The study names the kinds: each has the look of its place among them.
  const looks = Object.fromEntries(Object.keys(labels).map((name, index) => [name, name === GOOD ? "good" : String(index % 6)]));
  const byLook = Object.fromEntries(Object.values(looks).map((look) => [look, globalThis.Highlight ? new Highlight() : places.painter(look)]));
  if (globalThis.Highlight) for (const look of Object.keys(byLook)) CSS.highlights.set(`mark-${look}`, byLook[look]);
  const drawn = Object.fromEntries(Object.entries(looks).map(([name, look]) => [name, byLook[look]]));
  const pending = globalThis.Highlight ? new Highlight() : null;
  if (pending) CSS.highlights.set("mark-pending", pending);

  function show() {
    for (const one of Object.values(byLook)) one.clear();
    for (const pane of panes) {
      for (const row of rows(pane.dataset.pane)) {
        const found = placeIn(row);
        const go = row.querySelector("[data-mark-place]");
        const note = part(row, "note");
        row.hidden = !used(row) && !row.hasAttribute("data-asked");
        go.hidden = !found;
        part(row, "severity")?.toggleAttribute("hidden", part(row, "class").value === GOOD);
        note.placeholder = found ? note.dataset.placeholder : note.getAttribute("placeholder");
        if (!found) continue;
        const range = places.rangeOf(pane, found.start, found.end);
        if (range) drawn[part(row, "class").value]?.add(range);
        const text = [...places.textOf(pane, found.start, found.end).replaceAll("\n", " ")];
        go.textContent = text.length > 60 ? `${text.slice(0, 58).join("")}…` : text.join("");
        go.lang = pane.querySelector("[data-scroll]").lang;
      }
    }
    count();
  }
  function count() {
    for (const [side, list] of Object.entries(lists)) {
      const found = rows(side).filter(used).length;
      list.querySelector("[data-marks-count]").textContent = found ? String(found) : "";
    }
  }

  // The bar ----------------------------------------------------------------------------------------------
  function open(next, byKey) {
    about = next;
    before = byKey ? document.activeElement : null;
    stage();
    bar.hidden = false;
    stand();
    clearOfBar();
    if (byKey) classes[0].focus({ preventScroll: true });
  }
  function stage() {
    const row = about.row;
    const chosen = row ? part(row, "class").value : "";
    classes.forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.markClass === chosen)));
    more.hidden = !row;
    noted.value = row ? part(row, "note").value : "";
    if (severity) {
      severity.hidden = chosen === GOOD;
      severity.value = row ? part(row, "severity").value : "";
    }
    pending?.clear();
    const range = places.rangeOf(paneOf(about.side), about.start, about.end);
    if (!row && range) pending?.add(range);
  }
  function close(back = true) {
    if (bar.hidden) return;
    // What an input method is about to write belongs to the mark that the bar is about.
    if (composed) noted.blur();
    bar.hidden = true;
    pending?.clear();
    about = null;
    if (back) (before ?? document.querySelector("main")).focus({ preventScroll: true });
    before = null;
  }
  // Beside the passage. On a narrow screen above the bar at the foot, where no system's own menu covers it. Where that
  // bar has come to its own place, it moves with the passage, so that it never covers the questions.
  function stand() {
    if (bar.hidden || !about) return;
    const foot = judging.foot();
    const box = places.rangeOf(paneOf(about.side), about.start, about.end)?.getBoundingClientRect();
    if (!box) return;
    if (judging.narrow.matches) {
      const low = Math.min(foot, window.innerHeight) - bar.offsetHeight;
      const above = paneOf(about.side).getBoundingClientRect().bottom > foot || low >= box.bottom + 8;
      bar.style.bottom = "auto";
      bar.style.left = "0";
      bar.style.right = "0";
      bar.style.top = `${above ? low : Math.min(box.bottom + BELOW, window.innerHeight - bar.offsetHeight)}px`;
      return;
    }
    const frame = paneOf(about.side).querySelector("[data-scroll]").getBoundingClientRect();
    const edge = Math.min(foot, frame.bottom, window.innerHeight);
    const below = box.bottom + 8 + bar.offsetHeight < edge;
    const top = below ? box.bottom + 8 : box.top - 8 - bar.offsetHeight;
    bar.style.bottom = "auto";
    bar.style.right = "auto";
    bar.style.top = `${Math.max(frame.top + 4, Math.min(top, edge - bar.offsetHeight - 4))}px`;
    bar.style.left = `${Math.max(frame.left + 8, Math.min(box.left, frame.right - bar.offsetWidth - 8))}px`;
  }

  // On a narrow screen the passage goes above the bar: one sees what one writes about.
  function clearOfBar() {
    if (bar.hidden || !about || !judging.narrow.matches) return;
    const box = places.rangeOf(paneOf(about.side), about.start, about.end)?.getBoundingClientRect();
    if (!box) return;
    const top = document.querySelector(".tools").getBoundingClientRect().bottom + 8;
    const over = box.bottom - (bar.getBoundingClientRect().top - 8);
    if (over > 0) window.scrollBy({ top: Math.min(over, box.top - top), behavior: "instant" });
  }

  function selected() {
    const selection = window.getSelection();
    if (!selection.rangeCount || selection.isCollapsed) return null;
    const range = selection.getRangeAt(0);
    const pane = panes.find((one) => !one.hasAttribute("data-away") && range.intersectsNode(one.querySelector("[data-scroll]")));
    const found = pane && places.placeOf(pane.querySelector("[data-scroll]"), range);
    return found && { side: pane.dataset.pane, ...places.snap(pane.querySelector("[data-scroll]"), found), row: null };
  }

  function choose(name) {
    const row = about.row ?? free(about.side);
    if (!row) return;
    about.row = row;
    put(row, { class: name, start: about.start, end: about.end, ...(name === GOOD ? { severity: "" } : {}) });
    said.textContent = bar.dataset.textMarked.replace("{kind}", labels[name]);
    window.getSelection().removeAllRanges();
    stage();
    stand();
    // Under a finger the keyboard would cover the script: it comes when the note is touched.
    if (before || !touched) noted.focus({ preventScroll: true });
    clearOfBar();
  }

  for (const button of classes) {
    // The selection stays while the bar is pressed.
    button.addEventListener("pointerdown", (event) => event.preventDefault());
    button.addEventListener("click", () => about && choose(button.dataset.markClass));
  }
  function mirror() {
    const row = composed ?? about?.row;
    composed = null;
    if (!row) return;
    const note = part(row, "note");
    note.value = noted.value;
    note.dispatchEvent(new Event("input", { bubbles: true }));
  }
  noted.addEventListener("input", (event) => { if (!event.isComposing) mirror(); });
  noted.addEventListener("compositionstart", () => { composed = about?.row ?? null; });
  noted.addEventListener("compositionend", mirror);
  severity?.addEventListener("change", () => {
    if (about?.row) put(about.row, { severity: severity.value });
  });
  bar.querySelector("[data-mark-done]").addEventListener("click", () => close());
  // While text is selected the bar would come back.
  bar.querySelector("[data-mark-close]").addEventListener("click", () => {
    window.getSelection().removeAllRanges();
    close();
  });
  bar.querySelector("[data-mark-drop]").addEventListener("click", () => {
    clear(about.row);
    close();
  });
  bar.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === "Escape" || (event.key === "Enter" && event.target === noted && !event.ctrlKey && !event.metaKey)) {
      event.preventDefault();
      close();
    }
  });

  // Selecting --------------------------------------------------------------------------------------------
  let pressed = false;
  let touched = false;
  let settle = 0;
  function offer() {
    clearTimeout(settle);
    settle = setTimeout(() => {
      if (pressed || bar.contains(document.activeElement)) return;
      const found = selected();
      if (found) open(found, false);
      else if (about && !about.row) close(false);
    }, SETTLED);
  }
  document.addEventListener("pointerdown", (event) => {
    pressed = event.pointerType === "mouse";
    touched = event.pointerType === "touch";
    if (!bar.hidden && !bar.contains(event.target)) close(false);
  });
  for (const kind of ["pointerup", "pointercancel"]) {
    document.addEventListener(kind, () => {
      pressed = false;
      offer();
    });
  }
  document.addEventListener("selectionchange", offer);

  // A press on a marked passage opens it again.
  for (const pane of panes) {
    pane.querySelector("[data-scroll]").addEventListener("click", (event) => {
      if (!window.getSelection().isCollapsed) return;
      const point = places.pointAt(pane, event.clientX, event.clientY);
      const row = point !== null && rows(pane.dataset.pane).find((one) => {
        const found = placeIn(one);
        return found && found.start <= point && point <= found.end;
      });
      if (row) open({ side: pane.dataset.pane, ...placeIn(row), row }, false);
    });
  }

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !bar.hidden && !bar.contains(event.target)) {
      close(false);
      return;
    }
    if (judging.own(event) !== "m" || event.repeat) return;
    event.preventDefault();
    if (!judging.ready()) return;
    const side = judging.reads();
    let next = selected();
    if (!next) {
      const line = judging.line(side);
      if (!line) return;
      line.tabIndex = -1;
      line.focus({ preventScroll: true });
      judging.bring(line, "nearest");
      const range = document.createRange();
      range.selectNodeContents(line);
      const found = places.placeOf(paneOf(side).querySelector("[data-scroll]"), range);
      const row = found && rows(side).find((one) => placeIn(one)?.start === found.start && placeIn(one)?.end === found.end);
      next = found && { side, ...found, row: row || null };
    }
    if (next) open(next, true);
  });

  // The list ---------------------------------------------------------------------------------------------
  for (const [side, list] of Object.entries(lists)) {
    list.addEventListener("click", (event) => {
      const row = event.target.closest("[data-mark]");
      if (event.target.closest("[data-mark-remove]")) {
        row.removeAttribute("data-asked");
        clear(row);
        list.querySelector("summary").focus();
      } else if (event.target.closest("[data-mark-place]")) {
        const found = placeIn(row);
        const range = places.rangeOf(paneOf(side), found.start, found.end);
        const start = range.startContainer;
        const line = (start.nodeType === Node.TEXT_NODE ? start.parentElement : start).closest("[data-o]");
        line.tabIndex = -1;
        line.focus({ preventScroll: true });
        judging.bring(line, "nearest");
      } else if (event.target.closest("[data-mark-add]")) {
        const asked = free(side);
        if (!asked) return;
        asked.setAttribute("data-asked", "");
        asked.hidden = false;
        part(asked, "class").focus();
      }
    });
    list.addEventListener("change", show);
    list.addEventListener("input", count);
    // Opened at the foot of a narrow screen it would lie behind the bar there.
    list.addEventListener("toggle", () => {
      const box = list.getBoundingClientRect();
      const over = box.bottom + 8 - judging.foot();
      const top = document.querySelector(".tools").getBoundingClientRect().bottom + 8;
      if (!list.open || over <= 0) return;
      if (judging.narrow.matches) window.scrollBy({ top: Math.min(over, box.top - top), behavior: "instant" });
      else judging.toScripts();
    });
  }
  // What another page saved may stand in rows that this one does not have yet.
  form.addEventListener("answer:applying", (event) => {
    for (const name of Object.keys(event.detail)) {
      const found = /^mark-(left|right)-(\d+)-/.exec(name);
      if (found && lists[found[1]] && Number(found[2]) <= MOST) ensure(found[1], Number(found[2]));
    }
  });
  form.addEventListener("answer:applied", show);
  window.addEventListener("pageshow", show);
  window.addEventListener("resize", () => {
    stand();
    clearOfBar();
  });
  document.addEventListener("scroll", stand, { capture: true, passive: true });
  rows("left").concat(lists.right ? rows("right") : []).forEach((row) => { row.hidden = !used(row); });
  show();
})();
