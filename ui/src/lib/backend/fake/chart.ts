import type { BucketView, ChartView, KeyRowView, MarkView, SignView, TotalsView, UsageInput, UsageView } from "$lib/view";
import { DAY, HOUR, noise } from "./sample";

const PERIODS = { day: DAY, week: 7 * DAY, month: 30 * DAY, quarter: 90 * DAY, year: 365 * DAY, between: DAY };
const PARTS = {
  requests: ["success", "client", "server", "throttled"],
  errors: ["errorRate", "throttledShare"],
  latency: ["average", "p50", "p95", "p99", "range"],
  billable: ["billable"],
};
const STEPS = { hour: HOUR, day: DAY, month: 30 * DAY };
const LEFT = 52;
const PLOT = { y: 28, height: 200 };
const LANE = { y: 236, height: 26 };
const SECRET = { y: 272, height: 14 };

/** Latency about a p95. */
function slow(p95: number) {
  return { min: p95 / 20, average: p95 / 2, max: p95 * 3, p50: p95 / 2.5, p95, p99: p95 * 1.6 };
}

function bucket(start: number, step: number, index: number, x: number, width: number, now: number): BucketView {
  const hour = new Date(start).getHours();
  const shape = step === HOUR ? Math.max(0.04, Math.sin(((hour - 5) / 24) * 2 * Math.PI) * 0.5 + 0.5) : 0.8;
  const requests = Math.round((step / HOUR) * 4000 * shape * (0.8 + 0.4 * noise(index)));
  const clientErrors = Math.round(requests * 0.015 * (noise(index + 5) > 0.9 ? 6 : 1));
  const serverErrors = noise(index + 11) > 0.96 ? Math.round(requests * 0.04) : 0;
  const throttled = noise(index + 23) > 0.94 ? Math.round(requests * 0.03) : 0;
  const known = index < 40 || index > 46;
  return {
    start,
    known,
    complete: start + step <= now - 20 * 60_000,
    requests,
    successes: requests - clientErrors - serverErrors - throttled,
    clientErrors,
    serverErrors,
    throttled,
    billable: Math.round(requests * 0.7),
    latency: slow(80 + Math.round(noise(index + 2) * 60)),
    onNew: null,
    onOld: null,
    x,
    width,
  };
}

/** The marks, roughly as the app draws them: enough to lay words over. */
function draw(input: UsageInput, buckets: BucketView[], marks: MarkView[], most: number): string {
  const { colours, width } = input;
  const parts: string[] = [];
  const rect = (x: number, y: number, w: number, h: number, fill: string) =>
    parts.push(`<rect x="${x.toFixed(1)}" y="${y.toFixed(1)}" width="${w.toFixed(1)}" height="${Math.max(0, h).toFixed(1)}" fill="${fill}"/>`);
  for (let line = 1; line <= 3; line += 1) {
    rect(LEFT, PLOT.y + PLOT.height - (PLOT.height * line) / 3.3, width - LEFT - 4, 1, colours.line);
  }
  for (const one of buckets.filter((b) => b.known)) {
    let bottom = PLOT.y + PLOT.height;
    for (const [value, fill] of [
      [one.successes, colours.success],
      [one.clientErrors, colours.clientError],
      [one.serverErrors, colours.serverError],
    ] as const) {
      const height = (value / most) * PLOT.height;
      bottom -= height;
      rect(one.x + 0.5, bottom, Math.max(1, one.width - 1), height - (height > 2 ? 1 : 0), fill);
    }
    const lane = Math.min(LANE.height, (one.throttled / most) * 900);
    if (one.throttled > 0) rect(one.x + 0.5, LANE.y + LANE.height - lane, Math.max(1, one.width - 1), lane, colours.throttled);
  }
  rect(LEFT, PLOT.y + PLOT.height, width - LEFT - 4, 1, colours.baseline);
  rect(LEFT, LANE.y + LANE.height, width - LEFT - 4, 1, colours.line);
  const turn = marks[0]?.at ?? LEFT;
  rect(LEFT, SECRET.y, turn - LEFT, SECRET.height, colours.oldSecret);
  rect(turn, SECRET.y, width - 4 - turn, SECRET.height, colours.newSecret);
  for (const mark of marks) rect(mark.at, PLOT.y - 8, 1.5, SECRET.y + SECRET.height - PLOT.y + 8, colours.rotation);
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="300" viewBox="0 0 ${width} 300">${parts.join("")}</svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}

