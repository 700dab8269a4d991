import type {
  AppView,
  CallView,
  ClipboardView,
  CommandError,
  FirstView,
  FormKind,
  ImportView,
  KeyDetailsView,
  KeyPageView,
  KeyQuery,
  KeyRowView,
  SignInView,
  WindowEvent,
} from "$lib/view";
import type { Backend } from "./index";
import { FakeAdmin } from "./fake/admin";
import { FakeApps } from "./fake/apps";
import { FakeClients } from "./fake/clients";
import { fakeUsage } from "./fake/chart";
import { FakeForms } from "./fake/forms";
import { FakePortalLog } from "./fake/portal-log";
import { FakeHealth, fakeComplete, fakeFaults } from "./fake/health";
import { FakeRotations } from "./fake/rotation";
import { abilities, DAY, environments, mask, MINUTE, sampleKeys } from "./fake/sample";
import { FakeTeams } from "./fake/teams";
import { FakeWatch } from "./fake/watch";
import { FakeWork } from "./fake/work";
import { refusal, type World } from "./fake/world";

/** What the world of the fake looks like at first. */
export interface Scene {
  /** How many keys there are. */
  keys: number;
  /** Whether an account exists. */
  signedIn: boolean;
  now: () => number;
}

/** An app in memory: complete enough to work with, and with a record of what it was asked. */
export class Fake {
  rows: KeyRowView[];
  view: AppView;
  /** The commands that arrived, in order. */
  readonly calls: { command: string; args: unknown }[] = [];
  /** Answers that are refused from now on, by command. */
  readonly refuse = new Map<string, CommandError>();
  /** Commands whose answer waits until `release`. */
  readonly hold = new Set<string>();
  #heard = new Set<(event: WindowEvent) => void>();
  #waiting: (() => void)[] = [];
  readonly now: () => number;
  /** What the list says about its age; tests change it. */
  freshness: KeyPageView["freshness"];
  readonly #world: World = {
    now: () => this.now(),
    rows: () => this.rows,
    row: (id) => this.#row(id),
    put: (row) => this.#put(row),
    add: (row) => {
      this.rows = [row, ...this.rows];
      return this.#put(row);
    },
    replace: (id, row) => {
      this.rows = this.rows.map((one) => (one.id === id ? row : one));
      this.say({ kind: "keys" });
    },
    abilities: () => this.view.accounts.find((one) => one.id === this.view.current)?.abilities ?? null,
    say: (event) => this.say(event),
  };
  readonly rotations = new FakeRotations(this.#world);
  readonly watch: FakeWatch;
  readonly work: FakeWork;
  readonly portalLog = new FakePortalLog();
  readonly forms = new FakeForms(this.#world);
  readonly apps = new FakeApps(this.#world);
  readonly teams = new FakeTeams(this.#world, this.apps);
  readonly clients = new FakeClients(this.#world, this.apps);
  readonly admin = new FakeAdmin(this.#world);
  readonly health = new FakeHealth(this.#world, () => this.freshness);
  /** The production key that somebody confirmed to want. */
  allowed: string | null = null;
  /** What the next import comes to. */
  imported: Pick<ImportView, "tried" | "left"> = { tried: true, left: "cleared" };
  /** The file that is chosen next, and the variables in it of which one must be named; nothing is a dialog that is closed. */
  file: { path: string; variables: string[] } | null = { path: "deploy/production.env", variables: [] };
  /** What the next calls come back with. */
  call: CallView = { status: 200, took: 38, limit: 100, remaining: 99, resetsAt: null };
  /** The portal's clock minus this computer's. */
  offset = 400;

  constructor(scene: Partial<Scene> = {}) {
    this.now = scene.now ?? (() => Date.now());
    const now = this.now();
    this.watch = new FakeWatch(this.now());
    this.work = new FakeWork(this.#world);
    this.rows = sampleKeys(scene.keys ?? 24, now);
    this.freshness = { readAt: now - 12_000, reading: false, read: 0, of: null, cut: null, clockOffset: 400, clockAbout: false, error: null, writesOff: null };
    this.view = {
      version: "0.1.0",
      accounts: [],
      current: null,
      vault: { state: "unlocked", error: null },
      protection: { passphrase: false, leftover: false, onOffer: true, asking: false },
      lock: null,
      signIn: null,
      clipboard: { state: "empty" },
      notices: [],
      settings: { theme: "system", language: "system", clipboardSeconds: 30, pasteOnce: false, hotkey: "Ctrl+Alt+K", keepInTray: true, lock: { idleMinutes: 10, hide: true, askProduction: false } },
      builtInPortal: "http://127.0.0.1:8427",
      pinned: [],
      desktop: { hotkey: "works", tray: true, kind: "other" },
      watches: { idle: true, screen: true, sleep: true },
    };
    if (scene.signedIn ?? true) this.#addAccounts();
  }

  #read(change: Partial<KeyPageView["freshness"]>): void {
    this.freshness = { ...this.freshness, ...change };
    this.say({ kind: "keys" });
  }

  #addAccounts(): void {
    const account = { session: "signedIn" as const, abilities };
    this.view = {
      ...this.view,
      current: "a1",
      accounts: [
        { ...account, id: "a1", portalName: "Built-in portal", portal: "http://127.0.0.1:8427", builtIn: true, person: "nadia@keystow.example" },
        { ...account, id: "a2", portalName: "Acme developers", portal: "https://developers.acme.example", builtIn: false, person: "nadia.k" },
      ],
    };
  }

  /** Tells the window something. */
  say(event: WindowEvent): void {
    for (const heard of this.#heard) heard(event);
  }

  /** Lets the held answers go. */
  release(): void {
    this.hold.clear();
    for (const go of this.#waiting.splice(0)) go();
  }

  /** A failure with words, as the app would send it. */
  static readonly error = refusal;

  async #ask<T>(command: string, args: unknown, answer: () => T): Promise<T> {
    this.calls.push({ command, args });
    if (this.hold.has(command)) await new Promise<void>((go) => this.#waiting.push(go));
    await Promise.resolve();
    const refused = this.refuse.get(command);
    if (refused) throw refused;
    return structuredClone(answer());
  }

  #row(id: string): KeyRowView {
    const row = this.rows.find((one) => one.id === id);
    if (!row) throw Fake.error("key_not_found", "There is no such key.", "Nothing was changed.", "Read the list again.");
    return row;
  }

  #put(row: KeyRowView): KeyRowView {
    this.rows = this.rows.map((one) => (one.id === row.id ? row : one));
    this.say({ kind: "keys" });
    return row;
  }

  #app(change: Partial<AppView>): AppView {
    this.view = { ...this.view, ...change };
    return this.view;
  }

  #clip(clipboard: ClipboardView): ClipboardView {
    this.view = { ...this.view, clipboard };
    this.say({ kind: "clipboard", view: clipboard });
    return clipboard;
  }

  /** Moves a sign-in on. */
  signIn(change: Partial<SignInView> | null): SignInView {
    const before = this.view.signIn ?? {
      portalName: "Built-in portal",
      step: "preparing" as const,
      link: null,
      browserOpened: false,
      endsAt: null,
      error: null,
    };
    const view = change === null ? null : { ...before, ...change };
    this.view = { ...this.view, signIn: view };
    this.say({ kind: "signIn", view });
    return view ?? before;
  }

  #start(portalName: string): SignInView {
    const link = "http://127.0.0.1:8427/oauth2/auth?response_type=code&client_id=keystow&code_challenge_method=S256&state=q5v9TzK1";
    return this.signIn({ portalName, step: "waiting", link, browserOpened: true, endsAt: this.now() + 5 * MINUTE, error: null });
  }

  /** Ends the sign-in as a person who agreed in the browser would. */
  finishSignIn(): void {
    this.#addAccounts();
    this.view = { ...this.view, signIn: null };
    this.say({ kind: "signIn", view: null });
    this.say({ kind: "app", view: this.view });
  }

  #list(query: KeyQuery): KeyPageView {
    const wanted = query.search.toLowerCase().trim();
    const found = this.rows.filter(
      (row) =>
        (query.environment === null || row.environment?.word === query.environment) &&
        (wanted === "" || row.name.includes(wanted.replace(/\w+:\S+/g, "").trim())) &&
        (!wanted.includes("unused:90d") || (row.lastUsedAt ?? 0) < this.now() - 90 * DAY) &&
        (!wanted.includes("status:expiring") || row.status.kind === "expiring"),
    );
    if (query.sort === "name") found.sort((a, b) => a.name.localeCompare(b.name));
    const rotating = this.rows.find((row) => row.status.kind === "rotating");
    const end = rotating?.old[0]?.end;
    const expiring = this.rows.filter((row) => row.status.kind === "expiring");
    const overdue = this.rows.filter((row) => row.dueAt !== null && row.dueAt <= this.now());
    return {
      rows: found.slice(query.offset, query.offset + query.limit),
      offset: query.offset,
      matches: found.length,
      tall: found.flatMap((row, place) => (row.status.kind === "rotating" ? [place] : [])),
      total: this.rows.length,
      environments: environments.map((environment) => ({
        environment,
        count: this.rows.filter((row) => row.environment?.word === environment.word).length,
      })),
      due: {
        rotating: rotating
          ? { key: rotating, at: end?.known === "exact" ? end.at : null, from: rotating.old[0]?.from ?? null, count: 1 }
          : null,
        expiring: expiring[0] ? { key: expiring[0], at: expiring[0].expiresAt, from: null, count: expiring.length } : null,
        overdue: overdue[0] ? { key: overdue[0], at: overdue[0].dueAt, from: null, count: overdue.length } : null,
        unused: this.rows.length > 9 ? 1 : 0,
        ...this.apps.due,
      },
      freshness: this.freshness,
      faults: fakeFaults(query.search),
    };
  }

  #create(input: Parameters<Backend["keys"]["create"]>[0]): KeyRowView {
    const made = sampleKeys(1, this.now())[0]!;
    const row: KeyRowView = {
      ...made,
      id: `key_new_${this.rows.length}`,
      name: input.name,
      owner: "nadia",
      scopes: input.scopes,
      environment: environments.find((one) => one.word === input.environment) ?? null,
      mask: mask(this.rows.length + 400),
      app: this.apps.ref(input.app),
      status: { kind: this.apps.standing(input), word: null, at: input.expiresAt },
      createdAt: this.now(),
      lastUsedAt: null,
      expiresAt: input.expiresAt,
      old: [],
      bars: null,
    };
    this.rows = [row, ...this.rows];
    this.apps.took(row);
    this.say({ kind: "keys" });
    return row;
  }

  #revoke(id: string): { row: KeyRowView; already: boolean } {
    const row = this.#row(id);
    const already = row.status.kind === "revoked";
    const dead = { ...row, copy: "dead" as const, old: [], secretDeletedAt: row.copy === "noSecret" ? null : this.now() + 30 * DAY, status: { kind: "revoked" as const, word: null, at: this.now() } };
    return { row: this.#put(dead), already };
  }

  #held(id: string, old: boolean, form: FormKind = "raw"): ClipboardView {
    const total = this.view.settings.clipboardSeconds * 1000;
    const { name, environment } = this.#row(id);
    const asks = this.view.settings.lock.askProduction && environment?.class === "prod";
    if (asks && this.allowed !== id) throw wanted(name);
    this.allowed = null;
    const askPlace = !old && !this.rotations.places.asked.has(id);
    return this.#clip({ state: "held", key: { id, name }, old, until: this.now() + total, total, form, once: this.view.settings.pasteOnce, askPlace, receipts: { told: true, readers: [] } });
  }

  /** The fake as the window sees it. */
  /** What the window is told before it asks. */
  first: FirstView | null = null;

  readonly backend: Backend = {
    first: () => this.first,
    app: {
      status: () => this.#ask("status", {}, () => this.view),
      checks: () =>
        this.#ask("checks", {}, () => [
          { name: "keyring" as const, passed: true, error: null },
          { name: "clipboard" as const, passed: true, error: null },
          { name: "portal" as const, passed: true, error: null },
        ]),
      dismiss: (id) => this.#ask("dismiss", { id }, () => undefined),
      saveSettings: (settings) => this.#ask("saveSettings", { settings }, () => this.#app({ settings })),
      clock: () => this.#ask("clock", {}, () => ({ offset: this.offset, about: false })),
    },
    accounts: {
      start: () => this.#ask("start", {}, () => this.#start("Built-in portal")),
      connect: (input) => this.#ask("connect", { input }, () => this.#start(input.name || new URL(input.address).host)),
      signIn: (account) => this.#ask("signIn", { account }, () => this.#start("Built-in portal")),
      paste: (address) => this.#ask("paste", { address }, () => this.finishSignIn()),
      cancel: () => this.#ask("cancel", {}, () => void this.signIn(null)),
      openBrowser: () => this.#ask("openBrowser", {}, () => undefined),
      copyLink: () => this.#ask("copyLink", {}, () => undefined),
      signOut: (account, insist) =>
        this.#ask("signOut", { account, insist }, () =>
          this.#app({ accounts: this.view.accounts.map((one) => (one.id === account ? { ...one, session: "signedOut" as const } : one)) }),
        ),
      switchTo: (account) => this.#ask("switchTo", { account }, () => this.#app({ current: account })),
      lock: () => this.#ask("lock", {}, () => this.#lock(true)),
      unlock: () => this.#ask("unlock", {}, () => this.#lock(false)),
    },
    lock: {
      used: () => this.#ask("used", {}, () => undefined),
      allow: (key) => this.#ask("allow", { key }, () => void (this.allowed = key)),
      setPassphrase: () => this.#ask("setPassphrase", {}, () => this.#protect(true)),
      changePassphrase: () => this.#ask("changePassphrase", {}, () => this.#protect(true)),
      useKeyring: () => this.#ask("useKeyring", {}, () => this.#protect(false)),
    },
    keys: {
      list: (query) => this.#ask("list", { query }, () => this.#list(query)),
      complete: (typed, all) => this.#ask("complete", { typed, all }, () => fakeComplete(typed, all, this.rows)),
      refresh: () => this.#ask("refresh", {}, () => this.say({ kind: "keys" })),
      stopReading: () => this.#ask("stopReading", {}, () => this.#read({ reading: false, cut: this.freshness.read })),
      readRest: () => this.#ask("readRest", {}, () => this.#read({ reading: true, cut: null })),
      details: (key) => this.#ask("details", { key }, () => this.#details(key)),
      create: (input) => this.#ask("create", { input }, () => ({ row: this.#create(input) })),
      rename: (key, name) => this.#ask("rename", { key, name }, () => this.#put({ ...this.#row(key), name })),
      revoke: (key, typed, ofMany = false) => this.#ask("revoke", { key, typed, ofMany }, () => this.#revoke(key)),
      deleteSecret: (key) => this.#ask("deleteSecret", { key }, () => this.#put({ ...this.#row(key), secretDeletedAt: null })),
      copy: (key, old) => this.#ask("copy", { key, old }, () => this.#held(key, old)),
      copyPrefix: (key) => this.#ask("copyPrefix", { key }, () => undefined),
      pin: (account, key, pin) => this.#ask("pin", { account, key, pin }, () => this.#app({ pinned: [...this.view.pinned.filter((one) => one !== key), ...(pin ? [key] : [])] })),
      clearClipboard: () => this.#ask("clearClipboard", {}, () => this.#clear()),
      keepLonger: () => this.#ask("keepLonger", {}, () => this.#keep()),
      importFile: (key, _title, variable) =>
        this.#ask("importFile", { key, variable }, () => {
          if (this.file === null) return { kind: "dismissed" };
          const { path: file, variables } = this.file;
          if (variable === null && variables.length > 0) return { kind: "which", file, variables };
          return { kind: "taken", tried: true, file, row: this.#put({ ...this.#row(key), copy: "ready" }) };
        }),
      importSecret: (key) => this.#ask("importSecret", { key }, () => ({ row: this.#put({ ...this.#row(key), copy: "ready" }), ...this.imported })),
    },
    forms: {
      list: (key, variable) => this.#ask("forms", { key, variable }, () => this.forms.list(key, variable)),
      copy: (input) => this.#ask("copyAs", { input }, () => (this.forms.copied(input), this.#held(input.key, false, input.kind))),
      saveTemplate: (input) => this.#ask("saveTemplate", { input }, () => this.forms.save(input)),
      removeTemplate: (key, id) => this.#ask("removeTemplate", { key, id }, () => this.forms.remove(key, id)),
      push: (key, variable, repository) => this.#ask("push", { key, variable, repository }, () => this.forms.push(key, variable, repository)),
      firstCall: (key) => this.#ask("firstCall", { key }, () => this.forms.firstCall(this.rotations.kept(key).probe)),
      tryCall: (key) => this.#ask("tryCall", { key }, () => ({ ...this.call })),
    },
    rotation: {
      open: (key) => this.#ask("open", { key }, () => this.rotations.open(key)),
      plan: (input) => this.#ask("plan", { input }, () => this.rotations.plan(input)),
      rotate: (input) => this.#ask("rotate", { input }, () => this.rotations.rotate(input)),
      endGrace: (key, typed) => this.#ask("endGrace", { key, typed }, () => this.rotations.endGrace(key, typed)),
      finish: (key) => this.#ask("finish", { key }, () => this.rotations.finish(key)),
      forget: (key) => this.#ask("forget", { key }, () => this.rotations.forget(key)),
      probe: (key) => this.#ask("probe", { key }, () => this.rotations.probe(key)),
      setProbe: (key, probe) => this.#ask("setProbe", { key, probe }, () => this.rotations.setProbe(key, probe)),
      setQuiet: (key, millis) => this.#ask("setQuiet", { key, millis }, () => this.rotations.setQuiet(key, millis)),
    },
    places: {
      list: (key) => this.#ask("places", { key }, () => this.rotations.places.list(key)),
      add: (input) => this.#ask("addPlace", { input }, () => this.#placed(input.key, this.rotations.places.add(input))),
      remove: (key, place) => this.#ask("removePlace", { key, place }, () => this.rotations.places.remove(key, place)),
      waveAway: (key) => this.#ask("waveAway", { key }, () => this.#placed(key, void this.rotations.places.asked.add(key))),
      deliver: (key, place, done) => this.#ask("deliver", { key, place, done }, () => this.rotations.deliver(key, place, done)),
      sweep: (input) => this.#ask("sweep", { input }, () => this.rotations.places.sweep(input)),
      sweepStatus: () => this.#ask("sweepStatus", {}, () => this.rotations.places.sweeping),
      sweepCancel: () => this.#ask("sweepCancel", {}, () => this.rotations.places.cancel()),
    },
    apps: {
      list: () => this.#ask("apps", {}, () => this.apps.list()),
      refresh: () => this.#ask("refreshApps", {}, () => this.apps.list()),
      details: (app) => this.#ask("app", { app }, () => this.apps.details(app)),
      figures: (app) => this.#ask("appFigures", { app }, () => this.apps.figures(app)),
      create: (input) => this.#ask("createApp", { input }, () => this.apps.create(input)),
      change: (app, input) => this.#ask("changeApp", { app, input }, () => this.apps.change(app, input)),
      delete: (app, typed) => this.#ask("deleteApp", { app, typed }, () => this.apps.delete(app, typed)),
      approve: (subscription) => this.#ask("approve", { subscription }, () => this.apps.decide(subscription, null)),
      reject: (subscription, reason) => this.#ask("reject", { subscription, reason }, () => this.apps.decide(subscription, reason)),
    },
    teams: this.teams.backend((command, args, answer) => this.#ask(command, args, answer)),
    ...this.clients.backend((command, args, answer) => this.#ask(command, args, answer)),
    admin: this.admin.backend((command, args, answer) => this.#ask(command, args, answer)),
    bulk: {
      plan: (input) => this.#ask("bulkPlan", { input }, () => this.work.plan(input)),
      start: (id) => this.#ask("bulkStart", { id }, () => this.work.start(id)),
      pause: (id) => this.#ask("bulkPause", { id }, () => this.work.pause(id)),
      halt: (id) => this.#ask("bulkHalt", { id }, () => this.work.halt(id)),
      show: () => this.#ask("bulkShow", {}, () => this.work.run),
      export: (id) => this.#ask("bulkExport", { id }, () => this.work.export(id)),
      dismiss: (id) => this.#ask("bulkDismiss", { id }, () => this.work.dismiss(id)),
    },
    schedules: {
      list: () => this.#ask("schedules", {}, () => this.work.schedules),
      save: (input) => this.#ask("saveSchedule", { input }, () => this.work.save(input)),
      remove: (id) => this.#ask("removeSchedule", { id }, () => this.work.remove(id)),
      snooze: (key, until) => this.#ask("snooze", { key, until }, () => this.work.snooze(key, until)),
      exportCalendar: () => this.#ask("exportCalendar", {}, () => this.work.exportCalendar()),
    },
    health: {
      list: (input) => this.#ask("health", { input }, () => this.health.list(input)),
      snooze: (keys, until) => this.#ask("snoozeHealth", { keys, until }, () => this.health.snooze(keys, until)),
      saveRules: (unusedDays, rotateDays) => this.#ask("saveRules", { unusedDays, rotateDays }, () => this.health.save(unusedDays, rotateDays)),
      export: (input, form) => this.#ask("exportHealth", { input, form }, () => this.health.export(input, form)),
    },
    audit: {
      list: (offset, limit) => this.#ask("audit", { offset, limit }, () => this.work.list(offset, limit)),
      export: () => this.#ask("exportAudit", {}, () => this.work.exportLog()),
      here: (key, before, limit) => this.#ask("auditHere", { key, before, limit }, () => this.work.here(key, before, limit)),
      portal: (target, page) => this.#ask("auditPortal", { target, page }, () => (this.#world.abilities()?.log ? this.portalLog.page(target, page) : null)),
    },
    watch: {
      quota: (key) => this.#ask("quota", { key }, () => (key === null ? null : this.watch.quota)),
      alerts: (key) => this.#ask("alerts", { key }, () => this.watch.alerts(key)),
      save: (input) => this.#ask("saveAlert", { input }, () => this.watch.save(input)),
    },
    usage: {
      show: (input) =>
        this.#ask("usage", { input }, () => {
          const rows = input.keys.map((key) => this.#row(key));
          return fakeUsage(input, rows, this.now());
        }),
      export: (input, format, words) =>
        this.#ask("exportUsage", { input, format, words }, () => ({ path: `~/Downloads/keystow-usage.${format}`, entries: 1 })),
      picture: (input, words) =>
        this.#ask("usagePicture", { input, words }, () => fakeUsage(input, [], this.now()).chart.image),
      savePicture: (png) => this.#ask("saveUsagePicture", { png }, () => ({ path: "~/Downloads/keystow-usage.png", entries: 1 })),
    },
    listen: (heard) => {
      this.#heard.add(heard);
      return Promise.resolve(() => void this.#heard.delete(heard));
    },
  };

  #protect(passphrase: boolean): AppView {
    return this.#app({ protection: { ...this.view.protection, passphrase, leftover: false } });
  }

  #lock(locked: boolean): AppView {
    this.rows = this.rows.map((row) =>
      row.copy === "ready" || row.copy === "locked" ? { ...row, copy: locked ? "locked" : "ready" } : row,
    );
    const lock = locked ? { cause: "person" as const, hidden: this.view.settings.lock.hide } : null;
    const view = this.#app({ vault: { state: locked ? "locked" : "unlocked", error: null }, lock });
    this.say({ kind: "keys" });
    return view;
  }

  #details(key: string): KeyDetailsView {
    const at = this.now() - 79 * MINUTE;
    const schedule = this.work.schedules.find((one) => one.key?.id === key) ?? null;
    const { receipts } = this.rotations.kept(key);
    return { row: this.#row(key), version: 3, rotatedAt: at, stowedAt: at, places: this.rotations.places.list(key), schedule, receipts };
  }

  /** After the question where a copy went has its answer, it is not asked again. */
  #placed<T>(key: string, answer: T): T {
    const held = this.view.clipboard;
    if (held.state === "held" && held.key.id === key) this.#clip({ ...held, askPlace: false });
    return answer;
  }

  #clear(): ClipboardView {
    const held = this.view.clipboard;
    return this.#clip({ state: "cleared", at: this.now(), key: held.state === "held" ? held.key : null, receipts: held.state === "held" ? held.receipts : { told: true, readers: [] } });
  }

  #keep(): ClipboardView {
    const held = this.view.clipboard;
    return held.state === "held" ? this.#clip({ ...held, until: held.until + held.total }) : held;
  }
}

/** What a production key that asks first says. */
function wanted(key: string): CommandError {
  const message = `“${key}” is a production key, and nobody confirmed that its secret is wanted.`;
  return { code: "presence_wanted", message, meaning: "Its secret was given to nothing.", remedy: "Copy it again and confirm it.", facts: { key }, retryAt: null };
}
