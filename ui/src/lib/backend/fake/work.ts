import type {
  AuditView,
  BulkInput,
  BulkView,
  SavedView,
  ScheduleInput,
  ScheduleView,
} from "$lib/view";
import { DAY } from "./sample";
import { refusal, type World } from "./world";

/** Many keys in one go, schedules and the log, in memory. */
export class FakeWork {
  run: BulkView | null = null;
  schedules: ScheduleView[] = [];
  audit: AuditView;

  constructor(readonly world: World) {
    this.audit = { entries: [], total: 0, brokenAt: null, checkedAt: world.now() };
  }

  plan(input: BulkInput): BulkView {
    const { atOnce, stopOnError, grace } = input;
    const items = input.keys.map((id) => {
      const { name } = this.world.row(id);
      return { key: { id, name }, state: "waiting" as const, at: null, endsAt: null, error: null };
    });
    return this.#tell({ id: "run_1", state: "planned", items, atOnce, stopOnError, grace, waitsUntil: null, startedAt: null, endedAt: null });
  }

  start(id: string): BulkView {
    const run = this.#run(id);
    return this.#tell({ ...run, state: "running", startedAt: run.startedAt ?? this.world.now() });
  }

  pause(id: string): BulkView {
    return this.#tell({ ...this.#run(id), state: "paused" });
  }

  halt(id: string): BulkView {
    const run = this.#run(id);
    const items = run.items.map((item) => (item.state === "waiting" ? { ...item, state: "skipped" as const } : item));
    return this.#tell({ ...run, items, state: "done", endedAt: this.world.now() });
  }

  export(id: string): SavedView {
    return { path: "~/keystow-rotations.csv", entries: this.#run(id).items.length };
  }

  dismiss(id: string): void {
    this.#run(id);
    this.run = null;
  }

  save(input: ScheduleInput): ScheduleView[] {
    const key = input.key === null ? null : { id: input.key, name: this.world.row(input.key).name };
    const id = input.key ?? input.rule ?? "";
    const made: ScheduleView = { id, key, rule: input.rule, days: input.days, keys: 1, due: 0, nextAt: this.world.now() + input.days * DAY };
    this.schedules = [...this.schedules.filter((one) => one.id !== id), made];
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
    return { path: "~/keystow.ics", entries: this.schedules.length };
  }

  list(offset: number, limit: number): AuditView {
    return { ...this.audit, entries: this.audit.entries.slice(offset, offset + limit) };
  }

  exportLog(): SavedView {
    return { path: "~/keystow-audit.jsonl", entries: this.audit.total };
  }

  #run(id: string): BulkView {
    if (this.run?.id !== id) throw refusal("bulk_not_found", "There is no such run.", "Nothing was changed.", "Plan it again.");
    return this.run;
  }

  #tell(run: BulkView): BulkView {
    this.run = run;
    this.world.say({ kind: "bulk", view: run });
    return run;
  }
}
