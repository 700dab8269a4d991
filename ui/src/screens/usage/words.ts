import type { I18n } from "$lib/i18n/index.svelte";
import type { MessageKey } from "$lib/i18n/en";
import type { BucketView, MarkView, PictureWords, ResolutionView, UsageView } from "$lib/view";
import { columns, keyName, millis, partName, tickValue, total } from "./metrics";

const DAY = 86_400_000;

/** Hours are those of this computer's zone; days and months are counted in UTC, so they are called as UTC calls them. */
export function inUtc(resolution: ResolutionView): boolean {
  return resolution !== "hour";
}

/** When a bucket begins, as precisely as its width asks for. */
export function bucketTime(start: number, resolution: ResolutionView, i18n: I18n): string {
  if (resolution === "hour") return i18n.pair(i18n.weekday(start), i18n.time(start));
  return resolution === "day" ? i18n.weekday(start, true) : i18n.month(start, true);
}

/** A word under the time axis; the longer the period, the coarser. */
export function tickWord(at: number, view: UsageView, i18n: I18n): string {
  const span = view.to - view.from;
  const utc = inUtc(view.resolution);
  if (span <= 2 * DAY) return i18n.time(at, utc);
  if (span <= 14 * DAY) return i18n.weekday(at, utc);
  return span <= 120 * DAY ? i18n.day(at, utc) : i18n.month(at, utc);
}

/** What happened to the key, and when; `now` is the portal's time. */
export function markWord({ kind, time }: MarkView, view: UsageView, now: number, i18n: I18n): string {
  const when = view.to - view.from <= 2 * DAY ? i18n.time(time) : i18n.pair(i18n.weekday(time), i18n.time(time));
  return i18n.t(kind === "rotated" ? "usage.rotatedAt" : time > now ? "usage.graceEnds" : "usage.graceEnded", { time: when });
}

/** What stands over the plot: what is measured, and how finely. */
export function heading(view: UsageView, i18n: I18n): string {
  const { t } = i18n;
  const plain = { hour: "usage.perHour", day: "usage.perDay", month: "usage.perMonth" } as const;
  const by = { hour: "chart.perHour", day: "chart.perDay", month: "chart.perMonth" } as const;
  if (view.metric === "requests") return t(plain[view.resolution]);
  const name = view.metric === "latency" && view.compared.length > 0 ? "chart.p95" : (`chart.${view.metric}` as MessageKey);
  return t(by[view.resolution], { metric: t(name) });
}

/** Whose usage it is. */
export function whose(view: UsageView, i18n: I18n): string {
  return view.keys.length === 0 ? i18n.t("usage.allKeys") : i18n.list(view.keys.map((key) => keyName(key, view.keys)));
}

/** The bucket with the highest of a value, where one has it. */
function worst(view: UsageView, value: (bucket: BucketView) => number | null): { bucket: BucketView; value: number } | null {
  let found: { bucket: BucketView; value: number } | null = null;
  for (const bucket of view.buckets) {
    const here = bucket.known ? value(bucket) : null;
    if (here !== null && (found === null || here > found.value)) found = { bucket, value: here };
  }
  return found;
}

