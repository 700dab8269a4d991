import { asCommandError } from "$lib/backend/failure";
import type { CommandError, PickView, PickerEvent, PickerView } from "$lib/view";
import type { PickerBackend } from "./backend";
import { PickForms, type FormName } from "./forms.svelte";

/** How many rows have a number of their own. */
export const SLOTS = 9;
/** How many rows a page up or down moves. */
const PAGE = 6;

/** What the picker shows and does. */
export class PickerState {
  view = $state.raw<PickerView | null>(null);
  /** What is in the field; the rows follow it. */
  typed = $state("");
  /** The place of the row that Enter acts on. */
  at = $state(0);
  /** The row whose secret is being copied. */
  copying = $state.raw<PickView | null>(null);
  /** The production key that was asked about: acting on it once more confirms it. */
  asked = $state.raw<PickView | null>(null);
  /** The forms of a key, while one is chosen. */
  forms = $state.raw<PickForms | null>(null);
  /** What forms are called. */
  formName: FormName = (kind) => kind;
  /** Why something did not happen. */
  failure = $state.raw<CommandError | null>(null);
  /** Counts the questions, so that a late answer replaces no newer one. */
  #asked = 0;
  /** The last question, until it is answered. */
  #answered: Promise<void> = Promise.resolve();
  /** What the keys that were pressed do, one after the other. */
  #turn: Promise<unknown> = Promise.resolve();
  /** The form that was asked about, if it was one. */
  #askedForm: string | null = null;

  readonly rows = $derived(this.view?.rows ?? []);
  readonly row = $derived<PickView | null>(this.rows[this.at] ?? null);
  /** Whether the chosen row waits for a second word. */
  readonly asks = $derived(this.asked !== null && this.asked.id === this.row?.id && this.asked.account === this.row.account);
  readonly locked = $derived(this.view !== null && this.view.vault !== "unlocked");

  constructor(readonly backend: PickerBackend) {
    const first = backend.first();
    if (first) this.#begin(first);
  }

  /** Asks for what the app did not tell by itself. */
  async start(): Promise<void> {
    if (this.view === null) await this.#ask(() => this.backend.look());
  }

  /** Does what was pressed before the page could hear it, in its order. */
  async catchUp(press: (key: string) => Promise<void>): Promise<void> {
    try {
      // The app keeps what is pressed until it was asked in vain, so that nothing overtakes anything.
      for (let keys = await this.backend.ready(); keys.length > 0; keys = await this.backend.ready()) {
        for (const key of keys) await press(key);
      }
    } catch (thrown) {
      this.failure = asCommandError(thrown);
    }
  }

  /** Waits until the rows are those of the text in the field: a key that acts on a row means one of these. */
  async settled(): Promise<void> {
    await this.#answered;
  }

  /** Does something once what was pressed before is done. */
  inTurn(act: () => unknown): void {
    this.#turn = this.#turn.then(() => this.#answered).then(act);
  }

  heard(event: PickerEvent): void {
    if (event.kind === "reset") this.#begin(event.view);
    else void this.#ask((turn) => this.backend.list(this.typed, turn), true);
  }

