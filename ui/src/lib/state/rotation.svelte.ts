import { asCommandError } from "$lib/backend/failure";
import type { Backend } from "$lib/backend";
import type {
  CommandError,
  KeyRef,
  OldSecretView,
  PlaceKind,
  ProbeView,
  ReceiptView,
  RotationReason,
  RotationView,
  RotationWay,
} from "$lib/view";
import { isOutcomeUnknown } from "./create.svelte";

/** How often the rotation is read while somebody looks at it, in milliseconds. */
const READ_EVERY = 30_000;

/** The steps of a rotation that is seen through. */
export type Step = "reason" | "preflight" | "rotate" | "deliver" | "prove" | "end" | "receipt";

/** The rotation of one key, as far as a dialog shows it; the rotation itself goes on without one. */
export class RotationState {
  readonly backend: Backend;
  /** The key the dialog was opened for. */
  readonly key: KeyRef;
  view = $state.raw<RotationView | null>(null);
  reason = $state<RotationReason | null>(null);
  /** Of a leaked secret: whether something must keep running on the key. */
  stays = $state<boolean | null>(null);
  /** The way as chosen; nothing means the one the portal offers first. */
  chosenWay = $state<RotationWay | null>(null);
  /** The longest job that has the old secret, in milliseconds. */
  longestJob = $state<number | null>(null);
  /** The grace to ask for, in milliseconds; nothing means the portal's default. */
  grace = $state<number | null>(null);
  /** The name of the second key, as typed; nothing means the key's own. */
  successor = $state<string | null>(null);
  /** Whether the person knows what another rotation does to the secret that is still accepted. */
  known = $state(false);
  busy = $state(false);
  /** Whether a secret is being tried. */
  probing = $state(false);
  error = $state.raw<CommandError | null>(null);
  /** Whether the person is about to end the old secret. */
  ending = $state(false);
  /** Whether another rotation is prepared although one is open or just over. */
  again = $state(false);
  /** The receipt on show. */
  receipt = $state.raw<ReceiptView | null>(null);
  /** Whether this dialog finished the rotation. */
  finished = $state(false);
  /** Names the rotation to the app: pressing twice rotates once. */
  #ticket = crypto.randomUUID();
  /** The last choice that is on its way to the disk. */
  #planning: Promise<void> = Promise.resolve();
  #asked = 0;

  /** The key as it is now: after a rotation side by side, the new one. */
  readonly id: string = $derived.by(() => this.view?.row.id ?? this.key.id);
  /** Whether the page before the call is shown. */
  readonly before = $derived(this.view !== null && this.receipt === null && (this.view.stage === "ready" || this.again));
  /** Whether it is said why, and that road leads to a rotation: nothing depends on a key that is revoked instead. */
  readonly goesOn = $derived(this.reason === "planned" || (this.reason === "leaked" && this.stays === true));
  readonly way = $derived<RotationWay>(this.chosenWay ?? this.view?.ways[0] ?? "inPlace");
  readonly old = $derived<OldSecretView | null>(this.view?.row.old[0] ?? null);
  /** The old key, where the new secret belongs to a key of its own. */
  readonly oldKey = $derived<KeyRef | null>(this.old?.of ?? this.view?.course?.oldKey ?? null);
  readonly passed = $derived(this.view?.preflight.filter((check) => check.passed).length ?? 0);
  readonly failed = $derived(this.view?.preflight.find((check) => !check.passed) ?? null);
  readonly proven = $derived(this.view?.evidence.filter((rung) => rung.state === "proven").length ?? 0);
  readonly unproven = $derived(this.view?.evidence.filter((rung) => rung.state !== "proven" && rung.state !== "later") ?? []);
  readonly places = $derived(this.view?.places ?? []);
  readonly delivered = $derived(this.places.filter((place) => place.delivered !== null).length);
  /** When a job that began before the rotation may still run, until then. */
  readonly jobUntil = $derived.by(() => {
    const job = this.view?.course?.longestJob ?? null;
    const from = this.view?.rotatedAt ?? null;
    return job === null || from === null ? null : from + job;
  });
  /** Where the stepper stands. */
  readonly step = $derived.by((): Step => {
    const { view } = this;
    if (this.receipt) return "receipt";
    if (view === null || this.before) return this.busy ? "rotate" : this.goesOn ? "preflight" : "reason";
    if (view.stage === "asking") return "rotate";
    if (view.stage === "ended" || this.ending) return "end";
    const used = view.evidence.some((rung) => rung.name === "newUsed" && rung.state === "proven");
    if (this.delivered === 0 && !used) return "deliver";
    return this.unproven.some((rung) => rung.state === "notYet") ? "prove" : "end";
  });

  constructor(backend: Backend, key: KeyRef) {
    this.backend = backend;
    this.key = key;
  }

