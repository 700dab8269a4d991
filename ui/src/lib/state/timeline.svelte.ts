import { asCommandError } from "$lib/backend/failure";
import type { Backend } from "$lib/backend";
import type { AuditEntryView, CommandError, PortalEntryView } from "$lib/view";

/** Entries of the log kept here that are read at once. */
const STEP = 50;

/** What a timeline is about; nothing means everything. */
export interface About {
  kind: "key" | "app";
  id: string;
  name: string;
}

/** Which logs stand on a timeline. */
export type Which = "all" | "here" | "portal";

/** Something that was done or tried, and which log tells it. */
export type Line = { at: number } & ({ source: "here"; entry: AuditEntryView } | { source: "portal"; entry: PortalEntryView });

/** A log that is read from its newest entry backwards. */
interface Source {
  lines: readonly Line[];
  /** Whether there is nothing earlier. */
  done: boolean;
  /** Reads the next entries and says where they end. */
  read(): Promise<readonly Line[] | null>;
}

/**
 * The log that is kept here and the portal's on one line of time, the newest first.
 *
 * Each is read in pages. An entry is shown once no earlier page of the other log can hold anything newer, so nothing is
 * ever put between two entries that are shown already.
 */
export class Timeline {
  lines = $state.raw<readonly Line[]>([]);
  /** Whether there is more of either log. */
  more = $state(false);
  loading = $state(false);
  /** Whether something was read, so that an empty list means that there is nothing. */
  begun = $state(false);
  /** Why the log kept here cannot be read. */
  error = $state.raw<CommandError | null>(null);
  /** Why the portal's part is missing, or ends where it does. */
  missing = $state.raw<CommandError | null>(null);
  /** Up to where the portal's part goes, if it breaks off. */
  cut = $state<number | null>(null);
  /** Whether the portal has no log at all. */
  noLog = $state(false);
  #sources: Source[] = [];
  #turn = 0;

  constructor(
    readonly backend: Backend,
    readonly which: Which,
    readonly about: About | null,
  ) {}

  /** Reads the newest entries and forgets the rest. */
  async load(): Promise<void> {
    this.#turn += 1;
    this.#sources = [];
    this.missing = null;
    this.cut = null;
    this.error = null;
    this.noLog = false;
    // What is noted here names keys, and no apps.
    if (this.which !== "portal" && this.about?.kind !== "app") this.#sources.push(this.#here());
    if (this.which !== "here") this.#sources.push(this.#portal());
    await this.#read();
  }

  /** Reads what comes before the entries that are shown. */
  async earlier(): Promise<void> {
    if (!this.loading) await this.#read();
  }

  async #read(): Promise<void> {
    const turn = this.#turn;
    this.loading = true;
    const frontier = this.#frontier();
    // The log that ends latest keeps the other one waiting.
    const next = this.#sources.filter((one) => !one.done && oldest(one) >= frontier);
    await Promise.all(next.map((one) => this.#add(one, turn)));
    if (turn !== this.#turn) return;
    this.#show();
    this.loading = false;
    this.begun = true;
  }

  async #add(source: Source, turn: number): Promise<void> {
    const lines = await source.read();
    if (turn === this.#turn && lines !== null) source.lines = [...source.lines, ...lines];
  }

  /** The instant from which on everything of every log is here. */
  #frontier(): number {
    return Math.max(-Infinity, ...this.#sources.filter((one) => !one.done).map(oldest));
  }

  #show(): void {
    const frontier = this.#frontier();
    const all = this.#sources.flatMap((one) => one.lines).filter((line) => line.at >= frontier);
    this.lines = all.sort((a, b) => b.at - a.at || a.source.localeCompare(b.source) || b.entry.number - a.entry.number);
    this.more = this.#sources.some((one) => !one.done);
  }

  #here(): Source {
    let before: number | null = null;
    const source: Source = {
      lines: [],
      done: false,
      read: async () => {
        try {
          const entries = await this.backend.audit.here(this.about?.id ?? null, before, STEP);
          before = entries.at(-1)?.number ?? before;
          source.done = entries.length < STEP;
          return inOrder(entries.map((entry) => ({ source: "here", at: entry.at, entry })), source.lines);
        } catch (thrown) {
          this.error = asCommandError(thrown);
          source.done = true;
          return null;
        }
      },
    };
    return source;
  }

  #portal(): Source {
    let page: string | null = null;
    let account: string | null = null;
    const source: Source = {
      lines: [],
      done: false,
      read: async () => {
        try {
          const read = await this.backend.audit.portal(this.about?.id ?? null, page);
          this.noLog = read === null;
          // Another account was chosen meanwhile: its entries are none of these.
          const other = read !== null && account !== null && read.account !== account;
          account = read?.account ?? null;
          page = read?.next ?? null;
          source.done = page === null || other;
          const known = source.lines.at(-1)?.at ?? Infinity;
          const entries = other ? [] : (read?.entries ?? []);
          return inOrder(entries.map((entry) => ({ source: "portal", at: entry.at ?? known, entry })), source.lines);
        } catch (thrown) {
          this.missing = asCommandError(thrown);
          this.cut = source.lines.at(-1)?.at ?? null;
          source.done = true;
          return null;
        }
      },
    };
    return source;
  }
}

/** The earliest instant that was read of a log. */
function oldest(source: Source): number {
  return source.lines.at(-1)?.at ?? Infinity;
}

/** Lines whose instants never grow: a clock that was set back moves no entry before the one it followed. */
function inOrder(lines: Line[], before: readonly Line[]): Line[] {
  let last = before.at(-1)?.at ?? Infinity;
  return lines.map((line) => {
    last = Math.min(last, line.at);
    return Number.isFinite(last) ? { ...line, at: last } : line;
  });
}
