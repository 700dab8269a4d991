import type { I18n } from "$lib/i18n/index.svelte";
import type { FindingView, HealthRowView } from "$lib/view";

/** The lengths that something can be put off for, in days. */
export const SNOOZES = [7, 30, 90] as const;
/** The days that count as too long, to choose from. */
export const RULE_DAYS = [30, 60, 90, 180, 365] as const;
/** The most keys that are revoked in one go. */
export const MOST_REVOKED = 50;

/** What a chip says: the finding in two or three words. */
export function chip(finding: FindingView, i18n: I18n, now: number): string {
  const { t } = i18n;
  switch (finding.kind) {
    case "unused":
      return t("health.chip.unused", { count: finding.days ?? 0 });
    case "overdue":
      return t("health.chip.overdue", { relative: finding.at === null ? "" : i18n.relative(finding.at, now) });
    case "shared":
      return t("health.chip.shared", { environment: finding.other ? i18n.environment(finding.other) : "" });
    case "expiresSoon":
      return t("health.chip.expiresSoon", { relative: finding.at === null ? "" : i18n.relative(finding.at, now) });
    default:
      return t(`health.kind.${finding.kind}`);
  }
}

/** Why a finding is one, in a sentence. */
export function why(finding: FindingView, row: HealthRowView, i18n: I18n): string {
  const { t } = i18n;
  const date = finding.at === null ? "" : i18n.date(finding.at);
  const own = row.row.environment ? i18n.environment(row.row.environment) : "";
  const other = finding.other ? i18n.environment(finding.other) : "";
  switch (finding.kind) {
    case "unused":
    case "neverUsed":
      return t(`health.why.${finding.kind}`, { count: finding.days ?? 0 });
    case "overdue":
      return t(finding.scheduled ? "health.why.scheduled" : "health.why.overdue", { count: finding.days ?? 0, date });
    case "shared":
      return finding.place === null ? t("health.why.sharedName", { own, other }) : t("health.why.sharedPlace", { own, other, place: finding.place });
    case "expiresSoon":
      return t("health.why.expiresSoon", { date });
    default:
      return t(`health.why.${finding.kind}`);
  }
}

/** What takes the score of a key to where it is, and what cannot be told. */
export function sum(row: HealthRowView, i18n: I18n): string[] {
  const { t } = i18n;
  // A line ends between two of them and never inside of one.
  const whole = (text: string) => text.replaceAll(" ", "\u00a0");
  const parts = row.findings.map((finding) => whole(`${i18n.number(finding.weight)} ${t(`health.kind.${finding.kind}`)}`)).join(" −\u00a0");
  const left = 100 - row.findings.reduce((all, finding) => all + finding.weight, 0);
  const lines = [left < 0 ? t("health.sumFloor", { parts }) : t("health.sum", { parts, score: i18n.number(row.score) })];
  if (row.untold.length > 0) lines.push(t("health.untold", { list: row.untold.map((untold) => t(`health.untold.${untold}`)).join(", ") }));
  return lines;
}
