import CircleAlert from "@lucide/svelte/icons/circle-alert";
import CircleCheck from "@lucide/svelte/icons/circle-check";
import CircleDashed from "@lucide/svelte/icons/circle-dashed";
import CircleQuestionMark from "@lucide/svelte/icons/circle-question-mark";
import CircleSlash from "@lucide/svelte/icons/circle-slash";
import RefreshCw from "@lucide/svelte/icons/refresh-cw";
import type { I18n } from "$lib/i18n/index.svelte";
import type { BulkRun } from "$lib/state/bulk.svelte";
import type { ChosenKey } from "$lib/state/chosen.svelte";
import type { BulkItemState, BulkView } from "$lib/view";

/** Orders a run can have without moving anything by hand. */
export const orders = ["listed", "name", "turned"] as const;
export type OrderName = (typeof orders)[number];

/** Keys in one of the orders. */
export function sorted(keys: readonly ChosenKey[], order: OrderName): ChosenKey[] {
  if (order === "name") return [...keys].sort((a, b) => a.name.localeCompare(b.name) || a.place - b.place);
  return [...keys].sort((a, b) => (order === "turned" ? b.place - a.place : a.place - b.place));
}

/** A shape for each state a key of a run can be in. */
export const itemIcons: Record<BulkItemState, typeof CircleCheck> = {
  waiting: CircleDashed,
  running: RefreshCw,
  done: CircleCheck,
  failed: CircleAlert,
  unknown: CircleQuestionMark,
  skipped: CircleSlash,
};

/** Where the run stands, in a few words: for the chip in the frame and for whoever listens. */
export function runWords(bulk: BulkRun, view: BulkView, i18n: I18n, now: number): string {
  const all = view.items.length;
  const { done, running } = bulk.counts;
  const place = { done: i18n.number(Math.min(all, bulk.behind + running)), all: i18n.number(all) };
  switch (view.state) {
    case "planned":
      return i18n.t("bulk.chip.planned", { count: all });
    case "running":
      if (view.waitsUntil !== null && view.waitsUntil > now) return i18n.t("bulk.chip.waits", { time: i18n.seconds(view.waitsUntil) });
      return i18n.t("bulk.chip.running", place);
    case "paused":
      return i18n.t("bulk.chip.paused", { ...place, done: i18n.number(bulk.behind) });
    case "halted":
      return i18n.t("bulk.chip.halted", { ...place, done: i18n.number(bulk.behind) });
    default:
      return i18n.t("bulk.chip.over", { done: i18n.number(done), all: i18n.number(all) });
  }
}
