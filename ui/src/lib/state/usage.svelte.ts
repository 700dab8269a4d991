import { asCommandError } from "$lib/backend/failure";
import type { Backend } from "$lib/backend";
import type { ChartColours, CommandError, PeriodView, ResolutionView, UsageView } from "$lib/view";

/** The resolutions that make sense for a period. */
export const RESOLUTIONS: Record<PeriodView, readonly ResolutionView[]> = {
  day: ["hour"],
  week: ["hour", "day"],
  month: ["day", "hour"],
  quarter: ["day", "month"],
  year: ["month", "day"],
};

const NAMES: Record<keyof ChartColours, string> = {
  success: "--ch-success",
  clientError: "--ch-client",
  serverError: "--ch-server",
  throttled: "--ch-throttled",
  newSecret: "--ch-new",
  oldSecret: "--ch-old",
  line: "--line",
  baseline: "--line2",
  rotation: "--st-rotating",
  surface: "--surface",
};

/** A colour as `#rrggbb`; a build may have shortened it to `#rgb`. */
export function longColour(text: string): string {
  const short = /^#([0-9a-f])([0-9a-f])([0-9a-f])$/i.exec(text.trim());
  const long = short ? `#${short[1]}${short[1]}${short[2]}${short[2]}${short[3]}${short[3]}` : text.trim();
  return /^#[0-9a-f]{6}$/i.test(long) ? long.toLowerCase() : "#808080";
}

/** The colours of the theme that is on, for the marks of a chart. */
export function chartColours(root: Element): ChartColours {
  const style = getComputedStyle(root);
  const entries = Object.entries(NAMES).map(([name, token]) => [name, longColour(style.getPropertyValue(token))]);
  return Object.fromEntries(entries) as ChartColours;
}

/** The usage of one key or of all of them, for a period and a width. */
export class UsageState {
  period = $state<PeriodView>("week");
  resolution = $state<ResolutionView>("hour");
  view = $state.raw<UsageView | null>(null);
  error = $state.raw<CommandError | null>(null);
  busy = $state(false);
  #asked = 0;

  constructor(readonly backend: Backend) {}

  choosePeriod(period: PeriodView): void {
    this.period = period;
    if (!RESOLUTIONS[period].includes(this.resolution)) this.resolution = RESOLUTIONS[period][0]!;
  }

  /** Reads and draws; an answer that was overtaken by another question is dropped. */
  async load(key: string | null, width: number, colours: ChartColours): Promise<void> {
    const turn = ++this.#asked;
    this.busy = true;
    try {
      const { period, resolution } = this;
      const view = await this.backend.usage.show({ key, period, resolution, width: Math.min(4000, Math.max(200, Math.round(width))), colours });
      if (turn !== this.#asked) return;
      this.view = view;
      this.error = null;
    } catch (thrown) {
      if (turn === this.#asked) this.error = asCommandError(thrown);
    } finally {
      if (turn === this.#asked) this.busy = false;
    }
  }
}
