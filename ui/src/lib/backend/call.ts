import { invoke } from "@tauri-apps/api/core";
import { asCommandError, failure } from "./failure";

/** How long a command may take before the window says so, in milliseconds. */
const PATIENCE = 30_000;
/** The same for commands whose answer brings a secret: the app itself gives up before this. */
export const LONG_PATIENCE = 90_000;
/** The same for what a person is asked outside of the window, such as a passphrase that has to be thought of. */
export const PERSON_PATIENCE = 900_000;

/** Runs a command; a call that never answers is turned into an error instead of a frozen window. */
export async function call<T>(command: string, args: Record<string, unknown> = {}, patience = PATIENCE): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(failure("no_answer")), patience);
  });
  try {
    return await Promise.race([invoke<T>(`plugin:${command}`, args), late]);
  } catch (thrown) {
    throw asCommandError(thrown);
  } finally {
    clearTimeout(timer);
  }
}