/** The chart in one sentence, for those who do not see it. */
export function summary(view: UsageView, i18n: I18n): string {
  const { t, number } = i18n;
  const { totals } = view;
  const facts = { name: whose(view, i18n), from: i18n.full(view.from), to: i18n.full(view.to), requests: number(totals.requests) };
  const time = (bucket: BucketView) => bucketTime(bucket.start, view.resolution, i18n);
  const turn = view.chart.marks.find((mark) => mark.kind === "rotated");
  const and = (told: string) => (turn ? `${told} ${t("usage.summaryRotated", { time: i18n.full(turn.time) })}` : told);
  if (view.compared.length > 0) {
    const parts = view.compared.map((one, at) => t("usage.sumPart", { name: partName(view.keys[at]?.id ?? "", view, i18n), value: total(view.metric, one.totals, one.values, i18n) }));
    return t("usage.sumCompared", { ...facts, metric: heading(view, i18n), list: i18n.list(parts) });
  }
  if (view.metric === "requests") {
    const counts = { success: totals.successes, client: totals.clientErrors, server: totals.serverErrors, throttled: totals.throttled };
    return and(t("usage.summary", { ...facts, ...Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, number(count)])) }));
  }
  if (view.metric === "billable") return and(t("usage.sumBillable", { ...facts, billable: number(totals.billable) }));
  const failed = (one: BucketView) => (one.requests === 0 ? null : (one.clientErrors + one.serverErrors) / one.requests);
  const peak = worst(view, view.metric === "errors" ? failed : (one) => one.latency?.p95 ?? null);
  if (peak === null) return and(t("usage.sumNothing", facts));
  if (view.metric === "errors") {
    const rate = i18n.percent((totals.clientErrors + totals.serverErrors) / Math.max(1, totals.requests));
    const throttled = i18n.percent(totals.throttled / Math.max(1, totals.requests));
    return and(t("usage.sumErrors", { ...facts, rate, throttled, worst: i18n.percent(peak.value), time: time(peak.bucket) }));
  }
  const timed = view.buckets.filter((one) => one.known && one.latency !== null);
  const calls = timed.reduce((sum, one) => sum + one.requests, 0);
  const mean = timed.reduce((sum, one) => sum + one.latency!.average * one.requests, 0) / Math.max(1, calls);
  const [least, most] = [Math.min(...timed.map((one) => one.latency!.min)), Math.max(...timed.map((one) => one.latency!.max))];
  return and(
    t("usage.sumLatency", { ...facts, mean: millis(mean, i18n), least: millis(least, i18n), most: millis(most, i18n), worst: millis(peak.value, i18n), time: time(peak.bucket) }),
  );
}

/** A bucket in one sentence, for the cursor: what the box beside it says to those who see it. */
export function bucketSentence(view: UsageView, place: number, hidden: readonly string[], i18n: I18n): string {
  const bucket = view.buckets[place];
  if (bucket === undefined) return "";
  const time = bucketTime(bucket.start, view.resolution, i18n);
  if (!bucket.known) return `${time}: ${i18n.t("usage.noData")}`;
  const shown = columns(view, i18n).filter(({ part }) => part === null || !hidden.includes(part));
  const parts = shown.map(({ part, label, value }) => (part === null ? `${label} ${value(bucket, place)}` : `${value(bucket, place)} ${partName(part, view, i18n)}`));
  if (bucket.onOld) parts.push(`${i18n.number(bucket.onOld)} ${i18n.t("series.old")}`);
  const partial = bucket.complete ? "" : ` · ${i18n.t("usage.partial")}`;
  return `${time}: ${parts.join(", ")}${partial}`;
}

/** Everything a picture that stands alone has to say. */
export function pictureWords(view: UsageView, now: number, i18n: I18n): PictureWords {
  const { t } = i18n;
  const until = view.completeUntil === null ? "" : ` · ${t("chart.until", { time: i18n.full(view.completeUntil) })}`;
  return {
    title: `${whose(view, i18n)} · ${heading(view, i18n)}`,
    subtitle: `${i18n.full(view.from)} – ${i18n.full(view.to)}${until}`,
    legend: view.legend.map((sign) => [sign.name, partName(sign.name, view, i18n)]),
    ticksX: view.chart.ticksX.map((tick) => [tick.value, tickWord(tick.value, view, i18n)]),
    ticksY: view.chart.ticksY.map((tick) => [tick.value, tickValue(view.metric, tick.value, i18n)]),
    marks: view.chart.marks.map((mark) => [mark.kind, markWord(mark, view, now, i18n)]),
    secrets: view.keys.length === 1 ? t("usage.secretLane") : "",
    noData: t("usage.noData"),
    rtl: i18n.dir === "rtl",
  };
}
