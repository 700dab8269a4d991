import type { I18n } from "$lib/i18n/index.svelte";
import type { RotationState, Step } from "$lib/state/rotation.svelte";

/** The steps in their order. */
export const STEPS: readonly Step[] = ["reason", "preflight", "rotate", "deliver", "prove", "end", "receipt"];

/** Done, begun with something missing, or not yet. */
export type StepMark = "done" | "open" | "todo";

/** How far a step is; what is missing in a step that was gone past is marked, not hidden. */
export function markOf(step: Step, rotation: RotationState): StepMark {
  const { view } = rotation;
  if (view === null) return "todo";
  if (rotation.receipt) return missing(step, rotation) ? "open" : "done";
  if (rotation.before) {
    if (step === "reason") return rotation.goesOn ? "done" : "todo";
    return step === "preflight" && rotation.failed ? "open" : "todo";
  }
  if (STEPS.indexOf(step) < STEPS.indexOf("rotate")) return "done";
  if (step === "rotate") return view.stage === "asking" ? "todo" : "done";
  if (step === "receipt" || view.stage === "asking") return "todo";
  if (step === "end") return view.stage === "ended" ? "done" : "todo";
  if (!missing(step, rotation)) return "done";
  return STEPS.indexOf(step) < STEPS.indexOf(rotation.step) ? "open" : "todo";
}

function missing(step: Step, rotation: RotationState): boolean {
  const places = rotation.receipt?.places ?? rotation.places;
  const evidence = rotation.receipt?.evidence ?? rotation.view?.evidence ?? [];
  if (step === "deliver") {
    // Without a known place only traffic on the new secret says that it was delivered.
    if (places.length === 0) return !evidence.some((rung) => rung.name === "newUsed" && rung.state === "proven");
    return places.some((place) => place.delivered === null);
  }
  return step === "prove" && evidence.some((rung) => rung.state === "notYet");
}

/** Whether a step has its place on the page that is shown. */
export function within(step: Step, rotation: RotationState): boolean {
  const { view } = rotation;
  if (view === null || rotation.receipt || rotation.busy || rotation.ending) return false;
  if (rotation.before) {
    return rotation.goesOn && (step === "reason" || step === "preflight" || step === "rotate");
  }
  if (view.stage === "asking") return false;
  if (step === "end") return view.stage === "grace";
  return step === "deliver" || (step === "prove" && view.evidence.length > 0);
}

/** What stands under a step's name. */
export function underStep(step: Step, rotation: RotationState, i18n: I18n): string {
  const { t } = i18n;
  const { view, receipt } = rotation;
  if (view === null) return "";
  const reason = receipt?.reason ?? (rotation.before ? rotation.reason : view.course?.reason) ?? null;
  if (step === "reason") return reason ? t(`rotate.${reason}`) : "";
  if (rotation.before) {
    if (!rotation.goesOn) return "";
    if (step === "preflight") return t("preflight.passed", { passed: rotation.passed, all: view.preflight.length });
    return step === "rotate" ? t(`way.${rotation.way}`) : "";
  }
  // What is known belongs to the rotation before this one, whose outcome is not.
  if (view.stage === "asking" && receipt === null) return step === "rotate" ? t("step.asking") : "";
  const rotated = receipt?.rotatedAt ?? view.rotatedAt;
  if (step === "rotate") return rotated === null ? "" : t("rotate.done", { time: i18n.secondsZone(rotated) });
  const places = receipt?.places ?? view.places;
  if (step === "deliver") {
    const done = places.filter((place) => place.delivered !== null).length;
    return places.length === 0 ? "" : t("deliver.count", { done, all: places.length });
  }
  const evidence = receipt?.evidence ?? view.evidence;
  if (step === "prove") {
    const proven = evidence.filter((rung) => rung.state === "proven").length;
    return evidence.length === 0 ? "" : t("evidence.count", { proven, all: evidence.length });
  }
  return step === "end" ? underEnd(rotation, i18n) : "";
}

/** How long the old secret works, in one sentence that does not change by the second. */
export function untilWhen(rotation: RotationState, { t, secondsZone }: I18n): string {
  const end = rotation.old?.end;
  if (rotation.oldKey) return t("rotate.untilRevoked");
  if (end?.known === "exact") return t("rotate.until", { time: secondsZone(end.at) });
  return end?.known === "range" ? t("rotate.untilRange", { least: secondsZone(end.least) }) : t("rotate.untilUnknown");
}

function underEnd({ receipt, view, oldKey, old }: RotationState, i18n: I18n): string {
  const { t } = i18n;
  if (receipt) return receipt.endedAt === null ? t("common.unknown") : i18n.secondsZone(receipt.endedAt);
  if (view?.stage === "ended") return "";
  if (oldKey) return t("timer.untilRevoked");
  if (old?.end.known === "exact") return i18n.secondsZone(old.end.at);
  return old?.end.known === "range" ? t("timer.range", { least: i18n.time(old.end.least), most: i18n.time(old.end.most) }) : old ? t("timer.unknown") : "";
}
