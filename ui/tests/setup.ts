import { afterEach } from "vitest";
import { cleanup } from "@testing-library/svelte";

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

afterEach(() => {
  cleanup();
  document.body.innerHTML = "";
});
