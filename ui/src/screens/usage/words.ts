import type { I18n } from "$lib/i18n/index.svelte";
import type { BucketView, ResolutionView, UsageView } from "$lib/view";

const DAY = 86_400_000;

/** When a bucket begins, as precisely as its width asks for. */
export function bucketTime(start: number, resolution: ResolutionView, i18n: I18n): string {
  if (resolution === "hour") return i18n.pair(i18n.weekday(start), i18n.time(start));
  return resolution === "day" ? i18n.weekday(start) : i18n.month(start);
}

/** A word under the time axis; the longer the period, the coarser. */
export function tickWord(at: number, view: UsageView, i18n: I18n): string {
  const span = view.to - view.from;
  if (span <= 2 * DAY) return i18n.time(at);
  if (span <= 14 * DAY) return i18n.weekday(at);
  return span <= 120 * DAY ? i18n.day(at) : i18n.month(at);
}

/** The chart in one sentence, for those who do not see it. */
export function summary(view: UsageView, i18n: I18n): string {
  const { t, number } = i18n;
  const { totals } = view;
  const told = t("usage.summary", {
    name: view.key?.name ?? t("usage.allKeys"),
    from: i18n.full(view.from),
    to: i18n.full(view.to),
    requests: number(totals.requests),
    success: number(totals.successes),
    client: number(totals.clientErrors),
    server: number(totals.serverErrors),
    throttled: number(totals.throttled),
  });
  const turn = view.chart.marks.find((mark) => mark.kind === "rotated");
  return turn ? `${told} ${t("usage.summaryRotated", { time: i18n.full(turn.time) })}` : told;
}

/** A bucket in one sentence, for the cursor. */
export function bucketSentence(bucket: BucketView, resolution: ResolutionView, i18n: I18n): string {
  const { t, number } = i18n;
  const time = bucketTime(bucket.start, resolution, i18n);
  if (!bucket.known) return `${time}: ${t("usage.noData")}`;
  const parts = [
    `${number(bucket.successes)} ${t("series.success")}`,
    `${number(bucket.clientErrors)} ${t("series.client")}`,
    `${number(bucket.serverErrors)} ${t("series.server")}`,
    `${number(bucket.throttled)} ${t("series.throttled")}`,
  ];
  return `${time}: ${parts.join(", ")}`;
}
