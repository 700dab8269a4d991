import type { Said } from "./catalogue";
import type { workEn } from "./work.en";

/** Schedules, many keys in one go, and the log, in Arabic. */
export const workAr: Said<typeof workEn> = {};