  /** Reads where the rotation stands. */
  async open(): Promise<void> {
    const turn = ++this.#asked;
    try {
      const view = await this.backend.rotation.open(this.id);
      if (turn === this.#asked) this.#take(view);
      if (!this.busy) this.error = null;
    } catch (thrown) {
      if (turn === this.#asked) this.error = asCommandError(thrown);
    }
  }

  /** Reads it again from time to time; returns how to stop. */
  watch(): () => void {
    const timer = setInterval(() => {
      const looked = this.view?.stage === "grace" || this.view?.stage === "ready";
      if (!document.hidden && looked && !this.busy && this.receipt === null) void this.open();
    }, READ_EVERY);
    return () => clearInterval(timer);
  }

  /** Whether something the app tells of a key is about this rotation. */
  isAbout(id: string): boolean {
    return id === this.key.id || id === this.id || id === this.oldKey?.id;
  }

  /** Takes a choice, and has it kept so that a closed wizard opens where it was. */
  choose(choice: Partial<Pick<RotationState, "reason" | "stays" | "chosenWay" | "longestJob">>): void {
    Object.assign(this, choice);
    if (this.reason === null || this.again) return;
    const { reason, way, longestJob } = this;
    const input = { key: this.id, reason, way, longestJob };
    const turn = ++this.#asked;
    this.#planning = this.#planning.then(async () => {
      try {
        const view = await this.backend.rotation.plan(input);
        if (turn === this.#asked) this.#take(view);
      } catch (thrown) {
        if (turn === this.#asked) this.error = asCommandError(thrown);
      }
    });
  }

  /** Rotates, once. */
  async rotate(): Promise<boolean> {
    if (this.busy || this.reason === null || this.view === null) return false;
    const { reason, way, grace, longestJob, known } = this;
    const name = this.successor?.trim() ?? "";
    const successor = way === "sideBySide" && name !== "" && name !== this.view.row.name ? name : null;
    const inPlace = way === "inPlace";
    return this.#run(async () => {
      // What was chosen reaches the disk before the call goes out, never after it.
      await this.#planning;
      const key = this.id;
      const view = await this.backend.rotation.rotate({
        ticket: this.#ticket, key, reason, way, grace: inPlace ? grace : null, longestJob, again: known, successor,
      });
      this.#take(view);
      this.again = false;
      this.known = false;
      this.#ticket = crypto.randomUUID();
    });
  }

  /** Tries the secrets now instead of waiting for their next use. */
  async probe(): Promise<void> {
    if (this.probing) return;
    this.probing = true;
    await this.#change(() => this.backend.rotation.probe(this.id));
    this.probing = false;
  }

  setProbe(probe: ProbeView | null): Promise<boolean> {
    return this.#change(() => this.backend.rotation.setProbe(this.id, probe));
  }

  setQuiet(millis: number): Promise<boolean> {
    return this.#change(() => this.backend.rotation.setQuiet(this.id, millis));
  }

  /** Ticks a place, or unticks it. */
  deliver(place: string, done: boolean): Promise<boolean> {
    return this.#change(() => this.backend.places.deliver(this.id, place, done));
  }

  addPlace(kind: PlaceKind, label: string): Promise<boolean> {
    return this.#places(() => this.backend.places.add({ key: this.id, kind, label }));
  }

  /** A file that holds the old secret is a place that still needs the new one, whatever the clipboard holds. */
  async addFound(file: string): Promise<boolean> {
    const added = await this.addPlace("folder", file);
    const place = this.places.find((one) => one.label === file);
    return added && place?.delivered?.byHand === false ? this.deliver(place.id, false) : added;
  }

  removePlace(place: string): Promise<boolean> {
    return this.#places(() => this.backend.places.remove(this.id, place));
  }

  /** Ends the old secret now; side by side, revokes the old key. */
  endGrace(typed: string): Promise<boolean> {
    return this.#run(async () => {
      this.#take(await this.backend.rotation.endGrace(this.id, typed));
      this.ending = false;
    });
  }

  /** Closes the rotation; what is left is its receipt. */
  finish(): Promise<boolean> {
    return this.#run(async () => {
      this.#take(await this.backend.rotation.finish(this.id));
      this.receipt = this.view?.receipt ?? null;
      this.finished = this.receipt !== null;
    });
  }

  /** Drops what was chosen before the call. */
  async forget(): Promise<void> {
    await this.#planning;
    const done = await this.#change(() => this.backend.rotation.forget(this.id));
    if (!done) return;
    Object.assign(this, { reason: null, stays: null, chosenWay: null, longestJob: null, grace: null, successor: null });
  }

  /** Prepares another rotation, or returns from that. */
  prepare(again: boolean): void {
    this.again = again;
    this.known = false;
    this.reason = again ? null : (this.view?.course?.reason ?? null);
    this.stays = again ? null : this.reason === "leaked" ? true : null;
    // Only the same way can be gone again while the first is not over.
    this.chosenWay = again && this.oldKey === null ? "inPlace" : null;
  }

  /** Takes over what the app said, and what was chosen in an earlier sitting. */
  #take(view: RotationView): void {
    this.view = view;
    if (view.course === null || this.reason !== null || this.again) return;
    this.reason = view.course.reason;
    this.chosenWay = view.course.way;
    this.longestJob = view.course.longestJob;
    if (this.reason === "leaked") this.stays = true;
  }

  async #places(action: () => Promise<unknown>): Promise<boolean> {
    return this.#change(async () => {
      await action();
      return this.backend.rotation.open(this.id);
    });
  }

  /** A change that shows its result in the view and leaves the page as it is. */
  async #change(action: () => Promise<RotationView>): Promise<boolean> {
    const turn = ++this.#asked;
    try {
      const view = await action();
      if (turn === this.#asked) this.#take(view);
      this.error = null;
      return true;
    } catch (thrown) {
      this.error = asCommandError(thrown);
      return false;
    }
  }

  async #run(action: () => Promise<void>): Promise<boolean> {
    this.busy = true;
    this.error = null;
    // An older answer must not be shown over the newer one.
    this.#asked += 1;
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
