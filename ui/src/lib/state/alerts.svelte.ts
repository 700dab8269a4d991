import { asCommandError } from "$lib/backend/failure";
import type { Backend } from "$lib/backend";
import type { AlertRule, AlertView, CommandError } from "$lib/view";

/** A rule as it is being set. */
export interface Draft {
  view: AlertView;
  on: boolean;
  bound: string;
}

/** The bounds that are watched for a key, or for all keys, while a person sets them. */
export class AlertsState {
  drafts = $state<Draft[] | null>(null);
  /** Why it is not known how the rules stand. */
  untold = $state.raw<CommandError | null>(null);
  error = $state.raw<CommandError | null>(null);
  busy = $state(false);

  constructor(
    readonly backend: Backend,
    readonly key: string | null,
  ) {}

  async load(): Promise<void> {
    try {
      const view = await this.backend.watch.alerts(this.key);
      this.drafts = view.rules.map((rule) => ({ view: rule, on: rule.bound !== null, bound: String(rule.bound ?? rule.usual) }));
      this.untold = view.error;
      this.error = null;
    } catch (thrown) {
      this.error = asCommandError(thrown);
    }
  }

  /** Whether the bound of a rule can be kept. */
  fits(draft: Draft): boolean {
    const bound = /^\d{1,3}$/.test(draft.bound.trim()) ? Number(draft.bound) : 0;
    return !draft.on || (bound >= 1 && bound <= draft.view.most);
  }

  /** Keeps what was changed; whether all of it was kept. */
  async save(): Promise<boolean> {
    if (this.busy || this.drafts === null) return false;
    this.busy = true;
    try {
      for (const { view, on, bound } of this.drafts) {
        const wanted = on ? Number(bound) : null;
        if (wanted !== view.bound) await this.#save(view.rule, wanted);
      }
      return true;
    } catch (thrown) {
      this.error = asCommandError(thrown);
      return false;
    } finally {
      this.busy = false;
    }
  }

  async #save(rule: AlertRule, bound: number | null): Promise<void> {
    await this.backend.watch.save({ key: this.key, rule, bound });
    this.drafts = (this.drafts ?? []).map((draft) => (draft.view.rule === rule ? { ...draft, view: { ...draft.view, bound } } : draft));
  }
}
