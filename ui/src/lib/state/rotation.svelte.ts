import { asCommandError } from "$lib/backend/failure";
import type { Backend } from "$lib/backend";
import type { CommandError, KeyRef, OldSecretView, RotationReason, RotationView } from "$lib/view";
import { isOutcomeUnknown } from "./create.svelte";

/** How often the evidence is read while somebody looks at it, in milliseconds. */
const READ_EVERY = 30_000;

/** The steps of a rotation that is seen through. */
export type Step = "reason" | "preflight" | "rotate" | "deliver" | "prove" | "end";

/** The rotation of one key, as far as a dialog shows it; the rotation itself goes on without one. */
export class RotationState {
  view = $state.raw<RotationView | null>(null);
  reason = $state<RotationReason | null>(null);
  /** The grace to ask for, in milliseconds; nothing means the portal's default. */
  grace = $state<number | null>(null);
  busy = $state(false);
  /** Whether the new secret is being tried. */
  probing = $state(false);
  error = $state.raw<CommandError | null>(null);
  /** Whether the person is about to end grace. */
  ending = $state(false);
  /** Whether another rotation is prepared although one is open or just over. */
  again = $state(false);
  /** Names the rotation to the app: pressing twice rotates once. */
  #ticket = crypto.randomUUID();

  /** Whether the page before the call is shown. */
  readonly before = $derived(this.view !== null && (this.view.stage === "ready" || this.again));
  readonly old = $derived<OldSecretView | null>(this.view?.row.old[0] ?? null);
  readonly passed = $derived(this.view?.preflight.filter((check) => check.passed).length ?? 0);
  readonly proven = $derived(this.view?.evidence.filter((rung) => rung.state === "proven").length ?? 0);
  readonly unproven = $derived(this.view?.evidence.filter((rung) => rung.state !== "proven" && rung.state !== "later") ?? []);
  /** Where the stepper stands. */
  readonly step = $derived.by((): Step => {
    if (this.view === null || this.before) return this.busy ? "rotate" : this.reason === null ? "reason" : "preflight";
    if (this.view.stage === "asking") return "rotate";
    return this.view.stage === "ended" ? "end" : "prove";
  });

  constructor(
    readonly backend: Backend,
    readonly key: KeyRef,
  ) {}

  /** Reads where the rotation stands. */
  async open(): Promise<void> {
    try {
      this.view = await this.backend.rotation.open(this.key.id);
      if (!this.busy) this.error = null;
    } catch (thrown) {
      this.error = asCommandError(thrown);
    }
  }

  /** Reads the evidence again from time to time; returns how to stop. */
  watch(): () => void {
    const timer = setInterval(() => {
      if (!document.hidden && this.view?.stage === "grace" && !this.busy) void this.open();
    }, READ_EVERY);
    return () => clearInterval(timer);
  }

  /** Rotates, once. */
  async rotate(): Promise<boolean> {
    if (this.busy || this.reason === null || this.view === null) return false;
    const { reason, grace, again } = this;
    const way = this.view.ways.at(-1) ?? "inPlace";
    const input = { ticket: this.#ticket, key: this.key.id, reason, way, grace, longestJob: null, again, successor: null };
    return this.#run(async () => {
      this.view = await this.backend.rotation.rotate(input);
      this.again = false;
      this.#ticket = crypto.randomUUID();
    });
  }

  /** Tries the new secret now instead of waiting for its first use. */
  async probe(): Promise<void> {
    if (this.probing) return;
    this.probing = true;
    try {
      this.view = await this.backend.rotation.probe(this.key.id);
      this.error = null;
    } catch (thrown) {
      this.error = asCommandError(thrown);
    } finally {
      this.probing = false;
    }
  }

  /** Ends the old secret now. */
  endGrace(typed: string): Promise<boolean> {
    return this.#run(async () => {
      this.view = await this.backend.rotation.endGrace(this.key.id, typed);
      this.ending = false;
    });
  }

  async #run(action: () => Promise<void>): Promise<boolean> {
    this.busy = true;
    this.error = null;
    try {
      await action();
      return true;
    } catch (thrown) {
      this.error = asCommandError(thrown);
      if (!isOutcomeUnknown(this.error)) this.#ticket = crypto.randomUUID();
      return false;
    } finally {
      this.busy = false;
    }
  }
}
