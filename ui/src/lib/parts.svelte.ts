import type { Component } from "svelte";

/**
 * A part of the window that is not on its first screen.
 *
 * What is not needed to show the keys is fetched right after they are shown, so that a start waits
 * for the list and for nothing else.
 */
export class Part<C extends Component<never>> {
  #component = $state.raw<C | null>(null);
  #coming: Promise<void> | null = null;

  constructor(readonly fetch: () => Promise<{ default: C }>) {}

  /** The component once it is here; asking for it fetches it. */
  get component(): C | null {
    if (this.#component === null) void this.load();
    return this.#component;
  }

  /** Fetches the part, once. One that could not be fetched is asked for again. */
  load(): Promise<void> {
    this.#coming ??= this.fetch().then(
      (module) => void (this.#component = module.default),
      () => void (this.#coming = null),
    );
    return this.#coming;
  }
}
