import { asCommandError } from "$lib/backend/failure";
import type { Backend } from "$lib/backend";
import type { CommandError, KeyPageView, KeyQuery, KeyRowView, KeySort } from "$lib/view";
import { Heights } from "./heights";
import { PAGE, Pages } from "./pages.svelte";


/**
 * The key list: a window on a list that stays in the app.
 *
 * Only the pages in view are read. While the pointer or the focus is in the list, news changes rows
 * in their place and never the order; the new order waits until both have left.
 */
export class KeysState {
  search = $state("");
  environment = $state<string | null>(null);
  sort = $state<KeySort>("attention");
  /** Everything but the rows: counts, freshness, what is due. */
  head = $state.raw<KeyPageView | null>(null);
  /** Why the list could not be read. */
  failure = $state.raw<CommandError | null>(null);
  /** The place of the row that has, or would get, the focus. */
  active = $state(0);
  /** Whether a newer order waits for the pointer and the focus to leave. */
  waiting = $state(false);
  readonly #pages = new Pages<KeyRowView>(
    async (page) => {
      const turn = this.#asked;
      const { rows } = await this.backend.keys.list(this.#query(page));
      return turn === this.#asked ? rows : null;
    },
    (thrown) => (this.failure = asCommandError(thrown)),
  );
  #held = false;
  #asked = 0;
  #begun = false;

  readonly heights = $derived(new Heights(this.head?.matches ?? 0, this.head?.tall ?? []));

  constructor(readonly backend: Backend) {}

  /** The row at a place, once its page is here. */
  row(place: number): KeyRowView | undefined {
    return this.#pages.at(place);
  }

  /** The place of a key among the rows that are here. */
  placeOf(id: string): number | null {
    for (const [page, rows] of this.#pages.all) {
      const index = rows.findIndex((row) => row.id === id);
      if (index >= 0) return page * PAGE + index;
    }
    return null;
  }

  /** Reads the list from its beginning: another question was asked. */
  async ask(change: Partial<Pick<KeysState, "search" | "environment" | "sort">> = {}): Promise<void> {
    Object.assign(this, change);
    this.active = 0;
    await this.#replace([0]);
  }

  /** Shows what the app said before it was asked; news of it are asked for once somebody listens. */
  begin(page: KeyPageView): void {
    this.#show([0], [page]);
    this.#begun = true;
  }

  /** Forgets everything: another account is shown. */
  async reset(): Promise<void> {
    if (this.#begun) {
      this.#begun = false;
      return;
    }
    this.head = null;
    this.#pages.clear();
    await this.ask({ search: "", environment: null });
  }

  /** Keeps nothing of the list: it is not to be seen. */
  forget(): void {
    this.#held = false;
    this.#begun = false;
    this.head = null;
    this.#pages.clear();
  }

  /** Makes sure the rows from one place to another are on their way. */
  need(first: number, last: number): void {
    this.#pages.need(first, last);
  }

  /** The row at a place, read first if it is not here. */
  load(place: number): Promise<KeyRowView | undefined> {
    return this.#pages.load(place);
  }

  /** The list changed in the app: read again what is in view. */
  async changed(): Promise<void> {
    if (this.#held && this.head) await this.#patch();
    else await this.#replace(this.#inView());
  }

  /** Whether the pointer or the focus is in the list. */
  hold(held: boolean): void {
    this.#held = held;
    if (!held && this.waiting) void this.#replace(this.#inView());
  }

  /** Takes the new order now, because the person asked for it. */
  applyOrder(): Promise<void> {
    return this.#replace(this.#inView());
  }

  /** Puts a changed row where the old one was. */
  put(row: KeyRowView): void {
    this.#pages.map((one) => (one.id === row.id ? row : one));
    this.#measure();
  }

  #inView(): number[] {
    const pages = [...this.#pages.all.keys()];
    return pages.length === 0 ? [0] : [Math.floor(this.active / PAGE), ...pages];
  }

  #query(page: number): KeyQuery {
    const { search, environment, sort } = this;
    return { search: search.slice(0, 200), environment, sort, offset: page * PAGE, limit: PAGE };
  }

