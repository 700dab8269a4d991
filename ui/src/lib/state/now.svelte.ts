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
  /** The portal's time: what its deadlines are measured by. */
  readonly portal = $derived(this.ms + this.offset);
  #read: () => number;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(read: () => number) {
    this.#read = read;
    this.ms = read();
  }

  /** Starts to step; returns how to stop. */
  start(): () => void {
    const step = () => {
      clearTimeout(this.#timer);
      this.ms = this.#read();
      if (!document.hidden) this.#timer = setTimeout(step, 1000 - (this.ms % 1000));
    };
    document.addEventListener("visibilitychange", step);
    step();
    return () => {
      clearTimeout(this.#timer);
      document.removeEventListener("visibilitychange", step);
    };
  }
}
