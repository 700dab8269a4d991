import { asCommandError } from "$lib/backend/failure";
import type { Backend } from "$lib/backend";
import type { CommandError, SavedView, ScheduleInput, ScheduleView } from "$lib/view";

/** Lengths that are offered, in days. */
export const OFFERED_DAYS = [30, 60, 90, 180, 365] as const;
/** The length that is offered first, in days. */
export const USUAL_DAYS = 90;
/** The longest a schedule can be, in days. */
export const MOST_DAYS = 3650;
export const DAY = 86_400_000;

/** How often keys are to be rotated. */
export class Schedules {
  /** Nothing until they were read. */
  all = $state.raw<readonly ScheduleView[] | null>(null);
  error = $state.raw<CommandError | null>(null);
  busy = $state(false);
  /** The calendar, once it was written to a file. */
  saved = $state.raw<SavedView | null>(null);
  #asked = 0;

  constructor(readonly backend: Backend) {}

  load(): Promise<boolean> {
    return this.#ask(() => this.backend.schedules.list());
  }

  save(input: ScheduleInput): Promise<boolean> {
    return this.#ask(() => this.backend.schedules.save(input));
  }

  remove(id: string): Promise<boolean> {
    return this.#ask(() => this.backend.schedules.remove(id));
  }

  /** Puts a new rule in the place of an old one; the old one stays if the new one is refused. */
  async replace(id: string, input: ScheduleInput): Promise<boolean> {
    if (!(await this.save(input))) return false;
    const old = this.all?.find((one) => one.id === id);
    // The same search saved again is the same rule with other days.
    return old === undefined || old.rule === input.rule || this.remove(id);
  }

  /** Is quiet about a key's rotation for so many days. */
  async snooze(key: string, until: number): Promise<boolean> {
    try {
      await this.backend.schedules.snooze(key, until);
      this.error = null;
      return true;
    } catch (thrown) {
      this.error = asCommandError(thrown);
      return false;
    }
  }

  /** Writes every due date into a calendar file. */
  async exportCalendar(): Promise<void> {
    try {
      this.saved = await this.backend.schedules.exportCalendar();
      this.error = null;
    } catch (thrown) {
      this.error = asCommandError(thrown);
    }
  }

  async #ask(command: () => Promise<ScheduleView[]>): Promise<boolean> {
    const turn = ++this.#asked;
    this.busy = true;
    try {
      const all = await command();
      if (turn === this.#asked) this.all = all;
      this.error = null;
      return true;
    } catch (thrown) {
      if (turn === this.#asked) this.error = asCommandError(thrown);
      return false;
    } finally {
      if (turn === this.#asked) this.busy = false;
    }
  }
}