  #begin(view: PickerView): void {
    this.#asked += 1;
    this.view = view;
    this.typed = "";
    this.at = 0;
    this.copying = null;
    this.forms = null;
    this.asked = null;
    this.failure = view.hidden ? null : view.failure;
  }

  /** Takes what is in the field, which is about keys or about forms. */
  async input(text: string): Promise<void> {
    if (!this.forms) return this.type(text);
    this.failure = null;
    this.forms.type(text);
  }

  async type(text: string): Promise<void> {
    this.typed = text;
    this.asked = null;
    this.failure = null;
    await this.#ask((turn) => this.backend.list(text, turn));
  }

  #ask(question: (turn: number) => Promise<PickerView | null>, stay = false): Promise<void> {
    return (this.#answered = this.#answer(question, stay));
  }

  async #answer(question: (turn: number) => Promise<PickerView | null>, stay: boolean): Promise<void> {
    const turn = ++this.#asked;
    try {
      const view = await question(turn);
      if (turn !== this.#asked || !view) return;
      const before = this.row;
      this.view = view;
      // What failed names a key, and so does the one whose forms are shown.
      if (view.hidden) this.failure = this.forms = this.asked = null;
      const again = stay ? view.rows.findIndex((row) => row.id === before?.id && row.account === before.account) : 0;
      this.at = Math.max(0, again);
    } catch (thrown) {
      if (turn === this.#asked) this.failure = asCommandError(thrown);
    }
  }

  /** Moves to another row; beyond an end is the end. */
  move(by: number): void {
    this.asked = null;
    this.at = Math.max(0, Math.min(this.rows.length - 1, this.at + by));
  }

  page(direction: 1 | -1): void {
    this.move(direction * PAGE);
  }

  /** Does what the row says it does. */
  async act(place = this.at): Promise<void> {
    // Rows of another text than the one in the field are nobody's choice.
    if (this.copying || this.view?.typed !== this.typed) return;
    if (this.rows.length === 0) return this.view.total === 0 ? this.openMain() : undefined;
    const row = this.rows[place];
    if (!row) return;
    this.at = place;
    this.failure = null;
    if (row.copy === "dead") return;
    if (row.copy !== "ready") return this.openMain();
    this.copying = row;
    const confirmed = this.asks && this.#askedForm === null;
    this.asked = this.#askedForm = null;
    await this.#run(async () => {
      if (confirmed) await this.backend.allow(row.account, row.id);
      await this.backend.copy(row.account, row.id);
    });
    const why = this.failure as CommandError | null;
    if (why?.code === "presence_wanted") {
      this.failure = null;
      this.asked = row;
    }
    this.copying = null;
  }

  /** Shows the forms that the secret of the chosen row can be copied in. */
  async openForms(): Promise<void> {
    const { row } = this;
    if (!row || this.copying || row.copy !== "ready" || this.view?.typed !== this.typed) return;
    const forms = new PickForms(row, this.formName);
    this.asked = null;
    // What is typed from now on is about forms; a key that acts on one waits for the answer.
    this.forms = forms;
    this.failure = null;
    await (this.#answered = this.#run(async () => void (forms.view = await this.backend.forms(row.account, row.id))));
    if (!forms.view && this.forms === forms) this.forms = null;
  }

  closeForms(): void {
    this.forms = null;
    this.asked = this.#askedForm = null;
    this.failure = null;
  }

  /** Copies in a form, or gives the secret to GitHub as the last time. */
  async giveOut(place = this.forms?.at ?? 0): Promise<void> {
    const { forms } = this;
    const option = forms?.shown[place];
    if (!forms?.view || !option || this.copying) return;
    const { row, view } = forms;
    forms.at = place;
    this.failure = null;
    this.copying = row;
    const { kind, id } = option;
    const confirmed = this.asks && this.#askedForm === id;
    this.asked = this.#askedForm = null;
    await this.#run(async () => {
      if (confirmed) await this.backend.allow(row.account, row.id);
      if (kind === "github") return this.backend.pushAgain(row.account, row.id);
      return this.backend.copyAs(row.account, { key: row.id, kind, id, variable: view.variable });
    });
    const why = this.failure as CommandError | null;
    if (why?.code === "presence_wanted") {
      this.failure = null;
      this.asked = row;
      this.#askedForm = id;
    }
    this.copying = null;
  }

  /** Pins the row, or takes its pin away. */
  async pin(): Promise<void> {
    const row = this.row;
    if (row) await this.#run(() => this.backend.pin(row.account, row.id, !row.pinned));
  }

  async hide(): Promise<void> {
    await this.#run(() => this.backend.hide());
  }

  async openMain(): Promise<void> {
    await this.#run(() => this.backend.openMain());
  }

  async #run(action: () => Promise<unknown>): Promise<void> {
    try {
      await action();
    } catch (thrown) {
      this.failure = asCommandError(thrown);
    }
  }
}
