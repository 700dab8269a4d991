import type { Words } from "./catalogue";

/** Schedules, many keys in one go, and the log, in English. */
export const workEn = {} as const satisfies Words;
