import { asCommandError } from "$lib/backend/failure";
import type { Backend } from "$lib/backend";
import { dayOf, midnight } from "$lib/days";
import { pixels } from "$lib/pixels";
import type {
  ChartColours,
  CommandError,
  KeyRef,
  MetricView,
  PeriodView,
  PictureWords,
  ResolutionView,
  SavedView,
  UsageFormat,
  UsageInput,
  UsageView,
} from "$lib/view";

/** The resolutions that make sense for a period. */
const RESOLUTIONS: Record<PeriodView, readonly ResolutionView[]> = {
  day: ["hour"],
  week: ["hour", "day"],
  month: ["day", "hour"],
  quarter: ["day", "month"],
  year: ["month", "day"],
  between: ["hour", "day", "month"],
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

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Hours are shown of so many days at most. */
const HOURLY_DAYS = 31;
/** So many keys are compared at most. */
export const MOST_COMPARED = 5;

/** The resolutions that make sense for a chosen time. */
export function resolutionsOf(period: PeriodView, between: Between | null): readonly ResolutionView[] {
  if (period !== "between" || between === null) return RESOLUTIONS[period];
  return between[1] - between[0] <= HOURLY_DAYS * DAY ? ["hour", "day"] : ["day", "month"];
}

type Between = [number, number];

/** Which time is shown. */
interface Time {
  period: PeriodView;
  between: Between | null;
  resolution: ResolutionView;
}

/** What is shown of usage: which time, what of it, and of which keys beside the first. */
export class UsageState {
  period = $state<PeriodView>("week");
  between = $state.raw<Between | null>(null);
  resolution = $state<ResolutionView>("hour");
  metric = $state<MetricView>("requests");
  /** Parts of the plot that are hidden, of every metric. */
  hidden = $state.raw<string[]>([]);
  /** The keys that are compared with the first. */
  others = $state.raw<KeyRef[]>([]);
  view = $state.raw<UsageView | null>(null);
  error = $state.raw<CommandError | null>(null);
  saved = $state.raw<SavedView | null>(null);
  /** Why nothing was saved; what is on the screen is not concerned. */
  saveError = $state.raw<CommandError | null>(null);
  busy = $state(false);
  #zooms = $state.raw<Time[]>([]);
  #asked = 0;
  /** What was asked for last, for saving the same. */
  #input: UsageInput | null = null;
  #first: KeyRef | null = null;
  /** The team whose numbers are on the screen. */
  #team: string | null = null;
  #saveAgain: () => Promise<void> = async () => {};

  constructor(readonly backend: Backend) {}

  /** Whether there is a way back from a zoom. */
  get zoomed(): boolean {
    return this.#zooms.length > 0;
  }

  choosePeriod(period: PeriodView): void {
    this.#zooms = [];
    if (period === "between") {
      // Something to begin with: the time that is on the screen.
      this.between ??= this.view ? [this.view.from, this.view.to] : null;
      if (this.between === null) return;
    } else this.between = null;
    this.period = period;
    this.#fit();
  }

  /** Shows whole days from the first to the last, both as date fields write them: by the hour days of this computer's zone, else those of UTC. */
  chooseDays(first: string, last: string): void {
    const days = (utc: boolean): Between | null => {
      const [from, to] = [midnight(first, utc), midnight(last, utc, 1)];
      return from === null || to === null ? null : [from, to];
    };
    const here = days(false);
    const hourly = this.resolution === "hour" && resolutionsOf("between", here).includes("hour");
    const between = hourly ? here : days(true);
    if (between === null) return;
    this.#zooms = [];
    this.#show({ period: "between", between, resolution: this.resolution });
  }

  /** Chosen days stay the same days where UTC's take the place of this computer's, or the other way round. */
  chooseResolution(resolution: ResolutionView): void {
    const utc = this.resolution !== "hour";
    this.resolution = resolution;
    if (this.period !== "between" || this.between === null || this.zoomed) return;
    if (utc !== (resolution !== "hour")) this.chooseDays(dayOf(this.between[0], utc), dayOf(this.between[1] - 1, utc));
  }

  /** Whether what is shown may still change; what is past and complete does not. `now` is the portal's time. */
  changes(now: number): boolean {
    if (this.period !== "between" || this.between === null || this.between[1] > now) return true;
    const until = this.view?.completeUntil ?? null;
    return until !== null && until < this.between[1];
  }

  /** Forgets whose usage it was: another account has other keys. */
  reset(): void {
    this.#asked += 1;
    this.busy = false;
    this.view = this.error = this.saved = this.saveError = this.#input = null;
    this.hidden = [];
    this.others = [];
    const whole = this.#zooms[0];
    this.#zooms = [];
    if (whole) this.#show(whole);
  }

  /** Shows part of the time, as finely as the portal counts. */
  zoom(from: number, to: number): void {
    this.#zooms = [...this.#zooms, { period: this.period, between: this.between, resolution: this.resolution }];
    this.#show({ period: "between", between: [from, to], resolution: "hour" });
  }

  /** Goes back to what was shown before the last zoom. */
  back(): void {
    const before = this.#zooms.at(-1);
    if (before === undefined) return;
    this.#zooms = this.#zooms.slice(0, -1);
    this.#show(before);
  }

  #show(time: Time): void {
    this.between = time.between;
    this.period = time.period;
    this.resolution = time.resolution;
    this.#fit();
  }

  #fit(): void {
    const fitting = resolutionsOf(this.period, this.between);
    if (!fitting.includes(this.resolution)) this.resolution = fitting[0]!;
  }

  chooseMetric(metric: MetricView): void {
    this.metric = metric;
  }

  /** Hides a part of the plot, or shows it again. */
  toggle(part: string): void {
    this.hidden = this.hidden.includes(part) ? this.hidden.filter((one) => one !== part) : [...this.hidden, part];
  }

  /** Compares one more key with the first. */
  compare(key: KeyRef, first: KeyRef): void {
    const known = [first, ...this.others].some((one) => one.id === key.id);
    if (!known && this.others.length + 1 < MOST_COMPARED) this.others = [...this.others, key];
  }

  leaveOut(id: string): void {
    this.others = this.others.filter((one) => one.id !== id);
    this.hidden = this.hidden.filter((one) => one !== id);
  }

  /** Another key comes first, or none; beside itself it is not compared, and beside all keys none is. */
  begin(first: KeyRef | null): void {
    const before = [this.#first, ...this.others].map((one) => one?.id);
    this.#first = first;
    const kept = first === null ? [] : this.others.filter((one) => one.id !== first.id);
    if (kept.length < this.others.length) this.others = kept;
    const gone = before.filter((id) => !kept.some((one) => one.id === id));
    if (this.hidden.some((one) => gone.includes(one))) this.hidden = this.hidden.filter((one) => !gone.includes(one));
  }

  /** Reads and draws; an answer that was overtaken by another question is dropped. */
  async load(key: string | null, width: number, colours: ChartColours, team: string | null = null): Promise<void> {
    const turn = ++this.#asked;
    this.busy = true;
    const { period, between, resolution, metric, hidden } = this;
    const others = this.others.map((one) => one.id).filter((id) => id !== key);
    const keys = key === null ? [] : [key, ...others];
    const input = { keys, team, period, between, resolution, metric, hidden, width: Math.min(4000, Math.max(200, Math.round(width))), colours };
    try {
      const view = await this.backend.usage.show(input);
      if (turn !== this.#asked) return;
      this.view = view;
      this.#team = team;
      this.#input = input;
      this.error = null;
    } catch (thrown) {
      if (turn !== this.#asked) return;
      this.error = asCommandError(thrown);
      // Numbers of other keys must not stand under the names of these.
      if (this.view?.keys.map((one) => one.id).join() !== keys.join() || team !== this.#team) this.view = null;
    } finally {
      if (turn === this.#asked) this.busy = false;
    }
  }

  /**
   * Saves what is on the screen; the app says where.
   *
   * It is read once more just before, so that the words of a picture belong to the numbers in it.
   */
  async save(format: UsageFormat | "png", words: (view: UsageView) => PictureWords): Promise<void> {
    const input = this.#input;
    if (input === null) return;
    const turn = this.#asked;
    this.saved = null;
    this.saveError = null;
    this.#saveAgain = () => this.save(format, words);
    try {
      const { usage } = this.backend;
      const view = await usage.show(input);
      if (turn === this.#asked) this.view = view;
      const said = words(view);
      this.saved = format === "png" ? await usage.savePicture(await pixels(await usage.picture(input, said))) : await usage.export(input, format, said);
    } catch (thrown) {
      this.saveError = asCommandError(thrown);
    }
  }

  /** Saves the same once more, after it failed. */
  saveAgain(): Promise<void> {
    return this.#saveAgain();
  }
}

/** Runs something again and again while the window is to be seen, and once when it is seen again. */
export function whileSeen(every: number, run: () => void): () => void {
  let timer: ReturnType<typeof setInterval> | undefined;
  let last = Date.now();
  const tick = () => {
    last = Date.now();
    run();
  };
  const look = () => {
    clearInterval(timer);
    if (document.visibilityState !== "visible") return;
    if (Date.now() - last >= every) tick();
    timer = setInterval(tick, every);
  };
  look();
  document.addEventListener("visibilitychange", look);
  return () => {
    clearInterval(timer);
    document.removeEventListener("visibilitychange", look);
  };
}
