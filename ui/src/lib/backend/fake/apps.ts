import type {
  AppDetailsView,
  AppFiguresView,
  AppInput,
  AppRef,
  AppsView,
  AskView,
  CommandError,
  DeletedAppView,
  DeveloperAppView,
  KeyRowView,
  NewKeyInput,
  ProductView,
  SubscriptionView,
} from "$lib/view";
import { DAY, HOUR, MINUTE } from "./sample";
import { refusal, type World } from "./world";

const product = (id: string, name: string, description: string, scopes: string[], approval: ProductView["approval"], more: Partial<ProductView> = {}): ProductView => ({
  id, name, description, scopes, elevated: [], quota: 100_000, rateLimit: 60, tier: "Standard", approval, ...more,
});

/** One product of each rule. */
export const products: ProductView[] = [
  product("catalog", "Catalog", "Read the public catalog.", ["read"], "auto"),
  product("catalog-editing", "Catalog editing", "Read the catalog, and change it once an administrator agrees.", ["read", "write"], "conditional", { elevated: ["write"], quota: 200_000, tier: "Plus" }),
  product("partner", "Partner access", "Everything at a higher rate, for partners an administrator knows.", ["read", "write", "stream"], "manual", { quota: 1_000_000, rateLimit: 120, tier: "Partner" }),
];

/** Developer apps and their approval, in memory. */
export class FakeApps {
  apps: DeveloperAppView[] = [];
  asks: AskView[] = [];
  products = products;
  decides = true;
  error: CommandError | null = null;
  writesOff: CommandError | null = null;
  /** When all of it was told; a moment ago, unless a test says otherwise. */
  readAt: number | null | undefined = undefined;
  #made = 0;
  #keys = new Map<string, string[]>();

  constructor(readonly world: World) {}

  get due(): { waiting: number; asks: number } {
    return { waiting: this.apps.reduce((sum, one) => sum + one.waiting, 0), asks: this.decides ? this.asks.length : 0 };
  }

