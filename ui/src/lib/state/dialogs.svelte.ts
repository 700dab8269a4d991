import type { AppDetailsView, AskView, CommandError, DeveloperAppView, KeyRef, KeyRowView, MemberView, ReceiptView, ScheduleView, TeamDetailsView, TeamView } from "$lib/view";
import type { ChosenKey } from "./chosen.svelte";
import type { Revocations } from "./revocations.svelte";

/** What is done in a dialog about a team. */
export type TeamAct =
  | { kind: "name"; of: TeamView | null }
  | { kind: "invite"; of: TeamView }
  | { kind: "remove"; of: TeamView; member: MemberView }
  | { kind: "leave"; of: TeamView }
  | { kind: "handOver"; details: TeamDetailsView }
  | { kind: "delete"; details: TeamDetailsView };

/** What lies over the window; never more than one of them. */
export type Open =
  | { kind: "create"; like?: { name: string; environment: string | null }; of?: DeveloperAppView }
  | { kind: "client"; of?: KeyRowView; app?: DeveloperAppView }
  /** `team` is whose a new one shall be at first. */
  | { kind: "app"; of?: DeveloperAppView; team?: string }
  | { kind: "deleteApp"; details: AppDetailsView }
  | { kind: "rejectAsk"; ask: AskView }
  | { kind: "team"; act: TeamAct }
  | { kind: "details"; key: KeyRef }
  | { kind: "copyAs"; row: KeyRowView }
  | { kind: "quickStart"; row: KeyRowView }
  | { kind: "rename"; row: KeyRowView }
  | { kind: "revoke"; row: KeyRowView }
  | { kind: "rotate"; key: KeyRef }
  | { kind: "revokeMany"; work: Revocations }
  /** `ontaken` is told once the keys are part of a run, so that whoever chose them lets them go. */
  | { kind: "bulk"; keys?: readonly ChosenKey[]; ontaken?: () => void }
  | { kind: "schedule"; key?: KeyRef; of?: ScheduleView }
  | { kind: "alerts"; key: KeyRef | null }
  | { kind: "receipt"; row: KeyRowView; receipt: ReceiptView }
  | { kind: "noSecret"; row: KeyRowView }
  | { kind: "error"; title: string; error: CommandError; retry?: () => void }
  | { kind: "connect" }
  | { kind: "shortcuts" };

/** The one dialog that is open, and where the focus goes when it closes. */
export class Dialogs {
  open = $state.raw<Open | null>(null);
  /** A sentence about what a closed dialog did, shown for a while. */
  done = $state<string | null>(null);
  #before: HTMLElement | null = null;

  show(next: Open): void {
    if (this.open === null) this.#before = document.activeElement as HTMLElement | null;
    this.done = null;
    this.open = next;
  }

  close(done: string | null = null): void {
    this.open = null;
    this.done = done;
  }

  /**
   * Gives the focus back to where it was before the dialog.
   *
   * A row may have been drawn anew in the meantime; then the list's own active row takes the focus.
   */
  giveBack(): void {
    if (this.open !== null) return;
    const before = this.#before;
    const row = document.querySelector<HTMLElement>('[role="row"][tabindex="0"]');
    const target = before?.isConnected && before !== document.body ? before : row;
    target?.focus({ preventScroll: true });
  }
}
