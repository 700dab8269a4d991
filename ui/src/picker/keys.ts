import type { PickForms } from "./forms.svelte";
import { SLOTS, type PickerState } from "./state.svelte";

/** What a key does in the picker; keys that type something are left to the field. */
export function pressed(event: KeyboardEvent, picker: PickerState): void {
  // An input method is composing: Enter and arrows are its own.
  if (event.isComposing) return;
  const act = action(event, picker);
  if (!act) return;
  event.preventDefault();
  if (event.key === "Escape") return void act();
  // A key that is held is pressed once: a second word for a secret is another press.
  if (event.repeat && !/^(?:Arrow|Page)/.test(event.key)) return;
  // Whoever types fast and presses Enter means what was typed, not what is still shown of the letters before; and
  // what a key does is known when those before it were done.
  picker.inTurn(() => action(event, picker)?.());
}

/** Does what a key does, by its name alone: one that was pressed before there was a field to take it. */
export async function replay(key: string, picker: PickerState): Promise<void> {
  const act = action(new KeyboardEvent("keydown", { key }), picker);
  if (act) await act();
  else {
    const typed = picker.forms?.typed ?? picker.typed;
    await picker.input(key === "Backspace" ? [...typed].slice(0, -1).join("") : typed + key);
  }
}

function action(event: KeyboardEvent, picker: PickerState): (() => unknown) | null {
  const { forms } = picker;
  if (forms) return formAction(event, picker, forms);
  const slot = slotOf(event, picker.typed, picker.rows.length);
  if (slot !== null) return () => picker.act(slot);
  if (event.altKey && event.code === "KeyP") return () => picker.pin();
  if (event.altKey || event.ctrlKey || event.metaKey) return null;
  if (picker.row && (event.key === "Tab" ? !event.shiftKey : leaves(event, FORWARD))) return () => picker.openForms();
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

/** The same while a form is chosen. */
function formAction(event: KeyboardEvent, picker: PickerState, forms: PickForms): (() => unknown) | null {
  const slot = slotOf(event, forms.typed, forms.view ? forms.shown.length : SLOTS);
  if (slot !== null) return () => picker.giveOut(slot);
  if (event.altKey || event.ctrlKey || event.metaKey) return null;
  if (leaves(event, BACK)) return () => picker.closeForms();
  switch (event.key) {
    case "ArrowDown":
      return () => forms.move(1);
    case "ArrowUp":
      return () => forms.move(-1);
    case "Enter":
      return () => picker.giveOut();
    case "Escape":
      return () => picker.closeForms();
    case "Tab":
      // The field is the one thing that has the focus.
      return () => (event.shiftKey ? picker.closeForms() : undefined);
    default:
      return null;
  }
}

const FORWARD = { ltr: "ArrowRight", rtl: "ArrowLeft" };
const BACK = { ltr: "ArrowLeft", rtl: "ArrowRight" };

/** Whether an arrow leaves the text in the field: there is no letter beyond the caret that it could go to. */
function leaves(event: KeyboardEvent, arrow: typeof FORWARD): boolean {
  if (event.shiftKey || event.key !== arrow[document.documentElement.dir === "rtl" ? "rtl" : "ltr"]) return false;
  if (!(event.target instanceof HTMLInputElement)) return true;
  const { value, selectionStart, selectionEnd } = event.target;
  const edge = arrow === FORWARD ? value.length : 0;
  return selectionStart === edge && selectionEnd === edge;
}

/** The place a number stands for: with Alt always, by itself while nothing is typed. */
function slotOf(event: KeyboardEvent, typed: string, count: number): number | null {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return null;
  if (!event.altKey && typed !== "") return null;
  const number = /^(?:Digit|Numpad)([1-9])$/.exec(event.code)?.[1] ?? /^[1-9]$/.exec(event.key)?.[0];
  const place = Number(number ?? 0) - 1;
  return place >= 0 && place < Math.min(SLOTS, count) ? place : null;
}
