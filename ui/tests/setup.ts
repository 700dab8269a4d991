import { afterEach, expect } from "vitest";
import { cleanup, configure } from "@testing-library/svelte";
import { fetchParts } from "../src/parts";

// A wait ends as soon as what it waits for is there; the limit only matters on a busy machine.
configure({ asyncUtilTimeout: 10_000 });
HTMLCanvasElement.prototype.getContext = (() => null) as typeof HTMLCanvasElement.prototype.getContext;

// jsdom lays nothing out; what the window asks of a layout gets a fixed answer.
class NoResize {
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {}
}
globalThis.ResizeObserver ??= NoResize as unknown as typeof ResizeObserver;
Element.prototype.scrollIntoView ??= () => {};
Element.prototype.scrollTo = function (this: Element, options?: unknown) {
  this.scrollTop = (options as ScrollToOptions).top ?? 0;
  this.dispatchEvent(new Event("scroll"));
} as typeof Element.prototype.scrollTo;
Element.prototype.hasPointerCapture ??= () => false;
Element.prototype.setPointerCapture ??= () => {};
Element.prototype.releasePointerCapture ??= () => {};
Object.defineProperty(HTMLElement.prototype, "clientHeight", { configurable: true, get: () => 900 });
Object.defineProperty(HTMLElement.prototype, "clientWidth", { configurable: true, get: () => 1000 });
Object.defineProperty(HTMLElement.prototype, "offsetWidth", { configurable: true, get: () => 1000 });
// Something without a size counts as scrolled away, and a menu hides with it.
Element.prototype.getBoundingClientRect = () => new DOMRect(10, 10, 120, 24);
// Arrow keys look for the other buttons of a group by its name.
globalThis.CSS ??= { escape: (name: string) => name } as typeof CSS;
globalThis.DOMRect ??= class {
  constructor(
    readonly x = 0,
    readonly y = 0,
    readonly width = 0,
    readonly height = 0,
  ) {}
  get left() {
    return this.x;
  }
  get top() {
    return this.y;
  }
  get right() {
    return this.x + this.width;
  }
  get bottom() {
    return this.y + this.height;
  }
  toJSON() {
    return { ...this };
  }
} as unknown as typeof DOMRect;
Element.prototype.getClientRects = function (this: Element) {
  return [this.getBoundingClientRect()] as unknown as DOMRectList;
};

// A browser tells nothing to what is no longer in the page; the stand-in for a person's hand does, when the
// thing under the pointer was taken away by the click on it.
const dispatch = EventTarget.prototype.dispatchEvent;
EventTarget.prototype.dispatchEvent = function (event: Event) {
  const leaves = /^(pointer|mouse)(leave|out)$/.test(event.type);
  if (leaves && this instanceof Element && !this.isConnected) return true;
  return dispatch.call(this, event);
};

// What Svelte warns of is a fault of the window.
const warnings: string[] = [];
const warn = console.warn;
console.warn = (...said: unknown[]) => {
  if (String(said[0]).includes("[svelte]")) warnings.push(said.join(" "));
  warn(...said);
};

// Fetching a part means compiling it here; no test should wait for that in the middle of its story.
await fetchParts();

afterEach(() => {
  cleanup();
  document.body.innerHTML = "";
  expect(warnings.splice(0)).toEqual([]);
});
