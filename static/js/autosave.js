// The answer is saved within a second of every change, and the line says honestly whether it was.
// What could not be sent is kept in this browser and sent as soon as the site answers again.
"use strict";
(() => {
  const form = document.querySelector("form[data-judge]");
  if (!form) return;
  const code = document.querySelector("[data-assignment]").dataset.assignment;
  const line = form.querySelector("[data-saved]");
  const token = form.elements.token.value;
  const url = form.dataset.answer;
  const WAIT = 500;
  const RETRY = 4000;
  const PATIENCE = 3000;
  let revision = 0;
  // The form says what it was built on, too: an older one takes nothing from what is saved.
  function built(on) {
    revision = Number(on);
    form.elements.revision.value = revision;
  }
  built(form.dataset.revision);
  let dirty = false;
  let saving = false;
  let composing = false;
  let leaving = false;
  let over = false;
  let held = null;
  let timer = 0;

  const store = {
    name: `answer:${code}`,
    put(value) {
      try { localStorage.setItem(this.name, JSON.stringify(value)); } catch { /* full or forbidden */ }
    },
    take() {
      try { return JSON.parse(localStorage.getItem(this.name)); } catch { return null; }
    },
    drop() {
      try { localStorage.removeItem(this.name); } catch { /* forbidden */ }
    },
    // One pair is open at a time, so what is kept for any other is done with.
    dropOthers() {
      try {
        Object.keys(localStorage)
          .filter((name) => name.startsWith("answer:") && name !== this.name)
          .forEach((name) => localStorage.removeItem(name));
      } catch { /* forbidden */ }
    },
  };

  function fields() {
    const found = {};
    new FormData(form).forEach((value, name) => {
      const input = form.elements[name];
      if (input?.type === "hidden") return;
      if (value !== "") found[name] = value;
    });
    return found;
  }

  function apply(values) {
    for (const input of form.elements) {
      if (!input.name || input.type === "submit" || input.type === "hidden") continue;
      const value = values[input.name];
      if (input.type === "radio") input.checked = input.value === value;
      else if (input.type === "checkbox") input.checked = Boolean(value);
      else if (input.value !== (value ?? "")) input.value = value ?? "";
    }
    form.dispatchEvent(new CustomEvent("answer:applied"));
  }

  function say(state, text) {
    line.dataset.state = state;
    line.textContent = text;
  }
  function clock() {
    return new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false });
  }

  function plan(wait) {
    clearTimeout(timer);
    timer = setTimeout(save, wait);
  }

  function changed() {
    if (composing || over) return;
    dirty = true;
    store.put({ revision, fields: fields() });
    if (line.dataset.state !== "unsaved") say("saving", line.dataset.textSaving);
    plan(WAIT);
  }

  async function save() {
    if (!dirty || saving || composing || leaving || over) return;
    saving = true;
    dirty = false;
    const sent = fields();
    let wait = WAIT;
    try {
      const response = await fetch(url, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ token, revision, fields: sent }),
        credentials: "same-origin",
        keepalive: true,
      });
      if (!(await took(response))) wait = RETRY;
    } catch {
      failed(line.dataset.textOffline);
      wait = RETRY;
    }
    saving = false;
    if (held) send();
    else if (dirty && !over) plan(wait);
  }

  // True when the server has answered for good, false when it should be asked again.
  async function took(response) {
    if (response.status === 200 || response.status === 409) {
      const found = await response.json();
      built(found.revision);
      if (response.status === 409) {
        dirty = false;
        apply(found.fields);
        say("saved", line.dataset.textNewer);
      } else {
        say("saved", `${line.dataset.textSaved} ${clock()}`);
      }
      if (!dirty) store.drop();
      else store.put({ revision, fields: fields() });
      return true;
    }
    if (response.status === 410) {
      over = true;
      say("unsaved", line.dataset.textEnded);
      return true;
    }
    failed(response.status === 403 ? line.dataset.textSignedOut : line.dataset.textFailed);
    return false;
  }

  function failed(text) {
    dirty = true;
    say("unsaved", text);
  }

  // Another tab may have saved since: look when this one comes back into view.
  async function look() {
    if (document.hidden || dirty || saving || leaving || over) return;
    try {
      const response = await fetch(url, { credentials: "same-origin", headers: { Accept: "application/json" } });
      if (response.status !== 200) return;
      const found = await response.json();
      if (dirty || saving || composing) return;
      if (found.state !== "open") {
        over = true;
        say("unsaved", line.dataset.textEnded);
      } else if (found.revision > revision) {
        built(found.revision);
        apply(found.fields);
        say("saved", line.dataset.textNewer);
      }
    } catch {
      // Nothing was to be saved, so nothing is lost.
    }
  }

  form.addEventListener("compositionstart", () => { composing = true; });
  form.addEventListener("compositionend", () => {
    composing = false;
    changed();
  });
  form.addEventListener("input", (event) => { if (!event.isComposing) changed(); });
  form.addEventListener("change", changed);
  // A form that is sent while a save is under way waits for it, so that it is built on what was saved last.
  function send() {
    const button = held;
    held = null;
    saving = false;
    form.requestSubmit(button);
  }
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    if (saving) {
      event.preventDefault();
      if (!held) setTimeout(() => { if (held) send(); }, PATIENCE);
      held = event.submitter ?? form.querySelector("[name=then]");
      return;
    }
    leaving = true;
    clearTimeout(timer);
  });
  window.addEventListener("online", () => plan(0));
  window.addEventListener("focus", look);
  document.addEventListener("visibilitychange", look);
  window.addEventListener("pageshow", (event) => {
    leaving = false;
    if (event.persisted) look();
  });
  // Leaving by a link or the language switch: send what the last half second brought.
  window.addEventListener("pagehide", () => {
    if (!leaving) save();
  });

  store.dropOthers();
  const kept = store.take();
  if (kept && kept.revision === revision) {
    apply(kept.fields);
    dirty = true;
    plan(0);
  } else if (kept) {
    store.drop();
  }
})();
