import type { I18n } from "$lib/i18n/index.svelte";
import type { EvidenceView, MaskView, PlaceView, ReceiptView } from "$lib/view";

/** A line of a receipt: what it is, and its value. */
export type Line = readonly [name: string, value: string];

function masked({ prefix, suffix }: MaskView): string {
  return `${prefix}…${suffix ?? ""}`;
}

/** A rung as it stood at the end. */
export function rungLine(rung: EvidenceView, i18n: I18n): Line {
  const { t } = i18n;
  const name = rung.name === "oldQuiet" ? t("receipt.oldQuiet") : t(`evidence.${rung.name}`);
  const facts = [
    t(`evidence.${rung.state}`),
    rung.calls === null ? "" : rung.name === "oldQuiet" ? t("evidence.oldQuiet.calls", { count: rung.calls }) : t("evidence.newUsed.calls", { count: rung.calls }),
    rung.at === null ? "" : i18n.full(rung.at),
  ];
  return [name, facts.filter(Boolean).join(" · ")];
}

/** A place, and whether the new secret was brought there. */
export function placeLine(place: PlaceView, i18n: I18n): Line {
  const { t } = i18n;
  if (place.delivered === null) return [place.label, t("receipt.notTicked")];
  return [place.label, t(place.delivered.byHand ? "deliver.byHand" : "deliver.byCopy", { time: i18n.full(place.delivered.at) })];
}

/** The facts of a receipt, in their order. No secret is among them. */
export function receiptLines(receipt: ReceiptView, nextDue: number | null, i18n: I18n): Line[] {
  const { t, full } = i18n;
  return [
    [t("receipt.reason"), t(`rotate.${receipt.reason}`)],
    [t("receipt.way"), t(`way.${receipt.way}`)],
    [t("receipt.actor"), receipt.actor ?? t("receipt.unknownActor")],
    [t("receipt.opened"), full(receipt.openedAt)],
    [t("receipt.rotated"), full(receipt.rotatedAt)],
    [t("receipt.ended"), receipt.endedAt === null ? t("common.unknown") : full(receipt.endedAt)],
    [t("receipt.finished"), full(receipt.finishedAt)],
    [t("receipt.next"), nextDue === null ? t("receipt.noNext") : full(nextDue)],
  ];
}

/** A receipt as plain text, to be kept where the person keeps such things. */
export function receiptText(receipt: ReceiptView, name: string, nextDue: number | null, i18n: I18n): string {
  const { t } = i18n;
  const colon = ([label, value]: Line) => `${label}: ${value}`;
  const places = receipt.places.map((place) => `- ${colon(placeLine(place, i18n))}`);
  return [
    t("receipt.of", { name }),
    "",
    ...receiptLines(receipt, nextDue, i18n).map(colon),
    `${t("receipt.secrets")}: ${masked(receipt.old)} → ${masked(receipt.new)}`,
    "",
    `${t("receipt.evidence")}:`,
    ...receipt.evidence.map((rung) => `- ${colon(rungLine(rung, i18n))}`),
    "",
    `${t("receipt.places")}:`,
    ...(places.length === 0 ? [`- ${t("receipt.noPlaces")}`] : places),
    "",
  ].join("\n");
}
