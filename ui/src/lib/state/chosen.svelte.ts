import type { Backend } from "$lib/backend";
import type { EnvironmentView, KeyQuery, KeyRowView } from "$lib/view";
import type { KeysState } from "./keys.svelte";

/** The most keys that can be chosen: no run takes more. */
export const MOST_CHOSEN = 1000;
/** The most rows the app gives at once. */
const AT_ONCE = 200;

/** A chosen key, as the list showed it then. */
export interface ChosenKey {
  id: string;
  name: string;
  environment: EnvironmentView | null;
  /** Its place in the list when it was chosen. */
  place: number;
}

/** Rows of the list from one place on, however many pages that takes. */
export async function readRows(backend: Backend, query: Omit<KeyQuery, "offset" | "limit">, offset: number, count: number): Promise<KeyRowView[]> {
  const rows: KeyRowView[] = [];
  while (rows.length < count) {
    const limit = Math.min(AT_ONCE, count - rows.length);
    const page = await backend.keys.list({ ...query, offset: offset + rows.length, limit });
    rows.push(...page.rows);
    if (page.rows.length < limit) break;
  }
  return rows;
}

/**
 * The keys that are chosen, by their ids.
 *
 * They stay chosen while the list is searched, sorted and scrolled: what is chosen is a set of keys,
 * and not of rows.
 */
export class ChosenKeys {
  #keys = $state.raw<ReadonlyMap<string, ChosenKey>>(new Map());
  /** Whether the last choice was cut at the most there can be. */
  cut = $state(false);
  /** Whether rows are being read to choose them. */
  reading = $state(false);
  /** The place from which Shift extends. */
  #anchor: number | null = null;
  #turn = 0;

  readonly size = $derived(this.#keys.size);

  constructor(readonly list: KeysState) {}

  has(id: string): boolean {
    return this.#keys.has(id);
  }

  /** The chosen keys, in the order the list has them. */
  inOrder(): ChosenKey[] {
    return [...this.#keys.values()].sort((a, b) => a.place - b.place);
  }

  /** Chooses a key, or lets it go. */
  toggle(row: KeyRowView, place: number): void {
    this.#anchor = place;
    if (this.#keys.has(row.id)) this.#drop(row.id);
    else this.#add([[row, place]]);
  }

  /** Moves the end of what Shift covers by one row. */
  extend(from: [KeyRowView, number], to: [KeyRowView, number]): void {
    this.#anchor ??= from[1];
    const away = (place: number) => Math.abs(place - this.#anchor!);
    if (away(to[1]) < away(from[1])) this.#drop(from[0].id);
    else this.#add([from, to]);
  }

  /** Chooses every row between the last one that was chosen and a place. */
  async upTo(place: number): Promise<void> {
    this.#anchor ??= place;
    const first = Math.min(this.#anchor, place);
    const last = Math.max(this.#anchor, place);
    await this.#read(first, last - first + 1);
  }

  /** Chooses all that match the search, as far as there can be so many. */
  all(): Promise<void> {
    return this.#read(0, this.list.head?.matches ?? 0);
  }

  /** Lets every key go. */
  clear(): void {
    this.#turn += 1;
    this.#keys = new Map();
    this.#anchor = null;
    this.cut = false;
    this.reading = false;
  }

  async #read(offset: number, count: number): Promise<void> {
    const turn = ++this.#turn;
    const { search, environment, sort, backend } = this.list;
    this.reading = true;
    try {
      const most = Math.min(count, MOST_CHOSEN + 1);
      const rows = await readRows(backend, { search: search.slice(0, 200), environment, sort }, offset, most);
      if (turn === this.#turn) this.#add(rows.map((row, index) => [row, offset + index]));
    } catch {
      // Why the list cannot be read is said by the list itself.
      void this.list.changed();
    } finally {
      if (turn === this.#turn) this.reading = false;
    }
  }

  #add(rows: readonly (readonly [KeyRowView, number])[]): void {
    const keys = new Map(this.#keys);
    this.cut = false;
    for (const [{ id, name, environment }, place] of rows) {
      if (keys.has(id)) continue;
      if (keys.size >= MOST_CHOSEN) {
        this.cut = true;
        break;
      }
      keys.set(id, { id, name, environment, place });
    }
    this.#keys = keys;
  }

  #drop(id: string): void {
    const keys = new Map(this.#keys);
    keys.delete(id);
    this.#keys = keys;
    this.cut = false;
    if (keys.size === 0) this.#anchor = null;
  }
}
