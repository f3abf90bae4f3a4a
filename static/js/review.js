// Reviewing by keys, and drafts of changes that outlive a reload. Without this file the form does all of it.
"use strict";
(() => {
  const form = document.querySelector("form[data-review]");
  if (!form) return;
  const name = `review:${form.dataset.review}`;
  const fields = [...form.querySelectorAll("[data-draft]:not([readonly])")];
  const accept = form.querySelector("[data-accept]");
  const label = accept?.querySelector("[data-label]");
  const plain = label?.textContent;
  const undo = form.querySelector("[data-undo]");
  const reject = form.querySelector("[data-reject]");
  const store = (work) => {
    try { return work(localStorage); } catch { return null; }
  };

  // A draft is what differs from what the server sent; a change, what differs from what models wrote.
  const changed = () => fields.filter((field) => field.value !== field.defaultValue);
  const original = (field) => field.dataset.original ?? field.defaultValue;
  function show() {
    const texts = fields.filter((field) => field.tagName === "TEXTAREA" && field.value !== original(field)).length;
    for (const field of fields) field.classList.toggle("changed", field.value !== original(field));
    if (label) label.textContent = texts && !("own" in form.dataset) ? accept.dataset.changed : plain;
    if (undo) undo.hidden = !texts;
  }
  function keep() {
    const kept = Object.fromEntries(changed().map((field) => [field.name, field.value]));
    store((place) => (Object.keys(kept).length ? place.setItem(name, JSON.stringify(kept)) : place.removeItem(name)));
    show();
  }
  if (!("fixed" in form.dataset)) {
    const kept = store((place) => JSON.parse(place.getItem(name))) ?? {};
    for (const field of fields) {
      if (typeof kept[field.name] === "string" && field.value === field.defaultValue) field.value = kept[field.name];
    }
    // What was typed before this file had come is kept as well.
    if (changed().length) keep();
  }
  form.addEventListener("input", keep);
  undo?.addEventListener("click", () => {
    if (!confirm(undo.dataset.ask)) return;
    for (const field of fields) if (field.tagName === "TEXTAREA") field.value = original(field);
    keep();
  });
  // A draft is done with once the site has shown the next page; what it refuses comes back in the fields.
  form.addEventListener("submit", () => store((place) => place.setItem("review:sent", name)));
  const sent = store((place) => place.getItem("review:sent"));
  if (sent && (sent !== name || "fixed" in form.dataset)) {
    store((place) => {
      if (!document.querySelector("[aria-invalid]")) place.removeItem(sent);
      place.removeItem("review:sent");
    });
  } else if (sent) store((place) => place.removeItem("review:sent"));
  show();

  const tabs = [...form.querySelectorAll("input[name=tab]")];
  const columns = [...form.querySelectorAll(".review-column")];
  function column(step) {
    const now = tabs.findIndex((tab) => tab.checked);
    const next = (now + step + tabs.length) % tabs.length;
    tabs[next].checked = true;
    const place = columns[next];
    place.tabIndex = place.tabIndex < 0 ? -1 : place.tabIndex;
    (place.querySelector("textarea") ?? place).scrollIntoView({ block: "nearest" });
    if (!place.hasAttribute("tabindex")) place.tabIndex = -1;
    place.focus({ preventScroll: true });
  }
  const follow = (selector) => document.querySelector(selector)?.click();
  const choose = (number) => {
    const radios = [...form.querySelectorAll("input[name=reason]")];
    if (!reject || !radios[number - 1]) return;
    reject.open = true;
    radios[number - 1].checked = true;
    form.querySelector("#words").focus(); // what is typed next are words, and Enter sends them
  };
  const keys = {
    a: () => accept?.click(),
    r: () => {
      if (!reject) return;
      reject.open = true;
      reject.scrollIntoView({ block: "nearest" });
      (form.querySelector("input[name=reason]:checked") ?? form.querySelector("input[name=reason]")).focus();
    },
    e: () => (columns[Math.max(1, tabs.findIndex((tab) => tab.checked))].querySelector("textarea"))?.focus(),
    n: () => follow("[data-next]"),
    "[": () => column(-1),
    "]": () => column(1),
  };
  // On a phone the bar then leaves the foot of the screen, and the reasons open below the text: show them.
  reject?.addEventListener("toggle", () => {
    if (reject.open) reject.scrollIntoView({ block: "nearest" });
  });

  // Once a rejection is begun, no key may turn it into something else: Escape puts it away first.
  const off = (key) => reject?.open && "ane".includes(key);
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target.closest("textarea, input[type=text]");
    if (event.key === "Escape" && typing) {
      typing.blur();
      return;
    }
    if (event.key === "Escape" && reject?.open) {
      reject.open = false;
      reject.querySelector("summary").focus();
      return;
    }
    if (event.key === "Enter" && event.target.matches("input[name=reason], #words")) {
      event.preventDefault();
      form.querySelector("[data-send-reject]").click();
      return;
    }
    if (typing || event.target.closest("select")) return;
    if (/^[1-9]$/.test(event.key)) {
      event.preventDefault();
      choose(Number(event.key));
    } else if (keys[event.key] && !off(event.key)) {
      event.preventDefault();
      keys[event.key]();
    }
  });
})();
