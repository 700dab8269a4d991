import type { Backend } from "$lib/backend";
import type { ReportForm, ReportInput, ReportRowView, SavedView, SuspensionInput, SuspensionPreviewView, SuspensionView } from "$lib/view";
import { Attempt } from "./attempt.svelte";

/** A report, as far as it was read. */
export class Reports extends Attempt {
  wish = $state<ReportInput>({ kind: "inventory", owner: "", status: "", product: "", days: 30 });
  rows = $state.raw<ReportRowView[] | null>(null);
  /** How many lines the whole report has. */
  total = $state(0);
  next = $state.raw<string | null>(null);
  saved = $state.raw<SavedView | null>(null);
  /** What the lines on show answer: filters that were changed since say nothing of them. */
  asked = $state.raw<ReportInput | null>(null);

  constructor(readonly backend: Backend) {
    super();
  }

  /** Reads the report from its start. */
  show(): Promise<boolean> {
    const asked = { ...this.wish };
    return this.attempt(async () => {
      const { rows, total, next } = await this.backend.admin.report(asked, null);
      this.asked = asked;
      [this.rows, this.total, this.next] = [rows, total, next];
    });
  }

  /** Reads the next page. */
  more(): Promise<boolean> {
    const { next } = this;
    const asked = this.asked;
    if (next === null || asked === null) return Promise.resolve(false);
    return this.attempt(async () => {
      const page = await this.backend.admin.report(asked, next);
      // In what waits an app may stand once for each product.
      const line = (row: ReportRowView) => (asked.kind === "pending" ? JSON.stringify([row.app, row.askedAt, row.products]) : row.app);
      const known = new Set(this.rows?.map(line));
      this.rows = [...(this.rows ?? []), ...page.rows.filter((row) => !known.has(line(row)))];
      [this.total, this.next] = [page.total, page.next];
    });
  }

  /** Saves what is on show, whole. */
  save(form: ReportForm): Promise<boolean> {
    this.saved = null;
    return this.attempt(async () => (this.saved = await this.backend.admin.export(this.asked ?? { ...this.wish }, form)));
  }
}

/** Suspensions: what one would hit, and how those go on that were begun. */
export class Suspensions extends Attempt {
  wish = $state<SuspensionInput>({ keys: false, owner: "", product: "", status: "", unusedDays: null, olderDays: null, name: "" });
  seen = $state.raw<SuspensionPreviewView | null>(null);
  all = $state.raw<SuspensionView[] | null>(null);
  /** The one that goes on now, batch by batch. */
  moving = $state<string | null>(null);
  #stop = false;
  /** What was looked at: a wish that was changed since says nothing of what was seen. */
  looked = $state.raw<SuspensionInput | null>(null);

  constructor(readonly backend: Backend) {
    super();
  }

  /** Whether anything is named that a suspension would be about. */
  readonly named = $derived(this.wish.unusedDays !== null || this.wish.olderDays !== null || [this.wish.owner, this.wish.product, this.wish.status, this.wish.name].some((text) => text.trim() !== ""));

  load(): Promise<boolean> {
    return this.attempt(async () => (this.all = await this.backend.admin.suspensions()));
  }

  /** Looks what would be hit. */
  look(): Promise<boolean> {
    const wish = { ...this.wish };
    this.seen = null;
    return this.attempt(async () => {
      const seen = await this.backend.admin.preview(wish);
      // What is wished for may have changed while the portal looked.
      if (JSON.stringify(wish) !== JSON.stringify(this.wish)) return;
      this.seen = seen;
      this.looked = wish;
    });
  }

  /** Another wish hits something else: what was seen does not go for it. */
  changed(): void {
    this.seen = null;
  }

  /** Begins the suspension of what was seen and sees it through. */
  async suspend(typed: string, reason: string): Promise<boolean> {
    const { seen } = this;
    const wish = this.looked;
    if (!seen || !wish) return false;
    let begun: SuspensionView | null = null;
    await this.attempt(async () => this.#put((begun = await this.backend.admin.suspend({ wish, preview: seen.preview, hit: seen.hit, typed, reason }))));
    if (begun === null) return false;
    this.seen = null;
    // It need not be the newest: one that was begun before and left is gone on with.
    return this.#move((begun as SuspensionView).id, "goOn");
  }

  goOn(id: string): Promise<boolean> {
    return this.#move(id, "goOn");
  }

  resume(id: string): Promise<boolean> {
    return this.#move(id, "resume");
  }

  /** Asks for no more batches; where it stands, anybody can go on. */
  stop(): void {
    this.#stop = true;
  }

  #put(one: SuspensionView): void {
    const others = (this.all ?? []).filter(({ id }) => id !== one.id);
    const place = (this.all ?? []).findIndex(({ id }) => id === one.id);
    this.all = place < 0 ? [one, ...others] : others.toSpliced(place, 0, one);
  }

  /** Asks for batch after batch until there is none left; one that moves nothing ends it. */
  async #move(id: string, verb: "goOn" | "resume"): Promise<boolean> {
    if (this.moving !== null) return false;
    this.moving = id;
    this.#stop = false;
    const left = (one: SuspensionView) => (verb === "goOn" ? one.due : one.due + one.suspended);
    const done = await this.attempt(async () => {
      let before = Infinity;
      while (!this.#stop) {
        const one = await this.backend.admin[verb](id);
        this.#put(one);
        if (left(one) === 0 || left(one) >= before) break;
        before = left(one);
      }
    });
    this.moving = null;
    return done;
  }
}
