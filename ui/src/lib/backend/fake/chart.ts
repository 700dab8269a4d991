import type { BucketView, ChartView, MarkView, UsageInput, UsageView } from "$lib/view";
import { DAY, HOUR, noise } from "./sample";

const PERIODS = { day: DAY, week: 7 * DAY, month: 30 * DAY, quarter: 90 * DAY, year: 365 * DAY };
const STEPS = { hour: HOUR, day: DAY, month: 30 * DAY };
const LEFT = 52;
const PLOT = { y: 28, height: 200 };
const LANE = { y: 236, height: 26 };
const SECRET = { y: 272, height: 14 };

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
    p95: 80 + Math.round(noise(index + 2) * 60),
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

/** Usage of a key that looks lived in; nothing at all for a key that was never used. */
export function fakeUsage(input: UsageInput, name: string | null, now: number, silent: boolean): UsageView {
  const step = STEPS[input.resolution];
  const to = Math.ceil(now / step) * step;
  const from = to - Math.max(PERIODS[input.period], step);
  const count = Math.round((to - from) / step);
  const span = input.width - LEFT - 4;
  const column = span / count;
  const buckets = Array.from({ length: count }, (_, index) => {
    const made = bucket(from + index * step, step, index, LEFT + index * column, column, now);
    if (!silent) return made;
    return { ...made, known: true, requests: 0, successes: 0, clientErrors: 0, serverErrors: 0, throttled: 0, p95: null };
  });
  const sum = (field: "requests" | "successes" | "clientErrors" | "serverErrors" | "throttled") =>
    buckets.reduce((total, one) => total + (one.known ? one[field] : 0), 0);
  const most = Math.max(10, ...buckets.map((one) => one.requests)) * 1.1;
  const place = (at: number) => LEFT + ((at - from) / (to - from)) * span;
  const marks: MarkView[] = silent
    ? []
    : [
        { kind: "rotated", time: to - (to - from) * 0.35, at: place(to - (to - from) * 0.35) },
        { kind: "graceEnd", time: to - (to - from) * 0.3, at: place(to - (to - from) * 0.3) },
      ];
  const ticks = input.period === "day" ? 6 : 7;
  const gapped = buckets.filter((one) => !one.known);
  const chart: ChartView = {
    image: draw(input, buckets, marks, most),
    width: input.width,
    height: 300,
    plot: { x: LEFT, width: span, ...PLOT },
    throttled: { x: LEFT, width: span, ...LANE },
    secrets: { x: LEFT, width: span, ...SECRET },
    ticksY: [0, 1, 2, 3].map((n) => ({
      value: Math.round(((most / 3.3) * n) / 10) * 10,
      at: PLOT.y + PLOT.height - (PLOT.height * n) / 3.3,
    })),
    ticksX: Array.from({ length: ticks }, (_, n) => {
      const at = from + Math.round(((to - from) / ticks) * n);
      return { value: at, at: place(at) };
    }),
    marks,
    gaps: gapped.length === 0 ? [] : [{ x: gapped[0]!.x, width: gapped.length * column, y: PLOT.y, height: PLOT.height }],
  };
  return {
    key: input.key === null ? null : { id: input.key, name: name ?? input.key },
    from,
    to,
    resolution: input.resolution,
    completeUntil: now - 20 * 60_000,
    chart,
    buckets,
    totals: {
      requests: sum("requests"),
      successes: sum("successes"),
      clientErrors: sum("clientErrors"),
      serverErrors: sum("serverErrors"),
      throttled: sum("throttled"),
    },
    cut: false,
  };
}
