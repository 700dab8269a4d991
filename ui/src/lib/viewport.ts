import { innerWidth } from "svelte/reactivity/window";

/** Whether the window is so narrow that the rail shows icons alone; then their names are tooltips. */
export function isCompact(): boolean {
  return (innerWidth.current ?? Number.POSITIVE_INFINITY) <= 1040;
}
