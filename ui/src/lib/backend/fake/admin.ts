import type { ReportInput, ReportRowView, ReportView, SavedView, SuspendInput, SuspensionInput, SuspensionPreviewView, SuspensionView } from "$lib/view";
import type { Backend } from "..";
import { DAY } from "./sample";
import { refusal, type Ask, type World } from "./world";

/** How many lines a page of a report has, and how many things have their turn at once. */
const PAGE = 50;
const BATCH = 2;

/** What administrators do, in memory. */
export class FakeAdmin {
  rows: ReportRowView[] = [];
  suspensions: SuspensionView[] = [];

  constructor(readonly world: World) {}

  /** Fills it with a portal of many apps and two suspensions. */
  fill(count = 120): void {
    const now = this.world.now();
    const statuses = ["active", "active", "active", "pending", "suspended"] as const;
    const names = ["Harbour shop", "Catalog browser", "Warehouse feed of the eastern region", "Price editor", "Loyalty points"];
    this.rows = Array.from({ length: count }, (_, nth) => ({
      app: `app_${nth}`, name: `${names[nth % 5]} ${nth + 1}`, owner: nth % 4 === 3 ? "Storefront team" : `dev${nth % 9}@keystow.example`, status: statuses[nth % 5]!,
      products: nth % 5 === 3 ? [] : nth % 2 ? ["catalog"] : ["catalog", "partner"], credentials: nth % 4, createdAt: now - nth * 2 * DAY, lastUsedAt: nth % 3 ? now - nth * DAY : null,
      calls: nth * 731, errors: nth * 7, billable: nth * 700, justification: "", askedAt: null,
    }));
    this.suspensions = [
      { id: "susp_2", state: "running", reason: "No call for half a year, and nobody answers our mails.", by: "root@keystow.example", begunAt: now - 3_600_000, of: 41, due: 16, suspended: 24, resumed: 0, left: 1 },
      { id: "susp_1", state: "resumed", reason: "Leaked in a public repository.", by: "root@keystow.example", begunAt: now - 9 * DAY, of: 3, due: 0, suspended: 0, resumed: 2, left: 1 },
    ];
  }

  #must(): void {
    if (!this.world.abilities()?.administers) throw refusal("role_forbids", "Your role at this portal does not allow that.", "Nothing was changed; your keys and secrets are as they were.", "Your role was read again. Ask an administrator of the portal if you need another one.");
  }

  report(input: ReportInput, page: string | null): ReportView {
    this.#must();
    const from = Number(page ?? 0);
    const fits = (row: ReportRowView) => (!input.owner || row.owner === input.owner) && (!input.status || row.status === input.status) && (!input.product || row.products.includes(input.product));
    const of = { inventory: () => true, usage: (row: ReportRowView) => row.calls > 0, inactive: (row: ReportRowView) => row.lastUsedAt === null, pending: (row: ReportRowView) => row.status === "pending" }[input.kind];
    const all = this.rows.filter((row) => fits(row) && of(row));
    return { rows: all.slice(from, from + PAGE), total: all.length, next: from + PAGE < all.length ? String(from + PAGE) : null };
  }

  export(input: ReportInput): SavedView {
    return { path: `/home/nadia/Downloads/keystow-apps-${input.kind}-2026-11-20.csv`, entries: this.report(input, null).total };
  }

  preview(wish: SuspensionInput): SuspensionPreviewView {
    this.#must();
    const part = wish.name.toLowerCase();
    const hit = this.rows.filter((row) => row.status !== "suspended" && row.name.toLowerCase().includes(part) && (!wish.owner || row.owner === wish.owner));
    return { preview: hit.map((row) => row.app).join(" "), hit: hit.length, credentials: hit.reduce((sum, row) => sum + row.credentials, 0), items: hit.slice(0, 100).map(({ app, name, owner, lastUsedAt }) => ({ id: app, name, owner, lastUsedAt })) };
  }

  suspend(input: SuspendInput): SuspensionView {
    const now = this.preview(input.wish);
    if (now.preview !== input.preview) throw refusal("admin_differs", "Something changed since you looked: other apps or keys would be hit now, or somebody undoes it.", "Apps and keys at the portal are as they were.", "Look at the preview or the suspension again, then decide.");
    const one: SuspensionView = { id: `susp_${this.suspensions.length + 1}`, state: "running", reason: input.reason, by: "nadia@keystow.example", begunAt: this.world.now(), of: now.hit, due: now.hit, suspended: 0, resumed: 0, left: 0 };
    this.suspensions = [one, ...this.suspensions];
    return one;
  }

  #turn(id: string, change: (one: SuspensionView) => SuspensionView): SuspensionView {
    this.#must();
    this.suspensions = this.suspensions.map((one) => (one.id === id ? change(one) : one));
    return this.suspensions.find((one) => one.id === id)!;
  }

  goOn(id: string): SuspensionView {
    return this.#turn(id, (one) => {
      const now = Math.min(BATCH, one.due);
      return { ...one, due: one.due - now, suspended: one.suspended + now, state: one.due === now ? "done" : "running" };
    });
  }

  resume(id: string): SuspensionView {
    return this.#turn(id, (one) => {
      const now = Math.min(BATCH, one.suspended);
      return { ...one, due: 0, left: one.left + one.due, suspended: one.suspended - now, resumed: one.resumed + now, state: one.suspended === now ? "resumed" : "resuming" };
    });
  }

  list(): SuspensionView[] {
    this.#must();
    return this.suspensions;
  }

  backend(ask: Ask): Backend["admin"] {
    return {
      preview: (input) => ask("previewSuspension", { input }, () => this.preview(input)),
      suspend: (input) => ask("suspend", { input }, () => this.suspend(input)),
      suspensions: () => ask("suspensions", {}, () => this.list()),
      goOn: (suspension) => ask("goOn", { suspension }, () => this.goOn(suspension)),
      resume: (suspension) => ask("resume", { suspension }, () => this.resume(suspension)),
      report: (input, page) => ask("report", { input, page }, () => this.report(input, page)),
      export: (input, form) => ask("exportReport", { input, form }, () => this.export(input)),
    };
  }
}
