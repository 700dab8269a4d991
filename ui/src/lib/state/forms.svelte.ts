import { asCommandError } from "$lib/backend/failure";
import type { Backend } from "$lib/backend";
import type { CommandError, FormsView, FormView, KeyRef } from "$lib/view";
import type { AppState } from "./app.svelte";
import { Attempt } from "./attempt.svelte";

/** What is no form of the clipboard: the secret goes to GitHub's own program. */
export const GITHUB = "github";

/** The forms of one key in the dialog: which is chosen, the variable's name, and what comes of it. */
export class FormsState extends Attempt {
  view = $state.raw<FormsView | null>(null);
  /** The form's id, or `GITHUB`. */
  chosen = $state("raw");
  variable = $state("");
  repository = $state("");
  /** Why the name cannot be used. */
  mistake = $state.raw<CommandError | null>(null);
  #asked = 0;

  readonly form: FormView | undefined = $derived(this.view?.forms.find((one) => one.id === this.chosen));

  constructor(
    readonly key: KeyRef,
    readonly backend: Backend,
    readonly app: AppState,
  ) {
    super();
  }

  async load(): Promise<void> {
    await this.attempt(async () => {
      const view = await this.backend.forms.list(this.key.id, null);
      this.view = view;
      this.variable = view.variable;
      this.repository = view.repository ?? "";
      this.chosen = view.last;
    });
  }

  /** Shows the forms with another name; what is asked last is shown. */
  async rename(variable: string): Promise<void> {
    this.variable = variable;
    const asked = ++this.#asked;
    try {
      const view = await this.backend.forms.list(this.key.id, variable.trim());
      if (asked !== this.#asked) return;
      this.view = view;
      this.mistake = null;
    } catch (thrown) {
      if (asked === this.#asked) this.mistake = asCommandError(thrown);
    }
  }

  /** Copies in the chosen form, or gives the secret to GitHub; whether it was done. */
  submit(): Promise<boolean> {
    const { chosen, form } = this;
    const variable = this.variable.trim();
    return this.attempt(async () => {
      await this.app.withSecret(this.key, async () => {
        if (chosen === GITHUB) return this.backend.forms.push(this.key.id, variable, this.repository.trim());
        if (form) this.app.takeClipboard(await this.backend.forms.copy({ key: this.key.id, kind: form.kind, id: form.id, variable }));
      });
    });
  }

  /** Keeps a template and chooses it; whether it was kept. */
  saveTemplate(id: string | null, name: string, text: string): Promise<boolean> {
    return this.attempt(async () => {
      const before = new Set(this.view?.forms.map((one) => one.id));
      const view = await this.backend.forms.saveTemplate({ key: this.key.id, id, name, text });
      this.chosen = id ?? view.forms.find((one) => !before.has(one.id))?.id ?? this.chosen;
      this.#keep(view);
    });
  }

  removeTemplate(id: string): Promise<boolean> {
    return this.attempt(async () => {
      const view = await this.backend.forms.removeTemplate(this.key.id, id);
      this.chosen = "raw";
      this.#keep(view);
    });
  }

  /** Takes over the forms; the name in the field stays what was typed. */
  #keep(view: FormsView): void {
    this.view = view;
    if (view.variable !== this.variable.trim()) void this.rename(this.variable);
  }
}
