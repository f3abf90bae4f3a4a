// The judging page: questions that wait for the overall choice, the switch between scripts on a narrow screen, keys.
// Without this file everything is visible at once and works as a plain form.
"use strict";
(() => {
  const form = document.querySelector("form[data-judge]");
  if (!form) return;
  document.documentElement.classList.add("with-js");
  const main = document.querySelector("main");
  const verdict = form.querySelector("[data-verdict]");

  // The other questions wait, so that the first choice is one of the whole and not a sum.
  const overall = form.querySelectorAll("[data-verdict] .question input[type=radio]");
  const later = form.querySelectorAll("[data-later]");
  const first = form.querySelector("[data-first]");
  let asked = false;
  function reveal() {
    // One script at a time has no overall choice, and nothing waits for it.
    const chosen = asked || !overall.length || [...overall].some((input) => input.checked);
    later.forEach((block) => block.toggleAttribute("data-waits", !chosen));
    if (first) first.hidden = chosen;
  }
  form.addEventListener("change", reveal);
  form.addEventListener("answer:applied", reveal);
  window.addEventListener("pageshow", reveal);
  reveal();

  // Narrow screens show one script at a time; each keeps the place one had reached in it.
  const panes = form.querySelectorAll("[data-pane]");
  const switches = form.querySelectorAll("[data-show]");
  const narrow = window.matchMedia("(max-width: 62rem)");
  // A phone, upright, on its side or with its keyboard up: the choice is one low row until it is asked for.
  const slim = window.matchMedia("(max-width: 40rem), (max-height: 30rem)");
  const places = {};
  function shown() {
    return [...panes].find((pane) => !pane.hasAttribute("data-away")).dataset.pane;
  }
  function show(side) {
    const before = shown();
    if (before === side) return;
    const frame = form.querySelector(".panes");
    const bar = form.querySelector(".tools").offsetHeight;
    const top = frame.offsetTop - bar;
    // Above the scripts, in the brief, there is no place to remember, and none to scroll to.
    if (window.scrollY > top) places[before] = window.scrollY - frame.offsetTop;
    else delete places[before];
    const away = window.scrollY > top || places[side] !== undefined;
    panes.forEach((pane) => pane.toggleAttribute("data-away", pane.dataset.pane !== side));
    switches.forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.show === side)));
    if (away) window.scrollTo(0, frame.offsetTop + (places[side] ?? -bar));
    form.dispatchEvent(new CustomEvent("pane:shown", { detail: side }));
  }
  switches.forEach((button) => button.addEventListener("click", () => show(button.dataset.show)));
  function arrange() {
    main.classList.toggle("narrow", narrow.matches);
    panes.forEach((pane) => pane.toggleAttribute("data-away", narrow.matches && pane.dataset.pane !== "left"));
    switches.forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.show === "left")));
  }
  narrow.addEventListener("change", arrange);
  arrange();

  // On a narrow screen the profiles would stand between the brief and the scripts: they start folded.
  if (narrow.matches) {
    document.querySelectorAll("[data-profile][open]").forEach((profile) => profile.removeAttribute("open"));
  }

  // Single keys choose the overall answer and its strength, Ctrl+Enter submits; the former are dead in text fields, with modifiers, and while an input method composes.
  const byKey = { 1: "left", a: "left", 2: "right", b: "right", 3: "tie", 0: "neither" };
  const strengthByKey = { q: "1", w: "2", e: "3" };
  const strengths = form.querySelectorAll("[data-verdict] .strength input[type=radio]");
  const keysOn = document.querySelector("[data-keys-on]");
  try {
    keysOn.checked = localStorage.getItem("keys") !== "off";
    keysOn.addEventListener("change", () => localStorage.setItem("keys", keysOn.checked ? "on" : "off"));
  } catch {
    // Without storage the keys are on at every visit.
  }
  function writes(target) {
    return target.isContentEditable || target.matches("textarea, select, input:not([type=radio]):not([type=checkbox])");
  }
  function named(key) {
    const inputs = key in strengthByKey ? strengths : overall;
    const value = strengthByKey[key] ?? byKey[key];
    return [...inputs].find((radio) => radio.value === value && getComputedStyle(radio).visibility === "visible");
  }
  // The key of a press that means one of the page's own keys, else "": for the other scripts of this page.
  function own(event) {
    if (!keysOn.checked || event.defaultPrevented || event.isComposing || event.keyCode === 229) return "";
    if (event.altKey || event.ctrlKey || event.metaKey || writes(event.target)) return "";
    return event.key.length === 1 ? event.key : "";
  }
  // The script that somebody reads: the one on screen, or the one last pointed at, scrolled or focused.
  let current = "";
  function reads() {
    return narrow.matches || !current ? shown() : current;
  }
  function attend(side) {
    current = side;
  }
  // Whether somebody scrolled a script, and not this page, which puts it back to where it was.
  const putBack = {};
  function byHand(pane) {
    return pane.querySelector("[data-scroll]").scrollTop !== putBack[pane.dataset.pane];
  }
  function put(pane, top) {
    const scroller = pane.querySelector("[data-scroll]");
    scroller.scrollTop = top;
    putBack[pane.dataset.pane] = scroller.scrollTop;
  }
  for (const pane of panes) {
    for (const kind of ["pointerenter", "pointerdown", "focusin"]) pane.addEventListener(kind, () => attend(pane.dataset.pane));
    pane.querySelector("[data-scroll]").addEventListener("scroll", () => byHand(pane) && attend(pane.dataset.pane), { passive: true });
  }
  function paneOf(side) {
    return [...panes].find((pane) => pane.dataset.pane === side);
  }
  function other() {
    const side = [...panes].find((pane) => pane.dataset.pane !== reads())?.dataset.pane;
    if (!side) return;
    if (narrow.matches) show(side);
    attend(side);
    paneOf(side).querySelector("[data-scroll]").focus({ preventScroll: true });
  }
  // The same, but nothing before anything was touched where both are in view.
  function attended() {
    return narrow.matches ? shown() : current;
  }
  globalThis.judging = { form, panes: [...panes], paneOf, narrow, slim, own, reads, attended, byHand, put };
  document.addEventListener("keydown", (event) => {
    if (!keysOn.checked || event.defaultPrevented || event.repeat) return;
    if (event.isComposing || event.keyCode === 229 || event.altKey) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      // Within another form, such as the one for skipping, it says nothing about this one.
      if (event.target.form && event.target.form !== form) return;
      event.preventDefault();
      form.requestSubmit(form.querySelector('[name="then"][value="next"]'));
      return;
    }
    const key = own(event);
    if (key === "s" && panes.length > 1) {
      event.preventDefault();
      if (globalThis.judging.ready()) other();
      return;
    }
    // Among the other questions the same keys answer those (questions.js).
    if (form.querySelector(".questions").contains(document.activeElement)) return;
    const input = key && !event.shiftKey ? named(key.toLowerCase()) : null;
    if (!input) return;
    event.preventDefault();
    if (!globalThis.judging.ready()) return;
    const wasOpen = ![...overall].some((one) => one.checked);
    globalThis.judging.pick(input);
    if (input.name.startsWith("choice-")) globalThis.judging.advance(verdict, wasOpen);
  });

  // What was said to be missing is said no longer once it is there.
  const missing = document.querySelector("[data-errors]");
  function markRepaired(event) {
    const { name } = event.target;
    if (!missing || !name || (event.target.type === "text" && event.target.value)) return;
    if (event.target.hasAttribute("data-too-long")) return;
    const about = name.replace(/^(mark-.*)-note$/, "$1-class");
    document.getElementById(`error-${about}`)?.toggleAttribute("data-repaired", true);
    form.querySelector(`[aria-describedby="error-${about}"]`)?.removeAttribute("aria-describedby");
    form.elements[about]?.removeAttribute?.("aria-invalid");
    missing.querySelector(`[data-about="${about}"]`)?.toggleAttribute("data-repaired", true);
    if (missing.querySelector("li:not([data-repaired])")) return;
    missing.style.minHeight = `${missing.offsetHeight}px`;
    missing.classList.replace("notice-warn", "notice-ok");
    missing.querySelector("strong").textContent = missing.dataset.textRepaired;
  }
  form.addEventListener("change", markRepaired);

  // A page that came back with gaps stands at the first of them, with each script where it was.
  const KEPT = "places";
  const answered = (one) => one.querySelector('[name^="choice-"]:checked, [name^="score-"]:checked');
  const said = (row) => row.querySelector("select").value || !row.querySelector("[type=text]").value.trim();
  function whole() {
    return [...form.querySelectorAll(".question, [id^=field-score-]")].every(answered)
      && [...form.querySelectorAll("[data-mark]")].every(said);
  }
  form.addEventListener("submit", (event) => {
    // What is whole does not come back.
    if (event.submitter?.value === "pause" || whole()) return;
    const tops = Object.fromEntries([...panes].map((pane) => [pane.dataset.pane, pane.querySelector("[data-scroll]").scrollTop]));
    try {
      sessionStorage.setItem(KEPT, JSON.stringify({ of: main.dataset.assignment, shown: shown(), places, tops }));
    } catch { /* they start at their beginning */ }
  });
  function takePlaces() {
    try {
      const kept = JSON.parse(sessionStorage.getItem(KEPT));
      sessionStorage.removeItem(KEPT);
      if (!missing || kept?.of !== main.dataset.assignment) return;
      if (narrow.matches) show(kept.shown);
      Object.assign(places, kept.places);
      for (const pane of panes) put(pane, kept.tops[pane.dataset.pane] ?? 0);
    } catch { /* they start at their beginning */ }
  }
  takePlaces();
  function toGap() {
    const gap = form.querySelector('.faulty, [aria-invalid="true"], .field > .error');
    const field = gap?.matches("input, select, textarea") ? gap : gap?.parentElement.querySelector("textarea") ?? gap?.querySelector("input");
    return field ? bring(gap, field) : missing.focus();
  }
  function bring(gap, field) {
    const pane = gap.closest("[data-pane]");
    if (pane && narrow.matches) show(pane.dataset.pane);
    // The bar with the overall choice is in view wherever the scripts are; on a phone only while it is open.
    if (verdict.contains(gap) && (!slim.matches || verdict.hasAttribute("data-open"))) window.scrollTo({ top: form.getBoundingClientRect().top + window.scrollY, behavior: "instant" });
    else gap.scrollIntoView({ block: "center", behavior: "instant" });
    return field.focus({ preventScroll: true });
  }
  if (missing) toGap();
  // A link in the list of what is missing opens what hides the question, and leads into it.
  missing?.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#field-']");
    const place = link && document.getElementById(link.hash.slice(1));
    const field = place?.querySelector('input:not([type="hidden"]), select, textarea');
    if (!field) return;
    event.preventDefault();
    asked = true;
    reveal();
    place.closest("details")?.setAttribute("open", "");
    place.closest("[data-mark]")?.removeAttribute("hidden");
    const sheet = place.closest("[data-sheet][hidden]");
    if (sheet) document.querySelector(`[data-sheet-open="${sheet.dataset.sheet}"]`).click();
    if (verdict.contains(place) && slim.matches) form.querySelector("[data-verdict-open]")?.click();
    bring(place, place.querySelector("input:checked") ?? field);
  });
})();
