// The answer is saved within a second of every change, and the line says honestly whether it was.
// What could not be sent is kept in this browser and sent as soon as the site answers again; where another
// page has gone on meanwhile, both are joined (merge.js) and the line says so.
"use strict";
(() => {
  const { judging, mergedAnswers } = globalThis;
  if (!judging) return;
  const { form } = judging;
  const code = document.querySelector("[data-assignment]").dataset.assignment;
  const line = form.querySelector("[data-saved]");
  const token = form.elements.token.value;
  const url = form.dataset.answer;
  const WAIT = 500;
  const RETRY = 4000;
  const PATIENCE = 3000;
  const KEEPALIVE = 60000;
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
  let sure = false;
  let timer = 0;
  let patience = 0;

  const { keep, changes } = judging;
  function store() {
    keep.put({ base, unsure, fields: fields(), reading: judging.reading?.(), changes: changes.waiting });
  }

  function answers(input) {
    return input.name && input.type !== "submit" && (input.type !== "hidden" || "kept" in input.dataset);
  }
  function fields() {
    const found = {};
    for (const input of form.elements) {
      if (!answers(input) || input.value === "") continue;
      if ((input.type === "radio" || input.type === "checkbox") && !input.checked) continue;
      found[input.name] = input.value;
    }
    return found;
  }

  function apply(values) {
    form.dispatchEvent(new CustomEvent("answer:applying", { detail: values }));
    for (const input of form.elements) {
      if (!answers(input)) continue;
      const value = values[input.name];
      if (input.type === "radio") input.checked = input.value === value;
      else if (input.type === "checkbox") input.checked = Boolean(value);
      else if (input.value !== (value ?? "")) input.value = value ?? "";
    }
    // Nobody chose what was put in here; whoever did has told of it.
    changes.start(fields());
    form.dispatchEvent(new CustomEvent("answer:applied"));
  }
  // What the site had when this page and it last agreed, and what was sent since without an answer to it.
  let base = fields();
  let unsure = null;
  changes.start(base);

  // What became of two answers is said once both are saved as one, and until the next change.
  let notice = "";
  function say(state, text) {
    line.dataset.state = state;
    line.toggleAttribute("data-notice", state === "saved" && Boolean(notice));
    if (line.textContent !== text) line.textContent = text;
  }
  function clock() {
    return new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false });
  }
  function saved() {
    say("saved", notice || `${line.dataset.textSaved} ${clock()}`);
  }
  function tell(clash, words, moved) {
    if (words) notice = judging.tooLong() ? line.dataset.textJoinedLong : line.dataset.textJoined;
    else if (clash || moved) notice = line.dataset.textNewer;
    if (dirty) say("saving", line.dataset.textSaving);
    else saved();
  }

  function plan(wait) {
    clearTimeout(timer);
    timer = setTimeout(save, wait);
  }

  function changed(event) {
    if (composing || over || (event && !event.target.name)) return;
    changes.note(fields());
    dirty = true;
    notice = "";
    store();
    if (line.dataset.state !== "unsaved") say("saving", line.dataset.textSaving);
    plan(WAIT);
  }

  // Send what is new, or only what was measured. Resolves to whether the site answered for good.
  async function save(measures = false) {
    if ((!dirty && measures !== true) || saving || composing || leaving || over) return;
    saving = true;
    const wasDirty = dirty;
    dirty = false;
    const sent = fields();
    const told = changes.sending();
    const body = JSON.stringify({ token, revision, fields: sent, reading: judging.reading?.(), changes: told });
    let good = false;
    try {
      const response = await fetch(url, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body,
        credentials: "same-origin",
        // A browser refuses to send more than that once its page is gone.
        keepalive: new TextEncoder().encode(body).length < KEEPALIVE,
      });
      if (response.status === 200 || response.status === 409) changes.heard(told);
      good = await took(response, sent, wasDirty);
    } catch {
      unsure = sent;
      if (wasDirty) failed(keep.works ? line.dataset.textOffline : line.dataset.textNowhere);
    }
    saving = false;
    if (held) carryOn(good);
    else if (dirty && !over) plan(good ? WAIT : RETRY);
  }

  // True when the site has answered for good, false when it should be asked again.
  async function took(response, sent, wasDirty) {
    if (response.status === 200) {
      const found = await response.json();
      built(found.revision);
      base = sent;
      unsure = null;
      if (wasDirty && !dirty) saved();
      if (dirty) store();
      else keep.drop();
      return true;
    }
    if (response.status === 409) {
      const found = await response.json();
      // In the middle of a composition nothing is touched: its end saves again, and is told again.
      if (composing) dirty = true;
      else join(found);
      return true;
    }
    if (response.status === 410) {
      over = true;
      say("unsaved", line.dataset.textEnded);
      return true;
    }
    if (response.status === 422) {
      failed((await response.json()).error);
      return false;
    }
    if (wasDirty) failed(response.status === 403 ? line.dataset.textSignedOut : line.dataset.textFailed);
    return false;
  }

  // Another page was newer: both answers become one, and what of this one is new is saved.
  function join(found) {
    const mine = fields();
    const { fields: both, clash, words } = mergedAnswers(ground(found.fields), mine, found.fields);
    built(found.revision);
    base = found.fields;
    unsure = null;
    if (JSON.stringify(both) !== JSON.stringify(mine)) apply(both);
    dirty = differs(both, found.fields) || changes.waiting.length > 0;
    tell(clash, words, differs(both, mine));
    if (held && (clash || words)) {
      release();
      notice = line.dataset.textLook;
      if (!dirty) saved();
    }
    if (dirty) {
      store();
      plan(WAIT);
    } else keep.drop();
  }
  // A save whose answer got lost may have arrived: then what the site has is this page's own, and no other's.
  function ground(theirs) {
    return unsure && !differs(unsure, theirs) ? theirs : base;
  }
  function differs(one, other) {
    return [...new Set([...Object.keys(one), ...Object.keys(other)])].some((name) => one[name] !== other[name]);
  }

  function failed(text) {
    dirty = true;
    store();
    say("unsaved", text);
  }

  // Another page may have saved since: look when this one comes back into view.
  async function look() {
    if (document.hidden || dirty || saving || leaving || over || composing) return;
    try {
      const response = await fetch(url, { credentials: "same-origin", headers: { Accept: "application/json" } });
      if (response.status !== 200) return;
      const found = await response.json();
      if (dirty || saving || composing) return;
      if (found.state !== "open") {
        over = true;
        say("unsaved", line.dataset.textEnded);
      } else if (found.revision > revision) join(found);
    } catch {
      // Nothing was to be saved, so nothing is lost.
    }
  }

  form.addEventListener("compositionstart", () => { composing = true; });
  form.addEventListener("compositionend", (event) => {
    composing = false;
    changed(event);
  });
  form.addEventListener("input", (event) => { if (!event.isComposing) changed(event); });
  form.addEventListener("change", changed);
  form.addEventListener("reading:due", () => save(!dirty));

  // A form is sent when everything in it is saved: a lost connection then costs nothing, and says so.
  function release() {
    clearTimeout(patience);
    held = null;
    delete form.dataset.sent;
  }
  function carryOn(good) {
    if (over) return send();
    if (good) return dirty ? save() : send();
    const text = line.textContent;
    release();
    say("unsaved", text === line.dataset.textOffline ? line.dataset.textUnsent : text);
    plan(RETRY);
    return undefined;
  }
  function send() {
    const button = held;
    release();
    saving = false;
    sure = true;
    form.elements.changes.value = changes.waiting.length ? JSON.stringify(changes.sending()) : "";
    form.requestSubmit(button);
    sure = false;
  }
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    if (sure) {
      leaving = true;
      clearTimeout(timer);
      return;
    }
    event.preventDefault();
    if (held) return;
    held = event.submitter ?? form.querySelector("[name=then]");
    clearTimeout(timer);
    patience = setTimeout(() => { if (held) send(); }, PATIENCE);
    if (saving) return;
    // Asked in any case: it also tells whether the site can be reached.
    if (composing) composing = false;
    if (over) send();
    else save(!dirty);
  });
  document.querySelector("form[data-skip]")?.addEventListener("submit", () => {
    leaving = true;
    keep.drop();
  });
  window.addEventListener("online", () => plan(0));
  window.addEventListener("focus", look);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden && dirty) save();
    else look();
  });
  window.addEventListener("pageshow", (event) => {
    leaving = false;
    if (event.persisted) look();
  });
  // Leaving by a link or the language switch: send what the last half second brought, and what was measured.
  window.addEventListener("pagehide", () => {
    if (!leaving && (dirty || judging.unsavedSeconds?.() > 5)) save(true);
  });
  // Only where this browser can keep nothing does leaving lose what was typed.
  window.addEventListener("beforeunload", (event) => {
    if (dirty && !keep.works && !leaving && !over) event.preventDefault();
  });

  keep.dropOthers();
  keep.take().then((kept) => {
    if (!kept) return;
    judging.readBefore?.(kept.reading);
    changes.adopt(kept.changes);
    unsure = kept.unsure ?? null;
    // What was typed meanwhile, in the moment that it took to look, stays on top.
    const [theirs, typed] = [base, fields()];
    base = kept.base ?? {};
    const { fields: both, clash, words } = mergedAnswers(ground(theirs), kept.fields, theirs);
    base = theirs;
    apply(mergedAnswers(theirs, typed, both).fields);
    dirty = differs(fields(), theirs) || changes.waiting.length > 0;
    if (dirty || clash || words) tell(clash, words, false);
    if (dirty) {
      store();
      plan(0);
    } else keep.drop();
  });
})();
