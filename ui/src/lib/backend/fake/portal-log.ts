import type { KeyRowView, PortalEntryView, PortalLogView } from "$lib/view";
import { MINUTE } from "./sample";

/** Entries of a page. */
const PAGE = 50;

/** An entry, and the ids of what it is about and of the app that belongs to. */
interface Kept {
  entry: PortalEntryView;
  ids: (string | null)[];
}

/** The portal's log, in memory, the newest first. */
export class FakePortalLog {
  #kept: Kept[] = [];

  /** Writes an entry. */
  note(at: number, operation: string, more: Partial<PortalEntryView> = {}, ids: (string | null)[] = []): void {
    const number = this.#kept.length + 1;
    const entry: PortalEntryView = {
      number,
      at,
      operation,
      outcome: "done",
      code: null,
      request: `req_${String(number).padStart(16, "0")}`,
      who: "nadia@keystow.example",
      client: "keystow-desktop",
      targetKind: null,
      target: null,
      address: "192.0.2.17",
      agent: "keystow/0.1",
      ...more,
    };
    this.#kept = [{ entry, ids }, ...this.#kept].sort((a, b) => (b.entry.at ?? 0) - (a.entry.at ?? 0));
  }

  /** A log of some length, with something of everything. */
  fill(now: number, rows: readonly KeyRowView[], entries: number): void {
    const kinds: [string, Partial<PortalEntryView>][] = [
      ["rotateApiKey", {}],
      ["createApiKey", {}],
      ["updateApiKey", {}],
      ["revokeApiKey", { outcome: "refused", code: "ERROR_CODE_NOT_FOUND", who: "bob@keystow.example" }],
      ["approveSubscription", { who: "root@keystow.example", client: null, address: null, agent: null, request: null, targetKind: "subscription", target: "Storefront: Partner access" }],
      ["signIn", { outcome: "refused", code: "ERROR_CODE_UNAUTHENTICATED", who: null, client: null, address: "203.0.113.80", agent: "curl/8.5 \\u{202e}", targetKind: "account", target: "nadia@keystow.example" }],
      ["tookTea", { outcome: "failed", code: "ERROR_CODE_KETTLE" }],
    ];
    for (let back = entries - 1; back >= 0; back -= 1) {
      const [operation, more] = kinds[back % kinds.length]!;
      const row = rows[(back * 5) % Math.max(1, Math.min(rows.length, 13))];
      const about = more.targetKind === undefined && row ? { targetKind: "key", target: row.name } : {};
      this.note(now - Math.round((back * 53 + 4) * MINUTE), operation, { ...about, ...more }, [row?.id ?? null]);
    }
  }

  page(target: string | null, page: string | null): PortalLogView {
    const asked = this.#kept.filter((one) => target === null || one.ids.includes(target)).map((one) => one.entry);
    const from = Number(page ?? 0);
    return { account: "nadia", entries: asked.slice(from, from + PAGE), next: from + PAGE < asked.length ? String(from + PAGE) : null };
  }
}