  #subscription(of: ProductView, state: SubscriptionView["state"], more: Partial<SubscriptionView> = {}): SubscriptionView {
    const now = this.world.now();
    return { id: `sub_${++this.#made}`, product: of.id, productName: of.name, scopes: of.scopes, state, justification: "", reason: null, askedAt: now - 3 * DAY, decidedAt: state === "pending" ? null : now - 2 * DAY, ...more };
  }

  #app(id: string, name: string, subscriptions: SubscriptionView[], more: Partial<DeveloperAppView> = {}): DeveloperAppView {
    const now = this.world.now();
    const any = (state: SubscriptionView["state"]) => subscriptions.some((one) => one.state === state);
    const status = any("approved") ? "active" : any("pending") || subscriptions.length === 0 ? "pending" : "rejected";
    const keyScopes = [...new Set(subscriptions.filter(({ state }) => state !== "rejected").flatMap(({ scopes }) => scopes))];
    const waiting = subscriptions.filter(({ state }) => state === "pending").length;
    return { id, name, description: "", callbackUrls: [], attributes: [], status, suspendedFor: null, word: null, subscriptions, keys: 0, waiting, keyScopes, owner: "nadia", team: null, manageOff: null, createdAt: now - 30 * DAY, changedAt: now - 2 * DAY, ...more };
  }

  /** Fills it with apps in every state, and a queue for who decides. */
  fill(role: "admin" | "developer" | "reader" = "admin"): void {
    const now = this.world.now();
    const [catalog, editing, partner] = products as [ProductView, ProductView, ProductView];
    const why = "Three partners start in March and bring a shop each; they read prices and write orders back.";
    this.apps = [
      this.#app("app_1", "Catalog browser", [this.#subscription(catalog, "approved", { decidedAt: now - 30 * DAY, askedAt: now - 30 * DAY })], { description: "Shows the catalog on the web site and keeps the copy in the warehouse fresh.", callbackUrls: ["https://harbour.example/callback", "http://127.0.0.1:8400/back"], attributes: [{ name: "cost centre", value: "4711" }, { name: "on call", value: "#harbour-web" }] }),
      this.#app("app_2", "Partner onboarding", [this.#subscription(partner, "pending", { justification: why, askedAt: now - 26 * HOUR })], { description: "Lets partners try the interfaces before they sign.", changedAt: now - 26 * HOUR }),
      this.#app("app_3", "Price editor", [this.#subscription(editing, "pending", { justification: "Editors correct prices by hand.", askedAt: now - 40 * MINUTE }), this.#subscription(editing, "approved", { scopes: ["read"] })], { changedAt: now - 40 * MINUTE }),
      this.#app("app_4", "Warehouse feed of the eastern region with a very long name", [this.#subscription(partner, "rejected", { justification: "Faster.", reason: "Please say which partners and how many calls a day.", decidedAt: now - 5 * HOUR })], { changedAt: now - 5 * HOUR }),
      this.#app("app_5", "Loyalty points", [this.#subscription(catalog, "approved")], { status: "suspended", suspendedFor: "No call for half a year, and nobody answers our mails." }),
      this.#app("app_6", "Sketch", []),
    ];
    const rows = this.world.rows();
    if (rows.length > 6) {
      this.#own("app_1", [rows[3]!, rows[4]!]);
      this.#own("app_2", [rows[6]!]);
    }
    this.decides = role === "admin";
    const ask = (of: ProductView, app: string, person: string | null, email: string, ago: number, text: string): AskView => ({
      subscription: this.#subscription(of, "pending", { justification: text, askedAt: now - ago }), appName: app, person, email,
    });
    this.asks = role !== "admin" ? [] : [
      ask(partner, "Partner onboarding", "Nadia Haddad", "nadia@keystow.example", 26 * HOUR, why),
      ask(partner, "Harbour mobile", "Admin <admin@keystow.example>", "sam@elsewhere.example", 5 * HOUR, "Push and offline catalogue."),
      ask(editing, "Price editor", null, "lee@keystow.example", 40 * MINUTE, "Editors correct prices by hand."),
    ];
    if (role === "reader") this.writesOff = refusal("only_looks", "Your role at this portal is read-only.", "You see keys, apps and usage; copies of what is on this device work as before.", "Ask an administrator of the portal for another role.");
  }

  #own(app: string, rows: KeyRowView[]): void {
    for (const row of rows) {
      this.world.put({ ...row, app: this.ref(app) });
      this.took({ ...row, app: this.ref(app) });
    }
  }

  ref(id: string | null): AppRef | null {
    return id === null ? null : { id, name: this.apps.find((one) => one.id === id)?.name ?? null };
  }

  /** How a new key stands, as its app lets it. */
  standing(input: NewKeyInput): KeyRowView["status"]["kind"] {
    const app = this.apps.find((one) => one.id === input.app);
    if (!app) return "active";
    const any = (state: SubscriptionView["state"]) => app.subscriptions.some((one) => one.state === state && one.scopes.some((scope) => input.scopes.includes(scope)));
    return any("approved") ? "active" : any("pending") ? "pending" : "suspended";
  }

  took(row: KeyRowView): void {
    if (!row.app) return;
    const { id } = row.app;
    this.#keys.set(id, [row.id, ...(this.#keys.get(id) ?? [])]);
    this.#put(id, (app) => ({ ...app, keys: this.#keys.get(id)!.length }));
  }

  #put(id: string, change: (app: DeveloperAppView) => DeveloperAppView): void {
    this.apps = this.apps.map((one) => (one.id === id ? change(one) : one));
    this.world.say({ kind: "apps" });
  }

  list(): AppsView {
    return { apps: this.apps, products: this.products, asks: this.decides ? this.asks : [], decides: this.decides, readAt: this.readAt === undefined ? this.world.now() - 12_000 : this.readAt, reading: false, error: this.error, writesOff: this.writesOff };
  }

  details(id: string): AppDetailsView {
    const app = this.apps.find((one) => one.id === id);
    if (!app) throw refusal("app_gone", "The portal does not know this app: it was deleted, or it is not yours.", "The keys of an app that was deleted are revoked; other keys are as they were.", "Read the list of apps again to see what is there.");
    const own = this.#keys.get(id) ?? [];
    return { app, keys: this.world.rows().filter((row) => own.includes(row.id) && row.status.kind !== "revoked"), unlisted: 0 };
  }

  figures(id: string): AppFiguresView {
    const app = this.details(id).app;
    const used = app.keys > 0 && app.status === "active";
    const now = this.world.now();
    return { from: now - 30 * DAY, completeUntil: now - 2 * MINUTE, messages: used ? 48_212 : 0, errors: used ? 391 : 0, throttled: used ? 12 : 0, response: used ? { least: 4_100, mean: 23_800, most: 912_000 } : null, gaps: false };
  }

  #asked(input: AppInput, before: readonly SubscriptionView[]): SubscriptionView[] {
    return input.products.flatMap(({ product: id, scopes, justification }) => {
      const of = this.products.find((one) => one.id === id)!;
      const kept = before.filter((one) => one.product === id && one.scopes.join() === scopes.join());
      if (kept.length > 0 && justification === "") return before.filter((one) => one.product === id);
      const waits = of.approval === "manual" || (of.approval === "conditional" && scopes.some((scope) => of.elevated.includes(scope)));
      const now = this.world.now();
      const fresh = this.#subscription(of, waits ? "pending" : "approved", { scopes, justification, askedAt: now, decidedAt: waits ? null : now });
      return [fresh, ...before.filter((one) => waits && one.product === id && one.state === "approved")];
    });
  }

  create(input: AppInput): AppDetailsView {
    const id = `app_new_${this.apps.length}`;
    const { name, description, callbackUrls, attributes } = input;
    const now = this.world.now();
    this.apps = [this.#app(id, name, this.#asked(input, []), { description, callbackUrls, attributes, createdAt: now, changedAt: now }), ...this.apps];
    this.world.say({ kind: "apps" });
    return this.details(id);
  }

  change(id: string, input: AppInput): AppDetailsView {
    const { name, description, callbackUrls, attributes } = input;
    this.#put(id, (app) => {
      const { keys, owner, createdAt } = app;
      return this.#app(id, name, this.#asked(input, app.subscriptions), { description, callbackUrls, attributes, keys, owner, createdAt, changedAt: this.world.now() });
    });
    return this.details(id);
  }

  delete(id: string, typed: string): DeletedAppView {
    const { app, keys } = this.details(id);
    if (typed !== app.name) throw refusal("app_name_differs", "The name that was typed is not the app's name.", "Nothing was changed.", "Type the name exactly as it is shown.");
    for (const row of keys) this.world.put({ ...row, status: { kind: "revoked", word: null, at: this.world.now() }, copy: "dead", old: [] });
    this.apps = this.apps.filter((one) => one.id !== id);
    this.world.say({ kind: "apps" });
    return { name: app.name, keys: keys.length, already: false };
  }

  decide(id: string, reason: string | null): AppsView {
    if (!this.asks.some((one) => one.subscription.id === id)) throw this.decidedBefore();
    const at = this.world.now();
    this.asks = this.asks.filter((one) => one.subscription.id !== id);
    for (const app of this.apps) {
      const subscriptions = app.subscriptions.map((one) => (one.id === id ? { ...one, state: reason === null ? ("approved" as const) : ("rejected" as const), reason, decidedAt: at } : one));
      const { description, callbackUrls, attributes, keys, owner, createdAt } = app;
      this.#put(app.id, (one) => this.#app(one.id, one.name, subscriptions, { description, callbackUrls, attributes, keys, owner, createdAt, changedAt: at }));
    }
    this.world.say({ kind: "apps" });
    return this.list();
  }

  /** What is said of something that was decided elsewhere; it is then not in the queue any more. */
  decidedBefore(): CommandError {
    return { ...refusal("decided_before", "This does not wait for a decision any more (the developer took this back before).", "Your decision was not taken over; what was decided first stays.", "Look at the queue, which was read again."), facts: { said: "the developer took this back before" } };
  }
}
