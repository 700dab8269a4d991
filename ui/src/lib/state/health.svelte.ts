import { asCommandError } from "$lib/backend/failure";
import type { Backend } from "$lib/backend";
import type { CommandError, FindingName, HealthForm, HealthInput, HealthPageView, HealthRowView, SavedView } from "$lib/view";
import { MOST_CHOSEN } from "./chosen.svelte";
import { PAGE, Pages } from "./pages.svelte";
import { revocable, type RevocableKey } from "./revocations.svelte";

/** The most rows the app gives at once. */
const AT_ONCE = 200;

/**
 * The report on the keys' health: a window on a list that stays in the app, and what is chosen of it.
 *
 * While the pointer or the focus is in it, news changes rows in their place; the new order waits until both have left.
 */
export class HealthReport {
  finding = $state<FindingName | null>(null);
  environment = $state<string | null>(null);
  snoozed = $state(false);
  /** Everything but the rows. */
  head = $state.raw<HealthPageView | null>(null);
  error = $state.raw<CommandError | null>(null);
  /** The report, once it was written to a file. */
  saved = $state.raw<SavedView | null>(null);
  /** The place of the row that has, or would get, the focus. */
  active = $state(0);
  readonly #pages = new Pages<HealthRowView>(
    async (page) => {
      const turn = this.#turn;
      const { rows } = await this.#page(page);
      return turn === this.#turn ? rows : null;
    },
    (thrown) => (this.error = asCommandError(thrown)),
  );
  #chosen = $state.raw<ReadonlyMap<string, RevocableKey>>(new Map());
  #turn = 0;
  /** Counts what ends a reading of everything there is to choose. */
  #choosing = 0;
  #refreshing: Promise<void> | null = null;
  #stale = false;
  #held = false;
  #waiting = false;

  readonly size = $derived(this.#chosen.size);
  readonly filtered = $derived(this.finding !== null || this.environment !== null);

  constructor(readonly backend: Backend) {}

  /** The row at a place, once its page is here. */
  row(place: number): HealthRowView | undefined {
    return this.#pages.at(place);
  }

  /** Reads the report from its beginning: another question was asked. */
  async ask(change: Partial<Pick<HealthReport, "finding" | "environment" | "snoozed">> = {}): Promise<void> {
    Object.assign(this, change);
    if (Object.keys(change).length > 0) this.clear();
    this.active = 0;
    this.saved = null;
    await this.#read([0]);
  }

  /**
   * The keys changed: what is in view is read again. A run tells so many times in a second, so one reading is under
   * way at the most, and one more follows for whatever was told meanwhile.
   */
  changed(): Promise<void> {
    this.#stale = true;
    this.#refreshing ??= this.#refresh();
    return this.#refreshing;
  }

  async #refresh(): Promise<void> {
    while (this.#stale) {
      this.#stale = false;
      if (this.#held && this.head) await this.#patch();
      else await this.#read(this.#near());
    }
    this.#refreshing = null;
  }

  /** Whether the pointer or the focus is in the list. */
  hold(held: boolean): void {
    this.#held = held;
    if (!held && this.#waiting) void this.#read(this.#near());
  }

  /** The pages around the row that has the focus. */
  #near(): number[] {
    const near = Math.floor(this.active / PAGE);
    const pages = [...this.#pages.all.keys()].sort((a, b) => Math.abs(a - near) - Math.abs(b - near));
    return pages.length > 0 ? pages.slice(0, 3) : [0];
  }

  /** Forgets everything: another account is shown. */
  async reset(): Promise<void> {
    this.head = null;
    this.#pages.clear();
    await this.ask({ finding: null, environment: null, snoozed: false });
  }

  /** Makes sure the rows from one place to another are on their way. */
  need(first: number, last: number): void {
    if (this.head !== null) this.#pages.need(first, last);
  }

  /** The row at a place, read first if it is not here. */
  load(place: number): Promise<HealthRowView | undefined> {
    return this.#pages.load(place);
  }

  has(id: string): boolean {
    return this.#chosen.has(id);
  }

  /** The chosen keys, the worst first. */
  inOrder(): RevocableKey[] {
    return [...this.#chosen.values()].sort((a, b) => a.place - b.place);
  }

  toggle({ row }: HealthRowView, place: number): void {
    const chosen = new Map(this.#chosen);
    if (!chosen.delete(row.id) && chosen.size < MOST_CHOSEN) chosen.set(row.id, revocable(row, place));
    this.#chosen = chosen;
  }

  clear(): void {
    this.#choosing += 1;
    this.#chosen = new Map();
  }

  /** Lets some keys go: what was asked for was done with them. */
  drop(ids: readonly string[]): void {
    const chosen = new Map(this.#chosen);
    for (const id of ids) chosen.delete(id);
    this.#chosen = chosen;
  }

  /** Chooses all that fit the filters, as far as there can be so many. */
  async all(): Promise<void> {
    // News of the list is no reason to stop; letting everything go, or another question, is.
    const turn = ++this.#choosing;
    const chosen = new Map<string, RevocableKey>();
    const most = Math.min(this.head?.matches ?? 0, MOST_CHOSEN);
    try {
      for (let offset = 0; offset < most; ) {
        const limit = Math.min(AT_ONCE, most - offset);
        const { rows } = await this.backend.health.list(this.#input(offset, limit));
        if (turn !== this.#choosing) return;
        rows.forEach(({ row }, index) => chosen.set(row.id, revocable(row, offset + index)));
        // A list that moves may tell a key twice: what counts is how far it was read.
        offset += rows.length;
        if (rows.length < limit) break;
      }
      this.#chosen = chosen;
    } catch (thrown) {
      if (turn === this.#choosing) this.error = asCommandError(thrown);
    }
  }

  /** Puts keys off until an instant, or shows them again. Rejects with why it was not done. */
  async snooze(keys: readonly string[], until: number | null): Promise<void> {
    await this.backend.health.snooze([...keys], until);
    this.drop(keys);
    await this.#read(this.#near());
  }

  /** Keeps what counts as too long. */
  async saveRules(unusedDays: number, rotateDays: number): Promise<void> {
    await this.backend.health.saveRules(unusedDays, rotateDays);
    await this.#read(this.#near());
  }

  /** Writes what is shown into a file. */
  async export(form: HealthForm): Promise<void> {
    try {
      this.saved = await this.backend.health.export(this.#input(0, 0), form);
      this.error = null;
    } catch (thrown) {
      this.error = asCommandError(thrown);
    }
  }

  #input(offset: number, limit: number): HealthInput {
    const { finding, environment, snoozed } = this;
    return { finding, environment, snoozed, offset, limit };
  }

  #page(page: number): Promise<HealthPageView> {
    return this.backend.health.list(this.#input(page * PAGE, PAGE));
  }

  async #read(pages: readonly number[]): Promise<void> {
    const turn = ++this.#turn;
    try {
      const answers = await Promise.all(pages.map((page) => this.#page(page)));
      if (turn !== this.#turn) return;
      this.head = { ...answers[0]!, rows: [] };
      this.#pages.set(new Map(answers.map((answer, index) => [pages[index]!, answer.rows])));
      this.active = Math.max(0, Math.min(this.active, this.head.matches - 1));
      this.#waiting = false;
      this.error = null;
    } catch (thrown) {
      if (turn === this.#turn) this.error = asCommandError(thrown);
    }
  }

  /** Brings the rows in view up to date without moving one of them. */
  async #patch(): Promise<void> {
    const turn = this.#turn;
    const before = this.#near();
    try {
      const answers = await Promise.all(before.map((page) => this.#page(page)));
      if (turn !== this.#turn) return;
      const fresh = new Map(answers.flatMap(({ rows }) => rows.map((one) => [one.row.id, one] as const)));
      this.#pages.map((one) => fresh.get(one.row.id) ?? one);
      this.head = { ...answers[0]!, rows: [], matches: this.head!.matches };
      this.#waiting = true;
      this.error = null;
    } catch (thrown) {
      this.error = asCommandError(thrown);
    }
  }
}
