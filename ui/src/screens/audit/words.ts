import type { I18n } from "$lib/i18n/index.svelte";
import { en, type MessageKey } from "$lib/i18n/en";
import type { Line } from "$lib/state/timeline.svelte";
import type { AuditEntryView, PortalEntryView } from "$lib/view";

/** Something that is known of an entry, by name. */
export interface Fact {
  name: string;
  value: string;
}

/** A word for a code, where there is one: what is new to this window is shown as it is. */
function word(i18n: I18n, kind: "what" | "fact" | "operation" | "refusal", code: string): string {
  // The log on disk writes words with a line between them, the app's views write them together.
  const key = `${kind}.${code.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())}`;
  return Object.hasOwn(en, key) ? i18n.t(key as MessageKey) : code;
}

/** What was done. */
export function whatWord(entry: AuditEntryView, i18n: I18n): string {
  return word(i18n, "what", entry.what);
}

/** What else is known of it, by name. */
export function factWords(entry: AuditEntryView, i18n: I18n): Fact[] {
  return Object.entries(entry.facts).map(([name, value]) => ({ name: word(i18n, "fact", name), value }));
}

/** Why the portal refused, in words where the code is one of the contract's. */
function refusal(code: string, i18n: I18n): string {
  const plain = code.replace(/^ERROR_CODE_/, "").toLowerCase();
  const said = word(i18n, "refusal", plain);
  return said === plain ? code : said;
}

/** What was tried at the portal, and whether it came to nothing. */
function triedWord(entry: PortalEntryView, i18n: I18n): string {
  const what = word(i18n, "operation", entry.operation);
  return entry.outcome === "done" ? what : i18n.t(`timeline.${entry.outcome}`, { what });
}

/** A line of the timeline in words, whichever log tells it. */
export function lineWords(line: Line, i18n: I18n): { what: string; target: string | null; who: string | null; facts: Fact[]; calls: boolean } {
  if (line.source === "here") {
    const { entry } = line;
    // What may mean that a secret is gone or got out stands out.
    const calls = entry.what === "lost" || entry.what === "notDone";
    return { what: whatWord(entry, i18n), target: entry.key?.name ?? null, who: entry.account, facts: factWords(entry, i18n), calls };
  }
  const { entry } = line;
  const facts: (Fact | null)[] = [
    entry.code ? { name: "", value: refusal(entry.code, i18n) } : null,
    entry.address ? { name: i18n.t("timeline.from"), value: entry.address } : null,
    entry.client ? { name: i18n.t("timeline.through"), value: entry.client } : null,
    entry.agent ? { name: i18n.t("timeline.agent"), value: entry.agent } : null,
    entry.request ? { name: i18n.t("timeline.request"), value: entry.request } : null,
  ];
  return { what: triedWord(entry, i18n), target: entry.target, who: entry.who, facts: facts.filter((one) => one !== null), calls: entry.outcome !== "done" };
}
