import { asCommandError } from "$lib/backend/failure";
import type { Backend } from "$lib/backend";
import type {
  AccountView,
  AppView,
  CheckView,
  ClipboardView,
  CommandError,
  ConnectInput,
  KeyRef,
  SettingsView,
  SignInView,
} from "$lib/view";
import type { Now } from "./now.svelte";
import type { About } from "./timeline.svelte";

/** The screens one can go to. */
export type Screen = "keys" | "usage" | "health" | "schedules" | "apps" | "teams" | "admin" | "audit" | "settings";

/** What a production key that asks first says to whoever did not confirm. */
const ASKS = "presence_wanted";
/** How long "Cleared" stays on a copy button, in milliseconds. */
const CLEARED_SHOWN = 2000;

/** Accounts, vault, sign-in, clipboard and settings: everything that is not a list or a dialog. */
export class AppState {
  view = $state.raw<AppView | null>(null);
  signIn = $state.raw<SignInView | null>(null);
  clipboard = $state.raw<ClipboardView>({ state: "empty" });
  checks = $state.raw<CheckView[] | null>(null);
  screen = $state<Screen>("keys");
  /** The key whose usage is shown; nothing means all keys. */
  usageOf = $state.raw<KeyRef | null>(null);
  /** The team whose usage is shown; nothing means keys of one's own, or the key above. */
  usageTeam = $state.raw<KeyRef | null>(null);
  /** What the timeline is about; nothing means everything. */
  auditOf = $state.raw<About | null>(null);
  /** Whether a sign-in was asked for and is not under way yet. */
  starting = $state(false);
  #signInWay: () => Promise<SignInView> = () => this.backend.accounts.start();
  /** Why the last action of the frame failed; shown as a banner. */
  failure = $state.raw<CommandError | null>(null);
  /** Why the window has nothing to show at all. */
  broken = $state.raw<CommandError | null>(null);
  /** Keys whose copy was asked for and is not confirmed. */
  copying = $state.raw<ReadonlySet<string>>(new Set());
  /** Why a copy did not happen, by key. */
  notCopied = $state.raw<ReadonlyMap<string, CommandError>>(new Map());
  /** The key whose secret was on the clipboard last, to place "could not verify". */
  lastHeld = $state.raw<KeyRef | null>(null);
  /** A production key whose secret waits for a second word, and where that goes. */
  asks = $state.raw<{ key: KeyRef; answer: (yes: boolean) => void } | null>(null);
  /** A sentence about something harmless that was put on the clipboard. */
  prefixOf = $state<string | null>(null);

  readonly account = $derived(this.view?.accounts.find((one) => one.id === this.view?.current) ?? null);
  readonly abilities = $derived(this.account?.abilities ?? null);
  readonly locked = $derived(this.view !== null && this.view.vault.state !== "unlocked");

  constructor(
    readonly backend: Backend,
    readonly now: Now,
  ) {}

  /** The key on whose button "Cleared" is shown, for the moment that takes. */
  get clearedFor(): KeyRef | null {
    const clip = this.clipboard;
    return clip.state === "cleared" && this.now.ms - clip.at < CLEARED_SHOWN ? clip.key : null;
  }

  /** Reads the state of the app for the first time. */
  async load(): Promise<void> {
    try {
      this.take(await this.backend.app.status());
      this.broken = null;
    } catch (thrown) {
      this.broken = asCommandError(thrown);
    }
  }

  /** Takes over what the app said. */
  take(view: AppView): void {
    const came = this.view?.builtInPortal === null && view.builtInPortal !== null;
    const wasLocked = this.locked;
    // A key belongs to its account; another account has no such key.
    if (this.view !== null && this.view.current !== view.current) this.usageOf = this.usageTeam = this.auditOf = null;
    this.view = view;
    if (wasLocked && !this.locked) this.#forgive();
    if (this.locked) this.asks?.answer(false);
    // What the first screen says of the portal is over once it runs.
    if (came && this.checks?.some((check) => check.name === "portal" && !check.passed)) void this.runChecks();
    this.signIn = view.signIn;
    this.takeClipboard(view.clipboard);
  }

  /** Asks how far the portal's clock is off, after this computer's clock was set. */
  async readClock(): Promise<void> {
    try {
      const { offset, about } = await this.backend.app.clock();
      this.now.offset = offset ?? this.now.offset;
      this.now.about = about || offset === null;
    } catch {
      // What is shown stays "about": that is the truth of it.
    }
  }

  /** It was said where a copy went, or that nobody wants to say: the question goes away at once. */
  placeAnswered(key: string): void {
    const clip = this.clipboard;
    if (clip.state === "held" && clip.key.id === key) this.clipboard = { ...clip, askPlace: false };
  }

