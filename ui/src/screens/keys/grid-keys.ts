import type { KeyRowView } from "$lib/view";

/** What the keyboard can do in the list. */
export interface GridActions {
  active(): KeyRowView | undefined;
  /** Moves the focus; `extend` chooses what it passes. */
  move(by: number, extend: boolean): void;
  goTo(place: number, extend: boolean): void;
  last(): number;
  page(): number;
  copy(row: KeyRowView): void;
  copyAs(row: KeyRowView): void;
  rotate(row: KeyRowView): void;
  rename(row: KeyRowView): void;
  noSecret(row: KeyRowView): void;
  menu(row: KeyRowView): void;
  /** Chooses a key, or lets it go. */
  choose(row: KeyRowView): void;
  chooseAll(): void;
  /** Lets every chosen key go; whether there was one. */
  clear(): boolean;
}

function moves(actions: GridActions): Record<string, (extend: boolean) => void> {
  return {
    ArrowDown: (extend) => actions.move(1, extend),
    ArrowUp: (extend) => actions.move(-1, extend),
    PageDown: (extend) => actions.move(actions.page(), extend),
    PageUp: (extend) => actions.move(-actions.page(), extend),
    Home: (extend) => actions.goTo(0, extend),
    End: (extend) => actions.goTo(actions.last(), extend),
  };
}

function copy(actions: GridActions, row: KeyRowView): void {
  if (row.copy === "noSecret") actions.noSecret(row);
  else if (row.copy !== "dead") actions.copy(row);
}

function copyAs(actions: GridActions, row: KeyRowView): void {
  if (row.copy === "noSecret") actions.noSecret(row);
  else if (row.copy !== "dead") actions.copyAs(row);
}

/**
 * Turns key presses in the list into actions.
 *
 * Letters act on the active row; Enter and Space on a button or a box inside it stay its own.
 */
export function gridKeys(actions: GridActions): (event: KeyboardEvent) => void {
  const move = moves(actions);
  const act: Record<string, (row: KeyRowView) => void> = {
    c: (row) => copy(actions, row),
    C: (row) => copyAs(actions, row),
    r: (row) => actions.rotate(row),
    F2: (row) => actions.rename(row),
    ContextMenu: (row) => actions.menu(row),
    Enter: (row) => copy(actions, row),
    " ": (row) => actions.choose(row),
  };
  function meant(event: KeyboardEvent): (() => void) | undefined {
    const key = event.shiftKey && event.key === "F10" ? "ContextMenu" : event.key;
    const going = move[key];
    if (going) return () => going(event.shiftKey);
    const row = actions.active();
    return row && act[key] ? () => act[key]!(row) : undefined;
  }
  return (event) => {
    if (event.altKey) return;
    if (event.ctrlKey || event.metaKey) {
      if (event.key.toLowerCase() !== "a") return;
      event.preventDefault();
      return actions.chooseAll();
    }
    if (event.key === "Escape") return void (actions.clear() && event.preventDefault());
    const own = (event.target as HTMLElement).closest("button, input") !== null;
    if ((event.key === "Enter" || event.key === " ") && (own || event.repeat)) return;
    const done = meant(event);
    if (!done) return;
    event.preventDefault();
    done();
  };
}
