import { asCommandError } from "$lib/backend/failure";
import type { Backend } from "$lib/backend";
import type { CommandError, TeamDetailsView, TeamsView, TeamView } from "$lib/view";

/** The teams of the account on show, and the one that is open. */
export class Teams {
  view = $state.raw<TeamsView | null>(null);
  /** Why there is nothing to show. */
  error = $state.raw<CommandError | null>(null);
  /** The team whose page is shown. */
  openId = $state<string | null>(null);
  details = $state.raw<TeamDetailsView | null>(null);
  /** Why it is not known now who is in it; what is shown is then older. */
  detailsError = $state.raw<CommandError | null>(null);
  busy = $state(false);
  #turn = 0;

  constructor(readonly backend: Backend) {}

  readonly open = $derived(this.details?.team ?? this.byId(this.openId));
  /** Whether the open team is not there any more. */
  readonly gone = $derived(this.detailsError?.code === "team_gone");

  /** Forgets everything: another account has other teams. */
  forget(): void {
    this.#turn++;
    this.view = this.details = null;
    this.error = this.detailsError = null;
    this.openId = null;
  }

  /** Takes over what is known, without asking the portal. */
  load(): Promise<void> {
    return this.#take(() => this.backend.teams.list());
  }

  /** Asks the portal. */
  async refresh(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    await this.#take(() => this.backend.teams.refresh());
    if (this.openId !== null) await this.read();
    this.busy = false;
  }

  async #take(ask: () => Promise<TeamsView>): Promise<void> {
    const turn = this.#turn;
    try {
      const view = await ask();
      if (turn !== this.#turn) return;
      this.view = view;
      this.error = null;
    } catch (thrown) {
      if (turn === this.#turn) this.error = asCommandError(thrown);
    }
    if (turn === this.#turn && this.openId !== null) await this.#detail((id) => this.backend.teams.details(id));
  }

  /** Shows the page of a team, and asks who is in it; nothing shows the list. */
  async show(id: string | null): Promise<void> {
    if (this.openId !== id) this.details = this.detailsError = null;
    this.openId = id;
    if (id === null) return;
    await this.#detail((id) => this.backend.teams.details(id));
    await this.read();
  }

  /** Asks the portal who is in the open team. */
  read(): Promise<void> {
    return this.#detail((id) => this.backend.teams.read(id));
  }

  async #detail(ask: (id: string) => Promise<TeamDetailsView>): Promise<void> {
    const id = this.openId;
    if (id === null) return;
    try {
      const details = await ask(id);
      if (id !== this.openId) return;
      const before = this.details;
      this.details = details;
      if (details.readAt !== null) this.detailsError = null;
      else if (before !== null && before.readAt !== null) {
        // The role is another one, so that what was read may be out of date: it stays until it is read again.
        this.details = { ...before, team: details.team };
        await this.read();
      }
    } catch (thrown) {
      if (id !== this.openId) return;
      this.detailsError = asCommandError(thrown);
      if (this.gone) this.details = null;
    }
  }

  /** Takes over how a change left the open team. */
  took(details: TeamDetailsView): void {
    if (details.team.id !== this.openId) return;
    this.details = details;
    this.detailsError = null;
  }

  /** A team by its id, as the list has it. */
  byId(id: string | null): TeamView | null {
    return this.view?.teams.find((one) => one.id === id) ?? null;
  }
}
