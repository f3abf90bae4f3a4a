// What the consent text says is measured: how long each script was before one's eyes, how much of it came into
// view, which was first, how often one changed. Sent with the answer, never a gate.
"use strict";
(() => {
  const { judging } = globalThis;
  if (!judging) return;
  const { form, panes, narrow } = judging;
  const IDLE = 60; // Seconds without any movement after which nobody is taken to read.
  const PARTS = Number(form.dataset.parts);
  const LOOK = 250; // Milliseconds between two looks at what is in view.
  const DWELL = 1000; // For so long, in all, a part must have been in view: what rushes past was not read.
  const FIRST = 3; // Seconds at a stretch with a script after which it is the one that was read first.
  const OFTEN = 15; // Seconds of reading after which what was measured is saved.
  const known = JSON.parse(document.getElementById("reading-so-far").textContent);
  const sides = panes.map((pane) => pane.dataset.pane);
  const seen = { seconds: 0, switches: 0, first: known["read-first"] ?? "", left: 0, right: 0, masks: {} };
  let quiet = 0;
  let unsaved = 0;
  let stretch = 0;
  let last = "";
  let looked = performance.now();
  const dwelt = Object.fromEntries(sides.map((side) => [side, new Float64Array(PARTS)]));

  // The script that somebody reads, by what they do with it. A mouse that rests on one says nothing.
  let touched = "";
  for (const pane of panes) {
    const touch = () => { touched = pane.dataset.pane; };
    for (const kind of ["pointerdown", "focusin"]) pane.addEventListener(kind, touch);
    pane.querySelector("[data-scroll]").addEventListener("scroll", () => judging.byHand(pane) && touch(), { passive: true });
  }
  function attended() {
    if (panes.length === 1) return sides[0];
    return narrow.matches ? judging.attended() : touched;
  }

  function take(values) {
    seen.seconds = Math.max(seen.seconds, Number(values.seconds) || 0);
    seen.switches = Math.max(seen.switches, Number(values.switches) || 0);
    for (const side of sides) {
      seen[side] = Math.max(seen[side], Number(values[`read-${side}`]) || 0);
      const mask = BigInt(`0x${/^[0-9a-f]+$/.test(values[`seen-${side}`] ?? "") ? values[`seen-${side}`] : "0"}`);
      seen.masks[side] = (seen.masks[side] ?? 0n) | mask;
    }
    if (!seen.first && sides.includes(values["read-first"])) seen.first = values["read-first"];
  }
  take(known);
  // What was known before this page: what it measures itself is told apart, and adds up with other devices'.
  const before = { seconds: Number(known.seconds) || 0, switches: Number(known.switches) || 0 };
  for (const side of sides) before[`read-${side}`] = Number(known[`read-${side}`]) || 0;

  function bits(mask) {
    return [...mask.toString(2)].filter((bit) => bit === "1").length;
  }
  const share = (side) => bits(seen.masks[side]) / PARTS;

  // The part of the window in which a script can be read: what lies behind the bars is not seen.
  function inView(pane) {
    const box = pane.querySelector("[data-scroll]").getBoundingClientRect();
    const top = Math.max(box.top, document.querySelector(".tools").getBoundingClientRect().bottom, 0);
    const bottom = Math.min(box.bottom, judging.foot(), window.innerHeight);
    return { top, bottom, seen: !pane.hasAttribute("data-away") && bottom - top > 40 };
  }

  function note() {
    // Whatever slept in between showed nothing.
    const since = Math.min(performance.now() - looked, 2 * LOOK);
    looked = performance.now();
    for (const pane of panes) {
      const view = inView(pane);
      if (!view.seen) continue;
      const script = pane.querySelector(".script").getBoundingClientRect();
      if (script.height <= 0) continue;
      const side = pane.dataset.pane;
      // A part counts when its middle is in view.
      const first = Math.max(0, Math.ceil(((view.top - script.top) / script.height) * PARTS - 0.5));
      const end = Math.min(PARTS - 1, Math.floor(((view.bottom - script.top) / script.height) * PARTS - 0.5));
      let mask = seen.masks[side];
      for (let index = first; index <= end; index += 1) {
        if (dwelt[side][index] >= DWELL) continue;
        dwelt[side][index] += since;
        if (dwelt[side][index] >= DWELL) mask |= 1n << BigInt(index);
      }
      seen.masks[side] = mask;
    }
  }

  function values() {
    const found = { seconds: seen.seconds, switches: seen.switches };
    for (const side of sides) {
      found[`read-${side}`] = seen[side];
      found[`share-${side}`] = Number(share(side).toFixed(3));
      found[`seen-${side}`] = seen.masks[side].toString(16);
    }
    if (seen.first) found["read-first"] = seen.first;
    found.own = Object.fromEntries(Object.entries(before).map(([name, value]) => [name, Number(Math.max(0, found[name] - value).toFixed(3))]));
    found.page = judging.page;
    return found;
  }
  // For what saves: the measures, and what another page or an earlier one had measured.
  judging.reading = values;
  // What another device has measured meanwhile is no measure of this page's own.
  judging.readElsewhere = (totals) => {
    const own = values().own;
    take(totals ?? {});
    const now = values();
    for (const name of Object.keys(before)) before[name] = now[name] - own[name];
    unsaved = 0;
    write();
  };
  judging.unsavedSeconds = () => unsaved;
  judging.readBefore = (earlier) => {
    take(earlier ?? {});
    write();
  };

  function write() {
    const found = { ...values(), layout: narrow.matches ? "single" : "columns" };
    for (const input of form.querySelectorAll("[data-measure]")) {
      input.value = input.name in found ? String(found[input.name]) : "";
    }
  }

  function tick() {
    if (document.hidden || quiet > IDLE) return;
    quiet += 1;
    seen.seconds += 1;
    unsaved += 1;
    const side = attended();
    if (side && last && side !== last) seen.switches += 1;
    stretch = side === last ? stretch : 0;
    last = side || last;
    // Before either is touched, the time is shared by those that are in view.
    const shown = panes.filter((pane) => (!side || pane.dataset.pane === side) && inView(pane).seen);
    for (const pane of shown) seen[pane.dataset.pane] += 1 / shown.length;
    if (side && shown.length) stretch += 1;
    if (!seen.first && stretch >= FIRST) seen.first = side;
    write();
    if (unsaved >= OFTEN) {
      unsaved = 0;
      form.dispatchEvent(new CustomEvent("reading:due"));
    }
  }

  function look() {
    if (document.hidden || quiet > IDLE) looked = performance.now();
    else note();
  }
  function moved() {
    quiet = 0;
  }
  for (const pane of panes) pane.querySelector("[data-scroll]").addEventListener("scroll", moved, { passive: true });
  window.addEventListener("scroll", moved, { passive: true });
  for (const kind of ["pointermove", "pointerdown", "keydown", "touchstart"]) {
    window.addEventListener(kind, moved, { passive: true });
  }
  form.addEventListener("pane:shown", moved);
  form.addEventListener("submit", () => {
    note();
    write();
  });
  setInterval(look, LOOK);
  setInterval(tick, 1000);
  write();
})();
