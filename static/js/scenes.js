// Scenes by list and by step, only where a script has more than one; lines by key, for who reads without a mouse.
"use strict";
(() => {
  const { judging } = globalThis;
  if (!judging) return;
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)");

  // Where the part of the window ends in which one reads: at the bar that stays at its foot.
  const top = (what) => document.querySelector(what).getBoundingClientRect().top;
  judging.foot = () => {
    if (judging.panes.length === 1) return top(judging.narrow.matches ? ".verdict-end" : ".verdict");
    const low = judging.slim.matches && !document.querySelector(".verdict[data-open]");
    return low ? top("[data-slim]") : top(".verdict");
  };
  // Whether the scripts and what is said of them are in sight. Keys that act on them bring them there first.
  judging.ready = () => {
    const edge = document.querySelector(".tools").getBoundingClientRect().bottom;
    const foot = judging.foot();
    const seen = judging.panes.some((pane) => {
      const box = pane.querySelector("[data-scroll]").getBoundingClientRect();
      return Math.min(box.bottom, foot) - Math.max(box.top, edge, 0) >= 48;
    });
    if (seen && foot <= window.innerHeight - 24) return true;
    judging.toScripts();
    return false;
  };
  judging.toScripts = () => {
    window.scrollTo({ top: judging.form.getBoundingClientRect().top + window.scrollY, behavior: "instant" });
  };

  // Where the questions lie over the scripts' lower half, what gets the focus behind them comes out.
  judging.form.querySelector(".panes").addEventListener("focusin", (event) => {
    if (judging.narrow.matches || event.target.matches("[data-o], [data-scroll]")) return;
    if (event.target.getBoundingClientRect().bottom > judging.foot()) judging.toScripts();
  });

  // Bring what is named to the top of its script's own scroll, or of the window on a narrow screen.
  function bring(node, block = "start") {
    const scroller = node.closest("[data-scroll]");
    const behavior = calm.matches ? "auto" : "smooth";
    const box = node.getBoundingClientRect();
    if (judging.narrow.matches) {
      const bar = document.querySelector(".tools").offsetHeight + 8;
      const foot = judging.foot() - 8;
      if (block === "nearest" && box.top >= bar && box.bottom <= foot) return;
      window.scrollBy({ top: box.top - bar, behavior });
      return;
    }
    const frame = scroller.getBoundingClientRect();
    const bottom = Math.min(frame.bottom, judging.foot());
    if (block === "nearest" && box.top >= frame.top && box.bottom <= bottom) return;
    const room = block === "nearest" ? (bottom - frame.top) / 4 : 16;
    scroller.scrollBy({ top: box.top - frame.top - room, behavior });
  }
  judging.bring = bring;

  function edgeOf(scroller) {
    if (!judging.narrow.matches) return scroller.getBoundingClientRect().top + 24;
    return document.querySelector(".tools").getBoundingClientRect().bottom + 24;
  }

  function named(list, number, heading) {
    const text = heading ? list.dataset.textNamed.replace("{heading}", heading) : list.dataset.textScene;
    return text.replace("{number}", number).slice(0, 80);
  }

  const steps = {};
  for (const pane of judging.panes) {
    const scroller = pane.querySelector("[data-scroll]");
    const scenes = [...pane.querySelectorAll(".scene:not(.scene-within)")];
    const bar = pane.querySelector("[data-scenes]");
    if (scenes.length < 2) continue;
    const list = bar.querySelector("[data-scene-list]");
    scenes.forEach((scene, index) => {
      const heading = scene.querySelector(".sp-heading")?.textContent.trim();
      list.add(new Option(named(list, index + 1, heading), String(index)));
    });
    bar.hidden = false;
    const now = () => {
      const edge = edgeOf(scroller);
      let found = 0;
      scenes.forEach((scene, index) => { if (scene.getBoundingClientRect().top <= edge) found = index; });
      return found;
    };
    const go = (index) => {
      const to = Math.max(0, Math.min(scenes.length - 1, index));
      bring(scenes[to]);
      list.value = String(to);
    };
    steps[pane.dataset.pane] = (by) => go(now() + by);
    // Choosing a scene is no answer: nothing of it is saved.
    list.addEventListener("change", (event) => {
      event.stopPropagation();
      go(Number(list.value));
    });
    list.addEventListener("input", (event) => event.stopPropagation());
    bar.querySelectorAll("[data-scene-step]").forEach((button) => {
      button.addEventListener("click", () => steps[pane.dataset.pane](Number(button.dataset.sceneStep)));
    });
    let due = false;
    const look = () => {
      if (due || pane.hasAttribute("data-away")) return;
      due = true;
      setTimeout(() => {
        due = false;
        list.value = String(now());
      }, 200);
    };
    scroller.addEventListener("scroll", look, { passive: true });
    window.addEventListener("scroll", look, { passive: true });
  }

  // Line by line: the line has the focus, so that a screen reader says it; with Shift, lines are selected.
  const lines = Object.fromEntries(judging.panes.map((pane) => [pane.dataset.pane, [...pane.querySelectorAll("[data-o]")]]));
  const places = {};
  let anchor = null;
  function line(by, select) {
    const side = judging.reads();
    const all = lines[side];
    if (!all.length) return;
    const last = places[side];
    const from = last === undefined ? firstInView(side) - (by > 0 ? 1 : 0) : last;
    const index = Math.max(0, Math.min(all.length - 1, from + by));
    places[side] = index;
    const node = all[index];
    node.tabIndex = -1;
    node.focus({ preventScroll: true });
    bring(node, "nearest");
    const selection = window.getSelection();
    if (select) {
      anchor ??= last ?? index;
      const [first, end] = [Math.min(anchor, index), Math.max(anchor, index)];
      const range = document.createRange();
      range.setStart(all[first], 0);
      range.setEnd(all[end], all[end].childNodes.length);
      selection.removeAllRanges();
      selection.addRange(range);
    } else {
      anchor = index;
      selection.removeAllRanges();
    }
  }
  function firstInView(side) {
    const pane = judging.paneOf(side);
    const edge = edgeOf(pane.querySelector("[data-scroll]")) - 24;
    const found = lines[side].findIndex((node) => node.getBoundingClientRect().bottom > edge);
    return Math.max(found, 0);
  }
  judging.line = (side) => {
    const focused = document.activeElement;
    if (focused?.matches("[data-o]") && judging.paneOf(side).contains(focused)) return focused;
    places[side] = firstInView(side);
    return lines[side][places[side]];
  };

  document.addEventListener("keydown", (event) => {
    const key = judging.own(event);
    if (!key || !"[]jkJK".includes(key)) return;
    event.preventDefault();
    if (!judging.ready()) return;
    if (key === "[" || key === "]") steps[judging.reads()]?.(key === "]" ? 1 : -1);
    else line(key.toLowerCase() === "j" ? 1 : -1, event.shiftKey);
  });
})();
