import type { CommandError } from "$lib/view";

/** A failure of the window's own making; its words come from the catalogue by its code. */
export function failure(code: string, facts: Record<string, string> = {}): CommandError {
  return { code, message: "", meaning: "", remedy: "", facts, retryAt: null };
}

/** Whether a thrown value is what a command rejects with. */
export function isCommandError(thrown: unknown): thrown is CommandError {
  return (
    typeof thrown === "object" &&
    thrown !== null &&
    typeof (thrown as CommandError).code === "string" &&
    typeof (thrown as CommandError).message === "string"
  );
}

/** Whatever was thrown, as something a person can read. */
export function asCommandError(thrown: unknown): CommandError {
  if (isCommandError(thrown)) return { ...thrown, facts: thrown.facts ?? {}, retryAt: thrown.retryAt ?? null };
  return failure("internal");
}
