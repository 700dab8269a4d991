import { asCommandError } from "$lib/backend/failure";
import type { Backend } from "$lib/backend";
import type { CommandError, KeyRowView, ProofView } from "$lib/view";
import { isOutcomeUnknown } from "./create.svelte";
import { faultOf, LONGEST_NAME, type EntriesForm, type Entry } from "./app-form.svelte";

/** How a new client can prove who it is. */
export const PROOFS = ["secret", "signature", "nothing"] as const satisfies readonly ProofView[];

/** An OAuth client in the making, or as it shall be. */
export class ClientForm implements EntriesForm {
  name = $state("");
  proof = $state<(typeof PROOFS)[number]>("secret");
  callbacks = $state<Entry[]>([]);
  attributes: Entry[] = [];
  busy = $state(false);
  /** Whether mistakes are shown: only after the first attempt. */
  tried = $state(false);
  error = $state.raw<CommandError | null>(null);
  /** The client that was made, once it is. */
  made = $state.raw<KeyRowView | null>(null);
  #ticket: string = crypto.randomUUID();
  #keys = 0;
  #sent = $state.raw<number[]>([]);

  readonly length = $derived([...this.name.trim()].length);
  readonly #filled = $derived(this.callbacks.filter(({ value }) => value.trim() !== ""));
  /** A public client is good for signing people in alone, which has to come back somewhere. */
  readonly lacksRedirect = $derived(this.proof === "nothing" && this.#filled.length === 0);
  readonly wrong = $derived(this.length === 0 || this.length > LONGEST_NAME || this.lacksRedirect);

  constructor(
    readonly backend: Backend,
    readonly of: KeyRowView | null,
    /** The app it shall belong to. */
    readonly app: string | null,
  ) {
    this.name = of?.name ?? "";
    const proof = of?.client?.proof;
    if (proof === "nothing" || proof === "signature") this.proof = proof;
    this.callbacks = (of?.client?.redirectUris ?? []).map((value) => this.#entry(value));
    if (of === null && app === null) this.addCallback();
  }

  #entry(value: string): Entry {
    return { key: this.#keys++, name: "", value };
  }
  addCallback(): void {
    this.callbacks = [...this.callbacks, this.#entry("")];
  }
  addAttribute(): void {}

  fault(field: string): string | undefined {
    return faultOf(this.error, field);
  }
  callbackFault(entry: Entry): string | undefined {
    const place = this.#sent.indexOf(entry.key);
    return place < 0 ? undefined : this.fault(`redirectUris[${place}]`);
  }
  attributeFault(): undefined {}
  /** Faults of the whole list, or of something that has no field here. */
  get elsewhere(): { field: string; why: string }[] {
    return (this.error?.fields ?? []).filter(({ field }) => !/^(name|redirectUris\[\d+\])$/i.test(field.replaceAll("_", "")));
  }

  /** Sends the form, once; nothing is sent while something is wrong with it. */
  async submit(): Promise<KeyRowView | null> {
    this.tried = true;
    if (this.busy || this.made || this.wrong) return null;
    this.busy = true;
    this.error = null;
    this.#sent = this.#filled.map(({ key }) => key);
    const input = { name: this.name.trim(), redirectUris: this.#filled.map(({ value }) => value.trim()) };
    try {
      if (this.of) return await this.backend.clients.change(this.of.id, input);
      const { proof, app } = this;
      this.made = (await this.backend.clients.create({ ...input, ticket: this.#ticket, proof, app })).row;
      return this.made;
    } catch (thrown) {
      this.error = asCommandError(thrown);
      // A refused call is over; the next one is another. One of unknown outcome stays the same one.
      if (!isOutcomeUnknown(this.error)) this.#ticket = crypto.randomUUID();
      return null;
    } finally {
      this.busy = false;
    }
  }
}
