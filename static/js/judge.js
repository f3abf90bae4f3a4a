// The judging page: questions that wait for the overall choice, the switch between scripts on a narrow screen, keys.
// Without this file everything is visible at once and works as a plain form.
"use strict";
(() => {
  const form = document.querySelector("form[data-judge]");
  if (!form) return;
  document.documentElement.classList.add("with-js");

  // The other questions wait, so that the first choice is one of the whole and not a sum.
  const overall = form.querySelectorAll("[data-verdict] .question input[type=radio]");
  const later = form.querySelectorAll("[data-later]");
  function reveal() {
    const chosen = [...overall].some((input) => input.checked);
    later.forEach((block) => block.toggleAttribute("data-waits", !chosen));
  }
  form.addEventListener("change", reveal);
  form.addEventListener("answer:applied", reveal);
  window.addEventListener("pageshow", reveal);
  reveal();

  // Narrow screens show one script at a time; each keeps the place one had reached in it.
  const panes = form.querySelectorAll("[data-pane]");
  const switches = form.querySelectorAll("[data-show]");
  const narrow = window.matchMedia("(max-width: 62rem)");
  const places = {};
  function shown() {
    return [...panes].find((pane) => !pane.hasAttribute("data-away")).dataset.pane;
  }
  function show(side) {
    const before = shown();
    if (before === side) return;
    const frame = form.querySelector(".panes");
    places[before] = window.scrollY - frame.offsetTop;
    panes.forEach((pane) => pane.toggleAttribute("data-away", pane.dataset.pane !== side));
    switches.forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.show === side)));
    const bar = form.querySelector(".ab").offsetHeight;
    if (window.scrollY > frame.offsetTop - bar) {
      window.scrollTo(0, frame.offsetTop + Math.max(places[side] ?? -bar, -bar));
    }
    form.dispatchEvent(new CustomEvent("pane:shown"));
  }
  switches.forEach((button) => button.addEventListener("click", () => show(button.dataset.show)));
  function arrange() {
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
    if (event.ctrlKey || event.metaKey || writes(event.target)) return;
    const input = named(event.key.toLowerCase());
    if (!input) return;
    input.checked = true;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.dispatchEvent(new Event("change", { bubbles: true }));
    event.preventDefault();
  });

  // What was said to be missing is said no longer once it is there.
  const missing = document.querySelector("[data-errors]");
  function mend(event) {
    const { name } = event.target;
    if (!missing || !name || (event.target.type === "text" && event.target.value)) return;
    const about = name.replace(/^(mark-.*)-note$/, "$1-class");
    document.getElementById(`error-${about}`)?.toggleAttribute("data-mended", true);
    form.querySelector(`[aria-describedby="error-${about}"]`)?.removeAttribute("aria-describedby");
    form.elements[about]?.removeAttribute?.("aria-invalid");
    missing.querySelector(`[data-about="${about}"]`)?.toggleAttribute("data-mended", true);
    if (missing.querySelector("li:not([data-mended])")) return;
    missing.style.minHeight = `${missing.offsetHeight}px`;
    missing.classList.replace("notice-warn", "notice-ok");
    missing.querySelector("strong").textContent = missing.dataset.textMended;
  }
  form.addEventListener("change", mend);
  missing?.focus();
})();
