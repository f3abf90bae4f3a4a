// Places in a script: code points of its text, as the elements' data-o count them, and ranges on the page.
// What the layout adds (a triangle, brackets, a colon) is no text and counts for nothing.
"use strict";
(() => {
  const points = (text) => [...text].length;

  function elements(pane) {
    return [...pane.querySelectorAll("[data-o]")];
  }
  function lengthOf(element) {
    let length = 0;
    for (const child of element.childNodes) length += child.nodeType === Node.TEXT_NODE ? points(child.data) : 1;
    return length;
  }
  const startOf = (element) => Number(element.dataset.o);

  // Code points of `element` before a boundary that lies within it.
  function before(element, node, offset) {
    let count = 0;
    for (const [index, child] of [...element.childNodes].entries()) {
      if (node === element && index === offset) return count;
      const text = child.nodeType === Node.TEXT_NODE;
      if (child === node) return count + (text ? points(child.data.slice(0, offset)) : 0);
      count += text ? points(child.data) : 1;
    }
    return count;
  }

  // {start, end} of what a range selects of a script, or null where it selects none of its text.
  function placeOf(pane, range) {
    const touched = elements(pane).filter((element) => range.intersectsNode(element));
    if (!touched.length) return null;
    const [first, last] = [touched[0], touched.at(-1)];
    let start = startOf(first) + (first.contains(range.startContainer) ? before(first, range.startContainer, range.startOffset) : 0);
    let end = startOf(last) + (last.contains(range.endContainer) ? before(last, range.endContainer, range.endOffset) : lengthOf(last));
    // A selection that only reaches the edge of an element takes nothing of it.
    if (touched.length > 1 && start >= startOf(first) + lengthOf(first)) start = startOf(touched[1]);
    if (touched.length > 1 && end <= startOf(last)) end = startOf(touched.at(-2)) + lengthOf(touched.at(-2));
    const text = textOf(pane, start, end);
    start += points(text) - points(text.trimStart());
    end -= points(text) - points(text.trimEnd());
    return start < end ? { start, end } : null;
  }

  function boundary(element, count) {
    let left = count;
    for (const [index, child] of [...element.childNodes].entries()) {
      const text = child.nodeType === Node.TEXT_NODE;
      const length = text ? points(child.data) : 1;
      if (text && left <= length) return [child, [...child.data].slice(0, left).join("").length];
      if (left < length) return [element, index];
      left -= length;
    }
    return [element, element.childNodes.length];
  }

  function rangeOf(pane, start, end) {
    const held = elements(pane).filter((element) => startOf(element) < end && startOf(element) + lengthOf(element) > start);
    if (!held.length) return null;
    const range = document.createRange();
    range.setStart(...boundary(held[0], Math.max(0, start - startOf(held[0]))));
    const last = held.at(-1);
    range.setEnd(...boundary(last, Math.min(lengthOf(last), end - startOf(last))));
    return range;
  }

  // The text between two code points, elements parted by a line end each; "" outside of all.
  function textOf(pane, start, end) {
    const parts = [];
    for (const element of elements(pane)) {
      const from = startOf(element);
      const text = [...element.childNodes].map((child) => (child.nodeType === Node.TEXT_NODE ? child.data : "\n")).join("");
      const taken = [...text].slice(Math.max(0, start - from), Math.max(0, end - from));
      if (taken.length && start < from + points(text)) parts.push(taken.join(""));
    }
    return parts.join("\n");
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
    return element && pane.contains(element) ? startOf(element) + before(element, node, offset) : null;
  }

  globalThis.places = { placeOf, rangeOf, textOf, pointAt };
})();
