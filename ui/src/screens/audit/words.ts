import type { I18n } from "$lib/i18n/index.svelte";
import { workEn } from "$lib/i18n/work.en";
import type { AuditEntryView } from "$lib/view";

type Said = { [K in keyof typeof workEn]: K extends `${"what" | "fact"}.${string}` ? K : never }[keyof typeof workEn];

/** A word for a code of the app, where there is one: what is new to this window is shown as it is. */
function word(i18n: I18n, kind: "what" | "fact", code: string): string {
  // The log on disk writes words with a line between them, the app's views write them together.
  const key = `${kind}.${code.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())}`;
  return Object.hasOwn(workEn, key) ? i18n.t(key as Said) : code;
}

/** What was done. */
export function whatWord(entry: AuditEntryView, i18n: I18n): string {
  return word(i18n, "what", entry.what);
}

/** What else is known of it, by name. */
export function factWords(entry: AuditEntryView, i18n: I18n): { name: string; value: string }[] {
  return Object.entries(entry.facts).map(([name, value]) => ({ name: word(i18n, "fact", name), value }));
}
