/** A step of this computer's clock that is more than the clock's own pace, in milliseconds. */
const JUMP = 2000;

/**
 * The time, as the window shows it: it steps once a second and only while somebody can see it.
 *
 * Nothing in the window reads the time elsewhere, so a test can stop the clock.
 */
export class Now {
  /** This computer's time in milliseconds since the Unix epoch. */
  ms = $state(0);
  /** Portal time minus this computer's time, in milliseconds. */
  offset = $state(0);
  /** Whether that offset is only about right. */
  about = $state(false);
  /** The portal's time: what its deadlines are measured by. */
  readonly portal = $derived(this.ms + this.offset);
  /** Called when this computer's clock was set, or the computer slept: the offset has to be asked for again. */
  onjump: () => void = () => {};
  #read: () => number;
  #pace: () => number;
  /** This computer's time minus a clock that nobody sets. */
  #drift: number;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(read: () => number, pace: () => number = () => performance.now()) {
    this.#read = read;
    this.#pace = pace;
    this.ms = read();
    this.#drift = this.ms - pace();
  }

  /** Starts to step; returns how to stop. */
  start(): () => void {
    const step = () => {
      clearTimeout(this.#timer);
      this.#look();
      if (!document.hidden) this.#timer = setTimeout(step, 1000 - (this.ms % 1000));
    };
    document.addEventListener("visibilitychange", step);
    step();
    return () => {
      clearTimeout(this.#timer);
      document.removeEventListener("visibilitychange", step);
    };
  }

  #look(): void {
    this.ms = this.#read();
    const drift = this.ms - this.#pace();
    if (Math.abs(drift - this.#drift) <= JUMP) return;
    this.#drift = drift;
    // Until the app has said how far the portal's clock is off now, what is shown is about right at best.
    this.about = true;
    this.onjump();
  }
}
