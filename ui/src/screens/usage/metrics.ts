import type { I18n } from "$lib/i18n/index.svelte";
import type { MessageKey } from "$lib/i18n/en";
import type { BucketView, KeyRef, LatencyView, MetricView, TotalsView, UsageView } from "$lib/view";

/** What is said of a bucket under one head: a column of the table, and a line under the cursor. */
export interface Column {
  /** What stands over it. */
  label: string;
  /** The part of the picture it belongs to; its sign stands beside it under the cursor. */
  part: string | null;
  /** Whether it is a name that is not ours to translate. */
  name: boolean;
  /** The value, or a dash where there is none. Only for buckets the portal has numbers for. */
  value: (bucket: BucketView, place: number) => string;
}

/** The metrics in the order of their choice. */
export const METRICS: readonly MetricView[] = ["requests", "errors", "latency", "billable"];
const NONE = "–";

/** A share of one; of nothing there is no share. */
function share(part: number, whole: number, i18n: I18n): string {
  return whole === 0 ? NONE : i18n.percent(part / whole);
}

/** Milliseconds, with a digit after the point where they are few. */
export function millis(value: number, i18n: I18n): string {
  const rounded = value < 10 ? Math.round(value * 10) / 10 : Math.round(value);
  return i18n.t("chart.ms", { value: i18n.number(rounded) });
}

/** A value of a metric as a person reads it: calls, a share of one, or milliseconds. */
export function worded(metric: MetricView, value: number, i18n: I18n): string {
  if (metric === "errors") return i18n.percent(value);
  return metric === "latency" ? millis(value, i18n) : i18n.number(value);
}

/** A tick of the value axis, which counts calls, millionths or microseconds. */
export function tickValue(metric: MetricView, value: number, i18n: I18n): string {
  if (metric === "errors") return i18n.percent(value / 1e6);
  return metric === "latency" ? millis(value / 1000, i18n) : i18n.compact(value);
}

/** What a metric sums up to for one of several compared keys; latency has no sum that would be true. */
export function total(metric: MetricView, totals: TotalsView, values: readonly (number | null)[], i18n: I18n): string {
  if (metric === "requests") return i18n.number(totals.requests);
  if (metric === "billable") return i18n.number(totals.billable);
  if (metric === "errors") return share(totals.clientErrors + totals.serverErrors, totals.requests, i18n);
  const most = Math.max(...values.filter((value) => value !== null));
  return Number.isFinite(most) ? millis(most, i18n) : NONE;
}

/** A key's name; where another one has the same, with the end of its id, which no other has. */
export function keyName(key: KeyRef, among: readonly KeyRef[]): string {
  const same = among.some((one) => one.id !== key.id && one.name === key.name);
  return same ? `${key.name} …${key.id.slice(-6)}` : key.name;
}

/** The name of a part of the picture: a word of ours, or a key's own name. */
export function partName(part: string, view: UsageView, i18n: I18n): string {
  const key = view.keys.find((one) => one.id === part);
  return view.compared.length > 0 && key ? keyName(key, view.keys) : i18n.t(`series.${part}` as MessageKey);
}

/** The columns of what is shown. */
export function columns(view: UsageView, i18n: I18n): Column[] {
  const { t, number } = i18n;
  const column = (label: string, part: string | null, value: (bucket: BucketView) => string): Column => ({ label, part, name: false, value });
  if (view.compared.length > 0)
    return view.keys.map((key, at) => ({
      label: keyName(key, view.keys),
      part: key.id,
      name: true,
      value: (_, place) => {
        const value = view.compared[at]?.values[place] ?? null;
        return value === null ? NONE : worded(view.metric, value, i18n);
      },
    }));
  const requests = column(t("usage.requests"), null, (one) => number(one.requests));
  const failures = [
    column(t("series.client"), "client", (one) => number(one.clientErrors)),
    column(t("series.server"), "server", (one) => number(one.serverErrors)),
    column(t("series.throttled"), "throttled", (one) => number(one.throttled)),
  ];
  const took = (label: string, part: string | null, value: (latency: LatencyView) => number) =>
    column(label, part, (one) => (one.latency === null ? NONE : millis(value(one.latency), i18n)));
  const p95 = took(t("usage.p95"), null, (one) => one.p95);
  const sets: Record<MetricView, Column[]> = {
    requests: [requests, column(t("usage.success"), "success", (one) => number(one.successes)), ...failures, p95],
    errors: [
      requests,
      column(t("chart.rate"), "errorRate", (one) => share(one.clientErrors + one.serverErrors, one.requests, i18n)),
      column(t("chart.throttledRate"), "throttledShare", (one) => share(one.throttled, one.requests, i18n)),
      ...failures.map((one) => ({ ...one, part: null })),
    ],
    latency: [
      requests,
      took(t("chart.least"), null, (one) => one.min),
      took(t("chart.mean"), "average", (one) => one.average),
      took(t("series.p50"), "p50", (one) => one.p50),
      took(t("series.p95"), "p95", (one) => one.p95),
      took(t("series.p99"), "p99", (one) => one.p99),
      took(t("chart.most"), null, (one) => one.max),
    ],
    billable: [
      requests,
      column(t("metric.billable"), "billable", (one) => number(one.billable)),
      column(t("chart.billableShare"), null, (one) => share(one.billable, one.requests, i18n)),
    ],
  };
  return sets[view.metric];
}
