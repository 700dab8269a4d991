import type { CommandError, KeyRowView, PickerEvent, PickerView, PickView } from "$lib/view";
import { FakeForms } from "$lib/backend/fake/forms";
import { sampleKeys } from "$lib/backend/fake/sample";
import type { PickerBackend } from "./backend";

/** The app behind the picker, in memory: for work on the look and for tests. */
export class FakePicker {
  /** Everything that was asked, in its order. */
  calls: { command: string; args: unknown[] }[] = [];
  keys: KeyRowView[];
  pinned: string[] = [];
  copied: string[] = [];
  vault: PickerView["vault"] = "unlocked";
  /** Whether a locked app hides its keys. */
  hides = false;
  theme: PickerView["theme"] = "system";
  language = "en";
  /** Keys that were pressed before the page was there. */
  early: string[] = [];
  /** What an answer waits for. */
  hold: Promise<void> | null = null;
  /** Why the next copy fails. */
  refuse: CommandError | null = null;
  /** What forms remember. */
  readonly forms: FakeForms;
  #heard: ((event: PickerEvent) => void)[] = [];

  constructor(count = 24, now = Date.now()) {
    this.keys = sampleKeys(count, now);
    this.forms = new FakeForms({ row: (id) => this.keys.find((key) => key.id === id)! });
  }

  /** Tells the picker something. */
  say(event: PickerEvent): void {
    for (const heard of this.#heard) heard(event);
  }

  /** What is shown for a text: letters in their order, anywhere in the name. */
  view(typed = ""): PickerView {
    const groups: [PickView["group"], KeyRowView[]][] = typed
      ? [["found", this.keys.filter((key) => fits(key.name, typed) !== null)]]
      : [
          ["pinned", this.#of(this.pinned)],
          ["recent", this.#of(this.copied.filter((id) => !this.pinned.includes(id)))],
          ["rest", this.keys.filter((key) => !this.pinned.includes(key.id) && !this.copied.includes(key.id))],
        ];
    const hidden = this.hides && this.vault !== "unlocked";
    const all = hidden ? [] : groups.flatMap(([group, keys]) => keys.map((key) => this.#pick(key, group, typed)));
    const { theme, language, vault } = this;
    return { theme, language, vault, hidden, typed, rows: all.slice(0, 50), matches: all.length, total: hidden ? 0 : this.keys.length, failure: null };
  }

  #of(ids: string[]): KeyRowView[] {
    return ids.flatMap((id) => this.keys.find((key) => key.id === id) ?? []);
  }

  #pick(key: KeyRowView, group: PickView["group"], typed: string): PickView {
    const { id, name, environment, mask, status } = key;
    const copy = key.copy === "ready" && this.vault !== "unlocked" ? "locked" : key.copy;
    return { account: "a1", label: null, id, name, marks: fits(name, typed) ?? [], environment, mask, status, copy, pinned: this.pinned.includes(id), group };
  }

  readonly backend: PickerBackend = {
    first: () => this.view(),
    ready: () => Promise.resolve(this.early.splice(0)),
    look: () => this.#ask("look", [], () => this.view()),
    list: (typed, _turn) => this.#ask("list", [typed], () => this.view(typed)),
    copy: (account, key) => this.#ask("copy", [account, key], () => this.#copy(key)),
    allow: (account, key) => this.#ask("allow", [account, key], () => undefined),
    forms: (account, key) => this.#ask("forms", [account, key], () => this.forms.list(key, null)),
    copyAs: (account, input) =>
      this.#ask("copyAs", [account, input], () => {
        this.forms.copied(input);
        this.#copy(input.key);
      }),
    pushAgain: (account, key) => this.#ask("pushAgain", [account, key], () => this.#copy(key)),
    pin: (account, key, pin) =>
      this.#ask("pin", [account, key, pin], () => {
        this.pinned = [...this.pinned.filter((one) => one !== key), ...(pin ? [key] : [])];
        this.say({ kind: "changed" });
      }),
    hide: () => this.#ask("hide", [], () => this.say({ kind: "reset", view: this.view() })),
    openMain: () => this.#ask("openMain", [], () => undefined),
    listen: (heard) => {
      this.#heard.push(heard);
      return Promise.resolve(() => void (this.#heard = this.#heard.filter((one) => one !== heard)));
    },
  };

  #copy(key: string): void {
    const why = this.refuse;
    this.refuse = null;
    if (why) throw why;
    this.copied = [key, ...this.copied.filter((one) => one !== key)];
    this.say({ kind: "reset", view: this.view() });
  }

  async #ask<T>(command: string, args: unknown[], answer: () => T): Promise<T> {
    this.calls.push({ command, args });
    await (this.hold ?? Promise.resolve());
    return answer();
  }
}

/** The places of the letters of a text in a name, in their order. */
function fits(name: string, typed: string): number[] | null {
  const places: number[] = [];
  let from = 0;
  for (const letter of typed.toLowerCase()) {
    const at = name.toLowerCase().indexOf(letter, from);
    if (at < 0) return null;
    places.push(at);
    from = at + 1;
  }
  return places;
}
