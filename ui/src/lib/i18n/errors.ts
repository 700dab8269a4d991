import type { Sentences } from "./index.svelte";

/** Failures by code. A code that is missing is said in the words that came with it. */
export type ErrorCatalogue = Readonly<Record<string, Sentences>>;

/** The failures that are born in the window and arrive without words. */
export const errorsEn: ErrorCatalogue = {
  no_answer: {
    message: "The app did not answer in time.",
    meaning: "Nothing was lost: what was asked for is on disk and is settled when the answer comes.",
    remedy: "Look at the list in a moment. If nothing has changed, try again.",
  },
  internal: {
    message: "Something failed inside Keystow.",
    meaning: "Your keys at the portal and the secrets in the vault are as they were.",
    remedy: "Try again. If it stays, restart Keystow.",
  },
};
