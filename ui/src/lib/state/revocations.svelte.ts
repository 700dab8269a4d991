import { asCommandError } from "$lib/backend/failure";
import type { Backend } from "$lib/backend";
import type { CommandError, KeyRef } from "$lib/view";

/** How it goes with one key. */
export interface Revoked {
  key: KeyRef;
  state: "waiting" | "running" | "done" | "failed";
  error: CommandError | null;
}

/**
 * The end of several keys, one after the other.
 *
 * Revoking twice is revoking, so nothing is kept of it: what was not reached still works and can be chosen again.
 * After a failure nothing more is begun, because what refused one may refuse the next.
 */
export class Revocations {
  items = $state.raw<readonly Revoked[]>([]);
  begun = $state(false);
  busy = $state(false);
  #stopped = false;

  readonly done = $derived(this.items.filter(({ state }) => state === "done").length);
  readonly left = $derived(this.items.length - this.done);

  constructor(
    readonly backend: Backend,
    keys: readonly KeyRef[],
  ) {
    this.items = keys.map((key) => ({ key, state: "waiting", error: null }));
  }

  /** Begins nothing more; what was sent is waited for. */
  stop(): void {
    this.#stopped = true;
  }

  async run(): Promise<void> {
    if (this.begun) return;
    this.begun = this.busy = true;
    for (const { key } of this.items) {
      if (this.#stopped) break;
      this.#put(key, { state: "running" });
      try {
        await this.backend.keys.revoke(key.id, key.name);
        this.#put(key, { state: "done" });
      } catch (thrown) {
        this.#put(key, { state: "failed", error: asCommandError(thrown) });
        break;
      }
    }
    this.busy = false;
  }

  #put(key: KeyRef, change: Partial<Revoked>): void {
    this.items = this.items.map((item) => (item.key.id === key.id ? { ...item, ...change } : item));
  }
}