  /** Reads pages and shows them in place of everything that was there. */
  async #replace(pages: number[]): Promise<void> {
    const turn = ++this.#asked;
    const wanted = [...new Set(pages)].slice(0, 3);
    const followed = this.row(this.active)?.id;
    try {
      const answers = await Promise.all(wanted.map((page) => this.backend.keys.list(this.#query(page))));
      if (turn !== this.#asked) return;
      this.#show(wanted, answers);
      const place = followed === undefined || this.active === 0 ? null : this.placeOf(followed);
      this.active = Math.max(0, Math.min(place ?? this.active, answers[0]!.matches - 1));
      this.waiting = false;
      this.failure = null;
    } catch (thrown) {
      if (turn === this.#asked) this.failure = asCommandError(thrown);
    }
  }

  /** Takes pages over. A row that says the same as before stays the same, so that nothing is drawn anew. */
  #show(pages: readonly number[], answers: readonly KeyPageView[]): void {
    const before = new Map([...this.#pages.all.values()].flat().map((row) => [row.id, row] as const));
    const kept = (row: KeyRowView) => {
      const old = before.get(row.id);
      return old && JSON.stringify(old) === JSON.stringify(row) ? old : row;
    };
    this.head = { ...answers[0]!, rows: [] };
    this.#pages.set(new Map(answers.map((answer, index) => [pages[index]!, answer.rows.map(kept)])));
  }

  /** Brings the rows in view up to date without moving one of them. */
  async #patch(): Promise<void> {
    const turn = this.#asked;
    const before = [...this.#pages.all.keys()].slice(0, 4);
    try {
      const answers = await Promise.all(before.map((page) => this.backend.keys.list(this.#query(page))));
      if (turn !== this.#asked || answers.length === 0) return;
      const fresh = new Map(answers.flatMap((answer) => answer.rows.map((row) => [row.id, row] as const)));
      const pages = new Map(this.#pages.all);
      // Keys that come after all others, as they do while the list is read, move nothing.
      const grown = this.head!.matches < answers[0]!.matches;
      let moved = this.head!.matches > answers[0]!.matches;
      for (const [index, page] of before.entries()) {
        const rows = pages.get(page)!;
        moved ||= rows.some((row, place) => answers[index]!.rows[place]?.id !== row.id);
        moved ||= !grown && answers[index]!.rows.length !== rows.length;
      }
      for (const [index, page] of before.entries()) {
        const rows = pages.get(page)!.map((row) => fresh.get(row.id) ?? row);
        pages.set(page, moved ? rows : answers[index]!.rows);
      }
      // A page that ended where the list did has more rows now, and is read when it is seen.
      const read = new Set(before);
      for (const [page, rows] of this.#pages.all) {
        if (!moved && grown && !read.has(page) && rows.length < PAGE) pages.delete(page);
      }
      this.#pages.set(pages);
      const { matches, tall } = moved ? this.head! : answers[0]!;
      this.head = { ...answers[0]!, rows: [], matches, tall };
      this.waiting = moved;
      this.#measure();
      this.failure = null;
    } catch (thrown) {
      this.failure = asCommandError(thrown);
    }
  }

  /** Brings the places of the taller rows in line with the rows that are here. */
  #measure(): void {
    if (!this.head) return;
    const tall = new Set(this.head.tall);
    for (const [page, rows] of this.#pages.all) {
      for (const [index, row] of rows.entries()) {
        if (isTall(row)) tall.add(page * PAGE + index);
        else tall.delete(page * PAGE + index);
      }
    }
    this.head = { ...this.head, tall: [...tall].sort((a, b) => a - b) };
  }
}

/** Whether a row has a second lane: the same rule as the app's, which counts the places of all of them. */
export function isTall(row: KeyRowView): boolean {
  return row.status.kind === "rotating";
}
