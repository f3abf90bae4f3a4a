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
        for (const child of node.childNodes) length += child.nodeType === Node.TEXT_NODE ? points(child.data) : 1;
        return { node, start, end: start + length };
      }));
    }
    return known.get(pane);
  }
  function held(pane, start, end) {
    return elements(pane).filter((one) => one.start < end && start < one.end);
  }

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
      const text = [...one.node.childNodes].map((child) => (child.nodeType === Node.TEXT_NODE ? child.data : "\n")).join("");
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

  globalThis.places = { placeOf, rangeOf, textOf, pointAt };
})();
