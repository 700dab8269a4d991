import { asCommandError } from "$lib/backend/failure";
import type { Backend } from "$lib/backend";
import type { AppDetailsView, AppFiguresView, AppRef, AppsView, CommandError, DeveloperAppView, SubscriptionView } from "$lib/view";

/** Which part of the screen is shown. */
export type AppsTab = "apps" | "clients" | "approvals" | "decisions" | "bill";

/** What somebody decided about the apps, the newest first; what the portal approved by itself is nobody's decision. */
export function decisions(view: AppsView): { app: DeveloperAppView; one: SubscriptionView }[] {
  const all = view.apps.flatMap((app) => app.subscriptions.map((one) => ({ app, one })));
  const decided = all.filter(({ one }) => (one.state === "approved" || one.state === "rejected") && one.decidedAt !== null && one.decidedAt !== one.askedAt);
  return decided.sort((a, b) => b.one.decidedAt! - a.one.decidedAt!);
}

/** The developer apps of the account on show, and the one that is open. */
export class Apps {
  view = $state.raw<AppsView | null>(null);
  /** Why there is nothing to show. */
  error = $state.raw<CommandError | null>(null);
  tab = $state<AppsTab>("apps");
  /** The app whose page is shown. */
  openId = $state<string | null>(null);
  details = $state.raw<AppDetailsView | null>(null);
  detailsError = $state.raw<CommandError | null>(null);
  figures = $state.raw<AppFiguresView | null>(null);
  figuresError = $state.raw<CommandError | null>(null);
  busy = $state(false);
  #turn = 0;

  constructor(readonly backend: Backend) {}

  readonly open = $derived(this.details?.app ?? this.view?.apps.find((one) => one.id === this.openId) ?? null);

  /** Forgets everything: another account has other apps. */
  forget(): void {
    this.#turn++;
    this.view = this.details = this.figures = null;
    this.error = this.detailsError = this.figuresError = null;
    this.openId = null;
    this.tab = "apps";
  }

  /** Takes over what is known, without asking the portal. */
  async load(): Promise<void> {
    const turn = this.#turn;
    try {
      const view = await this.backend.apps.list();
      if (turn === this.#turn) this.take(view);
    } catch (thrown) {
      if (turn === this.#turn) this.error = asCommandError(thrown);
    }
    if (this.openId !== null) await this.loadDetails();
  }

  take(view: AppsView): void {
    this.view = view;
    this.error = null;
    // Who does not decide any more has no queue.
    if (!view.decides && this.tab === "approvals") this.tab = "apps";
  }

  /** Asks the portal. */
  async refresh(): Promise<void> {
    if (this.busy) return;
    const turn = this.#turn;
    this.busy = true;
    try {
      const view = await this.backend.apps.refresh();
      if (turn === this.#turn) this.take(view);
    } catch (thrown) {
      if (turn === this.#turn) this.error = asCommandError(thrown);
    } finally {
      this.busy = false;
    }
  }

  /** Shows the page of an app; nothing shows the list. */
  async show(id: string | null): Promise<void> {
    if (this.openId !== id) this.details = this.figures = this.detailsError = this.figuresError = null;
    this.openId = id;
    this.tab = "apps";
    if (id === null) return;
    await this.loadDetails();
    void this.loadFigures();
  }

  async loadDetails(): Promise<void> {
    const id = this.openId;
    if (id === null) return;
    try {
      const details = await this.backend.apps.details(id);
      if (id !== this.openId) return;
      this.details = details;
      this.detailsError = null;
    } catch (thrown) {
      if (id !== this.openId) return;
      this.details = null;
      this.detailsError = asCommandError(thrown);
    }
  }

  /** Asks for what the open app was used for. */
  async loadFigures(): Promise<void> {
    const id = this.openId;
    if (id === null) return;
    try {
      const figures = await this.backend.apps.figures(id);
      if (id === this.openId) [this.figures, this.figuresError] = [figures, null];
    } catch (thrown) {
      if (id === this.openId) this.figuresError = asCommandError(thrown);
    }
  }

  /** Why a key cannot be changed or ended although others can: the role in the team of its app. */
  barOf(key: { app: AppRef | null }): CommandError | null {
    return key.app ? (this.byId(key.app.id)?.manageOff ?? null) : null;
  }

  /** An app by its id, as the list has it. */
  byId(id: string): DeveloperAppView | undefined {
    return this.view?.apps.find((one) => one.id === id);
  }
}
