import type { Desk } from "$lib/context";

function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('input:not([type="checkbox"]), textarea, select, [contenteditable]') !== null;
}

/** Keys that work wherever the focus is: `/` search, `n` new, `?` sheet, Escape chooses none, an arrow into the list. */
export function globalKeys({ app, chosen, dialogs, keys }: Desk): (event: KeyboardEvent) => void {
  const act: Record<string, () => void> = {
    "/": () => {
      app.screen = "keys";
      queueMicrotask(() => document.querySelector<HTMLInputElement>('input[type="search"]')?.focus());
    },
    n: () => {
      if (!keys.head?.freshness.writesOff) dialogs.show({ kind: "create" });
    },
    Escape: () => chosen.clear(),
    "?": () => dialogs.show({ kind: "shortcuts" }),
  };
  return (event) => {
    if (dialogs.open || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    const row = document.querySelector<HTMLElement>('[role="row"][tabindex="0"]');
    if (event.key === "ArrowDown" && row && document.activeElement === document.body) {
      // Otherwise the list would scroll under the row that just got the focus.
      event.preventDefault();
      return row.focus();
    }
    const done = act[event.key];
    if (!done || event.defaultPrevented) return;
    event.preventDefault();
    done();
  };
}
