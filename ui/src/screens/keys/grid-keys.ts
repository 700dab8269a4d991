import type { KeyRowView } from "$lib/view";

/** What the keyboard can do in the list. */
export interface GridActions {
  active(): KeyRowView | undefined;
  move(by: number): void;
  goTo(place: number): void;
  last(): number;
  page(): number;
  copy(row: KeyRowView): void;
  rotate(row: KeyRowView): void;
  rename(row: KeyRowView): void;
  noSecret(row: KeyRowView): void;
  menu(row: KeyRowView): void;
}

function moves(actions: GridActions): Record<string, () => void> {
  return {
    ArrowDown: () => actions.move(1),
    ArrowUp: () => actions.move(-1),
    PageDown: () => actions.move(actions.page()),
    PageUp: () => actions.move(-actions.page()),
    Home: () => actions.goTo(0),
    End: () => actions.goTo(actions.last()),
  };
}

function copy(actions: GridActions, row: KeyRowView): void {
  if (row.copy === "noSecret") actions.noSecret(row);
  else if (row.copy !== "dead") actions.copy(row);
}

/**
 * Turns key presses in the list into actions.
 *
 * Letters act on the active row; Enter and Space on a button inside it stay the button's own.
 */
export function gridKeys(actions: GridActions): (event: KeyboardEvent) => void {
  const move = moves(actions);
  const act: Record<string, (row: KeyRowView) => void> = {
    c: (row) => copy(actions, row),
    r: (row) => actions.rotate(row),
    F2: (row) => actions.rename(row),
    ContextMenu: (row) => actions.menu(row),
    Enter: (row) => copy(actions, row),
  };
  return (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const onButton = (event.target as HTMLElement).closest("button") !== null;
    if (event.key === "Enter" && (onButton || event.repeat)) return;
    const row = actions.active();
    const key = event.shiftKey && event.key === "F10" ? "ContextMenu" : event.key;
    const done = move[key] ?? (row && act[key] ? () => act[key]!(row) : undefined);
    if (!done) return;
    event.preventDefault();
    done();
  };
}
