import type { I18n } from "$lib/i18n/index.svelte";
import type { RotationState } from "$lib/state/rotation.svelte";
import type { GraceView } from "$lib/view";

const MINUTE = 60_000;
const LENGTHS = [1, 5, 15, 30, 60, 120, 240, 480, 720, 1440, 4320, 10080].map((minutes) => minutes * MINUTE);

/** The lengths of grace that can be asked for, the portal's bounds among them. */
export function graceLengths(grace: GraceView | null): number[] {
  const { least = null, most = null } = grace ?? {};
  const fits = LENGTHS.filter((length) => (least === null || length >= least) && (most === null || length <= most));
  const bounds = [least, most].filter((bound) => bound !== null);
  return [...new Set([...fits, ...bounds])].sort((a, b) => a - b);
}

/** How grace and the longest job go together. */
export type Fit = "unsaid" | "fits" | "tooShort" | "serverShort" | "serverMayBeShort" | "unknown" | "side";

/** Whether the longest job is over before the old secret ends, as far as anybody can say. */
export function fit(rotation: RotationState, grace: GraceView | null): { fit: Fit; grace: number | null } {
  const job = rotation.longestJob;
  if (rotation.way === "sideBySide") return { fit: job === null ? "unsaid" : "side", grace: null };
  const known = (grace?.chosen ? rotation.grace : null) ?? grace?.default ?? null;
  if (job === null) return { fit: "unsaid", grace: known };
  if (known !== null) {
    if (known >= job) return { fit: "fits", grace: known };
    return { fit: grace?.chosen ? "tooShort" : "serverShort", grace: known };
  }
  const least = grace?.least ?? null;
  if (least === null) return { fit: "unknown", grace: null };
  return { fit: least >= job ? "fits" : "serverMayBeShort", grace: least };
}

/** The same in words. */
export function fitWords(rotation: RotationState, grace: GraceView | null, offered: boolean, { t, duration }: I18n): string {
  const found = fit(rotation, grace);
  const facts = { grace: duration(found.grace ?? 0), job: duration(rotation.longestJob ?? 0) };
  switch (found.fit) {
    case "unsaid":
      return "";
    case "fits":
      return t("job.fits");
    case "side":
      return t("job.sideFits");
    case "tooShort": {
      const longer = grace?.most == null || grace.most >= rotation.longestJob!;
      return [t("job.tooShort", facts), longer ? t("job.chooseLonger") : "", offered ? t("job.chooseSide") : ""].filter(Boolean).join(" ");
    }
    case "serverShort":
      return [t("job.tooShort", facts), t("job.mayFail"), offered ? t("job.chooseSide") : ""].filter(Boolean).join(" ");
    case "serverMayBeShort":
      return `${t("job.mayBeShort", facts)} ${t("job.mayFail")}`;
    case "unknown":
      return `${t("job.unknownGrace", facts)} ${t("job.mayFail")}`;
  }
}
