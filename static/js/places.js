// Places in a script: code points of its text, as the elements' data-o count them, and ranges on the page.
// What the layout adds (a triangle, brackets, a colon) is no text and counts for nothing.
"use strict";
(() => {
  const points = (text) => [...text].length;

  // The elements of a pane with their places, counted once: a script does not change.
  const known = new WeakMap();
  function elements(pane) {
    if (!known.has(pane)) {
      known.set(pane, [...pane.querySelectorAll("[data-o]")].map((node) => {
        const start = Number(node.dataset.o);
        let length = 0;
        for (const child of parts(node)) length += child.nodeType === Node.TEXT_NODE ? points(child.data) : 1;
        return { node, start, end: start + length };
      }));
    }
    return known.get(pane);
  }
  function held(pane, start, end) {
    return elements(pane).filter((one) => one.start < end && start < one.end);
  }

  // What an element holds: texts and breaks. A passage that is painted, or a dash, stands in an element of its own.
  function parts(element) {
    return [...element.childNodes].flatMap((child) => (/^(MARK|SPAN)$/.test(child.nodeName) ? parts(child) : [child]));
  }

  // Code points of `element` before a boundary that lies within it.
  function before(element, node, offset) {
    const stop = node.nodeType === Node.TEXT_NODE ? null : node.childNodes[offset];
    let count = 0;
    for (const child of parts(element)) {
      if (stop?.contains(child)) return count;
      const text = child.nodeType === Node.TEXT_NODE;
      if (child === node) return count + (text ? points(child.data.slice(0, offset)) : 0);
      count += text ? points(child.data) : 1;
    }
    return count;
  }

  // {start, end} of what a range selects of a script, or null where it selects none of its text.
  function placeOf(pane, range) {
    const touched = elements(pane).filter((one) => range.intersectsNode(one.node));
    if (!touched.length) return null;
    const [first, last] = [touched[0], touched.at(-1)];
    const inside = (one, node, offset) => one.start + before(one.node, node, offset);
    let start = first.node.contains(range.startContainer) ? inside(first, range.startContainer, range.startOffset) : first.start;
    let end = last.node.contains(range.endContainer) ? inside(last, range.endContainer, range.endOffset) : last.end;
    // A selection that only reaches the edge of an element takes nothing of it.
    if (touched.length > 1 && start >= first.end) start = touched[1].start;
    if (touched.length > 1 && end <= last.start) end = touched.at(-2).end;
    const text = textOf(pane, start, end);
    start += points(text) - points(text.trimStart());
    end -= points(text) - points(text.trimEnd());
    return start < end ? { start, end } : null;
  }

  // Words are never cut, and neither are characters that several code points make. Chinese has no spaces between its
  // words, so there the place stays as it was selected.
  const LETTER = /^[\p{L}\p{N}\p{M}]$/u;
  const UNSPACED = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]$/u;
  const isLetter = (char) => char !== undefined && LETTER.test(char) && !UNSPACED.test(char);
  const inWord = (chars, at) => isLetter(chars[at]) || (/^['’-]$/.test(chars[at] ?? "") && isLetter(chars[at - 1]) && isLetter(chars[at + 1]));
  function edge(pane, at, step) {
    const one = held(pane, step > 0 ? at - 1 : at, step > 0 ? at : at + 1)[0];
    if (!one) return at;
    const text = parts(one.node).map((child) => (child.nodeType === Node.TEXT_NODE ? child.data : "\n")).join("");
    const chars = [...text];
    let place = at - one.start;
    while (place > 0 && place < chars.length && inWord(chars, place - 1) && inWord(chars, place)) place += step;
    if (!globalThis.Intl?.Segmenter) return one.start + place;
    let begin = 0;
    for (const { segment } of new Intl.Segmenter(undefined, { granularity: "grapheme" }).segment(text)) {
      const end = begin + points(segment);
      if (begin < place && place < end) place = step > 0 ? end : begin;
      begin = end;
    }
    return one.start + place;
  }
  function snap(pane, place) {
    return { start: edge(pane, place.start, -1), end: edge(pane, place.end, 1) };
  }

  function boundary(element, count) {
    let left = count;
    for (const child of parts(element)) {
      const text = child.nodeType === Node.TEXT_NODE;
      const length = text ? points(child.data) : 1;
      if (text && left <= length) return [child, [...child.data].slice(0, left).join("").length];
      if (left < length) return [child.parentNode, [...child.parentNode.childNodes].indexOf(child)];
      left -= length;
    }
    return [element, element.childNodes.length];
  }

  function rangeOf(pane, start, end) {
    const found = held(pane, start, end);
    if (!found.length) return null;
    const [first, last] = [found[0], found.at(-1)];
    const range = document.createRange();
    range.setStart(...boundary(first.node, Math.max(0, start - first.start)));
    range.setEnd(...boundary(last.node, Math.min(last.end, end) - last.start));
    return range;
  }

  // The text between two code points, elements parted by a line end each; "" outside of all.
  function textOf(pane, start, end) {
    return held(pane, start, end).map((one) => {
      const text = parts(one.node).map((child) => (child.nodeType === Node.TEXT_NODE ? child.data : "\n")).join("");
      return [...text].slice(Math.max(0, start - one.start), end - one.start).join("");
    }).join("\n");
  }

  // The code point under a place on the screen, or null.
  function pointAt(pane, x, y) {
    let node = null;
    let offset = 0;
    if (document.caretPositionFromPoint) {
      const caret = document.caretPositionFromPoint(x, y);
      [node, offset] = [caret?.offsetNode, caret?.offset ?? 0];
    } else {
      const caret = document.caretRangeFromPoint?.(x, y);
      [node, offset] = [caret?.startContainer, caret?.startOffset ?? 0];
    }
    const element = node && (node.nodeType === Node.TEXT_NODE ? node.parentElement : node)?.closest("[data-o]");
    return element && pane.contains(element) ? Number(element.dataset.o) + before(element, node, offset) : null;
  }

  // For browsers that cannot highlight a range: each text in it is put into an element, and taken out again.
  function painter(name) {
    const painted = new Set();
    const textsIn = (range) => {
      const walker = document.createTreeWalker(range.commonAncestorContainer.parentNode, NodeFilter.SHOW_TEXT);
      const found = [];
      while (walker.nextNode()) if (range.intersectsNode(walker.currentNode) && walker.currentNode.parentElement.closest("[data-o]")) found.push(walker.currentNode);
      return found;
    };
    return {
      add(range) {
        const { startContainer, startOffset, endContainer, endOffset } = range;
        for (const node of textsIn(range)) {
          const end = node === endContainer ? endOffset : node.data.length;
          const start = node === startContainer ? startOffset : 0;
          if (start >= end) continue;
          if (end < node.data.length) node.splitText(end);
          const mark = document.createElement("mark");
          mark.className = `mark-${name}`;
          const part = start ? node.splitText(start) : node;
          part.replaceWith(mark);
          mark.append(part);
          painted.add(mark);
        }
      },
      clear() {
        for (const mark of painted) {
          const held = mark.parentNode;
          mark.replaceWith(...mark.childNodes);
          held?.normalize();
        }
        painted.clear();
      },
    };
  }

  globalThis.places = { painter, placeOf, snap, rangeOf, textOf, pointAt };
})();
