/** Keys that are only held. */
const HELD = new Set(["Control", "Alt", "AltGraph", "Shift", "Meta", "OS", "Super", "Hyper"]);

/**
 * The key that was pressed as the app writes it, such as `Ctrl+Alt+K`.
 *
 * `more` while only keys are held that do nothing by themselves; nothing for what cannot open the picker.
 */
export function hotkeyOf(event: KeyboardEvent): string | "more" | null {
  if (HELD.has(event.key)) return "more";
  const key = keyOf(event.code);
  if (key === null || !(event.ctrlKey || event.altKey || event.metaKey)) return null;
  const held = [event.ctrlKey && "Ctrl", event.altKey && "Alt", event.shiftKey && "Shift", event.metaKey && "Super"];
  return [...held.filter((word) => word !== false), key].join("+");
}

/** A key by its place on the keyboard: what it types depends on what is held with it. */
function keyOf(code: string): string | null {
  if (code === "Space") return "Space";
  return /^(?:Key([A-Z])|Digit([0-9])|(F(?:[1-9]|1[0-2])))$/.exec(code)?.slice(1).find((part) => part !== undefined) ?? null;
}
