import { asCommandError } from "$lib/backend/failure";
import type { Backend } from "$lib/backend";
import type { CommandError, KeyRowView } from "$lib/view";
import type { ChosenKey } from "./chosen.svelte";

/** A chosen key with what somebody wants to know before it ends. */
export interface RevocableKey extends ChosenKey {
  lastUsedAt: number | null;
  /** Whether the portal tells when keys were used. */
  lastUsedKnown: boolean;
  /** Whether its row is two keys, one on the way to the place of the other. */
  two: boolean;
}

/** A row of a list as a key that can be revoked with others. */
export function revocable(row: KeyRowView, place: number): RevocableKey {
  const { id, name, environment, lastUsedAt, lastUsedKnown } = row;
  return { id, name, environment, place, lastUsedAt, lastUsedKnown, two: row.old.some(({ of }) => of !== null) };
}

/** How it goes with one key. A row of two keys is left out: somebody has to say which of them ends. */
export interface Revoked {
  key: RevocableKey;
  state: "waiting" | "running" | "done" | "failed" | "two";
  error: CommandError | null;
}

/**
 * The end of several keys, one after the other.
 *
 * Revoking twice is revoking, so nothing is kept of it: what was not reached still works and can be chosen again.
 * After a failure nothing more is begun, because what refused one may refuse the next. It outlives the dialog that
 * shows it, so that a lock which hides the dialog does not make dead keys look alive after it.
 */
export class Revocations {
  items = $state.raw<readonly Revoked[]>([]);
  begun = $state(false);
  busy = $state(false);
  #stopped = false;

  readonly done = $derived(this.items.filter(({ state }) => state === "done").length);
  /** How many keys can end here: those whose row is no other key as well. */
  readonly all = $derived(this.items.filter(({ state }) => state !== "two").length);
  readonly left = $derived(this.all - this.done);

  /** `ondone` is told of each key that has ended, so that whoever chose it lets it go. */
  constructor(
    readonly backend: Backend,
    keys: readonly RevocableKey[],
    readonly ondone: (id: string) => void = () => {},
  ) {
    this.items = [...keys].sort(graver).map((key) => ({ key, state: key.two ? "two" : "waiting", error: null }));
  }

  /** How many of the keys that can end here were used since an instant. */
  usedSince(instant: number): number {
    return this.items.filter(({ key }) => !key.two && key.lastUsedAt !== null && key.lastUsedAt >= instant).length;
  }

  /** Begins nothing more; what was sent is waited for. */
  stop(): void {
    this.#stopped = true;
  }

  async run(): Promise<void> {
    if (this.begun) return;
    this.begun = this.busy = true;
    for (const { key, state } of this.items) {
      if (this.#stopped) break;
      if (state === "two") continue;
      this.#put(key, { state: "running" });
      try {
        await this.backend.keys.revoke(key.id, key.name, true);
        this.#put(key, { state: "done" });
        this.ondone(key.id);
      } catch (thrown) {
        this.#put(key, { state: "failed", error: asCommandError(thrown) });
        break;
      }
    }
    this.busy = false;
  }

  #put(key: RevocableKey, change: Partial<Revoked>): void {
    this.items = this.items.map((item) => (item.key.id === key.id ? { ...item, ...change } : item));
  }
}

/** What would be missed most comes first: production, then what was used last. Rows of two keys come last. */
function graver(one: RevocableKey, other: RevocableKey): number {
  const production = ({ environment }: RevocableKey) => Number(environment?.class === "prod");
  const used = ({ lastUsedAt }: RevocableKey) => lastUsedAt ?? -Infinity;
  const apart = Number(one.two) - Number(other.two) || production(other) - production(one);
  if (apart !== 0) return apart;
  return used(one) === used(other) ? one.place - other.place : used(one) < used(other) ? 1 : -1;
}
