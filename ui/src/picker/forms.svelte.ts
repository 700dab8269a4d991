import type { FormKind, FormsView, PickView } from "$lib/view";

/** A way to give a secret out: a form of the clipboard, or GitHub's own program. */
export interface FormOption {
  /** Names it: the kind, or a template's own id. */
  id: string;
  kind: FormKind | "github";
  label: string;
  /** What will be copied, part by part; nothing stands for the secret. */
  parts: (string | null)[];
  /** Whether it was taken the last time. */
  last: boolean;
}

/** What a form is called, in the language of the window. */
export type FormName = (kind: FormOption["kind"]) => string;

/** The forms of one key, in the picker: those that fit what was typed, the one of the last time first. */
export class PickForms {
  /** Nothing until the app answered; what is typed meanwhile is kept. */
  view = $state.raw<FormsView | null>(null);
  typed = $state("");
  /** The place of the form that Enter copies in. */
  at = $state(0);

  readonly shown: FormOption[] = $derived.by(() => {
    const words = this.typed.toLowerCase().split(/\s+/).filter(Boolean);
    return this.#all().filter((option) => words.every((word) => `${option.label} ${option.id}`.toLowerCase().includes(word)));
  });

  constructor(
    readonly row: PickView,
    readonly name: FormName,
  ) {}

  type(text: string): void {
    this.typed = text;
    this.at = 0;
  }

  move(by: number): void {
    this.at = Math.max(0, Math.min(this.shown.length - 1, this.at + by));
  }

  #all(): FormOption[] {
    const { view } = this;
    if (!view) return [];
    const all: FormOption[] = view.forms.map(({ id, kind, parts, template }) => {
      return { id, kind, parts, label: template?.name ?? this.name(kind), last: id === view.last };
    });
    all.sort((one, other) => Number(other.last) - Number(one.last));
    // Where a secret goes for the first time is chosen in the main window.
    if (view.repository !== null) {
      const parts = [`gh secret set ${view.pushedAs ?? view.variable} --repo ${view.repository} < `, null];
      all.push({ id: "github", kind: "github", parts, label: this.name("github"), last: false });
    }
    return all;
  }
}
