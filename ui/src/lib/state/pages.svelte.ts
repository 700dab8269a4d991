/** Rows asked for at once; the app gives at most 200. */
export const PAGE = 100;
/** Pages kept; the ones farthest from the view are dropped first. */
const PAGES_KEPT = 12;

/** What is here of a list that stays in the app: the pages that were looked at last. */
export class Pages<Row> {
  #here = $state.raw<ReadonlyMap<number, readonly Row[]>>(new Map());
  #wanted = new Set<number>();

  /**
   * `read` reads a page, or says with `null` that another list was asked for meanwhile; `fail` is told what it throws.
   */
  constructor(
    readonly read: (page: number) => Promise<readonly Row[] | null>,
    readonly fail: (thrown: unknown) => void,
  ) {}

  /** The row at a place, once its page is here. */
  at(place: number): Row | undefined {
    return this.#here.get(Math.floor(place / PAGE))?.[place % PAGE];
  }

  /** The pages that are here, by their numbers. */
  get all(): ReadonlyMap<number, readonly Row[]> {
    return this.#here;
  }

  /** Puts these pages in the place of all others. */
  set(pages: ReadonlyMap<number, readonly Row[]>): void {
    this.#here = pages;
  }

  /** Puts other rows in the place of some, where there are others. */
  map(other: (row: Row) => Row): void {
    this.#here = new Map([...this.#here].map(([page, rows]) => [page, rows.map(other)]));
  }

  clear(): void {
    this.#here = new Map();
  }

  /** Makes sure the rows from one place to another are on their way. */
  need(first: number, last: number): void {
    const end = Math.floor(Math.max(first, last) / PAGE);
    for (let page = Math.floor(first / PAGE); page <= end; page += 1) {
      if (!this.#here.has(page) && !this.#wanted.has(page)) void this.#add(page);
    }
  }

  /** The row at a place, read first if it is not here. */
  async load(place: number): Promise<Row | undefined> {
    const page = Math.floor(place / PAGE);
    if (!this.#here.has(page)) await this.#add(page);
    return this.at(place);
  }

  async #add(page: number): Promise<void> {
    this.#wanted.add(page);
    try {
      const rows = await this.read(page);
      if (rows === null) return;
      const pages = new Map(this.#here).set(page, rows);
      const farthest = [...pages.keys()].sort((a, b) => Math.abs(b - page) - Math.abs(a - page));
      for (const far of farthest.slice(0, Math.max(0, pages.size - PAGES_KEPT))) pages.delete(far);
      this.#here = pages;
    } catch (thrown) {
      this.fail(thrown);
    } finally {
      this.#wanted.delete(page);
    }
  }
}
