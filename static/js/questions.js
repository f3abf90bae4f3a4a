// Answering by key and by hand: a strength goes with its choice and can be taken back, the other questions and the
// scores have keys of their own, and a phone's low row opens the choice.
"use strict";
(() => {
  const { judging } = globalThis;
  if (!judging) return;
  const { form, own } = judging;
  const CHOICES = { 1: "left", a: "left", 2: "right", b: "right", 3: "tie", 0: "neither" };
  const STRENGTHS = { q: "1", w: "2", e: "3" };
  const MORE = 500; // Milliseconds in which a second digit makes one number of both.

  function tell(input) {
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }
  const isStrength = (input) => input.name?.startsWith("strength-");
  judging.pick = (input) => {
    // How much better is nobody obliged to say: the same again takes it back.
    input.checked = !(input.checked && isStrength(input));
    tell(input);
  };

  // What was chosen last, by name: a press on what is chosen already takes it back.
  const chosen = {};
  function remember() {
    for (const input of form.querySelectorAll('[name^="strength-"]')) {
      if (input.checked) chosen[input.name] = input.value;
      else if (chosen[input.name] === input.value) delete chosen[input.name];
    }
  }
  form.addEventListener("click", (event) => {
    const input = event.target;
    if (input.type !== "radio" || !isStrength(input) || chosen[input.name] !== input.value) return;
    input.checked = false;
    tell(input);
  });
  // It was said of the other script, or of none: it goes with the choice that it belonged to.
  function follow(event) {
    const { name, value } = event.target;
    if (!name?.startsWith("choice-") || value === was[name]) return;
    was[name] = value;
    for (const input of form.querySelectorAll(`[name="${name.replace("choice-", "strength-")}"]`)) input.checked = false;
    remember();
  }
  const was = {};
  function known() {
    for (const input of form.querySelectorAll('[name^="choice-"]:checked')) was[input.name] = input.value;
    remember();
  }
  form.addEventListener("input", follow);
  form.addEventListener("change", follow);
  form.addEventListener("change", remember);
  form.addEventListener("answer:applied", known);
  window.addEventListener("pageshow", known);
  known();

  // Questions by key -------------------------------------------------------------------------------------
  const questions = form.querySelector(".questions");
  // Nothing that is written in: keys would turn into text there.
  function blocks() {
    return [...questions.querySelectorAll(".criterion, .scores > fieldset")].filter((one) => one.checkVisibility?.() ?? one.offsetParent);
  }
  function go(block) {
    (block.querySelector("input:checked") ?? block.querySelector("input")).focus({ preventScroll: true });
    block.scrollIntoView({ block: "nearest" });
  }
  const isOpen = (block) => !block.querySelector('[name^="choice-"]:checked, [name^="score-"]:checked');
  function toQuestions() {
    const all = blocks();
    const to = all.find(isOpen) ?? all[0] ?? questions.querySelector("[name=then]");
    to.matches("button") ? to.focus() : go(to);
  }
  // After an answer by key the next open question gets the focus, and after the last one the button that submits.
  // The mouse, the arrows and a screen reader's own keys move nothing.
  let before = null;
  judging.advance = (block, wasOpen) => {
    before = block;
    const all = blocks();
    const at = all.indexOf(block);
    const next = all.slice(at + 1).find(isOpen) ?? all.find(isOpen);
    if (next) go(next);
    else if (wasOpen && all.length) questions.querySelector("[name=then]").focus();
  };
  // How much better, of the question answered last: its choice has moved the focus on.
  function strengthBefore(key) {
    const input = before?.querySelector(`[name^="strength-"][value="${STRENGTHS[key]}"]`);
    if (!input || getComputedStyle(input).visibility !== "visible") return false;
    judging.pick(input);
    return true;
  }
  function back() {
    judging.toScripts();
    judging.paneOf(judging.reads()).querySelector("[data-scroll]").focus({ preventScroll: true });
  }

  const alone = form.querySelector(".score-alone");
  // A digit is taken at once; the next one, if it comes soon, makes one number of both.
  let typed = "";
  let within = null;
  let last = 0;
  let moving = 0;
  function moveOn() {
    if (!moving) return;
    clearTimeout(moving);
    moving = 0;
    judging.advance(within, true);
  }
  function scoreOf(block, digit) {
    const radios = [...block.querySelectorAll('[name^="score-"]')];
    const given = (text) => radios.find((radio) => radio.value === text);
    const soon = within === block && performance.now() - last < MORE;
    if (soon && moving && !given(typed + digit)) {
      moveOn();
      const next = document.activeElement.closest(".criterion, .scores > fieldset");
      if (next && next !== block) answer(next, digit);
      return;
    }
    const wasOpen = moving ? true : isOpen(block);
    clearTimeout(moving);
    moving = 0;
    typed = soon && given(typed + digit) ? typed + digit : digit;
    within = block;
    last = performance.now();
    const radio = given(typed);
    if (!radio) return;
    radio.focus({ preventScroll: true });
    judging.pick(radio);
    if (block === alone || !(wasOpen || blocks().some(isOpen))) return;
    // Another digit may follow.
    const longer = radios.some((one) => one.value !== typed && one.value.startsWith(typed));
    if (longer) moving = setTimeout(moveOn, MORE);
    else judging.advance(block, wasOpen);
  }

  function answer(block, key) {
    if (key in STRENGTHS && isOpen(block)) return strengthBefore(key);
    if (block.querySelector('[name^="score-"]')) {
      if (!/^\d$/.test(key)) return false;
      scoreOf(block, key);
      return true;
    }
    const value = CHOICES[key] ?? STRENGTHS[key];
    const kind = key in STRENGTHS ? "strength" : "choice";
    const input = value && block.querySelector(`[name^="${kind}-"][value="${value}"]`);
    if (!input || !input.getClientRects().length || getComputedStyle(input).visibility !== "visible") return false;
    const wasOpen = isOpen(block);
    judging.pick(input);
    if (kind === "choice") judging.advance(block, wasOpen);
    return true;
  }

  // A link that leads on is not offered where one is already.
  for (const link of form.querySelectorAll("[data-to]")) {
    const look = new IntersectionObserver(([seen]) => {
      const reached = seen.isIntersecting || seen.boundingClientRect.bottom < 0;
      link.toggleAttribute("data-reached", reached);
      // Among the questions a line of their own says what is saved: once on a screen is enough.
      if (link.hash === "#questions") form.toggleAttribute("data-at-questions", reached);
    }, { rootMargin: "0px 0px -64px 0px" });
    look.observe(document.querySelector(link.hash));
  }

  document.addEventListener("keydown", (event) => {
    const key = event.repeat ? "" : own(event).toLowerCase();
    if (!key) return;
    if (!/^\d$/.test(key)) {
      moveOn();
      within = null;
    }
    const here = questions.contains(document.activeElement) && document.activeElement;
    const block = here && here.closest(".criterion, .scores > fieldset");
    if (key === "g") here ? back() : toQuestions();
    else if (block && (key === "j" || key === "k")) {
      const all = blocks();
      go(all[Math.max(0, Math.min(all.length - 1, all.indexOf(block) + (key === "j" ? 1 : -1)))]);
    } else if (block) {
      // A key that means nothing here means nothing elsewhere either.
      if (!answer(block, key) && !(key in CHOICES) && !(key in STRENGTHS)) return;
    } else if (alone && /^\d$/.test(key)) {
      if (judging.ready()) scoreOf(alone, key);
    } else if (here && key in STRENGTHS) {
      if (!strengthBefore(key)) return;
    } else return;
    event.preventDefault();
  });

  document.getElementById("reason").addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.isComposing || event.defaultPrevented) return;
    event.preventDefault();
    const before = blocks().at(-1);
    before ? go(before) : back();
  });

  // The low row of a phone -------------------------------------------------------------------------------
  const opener = form.querySelector("[data-verdict-open]");
  if (!opener) return;
  const verdict = form.querySelector("[data-verdict]");
  const said = opener.querySelector("[data-chosen]");
  function open(state) {
    verdict.toggleAttribute("data-open", state);
    opener.setAttribute("aria-expanded", String(state));
  }
  function show() {
    const input = verdict.querySelector(".question input:checked");
    const text = input ? input.parentElement.querySelector("[data-label]").textContent : said.dataset.textNone;
    if (said.textContent !== text) said.textContent = text;
  }
  function close(back) {
    if (!verdict.hasAttribute("data-open")) return;
    open(false);
    if (back) opener.focus({ preventScroll: true });
  }
  opener.addEventListener("click", () => {
    open(true);
    (verdict.querySelector(".question input:checked") ?? verdict.querySelector(".question input")).focus({ preventScroll: true });
  });
  verdict.querySelector("[data-verdict-close]").addEventListener("click", () => close(true));
  verdict.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.isComposing) close(true);
  });
  // Open it is taller. While a finger is down nothing may move: it closes after a tap or when a scroll begins, and only
  // while it covers the script. A link to the other questions closes it before the page goes there.
  const covers = () => verdict.getBoundingClientRect().bottom >= window.innerHeight - 1;
  const outside = ({ target }) => !verdict.contains(target) && !opener.contains(target);
  document.addEventListener("click", (event) => {
    if (!event.defaultPrevented && outside(event) && covers()) close(false);
  });
  document.addEventListener("pointercancel", (event) => {
    if (outside(event) && covers()) close(false);
  });
  verdict.querySelectorAll("[data-to]").forEach((link) => link.addEventListener("click", () => close(false)));
  judging.slim.addEventListener("change", () => open(false));
  form.addEventListener("change", show);
  form.addEventListener("answer:applied", show);
  window.addEventListener("pageshow", show);
  show();
})();
