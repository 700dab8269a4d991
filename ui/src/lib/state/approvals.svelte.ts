import { asCommandError } from "$lib/backend/failure";
import type { Apps } from "./apps.svelte";
import type { AskView, CommandError } from "$lib/view";

/** What was chosen of the queue, and how it goes with approving it. */
export class Approvals {
  /** The subscriptions that are chosen. */
  chosen = $state.raw<ReadonlySet<string>>(new Set());
  /** The one whose answer is waited for. */
  running = $state<string | null>(null);
  /** How many of a run are done, and how many it has; nothing without one. */
  run = $state.raw<{ done: number; all: number; stopped: boolean } | null>(null);
  /** What failed, and why. */
  failed = $state.raw<{ ask: AskView; error: CommandError } | null>(null);
  /** What was decided last, to say it. */
  done = $state.raw<AskView | null>(null);
  #stop = false;

  readonly asks = $derived.by(() => this.apps.view?.asks ?? []);
  readonly picked = $derived(this.asks.filter((ask) => this.chosen.has(ask.subscription.id)));
  readonly busy = $derived(this.running !== null);

  constructor(readonly apps: Apps) {}

  toggle(ask: AskView): void {
    const { id } = ask.subscription;
    const next = new Set(this.chosen);
    if (!next.delete(id)) next.add(id);
    this.chosen = next;
  }

  all(on: boolean): void {
    this.chosen = new Set(on ? this.asks.map((ask) => ask.subscription.id) : []);
  }

  /** Begins nothing more; what was sent is waited for. */
  stop(): void {
    this.#stop = true;
  }

  /** Approves some, one after the other. A failure begins nothing more: what refused one may refuse the next. */
  async approve(asks: readonly AskView[]): Promise<void> {
    if (this.busy || asks.length === 0) return;
    this.#stop = false;
    this.failed = this.done = null;
    this.run = asks.length > 1 ? { done: 0, all: asks.length, stopped: false } : null;
    for (const ask of asks) {
      if (this.#stop) {
        if (this.run) this.run = { ...this.run, stopped: true };
        break;
      }
      if (!(await this.#one(ask))) break;
      if (this.run) this.run = { ...this.run, done: this.run.done + 1 };
      this.done = ask;
    }
  }

  async #one(ask: AskView): Promise<boolean> {
    const { id } = ask.subscription;
    this.running = id;
    try {
      this.apps.take(await this.apps.backend.apps.approve(id));
      this.chosen = new Set([...this.chosen].filter((one) => one !== id));
      return true;
    } catch (thrown) {
      this.failed = { ask, error: asCommandError(thrown) };
      // What was decided elsewhere is not in the queue any more.
      await this.apps.load();
      return false;
    } finally {
      this.running = null;
    }
  }
}
