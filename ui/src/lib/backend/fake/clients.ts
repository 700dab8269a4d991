import type { BillLineView, BillView, ClientInput, ClientView, HealthForm, KeyRowView, NewClientInput, SavedView } from "$lib/view";
import type { Backend } from "..";
import type { FakeApps } from "./apps";
import { DAY, HOUR, mask, MINUTE, oldSecret, sampleKeys } from "./sample";
import type { Ask, World } from "./world";

/** OAuth clients and the bill, in memory: clients are rows among the keys. */
export class FakeClients {
  /** What the bill has; nothing until it is filled. */
  lines: BillLineView[] = [];
  #made = 0;

  constructor(
    readonly world: World,
    readonly apps: FakeApps,
  ) {}

  #row(name: string, client: ClientView, app: string | null, more: Partial<KeyRowView> = {}): KeyRowView {
    const row = sampleKeys(1, this.world.now())[0]!;
    const number = ++this.#made;
    const shown = client.proof === "nothing" ? { prefix: "", suffix: null, sharedBy: 0 } : { ...mask(number + 700), suffix: client.proof === "secret" ? "Qw3r" : null };
    return { ...row, id: `client_${number}`, name, owner: "nadia", app: this.apps.ref(app), client, scopes: [], environment: null, mask: shown, status: { kind: "active", word: null, at: null }, createdAt: this.world.now(), lastUsedAt: null, expiresAt: null, copy: client.proof === "nothing" ? "nothing" : "ready", old: [], openRotation: false, bars: null, ...more };
  }

  /** Fills it with a client of each kind, two of them of the first app. */
  fill(): void {
    const now = this.world.now();
    const key = (kid: string, ago: number) => ({ kid, algorithm: "EdDSA", addedAt: now - ago, lastUsedAt: now - 4 * MINUTE });
    const at = "https://harbour.example/callback";
    const signing: ClientView = { proof: "signature", redirectUris: [], keys: [key("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k", DAY), key("b1Tz_0pQm3VYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k", 90 * DAY)] };
    for (const row of [
      this.#row("Harbour web sign-in", { proof: "secret", redirectUris: [at, "http://127.0.0.1:8400/back"], keys: [] }, "app_1", { lastUsedAt: now - 4 * MINUTE }),
      this.#row("Nightly price export", signing, "app_1", { status: { kind: "rotating", word: null, at: null }, old: [{ ...oldSecret(now), end: { known: "unknown" } }], lastUsedAt: now - 9 * HOUR }),
      this.#row("Harbour kiosk", { proof: "nothing", redirectUris: ["http://127.0.0.1/back"], keys: [] }, null),
    ]) {
      this.world.add(row);
      this.apps.took(row);
    }
    const resetsAt = now + 12 * DAY;
    const line = (kind: BillLineView["kind"], id: string, name: string | null, billable: number, limit: number | null, tier: string | null): BillLineView => ({ kind, id, name, tier, billable, used: billable, limit, resetsAt });
    this.lines = [
      line("client", "client_1", "Harbour web sign-in", 4_812, 1_000_000, "Partner"),
      line("key", "key_3", "catalog-sync-prod", 91_240, 100_000, "Standard"),
      line("key", "key_4", "warehouse-feed-of-the-eastern-region-with-a-long-name-staging", 12, 100_000, "Standard"),
      line("app", "app_1", "Catalog browser", 96_052, null, "Partner, Standard"),
      line("app", "app_0", null, 31, null, null),
    ];
  }

  list(): KeyRowView[] {
    return this.world.rows().filter((row) => row.client !== null && row.status.kind !== "revoked");
  }

  create(input: NewClientInput): KeyRowView {
    const { name, proof, redirectUris, app } = input;
    const keys = proof === "signature" ? [{ kid: "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k", algorithm: "EdDSA", addedAt: this.world.now(), lastUsedAt: null }] : [];
    const row = this.world.add(this.#row(name, { proof, redirectUris, keys }, app));
    this.apps.took(row);
    return row;
  }

  change(id: string, input: ClientInput): KeyRowView {
    const row = this.world.row(id);
    return this.world.put({ ...row, name: input.name, client: { ...row.client!, redirectUris: input.redirectUris } });
  }

  bill(monthsBack: number): BillView {
    const now = new Date(this.world.now());
    const month = (back: number) => Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - back, 1);
    const lines = monthsBack === 0 ? this.lines : [];
    const of = (app: boolean) => lines.filter((line) => (line.kind === "app") === app);
    return { from: month(monthsBack), to: monthsBack === 0 ? now.getTime() : month(monthsBack - 1), completeUntil: monthsBack === 0 ? now.getTime() - 2 * MINUTE : null, billable: of(false).reduce((sum, line) => sum + line.billable, 0), credentials: of(false), apps: of(true) };
  }

  exported(form: HealthForm): SavedView {
    return { path: `/home/nadia/Downloads/keystow-bill-2026-11-30.${form}`, entries: this.lines.length };
  }

  backend(ask: Ask): Pick<Backend, "clients" | "bill"> {
    return {
      clients: {
        list: () => ask("clients", {}, () => this.list()),
        create: (input) => ask("createClient", { input }, () => ({ row: this.create(input) })),
        change: (client, input) => ask("changeClient", { client, input }, () => this.change(client, input)),
      },
      bill: {
        show: (monthsBack) => ask("bill", { monthsBack }, () => this.bill(monthsBack)),
        export: (monthsBack, form) => ask("exportBill", { monthsBack, form }, () => this.exported(form)),
      },
    };
  }
}
