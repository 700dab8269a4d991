import type { BucketView } from "$lib/view";

/** What a chosen range leads to. */
interface Roads {
  zoom: (from: number, to: number) => void;
  back: () => void;
}

/** The cursor over the plot, moved by pointer or keys, and the range between it and where it was held. */
export class Cursor {
  #at = $state<number | null>(null);
  #held = $state<number | null>(null);
  #dragging = false;

  constructor(
    readonly buckets: () => readonly BucketView[],
    readonly roads: Roads,
    /** When the last bucket ends. */
    readonly end: () => number,
  ) {}

  /** The bucket under the cursor. */
  get index(): number | null {
    return this.#at === null ? null : Math.min(this.#at, this.buckets().length - 1);
  }

  /** The buckets that are chosen, if more than one is. */
  get range(): { first: number; last: number } | null {
    const at = this.index;
    const held = this.#held === null ? null : Math.min(this.#held, this.buckets().length - 1);
    if (at === null || held === null || at === held) return null;
    return { first: Math.min(at, held), last: Math.max(at, held) };
  }

  #under(x: number): number | null {
    const found = this.buckets().findIndex((one) => x >= one.x && x < one.x + one.width);
    return found < 0 ? null : found;
  }

  /** The pointer moved; while it drags, it stays on the plot. */
  point(x: number): void {
    const found = this.#under(x);
    if (found !== null) this.#at = found;
    else if (!this.#dragging) this.#at = null;
    else this.#at = x < (this.buckets()[0]?.x ?? 0) ? 0 : this.buckets().length - 1;
  }

  grab(x: number): void {
    this.#held = this.#at = this.#under(x);
    this.#dragging = this.#held !== null;
  }

  drop(): void {
    if (!this.#dragging) return;
    this.#dragging = false;
    this.#zoom();
    this.#held = null;
  }

  leave(): void {
    if (this.#dragging) return;
    this.#at = this.#held = null;
  }

  /** The pointer was taken away while it dragged: nothing is chosen. */
  cancel(): void {
    if (!this.#dragging) return;
    this.#dragging = false;
    this.leave();
  }

  press(event: KeyboardEvent): void {
    const last = this.buckets().length - 1;
    const from = this.index ?? last;
    const to = { ArrowLeft: from - 1, ArrowRight: from + 1, PageUp: from - 10, PageDown: from + 10, Home: 0, End: last }[event.key];
    if (event.key === "Escape") {
      this.#dragging = false;
      if (this.#held === null) this.#at = null;
      this.#held = null;
    } else if (event.key === "Enter" && this.range !== null) {
      event.preventDefault();
      this.#zoom();
      this.#held = null;
    } else if (event.key === "Backspace") {
      event.preventDefault();
      this.roads.back();
    }
    if (to === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.#held = event.shiftKey ? (this.#held ?? from) : null;
    this.#at = Math.max(0, Math.min(last, to));
  }

  #zoom(): void {
    const range = this.range;
    const buckets = this.buckets();
    const first = range && buckets[range.first];
    if (!range || !first) return;
    this.#at = null;
    this.roads.zoom(first.start, buckets[range.last + 1]?.start ?? this.end());
  }
}