const NOTHING = { requests: 0, successes: 0, clientErrors: 0, serverErrors: 0, throttled: 0, billable: 0 };

function sums(buckets: readonly BucketView[]): TotalsView {
  const totals = { ...NOTHING };
  for (const one of buckets.filter((bucket) => bucket.known)) for (const name of Object.keys(totals) as (keyof TotalsView)[]) totals[name] += one[name];
  return totals;
}

/** What is drawn of one of several keys. */
function value(input: UsageInput, bucket: BucketView, key: number): number | null {
  if (!bucket.known) return null;
  if (input.metric === "errors") return (bucket.clientErrors / Math.max(1, bucket.requests)) * (1 + key);
  return input.metric === "latency" ? bucket.latency!.p95 * (1 + key) : Math.round(bucket.requests / (2 + key));
}

function legend(input: UsageInput): SignView[] {
  const { success, clientError, throttled, newSecret, serverError } = input.colours;
  const five = [success, clientError, throttled, newSecret, serverError];
  const compared = input.keys.length > 1;
  const names = compared ? input.keys : PARTS[input.metric];
  const line = compared || input.metric === "errors" || input.metric === "latency";
  return names.map((name, at) => ({ name, colour: five[at % 5]!, dash: line ? ["", "11 5", "5 4", "9 4 1 4", "1 4"][at % 5]! : null, marker: compared ? "m-3-3h6v6h-6z" : null, pale: name === "range" }));
}

/** Usage of keys that look lived in; nothing at all for one that was never used. */
export function fakeUsage(input: UsageInput, rows: readonly KeyRowView[], now: number): UsageView {
  const silent = rows.length === 1 && rows[0]!.lastUsedAt === null;
  const step = STEPS[input.resolution];
  const to = Math.ceil((input.between?.[1] ?? now) / step) * step;
  const from = input.between ? Math.floor(input.between[0] / step) * step : to - Math.max(PERIODS[input.period], step);
  const count = Math.round((to - from) / step);
  const span = input.width - LEFT - 4;
  const column = span / count;
  const buckets = Array.from({ length: count }, (_, index) => {
    const made = bucket(from + index * step, step, index, LEFT + index * column, column, now);
    return silent ? { ...made, known: true, ...NOTHING, latency: null } : made;
  });
  const most = Math.max(10, ...buckets.map((one) => one.requests)) * 1.1;
  const place = (at: number) => LEFT + ((at - from) / (to - from)) * span;
  const turn = (kind: MarkView["kind"], share: number): MarkView => ({ kind, time: to - (to - from) * share, at: place(to - (to - from) * share) });
  const marks = silent || rows.length !== 1 ? [] : [turn("rotated", 0.35), turn("graceEnd", 0.3)];
  const ticks = input.period === "day" ? 6 : 7;
  const gapped = buckets.filter((one) => !one.known);
  const scale = { requests: most, billable: most, errors: 1e6, latency: 3e5 }[input.metric];
  const chart: ChartView = {
    image: draw(input, buckets, marks, most),
    width: input.width,
    height: 300,
    plot: { x: LEFT, width: span, ...PLOT },
    throttled: input.metric === "requests" && rows.length < 2 ? { x: LEFT, width: span, ...LANE } : null,
    secrets: { x: LEFT, width: span, ...SECRET },
    ticksY: [0, 1, 2, 3].map((n) => ({ value: Math.round(((scale / 3.3) * n) / 10) * 10, at: PLOT.y + PLOT.height - (PLOT.height * n) / 3.3 })),
    ticksX: Array.from({ length: ticks }, (_, n) => {
      const at = from + Math.round(((to - from) / ticks) * n);
      return { value: at, at: place(at) };
    }),
    marks,
    gaps: gapped.length === 0 ? [] : [{ x: gapped[0]!.x, width: gapped.length * column, y: PLOT.y, height: PLOT.height }],
  };
  return {
    keys: rows.map(({ id, name }) => ({ id, name })),
    from,
    to,
    resolution: input.resolution,
    metric: input.metric,
    completeUntil: now - 20 * 60_000,
    chart,
    legend: legend(input),
    buckets,
    totals: sums(buckets),
    compared: rows.length < 2 ? [] : rows.map((_, key) => ({ totals: sums(buckets), values: buckets.map((one) => value(input, one, key)) })),
    cut: false,
  };
}
