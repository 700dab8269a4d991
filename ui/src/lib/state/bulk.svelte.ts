import { asCommandError } from "$lib/backend/failure";
import type { Backend } from "$lib/backend";
import type { BulkInput, BulkItemState, BulkItemView, BulkView, SavedView } from "$lib/view";
import { Attempt } from "./attempt.svelte";

/** How many keys of a run stand where. */
export type Counts = Record<BulkItemState, number>;

/** Counts the keys of a run by where they stand. */
export function countItems(items: readonly BulkItemView[]): Counts {
  const counts: Counts = { waiting: 0, running: 0, done: 0, failed: 0, unknown: 0, skipped: 0 };
  for (const item of items) counts[item.state] += 1;
  return counts;
}

/**
 * The run over many keys, if there is one.
 *
 * The run lives in the app and on disk. The window only shows it: closing the sheet stops nothing.
 */
export class BulkRun extends Attempt {
  view = $state.raw<BulkView | null>(null);
  /** The report, once it was written to a file. */
  saved = $state.raw<SavedView | null>(null);
  #heard = 0;
  #loads = 0;

  readonly counts = $derived(countItems(this.view?.items ?? []));
  /** Whether a run was begun and has not come to its end: no other can be planned beside it. */
  readonly open = $derived(this.view !== null && this.view.state !== "planned" && !isOver(this.view));
  /** How many keys have had their turn. */
  readonly behind = $derived((this.view?.items.length ?? 0) - this.counts.waiting - this.counts.running);

  constructor(readonly backend: Backend) {
    super();
  }

  /** Takes over what the app told. */
  take(view: BulkView): void {
    this.#heard += 1;
    this.#show(view);
  }

  /** Reads whether there is a run: another account is shown, or the window was opened. */
  async load(): Promise<void> {
    const turn = ++this.#loads;
    const heard = this.#heard;
    try {
      const view = await this.backend.bulk.show();
      if (turn !== this.#loads || heard !== this.#heard) return;
      this.#show(view);
    } catch {
      // A portal without such runs, or an app that is busy: there is nothing to show then.
      if (turn === this.#loads) this.view = null;
    }
  }

  plan(input: BulkInput): Promise<boolean> {
    this.saved = null;
    return this.#ask(() => this.backend.bulk.plan(input));
  }

  /** Starts the run, or goes on with it. */
  start(): Promise<boolean> {
    return this.#ask((id) => this.backend.bulk.start(id));
  }

  /** Lets what was begun come to its end, and begins nothing more. */
  pause(): Promise<boolean> {
    return this.#ask((id) => this.backend.bulk.pause(id));
  }

  /** Ends the run: what has not had its turn is left as it is. */
  halt(): Promise<boolean> {
    return this.#ask((id) => this.backend.bulk.halt(id));
  }

  /** Puts the run away. */
  dismiss(): Promise<boolean> {
    return this.#ask(async (id) => {
      await this.backend.bulk.dismiss(id);
      return null;
    });
  }

  /** Writes the report into a file. */
  async save(): Promise<void> {
    const id = this.view?.id;
    if (id === undefined) return;
    try {
      this.saved = await this.backend.bulk.export(id);
      this.error = null;
    } catch (thrown) {
      this.error = asCommandError(thrown);
    }
  }

  #show(view: BulkView | null): void {
    if (view?.id !== this.view?.id) this.saved = null;
    this.view = view;
  }

  #ask(command: (id: string) => Promise<BulkView | null>): Promise<boolean> {
    const heard = this.#heard;
    return this.attempt(async () => {
      const view = await command(this.view?.id ?? "");
      // An event may have been faster than the answer; what it said is newer.
      if (heard === this.#heard || view === null) this.#show(view);
    });
  }
}

/** Whether a run has come to its end. */
export function isOver(view: BulkView): boolean {
  return view.state === "done";
}
