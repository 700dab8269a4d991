import { SLOTS, type PickerState } from "./state.svelte";

/** What a key does in the picker; keys that type something are left to the field. */
export function pressed(event: KeyboardEvent, picker: PickerState): void {
  // An input method is composing: Enter and arrows are its own.
  if (event.isComposing) return;
  const act = action(event, picker);
  if (!act) return;
  event.preventDefault();
  // Whoever types fast and presses Enter means what was typed, not what is still shown of the letters before.
  if (event.key === "Escape") void act();
  else void picker.settled().then(act);
}

/** Does what a key does, by its name alone: one that was pressed before there was a field to take it. */
export async function replay(key: string, picker: PickerState): Promise<void> {
  const act = action(new KeyboardEvent("keydown", { key }), picker);
  if (act) await act();
  else if (key === "Backspace") await picker.type([...picker.typed].slice(0, -1).join(""));
  else await picker.type(picker.typed + key);
}

function action(event: KeyboardEvent, picker: PickerState): (() => unknown) | null {
  const slot = slotOf(event, picker);
  if (slot !== null) return () => picker.act(slot);
  if (event.altKey && event.code === "KeyP") return () => picker.pin();
  if (event.altKey || event.ctrlKey || event.metaKey) return null;
  switch (event.key) {
    case "ArrowDown":
      return () => picker.move(1);
    case "ArrowUp":
      return () => picker.move(-1);
    case "PageDown":
      return () => picker.page(1);
    case "PageUp":
      return () => picker.page(-1);
    case "Enter":
      return () => picker.act();
    case "Escape":
      return () => picker.hide();
    default:
      return null;
  }
}

/** The place a number stands for: with Alt always, by itself while nothing is typed. */
function slotOf(event: KeyboardEvent, picker: PickerState): number | null {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return null;
  if (!event.altKey && picker.typed !== "") return null;
  const number = /^(?:Digit|Numpad)([1-9])$/.exec(event.code)?.[1] ?? /^[1-9]$/.exec(event.key)?.[0];
  const place = Number(number ?? 0) - 1;
  return place >= 0 && place < Math.min(SLOTS, picker.rows.length) ? place : null;
}
