import type { Desk } from "$lib/context";

function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest("input, textarea, select, [contenteditable]") !== null;
}

/** Keys that work wherever the focus is: `/` search, `n` new, `?` sheet, an arrow into the list. */
export function globalKeys({ app, dialogs, keys }: Desk): (event: KeyboardEvent) => void {
  const act: Record<string, () => void> = {
    "/": () => {
      app.screen = "keys";
      queueMicrotask(() => document.querySelector<HTMLInputElement>('input[type="search"]')?.focus());
    },
    n: () => {
      if (!keys.head?.freshness.writesOff) dialogs.show({ kind: "create" });
    },
    "?": () => dialogs.show({ kind: "shortcuts" }),
  };
  return (event) => {
    if (dialogs.open || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (event.key === "ArrowDown" && document.activeElement === document.body) {
      event.preventDefault();
      document.querySelector<HTMLElement>('[role="row"][tabindex="0"]')?.focus();
      return;
    }
    const done = act[event.key];
    if (!done || event.defaultPrevented) return;
    event.preventDefault();
    done();
  };
}
