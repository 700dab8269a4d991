import { asCommandError } from "$lib/backend/failure";
import type { Backend } from "$lib/backend";
import type { AuditEntryView, AuditView, CommandError, SavedView } from "$lib/view";
import { PAGE, Pages } from "./pages.svelte";


/**
 * The log, newest first, read in pages.
 *
 * Entries are counted from their end, so a new one moves all others down. What is in view stays
 * where it is until it is read again: `newer` says that there is more.
 */
export class AuditLog {
  /** What is known of the log as a whole. */
  head = $state.raw<Omit<AuditView, "entries"> | null>(null);
  error = $state.raw<CommandError | null>(null);
  /** Entries that were written since the first page was read. */
  newer = $state(0);
  /** The log, once it was written to a file. */
  saved = $state.raw<SavedView | null>(null);
  readonly #pages = new Pages<AuditEntryView>(
    (page) => this.#page(page),
    (thrown) => (this.error = asCommandError(thrown)),
  );
  #turn = 0;

  constructor(readonly backend: Backend) {}

  /** The entry at a place, once its page is here. */
  entry(place: number): AuditEntryView | undefined {
    return this.#pages.at(place);
  }

  /** Reads the newest entries and forgets the rest. */
  async load(): Promise<void> {
    const turn = ++this.#turn;
    try {
      const { entries, ...head } = await this.backend.audit.list(0, PAGE);
      if (turn !== this.#turn) return;
      this.head = head;
      this.#pages.set(new Map([[0, entries]]));
      this.newer = 0;
      this.error = null;
    } catch (thrown) {
      if (turn === this.#turn) this.error = asCommandError(thrown);
    }
  }

  /** Looks whether there is something new, without moving what is in view. */
  async look(): Promise<void> {
    const turn = this.#turn;
    try {
      const { entries: _, ...head } = await this.backend.audit.list(0, 1);
      if (turn !== this.#turn || this.head === null) return;
      this.newer = Math.max(0, head.total - this.head.total);
      this.head = { ...head, total: this.head.total };
    } catch {
      // Whoever asks for entries is told; a look that fails changes nothing.
    }
  }

  /** Makes sure the entries from one place to another are on their way. */
  need(first: number, last: number): void {
    if (this.head !== null) this.#pages.need(first, last);
  }

  /** Writes the whole log into a file. */
  async export(): Promise<void> {
    try {
      this.saved = await this.backend.audit.export();
      this.error = null;
    } catch (thrown) {
      this.error = asCommandError(thrown);
    }
  }

  async #page(page: number): Promise<readonly AuditEntryView[] | null> {
    const turn = this.#turn;
    const entries = await this.#read(page);
    return turn === this.#turn ? entries : null;
  }

  /** Reads a page as it was counted when the first one was read. */
  async #read(page: number): Promise<readonly AuditEntryView[]> {
    const total = this.head!.total;
    const offset = page * PAGE;
    const known = this.newer;
    const answer = await this.backend.audit.list(offset + known, PAGE);
    const moved = Math.max(0, answer.total - total);
    this.newer = moved;
    if (moved === known) return answer.entries;
    return (await this.backend.audit.list(offset + moved, PAGE)).entries;
  }
}