  /** Does something with a secret. A production key asks first, where that was chosen: then it is done once confirmed. */
  async withSecret<T>(key: KeyRef, act: () => Promise<T>): Promise<T> {
    if (this.locked) await this.#unlock();
    try {
      return await act();
    } catch (thrown) {
      if (asCommandError(thrown).code !== ASKS || !(await this.#asked(key))) throw thrown;
      await this.backend.lock.allow(key.id);
      return await act();
    }
  }

  /** Whether the person says a second time that this secret is wanted. */
  #asked(key: KeyRef): Promise<boolean> {
    this.asks?.answer(false);
    return new Promise((answer) => {
      const done = (yes: boolean) => {
        this.asks = null;
        answer(yes);
      };
      this.asks = { key, answer: done };
    });
  }

  takeClipboard(view: ClipboardView): void {
    if (view.state === "held") {
      this.lastHeld = view.key;
      this.prefixOf = null;
    }
    this.clipboard = view;
  }

  async runChecks(): Promise<void> {
    try {
      this.checks = await this.backend.app.checks();
    } catch (thrown) {
      this.failure = asCommandError(thrown);
    }
  }

  /** Puts a secret on the clipboard; asked twice, it is done once. */
  async copy(key: KeyRef, old = false): Promise<boolean> {
    if (this.copying.has(key.id)) return false;
    this.copying = new Set([...this.copying, key.id]);
    this.#forget(key.id);
    try {
      this.takeClipboard(await this.withSecret(key, () => this.backend.keys.copy(key.id, old)));
      return true;
    } catch (thrown) {
      const why = asCommandError(thrown);
      // Whoever was asked and said no knows why.
      if (why.code !== ASKS) this.notCopied = new Map([...this.notCopied, [key.id, why]]);
      return false;
    } finally {
      this.copying = new Set([...this.copying].filter((id) => id !== key.id));
    }
  }

  async copyPrefix(key: KeyRef): Promise<void> {
    await this.#run(async () => {
      await this.backend.keys.copyPrefix(key.id);
      this.prefixOf = key.name;
    });
  }

  clearClipboard(): Promise<void> {
    return this.#run(async () => this.takeClipboard(await this.backend.keys.clearClipboard()));
  }

  keepLonger(): Promise<void> {
    return this.#run(async () => this.takeClipboard(await this.backend.keys.keepLonger()));
  }

  /** Starts a sign-in; what becomes of it arrives as events. */
  start(): Promise<void> {
    return this.#begin(() => this.backend.accounts.start());
  }

  connect(input: ConnectInput): Promise<void> {
    return this.#begin(() => this.backend.accounts.connect(input));
  }

  signInTo(account: AccountView): Promise<void> {
    return this.#begin(() => this.backend.accounts.signIn(account.id));
  }

  /** The same sign-in once more. */
  async signInAgain(): Promise<void> {
    await this.#begin(this.#signInWay);
  }

  async #begin(way: () => Promise<SignInView>): Promise<void> {
    if (this.starting) return;
    this.starting = true;
    this.#signInWay = way;
    await this.#run(async () => {
      const before = this.signIn;
      const view = await way();
      // An event may have been faster than the answer; what it said is newer.
      if (this.signIn === before) this.signIn = view;
    });
    this.starting = false;
  }

  /** Leaves the sign-in, whatever state it is in. */
  async cancelSignIn(): Promise<void> {
    this.signIn = null;
    await this.#run(() => this.backend.accounts.cancel());
  }

  /** `insist` signs out although something of the account is unfinished. */
  signOut(account: AccountView, insist = false): Promise<void> {
    return this.#run(async () => this.take(await this.backend.accounts.signOut(account.id, insist)));
  }

  switchTo(account: AccountView): Promise<void> {
    return this.#run(async () => this.take(await this.backend.accounts.switchTo(account.id)));
  }

  lock(): Promise<void> {
    return this.#run(async () => this.take(await this.backend.accounts.lock()));
  }

  unlock(): Promise<void> {
    return this.#run(() => this.#unlock());
  }

  /** Changes what opens the vault, and tells whether it did. Rust asks for passphrases, outside of this page. */
  async protect(way: "setPassphrase" | "changePassphrase" | "useKeyring"): Promise<boolean> {
    let done = false;
    await this.#run(async () => {
      this.take(await this.backend.lock[way]());
      done = true;
    });
    return done;
  }

  /** Whether the picker shows a key of this account before the others. */
  isPinned(key: KeyRef): boolean {
    return this.view?.pinned.includes(key.id) ?? false;
  }

  pin(key: KeyRef, pin: boolean): Promise<void> {
    return this.#run(async () => {
      if (this.view?.current) this.take(await this.backend.keys.pin(this.view.current, key.id, pin));
    });
  }

  saveSettings(change: Partial<SettingsView>): Promise<void> {
    return this.#run(async () => {
      const settings = { ...this.view!.settings, ...change };
      this.take(await this.backend.app.saveSettings(settings));
    });
  }

  dismiss(id: string): Promise<void> {
    return this.#run(async () => {
      await this.backend.app.dismiss(id);
      if (this.view) this.view = { ...this.view, notices: this.view.notices.filter((one) => one.id !== id) };
    });
  }

  /** Unlocks for something else that is under way, which then tells why it cannot go on. */
  unlockOrFail(): Promise<void> {
    return this.#unlock();
  }

  async #unlock(): Promise<void> {
    this.take(await this.backend.accounts.unlock());
  }

  /** What a lock kept from being copied is no failure any more once it is open. */
  #forgive(): void {
    this.notCopied = new Map([...this.notCopied].filter(([, why]) => why.code !== "vault_locked"));
  }

  #forget(key: string): void {
    if (!this.notCopied.has(key)) return;
    this.notCopied = new Map([...this.notCopied].filter(([id]) => id !== key));
  }

  async #run(action: () => Promise<void>): Promise<void> {
    try {
      this.failure = null;
      await action();
    } catch (thrown) {
      const failure = asCommandError(thrown);
      // Whoever closes a question knows that it has no answer.
      if (failure.code !== "passphrase_dismissed") this.failure = failure;
    }
  }
}
