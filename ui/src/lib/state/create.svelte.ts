import { asCommandError } from "$lib/backend/failure";
import type { Backend } from "$lib/backend";
import type { AbilitiesView, CommandError, DeveloperAppView, KeyRowView, NewKeyInput } from "$lib/view";

const DAY = 86_400_000;
/** A portal takes names of up to this many characters. */
export const LONGEST_NAME = 100;

/** What was chosen last; kept while the app runs. */
export interface LastChoices {
  environment: string | null;
  owner: string;
  scopes: string[];
  days: number | null;
}

/** What is wrong with the form; nothing is sent while something is. */
export type Wrong = "nameMissing" | "nameLong" | "scopeMissing";

/** Whether it is not known what the portal did, so that the same call must not be made anew. */
export function isOutcomeUnknown(error: CommandError): boolean {
  return error.code === "no_answer" || error.code === "outcome_unknown";
}

/** A key in the making: the form, the one call, and what came of it. */
export class CreateState {
  environment = $state<string | null>(null);
  owner = $state("");
  app = $state("");
  /** The name as typed; nothing while it is built from its parts. */
  typed = $state<string | null>(null);
  scopes = $state<string[]>([]);
  days = $state<number | null>(90);
  busy = $state(false);
  /** Whether mistakes are shown: only after the first attempt. */
  tried = $state(false);
  error = $state.raw<CommandError | null>(null);
  stowed = $state.raw<KeyRowView | null>(null);
  duplicate = $state(false);
  /** Names this creation to the app: pressing twice creates once. */
  #ticket = crypto.randomUUID();
  #looked = 0;

  readonly built = $derived([this.owner, this.app, this.#word].map(part).filter(Boolean).join("-"));
  readonly name = $derived((this.typed ?? (this.owner || this.app ? this.built : "")).trim());
  readonly length = $derived([...this.name].length);
  readonly wrong = $derived.by((): Wrong[] => {
    const found: Wrong[] = [];
    if (this.name === "") found.push("nameMissing");
    if (this.length > LONGEST_NAME) found.push("nameLong");
    if (this.scopes.length === 0) found.push("scopeMissing");
    return found;
  });

  constructor(
    readonly backend: Backend,
    readonly abilities: AbilitiesView | null,
    last: LastChoices,
    /** The app that the key belongs to, if it does. */
    readonly of: DeveloperAppView | null = null,
  ) {
    const known = abilities?.environments ?? [];
    this.environment = known.find((one) => one.word === last.environment)?.word ?? known.at(-1)?.word ?? null;
    this.owner = last.owner;
    const offered = this.offered;
    // An app asks for little that its keys would not need.
    this.scopes = of ? [...offered] : offered.length === 0 ? last.scopes : last.scopes.filter((scope) => offered.includes(scope));
    this.days = last.days;
  }

  /** The scopes to choose from: those of the app, or those that the portal names. */
  get offered(): readonly string[] {
    return this.of?.keyScopes ?? this.abilities?.scopes ?? [];
  }

  get #word(): string {
    return this.abilities?.environments.find((one) => one.word === this.environment)?.label ?? "";
  }

  /** When the new key would end. */
  expiresAt(now: number): number | null {
    return this.days === null || !this.abilities?.expiry ? null : now + this.days * DAY;
  }

  /** Looks whether a key has this name already. */
  async look(): Promise<void> {
    const turn = ++this.#looked;
    const name = this.name;
    if (name === "") return void (this.duplicate = false);
    try {
      const page = await this.backend.keys.list({ search: name, environment: null, sort: "name", offset: 0, limit: 50 });
      const alike = page.rows.some((row) => row.name === name && row.status.kind !== "revoked" && row.status.kind !== "expired");
      if (turn === this.#looked) this.duplicate = alike;
    } catch {
      // A warning that cannot be given is no reason to stop.
      if (turn === this.#looked) this.duplicate = false;
    }
  }

  /** Creates the key, once. */
  async submit(now: number): Promise<boolean> {
    this.tried = true;
    if (this.busy || this.stowed || this.wrong.length > 0) return false;
    const { environment, scopes, name } = this;
    const input: NewKeyInput = { ticket: this.#ticket, name, scopes: [...scopes], environment, expiresAt: this.expiresAt(now), app: this.of?.id ?? null };
    this.busy = true;
    this.error = null;
    try {
      this.stowed = (await this.backend.keys.create(input)).row;
      return true;
    } catch (thrown) {
      this.error = asCommandError(thrown);
      // A refused call is over; the next one is another. One of unknown outcome stays the same one.
      if (!isOutcomeUnknown(this.error)) this.#ticket = crypto.randomUUID();
      return false;
    } finally {
      this.busy = false;
    }
  }

  /** What to begin the next key with. */
  get choices(): LastChoices {
    return { environment: this.environment, owner: this.owner, scopes: [...this.scopes], days: this.days };
  }
}

/** A part of a name: lower case, no spaces. */
function part(text: string): string {
  return text.trim().toLowerCase().replace(/\s+/g, "-");
}
