// The answer is saved within a second of every change, and the line says honestly whether it was.
// What could not be sent is kept in this browser and sent as soon as the site answers again; where another
// page has gone on meanwhile, both are joined (merge.js) and the line says so.
"use strict";
(() => {
  const { judging, mergedAnswers } = globalThis;
  if (!judging) return;
  const { form, keep, changes } = judging;
  // An answer that is being changed is sent when its button is pressed, and not before.
  if (!form.dataset.answer) {
    keepChange();
    return;
  }
  const code = document.querySelector("[data-assignment]").dataset.assignment;
  const line = form.querySelector("[data-saved]");
  // The same words where one types and sends; a screen reader hears the one line.
  const lines = [line, ...document.querySelectorAll("[data-saved-too]")];
  const token = form.elements.token.value;
  const url = form.dataset.answer;
  const WAIT = 500;
  const RETRY = 4000;
  const LIMIT = 15000; // Milliseconds after which a connection that says nothing counts as none.
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
  let over = "";
  let held = null;
  // The button whose form did not go out. Only a judgment is asked for again: a break or a skip may have passed.
  let unsent = null;
  let trouble = "";
  let sure = false;
  let timer = 0;
  const next = form.querySelector("[name=then]");

  function store() {
    keep.put({ base, unsure, fields: fields(), reading: judging.reading?.(), changes: changes.waiting });
  }

  function answers(input) {
    return input.name && input.type !== "submit" && (input.type !== "hidden" || "kept" in input.dataset);
  }
  // As the form stands, or as the site sent it: somebody may have answered before this file had come.
  function fields(served = false) {
    const found = {};
    for (const input of form.elements) {
      if (!answers(input)) continue;
      const ticked = input.type === "radio" || input.type === "checkbox";
      if (ticked && !(served ? input.defaultChecked : input.checked)) continue;
      const value = served && !ticked ? sentValue(input) : input.value;
      if (value) found[input.name] = value;
    }
    return found;
  }
  function sentValue(input) {
    return input.options ? [...input.options].find((one) => one.defaultSelected)?.value : input.defaultValue;
  }

  // Until a changed answer is sent, this browser keeps it, for the submitted answer that it changes.
  function keepChange() {
    const of = form.dataset.revision;
    let typed = false;
    function put() {
      typed = true;
      keep.put({ change: of, fields: fields() });
    }
    form.addEventListener("input", put);
    form.addEventListener("change", put);
    form.querySelector("[data-cancel]").addEventListener("click", () => keep.drop());
    keep.take().then((all) => {
      const last = all.find((kept) => kept.change === of);
      if (!last) keep.drop();
      else if (!typed) {
        apply(last.fields);
        put();
        document.querySelector("[data-restored]").hidden = false;
      }
    });
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
  let base = fields(true);
  let unsure = null;
  changes.start(base);

  // What became of two answers is said once both are saved as one, and until the next change.
  let notice = "";
  function say(state, text) {
    for (const one of lines) {
      one.dataset[one === line ? "state" : "now"] = state;
      one.toggleAttribute("data-notice", state === "saved" && Boolean(notice || unsent === next));
      if (one.textContent !== text) one.textContent = text;
    }
  }
  // What went wrong with sending is said where one is.
  function bringState() {
    const there = lines.filter((one) => one.checkVisibility?.() ?? one.offsetParent);
    const seen = there.some((one) => {
      const box = one.getBoundingClientRect();
      return box.top >= 0 && box.bottom <= window.innerHeight;
    });
    if (!seen) there.at(-1)?.scrollIntoView({ block: "center" });
  }
  function clock() {
    return new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false });
  }
  function saved() {
    say("saved", notice || (unsent === next ? line.dataset.textAgain : `${line.dataset.textSaved} ${clock()}`));
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

  // A pause ends some time: what comes next asks again.
  function askAgain() {
    if (over === "paused") over = "";
  }
  function ended() {
    say("unsaved", over === "paused" ? line.dataset.textPaused : line.dataset.textEnded);
  }

  function changed(event) {
    if (composing || (event && !event.target.name)) return;
    // Who goes on writing is still here: the form went out, and nothing came of it.
    leaving = false;
    changes.note(fields());
    dirty = true;
    notice = "";
    store();
    askAgain();
    if (over) {
      ended();
      return;
    }
    if (line.dataset.state !== "unsaved") say("saving", line.dataset.textSaving);
    plan(WAIT);
  }

  // Send what is new, or only what was measured. Resolves to whether the site answered for good.
  async function save(measures = false) {
    if ((!dirty && measures !== true && !unsent) || saving || composing || leaving || over) return;
    saving = true;
    const wasDirty = dirty;
    dirty = false;
    const sent = fields();
    const told = changes.sending();
    const body = JSON.stringify({ token, revision, fields: sent, reading: judging.reading?.(), changes: told });
    let good = false;
    const stop = new AbortController();
    const limit = setTimeout(() => stop.abort(), LIMIT);
    try {
      const response = await fetch(url, {
        method: "POST",
        signal: stop.signal,
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
      trouble = line.dataset.textUnsent;
      if (unsent) say("unsaved", trouble);
      else if (wasDirty) failed(keep.works ? line.dataset.textOffline : line.dataset.textNowhere);
      if (wasDirty) dirty = true;
    }
    clearTimeout(limit);
    saving = false;
    if (held) carryOn(good);
    else if ((dirty || unsent) && !over && !(good && !dirty)) plan(good ? WAIT : RETRY);
  }

  // True when the site has answered for good, false when it should be asked again.
  async function took(response, sent, wasDirty) {
    if (response.status === 200) {
      const found = await response.json();
      judging.readElsewhere?.(found.reading);
      built(found.revision);
      base = sent;
      unsure = null;
      if ((wasDirty || unsent) && !dirty) saved();
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
      over = (await response.json()).state;
      // Who has left is told so by the page, which also takes out of this browser what is kept there.
      if (over === "withdrawn") return leave();
      if (wasDirty) dirty = true;
      if (dirty) store();
      ended();
      return true;
    }
    if (response.status === 422) {
      trouble = (await response.json()).error;
      failed(trouble);
      return false;
    }
    // Nobody's pair, or somebody else's: another personal link was opened in this browser meanwhile.
    const stranger = response.status === 403 || response.status === 404;
    trouble = stranger ? line.dataset.textSignedOut : line.dataset.textFailed;
    if (wasDirty) failed(trouble);
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
    if (document.hidden || (dirty && !over) || saving || leaving || composing) return;
    try {
      const response = await fetch(url, { credentials: "same-origin", headers: { Accept: "application/json" } });
      if (response.status !== 200) return;
      const found = await response.json();
      if ((dirty && !over) || saving || composing) return;
      // Where only time has run out, the next change opens it again.
      if (found.state !== "open" && found.state !== "expired") {
        over = found.state;
        ended();
        return;
      }
      over = "";
      if (found.revision > revision) join(found);
      else if (dirty) plan(0);
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

  // A form is sent when everything in it is saved, and the site has just answered: a lost connection then costs
  // nothing, and says so beside the button, instead of a page of the browser's own.
  const ENDED = new Set(["submitted", "late", "skipped", "practised"]);
  function leave() {
    leaving = true;
    location.assign(form.action);
    return true;
  }
  function release() {
    if (held) delete held.form.dataset.sent;
    held = null;
  }
  function carryOn(good) {
    // What was sent from elsewhere is not sent again: its page says so.
    if (over === "withdrawn" || (ENDED.has(over) && held.value !== "pause")) {
      leave();
      return undefined;
    }
    if (over) return send();
    if (good) return dirty ? save() : send();
    unsent = held;
    release();
    say("unsaved", trouble);
    bringState();
    plan(RETRY);
    return undefined;
  }
  function send() {
    const button = held;
    release();
    saving = false;
    sure = true;
    form.elements.changes.value = changes.waiting.length ? JSON.stringify(changes.sending()) : "";
    button.form.requestSubmit(button);
    sure = false;
  }
  function hold(event) {
    if (event.defaultPrevented) return;
    if (sure) {
      leaving = true;
      clearTimeout(timer);
      return;
    }
    event.preventDefault();
    // The form is under way (once.js): a second press would stop the page that comes.
    if (held || (leaving && document.querySelector("form[data-sent]"))) return;
    leaving = false;
    held = event.submitter ?? (event.target === form ? next : event.target.querySelector("button"));
    held.form.dataset.sent = "yes";
    unsent = null;
    clearTimeout(timer);
    if (saving) return;
    askAgain();
    // Asked in any case: it also tells whether the site can be reached.
    if (composing) composing = false;
    // Within the event of a form a browser takes no second one of it.
    if (over) setTimeout(carryOn, 0, true);
    else save(!dirty);
  }
  form.addEventListener("submit", hold);
  const skip = document.querySelector("form[data-skip]");
  skip?.addEventListener("submit", (event) => {
    hold(event);
    // What was chosen before a pair is skipped is saved with it; nothing of it needs to be kept here.
    if (leaving) keep.drop();
  });
  window.addEventListener("online", () => plan(0));
  window.addEventListener("focus", look);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) save(dirty || judging.unsavedSeconds?.() > 5);
    else look();
  });
  window.addEventListener("pageshow", (event) => {
    leaving = false;
    if (event.persisted) look();
  });
  // Leaving by a link or the language switch: send what the last half second brought, and what was measured.
  window.addEventListener("pagehide", () => {
    if (!leaving && !over && (dirty || judging.unsavedSeconds?.() > 5)) save(true);
  });
  // Only where this browser can keep nothing does leaving lose what was typed.
  window.addEventListener("beforeunload", (event) => {
    if (dirty && !keep.works && !leaving && !over) event.preventDefault();
  });

  if (differs(fields(), base)) changed();
  keep.take().then((all) => {
    if (!all.length) return;
    // What was typed meanwhile, in the moment that it took to look, stays on top.
    const [theirs, typed] = [base, fields()];
    let both = theirs;
    let clash = false;
    let words = false;
    for (const kept of all) {
      judging.readBefore?.(kept.reading);
      changes.adopt(kept.changes);
      const ground = kept.unsure && !differs(kept.unsure, theirs) ? theirs : kept.base ?? {};
      const joined = mergedAnswers(ground, kept.fields, both);
      both = joined.fields;
      clash ||= joined.clash;
      words ||= joined.words;
    }
    unsure = all[0].unsure ?? null;
    apply(mergedAnswers(theirs, typed, both).fields);
    dirty = differs(fields(), theirs) || changes.waiting.length > 0;
    if (dirty || clash || words) tell(clash, words, false);
    if (dirty) {
      store();
      plan(0);
    } else keep.drop();
  });
})();
