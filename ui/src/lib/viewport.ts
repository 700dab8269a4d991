import { on } from "svelte/events";
import { createSubscriber } from "svelte/reactivity";

const followWidth = createSubscriber((update) => on(window, "resize", update));

/** Whether the window is so narrow that the rail shows icons alone; then their names are tooltips. */
export function isCompact(): boolean {
  followWidth();
  return window.innerWidth <= 1040;
}
