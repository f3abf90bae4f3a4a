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

  // Single keys choose the overall answer; dead in text fields, with modifiers, and while an input method composes.
  const byKey = { 1: "left", a: "left", 2: "right", b: "right", 3: "tie", 0: "neither" };
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
  document.addEventListener("keydown", (event) => {
    const value = byKey[event.key.toLowerCase()];
    if (!value || !keysOn.checked || event.defaultPrevented || event.repeat) return;
    if (event.isComposing || event.keyCode === 229 || event.ctrlKey || event.metaKey || event.altKey) return;
    if (writes(event.target)) return;
    const input = [...overall].find((radio) => radio.value === value);
    input.checked = true;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.dispatchEvent(new Event("change", { bubbles: true }));
    event.preventDefault();
  });

  document.querySelector("[data-errors]")?.focus();
})();
