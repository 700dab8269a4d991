import { asCommandError } from "$lib/backend/failure";
import type { CommandError } from "$lib/view";

/** Something asked of the app for a person who waits: once at a time, and with why it failed. */
export class Attempt {
  busy = $state(false);
  /** Why the last one failed. */
  error = $state.raw<CommandError | null>(null);

  /** Whether it was done. What is asked while another one runs is not. */
  async attempt(action: () => Promise<unknown>): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.error = null;
    try {
      await action();
      return true;
    } catch (thrown) {
      this.error = asCommandError(thrown);
      return false;
    } finally {
      this.busy = false;
    }
  }
}
