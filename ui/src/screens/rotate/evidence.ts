import type { I18n } from "$lib/i18n/index.svelte";
import type { EvidenceName, EvidenceView, OldSecretView, ProbeView, RotationStage } from "$lib/view";

/** What the sentences of a rung depend on beside the rung. */
export interface Around {
  old: OldSecretView | null;
  /** Whether the old secret belongs to a key of its own. */
  beside: boolean;
  probe: ProbeView | null;
  stage: RotationStage;
}

/** What a rung claims. */
export function rungTitle(name: EvidenceName, quiet: number, { t, duration }: I18n): string {
  return name === "oldQuiet" ? t("evidence.oldQuiet", { time: duration(quiet) }) : t(`evidence.${name}`);
}

/** What is known of a rung, with its number; what this portal cannot show is called that. */
export function rungDetail(rung: EvidenceView, around: Around, i18n: I18n, now: number): string {
  const { t } = i18n;
  if (rung.name === "newAnswers") return newAnswers(rung, around, i18n, now);
  if (rung.name === "oldRefused") return oldRefused(rung, around, i18n, now);
  if (rung.state === "notProvable") return t(rung.name === "oldQuiet" && around.stage === "ended" ? "evidence.over" : "evidence.cannot");
  if (rung.name === "newUsed") {
    if (!rung.calls && rung.at === null) return t("evidence.newUsed.none");
    const calls = rung.calls ? t("evidence.newUsed.calls", { count: rung.calls }) : "";
    return [calls, rung.at === null ? "" : t("evidence.lastAt", { time: i18n.stamp(rung.at, now) })].filter(Boolean).join(", ");
  }
  if (rung.at === null) return rung.calls ? t("evidence.oldQuiet.calls", { count: rung.calls }) : t("evidence.oldQuiet.none");
  const calls = rung.calls ? t("evidence.oldQuiet.calls", { count: rung.calls }) : "";
  const last = t("evidence.lastAt", { time: i18n.stamp(rung.at, now) });
  return `${[calls, last].filter(Boolean).join(", ")}. ${t("evidence.oldQuiet.quiet", { time: i18n.duration(Math.max(0, now - rung.at)) })}.`;
}

function newAnswers(rung: EvidenceView, { probe }: Around, { t, stamp }: I18n, now: number): string {
  if (rung.state === "notProvable") return t(probe === null ? "evidence.noProbe" : "evidence.notHere");
  if (rung.at === null) return t("evidence.newAnswers.none");
  return t(rung.state === "proven" ? "evidence.newAnswers.at" : "evidence.newAnswers.refused", { time: stamp(rung.at, now) });
}

function oldRefused(rung: EvidenceView, { old, beside, probe, stage }: Around, { t, stamp, secondsZone }: I18n, now: number): string {
  if (rung.state === "notProvable") return t(probe === null ? "evidence.noProbe" : "evidence.notHere");
  if (rung.state === "proven" && rung.at !== null) return t("evidence.oldRefused.at", { time: stamp(rung.at, now) });
  if (stage === "ended") return rung.at === null ? t("evidence.oldRefused.notTried") : t("evidence.oldRefused.still", { time: stamp(rung.at, now) });
  if (beside) return t("evidence.oldRefused.revoked");
  return old?.end.known === "exact" ? t("evidence.oldRefused.laterAt", { time: secondsZone(old.end.at) }) : t("evidence.oldRefused.later");
}
