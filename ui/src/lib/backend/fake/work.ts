import type {
  AuditEntryView,
  AuditView,
  BulkInput,
  BulkItemView,
  BulkView,
  CommandError,
  KeyRowView,
  SavedView,
  ScheduleInput,
  ScheduleView,
} from "$lib/view";
import { DAY, HOUR, MINUTE, noise } from "./sample";
import { refusal, type World } from "./world";

/** Why the fake refuses to rotate a key in a run. */
function refused(row: KeyRowView): CommandError | null {
  if (row.status.kind === "revoked" || row.status.kind === "expired")
    return refusal("key_dead", "The key is no longer valid.", "It has no secret that could be replaced.", "Make a new key instead.");
  if (row.old.length > 0)
    return refusal("rotation_open", "A rotation of this key is under way.", "Both secrets work as before.", "Finish that one first.");
  return null;
}

/** Many keys in one go, schedules and the log, in memory. */
export class FakeWork {
  run: BulkView | null = null;
  schedules: ScheduleView[] = [];
  audit: AuditView;
  #runs = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(readonly world: World) {
    this.audit = { entries: [], total: 0, brokenAt: null, endChecked: true, checkedAt: world.now() };
  }

  plan(input: BulkInput): BulkView {
    const { atOnce, stopOnError, grace } = input;
    if (this.run && this.run.state !== "done" && this.run.state !== "planned")
      throw refusal("bulk_open", "Another run is open.", "Nothing was changed.", "See it through or end it first.");
    const items = input.keys.map((id): BulkItemView => {
      const row = this.world.row(id);
      const error = refused(row);
      return { key: { id, name: row.name }, state: error ? "skipped" : "waiting", at: null, endsAt: null, error };
    });
    return this.tell({ id: `run_${++this.#runs}`, state: "planned", why: null, items, atOnce, stopOnError, grace, waitsUntil: null, startedAt: null, endedAt: null });
  }

  start(id: string): BulkView {
    const run = this.#run(id);
    return this.#begin({ ...run, state: "running", why: null, startedAt: run.startedAt ?? this.world.now() });
  }

  pause(id: string): BulkView {
    return this.tell({ ...this.#run(id), state: "paused", why: null, waitsUntil: null });
  }

  halt(id: string): BulkView {
    const run = this.#run(id);
    const items = run.items.map((item) => (item.state === "waiting" ? { ...item, state: "skipped" as const } : item));
    return this.tell({ ...run, items, state: "done", waitsUntil: null, endedAt: this.world.now() });
  }

  export(id: string): SavedView {
    return { path: "~/Downloads/keystow-rotations.csv", entries: this.#run(id).items.length };
  }

  dismiss(id: string): void {
    this.#run(id);
    this.run = null;
  }

  /** Moves the run on by one key: what was begun comes to its end, and the next one begins. */
  step(outcome: Partial<BulkItemView> = {}): void {
    if (this.run?.state !== "running") return;
    const now = this.world.now();
    const first = this.run.items.findIndex((item) => item.state === "running");
    const ended = { state: "done" as const, at: now, endsAt: now + (this.run.grace ?? 2 * HOUR), ...outcome };
    const items = this.run.items.map((item, place) => (place === first ? { ...item, ...ended } : item));
    const stopped = this.run.stopOnError && ended.state !== "done";
    this.#begin({ ...this.run, items, state: stopped ? "halted" : "running" });
  }

  /** Moves the run on by itself, for somebody who looks at it. */
  play(every: number): void {
    clearInterval(this.#timer);
    this.#timer = setInterval(() => this.step(), every);
  }

  tell(run: BulkView): BulkView {
    this.run = run;
    this.world.say({ kind: "bulk", view: run });
    return run;
  }

  save(input: ScheduleInput): ScheduleView[] {
    const key = input.key === null ? null : { id: input.key, name: this.world.row(input.key).name };
    const id = input.key ?? input.rule ?? "";
    const made: ScheduleView = { id, key, rule: input.rule, days: input.days, keys: 1, due: 0, nextAt: this.world.now() + input.days * DAY };
    this.schedules = [...this.schedules.filter((one) => one.id !== id), made];
    if (input.key !== null) this.world.put({ ...this.world.row(input.key), dueAt: made.nextAt });
    return this.schedules;
  }

  remove(id: string): ScheduleView[] {
    this.schedules = this.schedules.filter((one) => one.id !== id);
    return this.schedules;
  }

  snooze(key: string, until: number): void {
    this.world.put({ ...this.world.row(key), dueAt: until });
  }

  exportCalendar(): SavedView {
    return { path: "~/Downloads/keystow.ics", entries: this.schedules.length };
  }

  list(offset: number, limit: number): AuditView {
    return { ...this.audit, entries: this.audit.entries.slice(offset, offset + limit) };
  }

  here(key: string | null, before: number | null, limit: number): AuditEntryView[] {
    const asked = this.audit.entries.filter((one) => one.number < (before ?? Infinity) && (key === null || one.key?.id === key));
    return asked.slice(0, limit);
  }

  exportLog(): SavedView {
    return { path: "~/Downloads/keystow-log.csv", entries: this.audit.total };
  }

  /** Writes an entry, as the app would for whatever touches a secret. */
  note(what: string, row: KeyRowView | null = null, facts: Record<string, string> = {}): void {
    this.#log([{ number: this.audit.total + 1, at: this.world.now(), what, account: "nadia@keystow.example", key: row, facts }, ...this.audit.entries]);
  }

  /** A log of some length, schedules, and keys whose rotation is near or overdue. */
  fill(entries: number): void {
    const now = this.world.now();
    const rows = this.world.rows();
    const kinds: [string, Record<string, string>][] = [
      ["copied", { form: "raw" }], ["copied", { form: "raw" }], ["rotated", { grace: "7200000" }], ["unlocked", {}], ["placeAdded", { place: "~/code/checkout/.env" }], ["signedIn", {}],
      ["graceEnded", {}], ["swept", { files: "1204", found: "2" }], ["scheduleChanged", { days: "90" }], ["created", {}], ["lost", {}], ["bulkEnded", { keys: "12" }], ["finished", {}], ["tookTea", { sugar: "no" }],
    ];
    const bare = new Set(["unlocked", "signedIn", "bulkEnded"]);
    this.#log(
      Array.from({ length: entries }, (_, back): AuditEntryView => {
        const [what, facts] = kinds[Math.floor(noise(back) * kinds.length)]!;
        const row = rows[Math.floor(noise(back + 7) * Math.min(rows.length, 13))];
        const key = row && !bare.has(what) ? { id: row.id, name: row.name } : null;
        return { number: entries - back, at: now - Math.round(back * 37 * MINUTE), what, account: "nadia@keystow.example", key, facts };
      }),
    );
    const rule = (text: string, days: number, keys: number, due: number, next: number): ScheduleView => ({ id: text, key: null, rule: text, days, keys, due, nextAt: now + next });
    this.schedules = [rule("env:prod", 90, 7, 2, -3 * DAY), rule("env:staging owner:checkout", 180, 3, 0, 41 * DAY)];
    const [late, later, soon] = [rows[4], rows[7], rows[12]];
    for (const [row, at] of [[late, -3 * DAY], [later, -HOUR], [soon, 5 * DAY]] as const) if (row) this.world.put({ ...row, dueAt: now + at });
    if (soon) this.schedules.push({ id: soon.id, key: { id: soon.id, name: soon.name }, rule: null, days: 30, keys: 1, due: 0, nextAt: now + 5 * DAY });
  }

  #log(entries: AuditEntryView[]): void {
    this.audit = { ...this.audit, entries, total: entries.length, checkedAt: this.world.now() };
  }

  /** Fills the free places of a run with the next keys; without any left, the run is over. */
  #begin(run: BulkView): BulkView {
    if (run.state !== "running") return this.tell(run);
    const now = this.world.now();
    let free = run.atOnce - run.items.filter((item) => item.state === "running").length;
    const items = run.items.map((item) => (item.state === "waiting" && free-- > 0 ? { ...item, state: "running" as const, at: now } : item));
    const over = !items.some((item) => item.state === "running" || item.state === "waiting");
    return this.tell({ ...run, items, state: over ? "done" : "running", endedAt: over ? now : null });
  }

  #run(id: string): BulkView {
    if (this.run?.id !== id) throw refusal("bulk_not_found", "There is no such run.", "Nothing was changed.", "Plan it again.");
    return this.run;
  }
}
