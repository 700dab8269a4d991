import { asCommandError } from "$lib/backend/failure";
import type { Backend } from "$lib/backend";
import type { CommandError, SweepView } from "$lib/view";

/** The search of this computer for an old secret; it goes on without a dialog. */
export class SweepState {
  view = $state.raw<SweepView | null>(null);
  folders = $state("~");
  dotfiles = $state(true);
  history = $state(true);
  starting = $state(false);
  error = $state.raw<CommandError | null>(null);

  readonly running = $derived(this.view?.state === "running");
  /** The folders as typed, without empty lines. */
  readonly wanted = $derived(this.folders.split("\n").map((line) => line.trim()).filter((line) => line !== ""));
  readonly something = $derived(this.wanted.length > 0 || this.dotfiles || this.history);

  constructor(readonly backend: Backend) {}

  /** Whether what is known is about this key. */
  isOf(key: string): boolean {
    return this.view?.key === key;
  }

  take(view: SweepView): void {
    this.view = view;
  }

  /** Reads whether a search is under way, or how the last one ended. */
  async look(): Promise<void> {
    const before = this.view;
    try {
      const view = await this.backend.places.sweepStatus();
      // An event may have been faster than the answer; what it said is newer.
      if (this.view === before) this.view = view;
    } catch (thrown) {
      this.error = asCommandError(thrown);
    }
  }

  async start(key: string): Promise<void> {
    if (this.running || this.starting || !this.something) return;
    this.starting = true;
    this.error = null;
    const before = this.view;
    try {
      const { wanted, dotfiles, history } = this;
      const view = await this.backend.places.sweep({ key, folders: wanted, dotfiles, history });
      if (this.view === before) this.view = view;
    } catch (thrown) {
      this.error = asCommandError(thrown);
    } finally {
      this.starting = false;
    }
  }

  async cancel(): Promise<void> {
    try {
      await this.backend.places.sweepCancel();
    } catch (thrown) {
      this.error = asCommandError(thrown);
    }
  }
}
