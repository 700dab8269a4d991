import type { AccountView, CommandError, EnvironmentView } from "$lib/view";
import type { Plural } from "./catalogue";
import { en, type Catalogue, type MessageKey } from "./en";
import { errorsEn, type ErrorCatalogue } from "./errors";

/** A language the window speaks. */
export type Language = "en" | "ar" | "fr";
type Unit = "second" | "minute" | "hour" | "day";
type Facts = Record<string, string | number>;

interface Tongue {
  catalogue: Catalogue;
  errors: ErrorCatalogue;
  /** For dates and numbers. Arabic keeps Latin digits: they stand beside identifiers and logs. */
  locale: string;
  dir: "ltr" | "rtl";
}

const english: Tongue = { catalogue: en, errors: errorsEn, locale: "en-GB", dir: "ltr" };

/** Words that are fetched when somebody reads them; English is what every other language falls back on. */
const tongues: Record<Language, () => Promise<Tongue>> = {
  en: () => Promise.resolve(english),
  ar: async () => {
    const [{ ar }, { errorsAr }] = await Promise.all([import("./ar"), import("./errors.ar")]);
    return { catalogue: ar, errors: errorsAr, locale: "ar-u-nu-latn", dir: "rtl" };
  },
  fr: async () => {
    const [{ fr }, { errorsFr }] = await Promise.all([import("./fr"), import("./errors.fr")]);
    return { catalogue: fr, errors: errorsFr, locale: "fr-FR", dir: "ltr" };
  },
};

/** The words of a language. */
export function fetchTongue(language: Language): Promise<Tongue> {
  return tongues[language]();
}

/** What a failure says in the language of the window. */
export interface Sentences {
  message: string;
  meaning: string;
  remedy: string;
}

/**
 * The language to use for a setting and the wishes of the desktop.
 *
 * The wishes may hold anything (`C` under `LANG=C`), so they are compared and never handed to `Intl`.
 */
export function resolveLanguage(setting: string, wishes: readonly string[]): Language {
  for (const tag of setting === "system" ? wishes : [setting]) {
    const base = tag.toLowerCase().split(/[-_.]/)[0];
    if (base === "en" || base === "ar" || base === "fr") return base;
  }
  return "en";
}

function fill(text: string, facts: Facts): string {
  // A date that ends with a full stop, as French months do, ends its sentence too.
  return text.replace(/\{(\w+)\}(\.?)/g, (whole, name: string, stop: string) => {
    if (!(name in facts)) return whole;
    const fact = String(facts[name]);
    return fact.endsWith(".") ? fact : fact + stop;
  });
}

/** The names a failure may be translated by, the closest first: some say more where a fact is known. */
function variantsOf({ code, facts }: CommandError): string[] {
  const known = ["at", "until"].filter((fact) => fact in facts).map((fact) => `${code}.${fact}`);
  return [...(facts.then === undefined ? [] : [`${code}.${facts.then}`]), ...known, code];
}

const zones = new Intl.DateTimeFormat("en-GB", { timeZoneName: "short" });

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Words, numbers and times in the language of the window. */
export class I18n {
  language = $state<Language>("en");
  tongue = $state.raw<Tongue>(english);
  #wanted: Language = "en";
  readonly dir = $derived(this.tongue.dir);
  #plurals = $derived(new Intl.PluralRules(this.tongue.locale));
  #numbers = $derived(new Intl.NumberFormat(this.tongue.locale));
  #lists = $derived(new Intl.ListFormat(this.tongue.locale, { type: "conjunction" }));
  #clock = $derived(this.#dates({ hour: "2-digit", minute: "2-digit" }));
  #exactClock = $derived(this.#dates({ hour: "2-digit", minute: "2-digit", second: "2-digit" }));
  #day = $derived(this.#dates({ day: "numeric", month: "short" }));
  #weekday = $derived(this.#dates({ weekday: "short", day: "numeric", month: "short" }));
  #year = $derived(this.#dates({ day: "numeric", month: "short", year: "numeric" }));
  #month = $derived(this.#dates({ month: "short", year: "numeric" }));
  /** Days and months that are counted in UTC, wherever this computer is. */
  #utcDay = $derived(this.#dates({ day: "numeric", month: "short", timeZone: "UTC" }));
  #utcWeekday = $derived(this.#dates({ weekday: "short", day: "numeric", month: "short", timeZone: "UTC" }));
  #utcMonth = $derived(this.#dates({ month: "short", year: "numeric", timeZone: "UTC" }));
  #utcClock = $derived(this.#dates({ hour: "2-digit", minute: "2-digit", timeZone: "UTC" }));
  #relative = $derived(new Intl.RelativeTimeFormat(this.tongue.locale, { numeric: "auto", style: "short" }));
  #whole = $derived(new Intl.RelativeTimeFormat(this.tongue.locale, { numeric: "always", style: "short" }));

  /** Changes the language as soon as its words are here. */
  async speak(language: Language): Promise<void> {
    this.#wanted = language;
    const tongue = await fetchTongue(language);
    // Another language may have been asked for meanwhile.
    if (this.#wanted !== language) return;
    this.tongue = tongue;
    this.language = language;
  }

  #dates(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
    return new Intl.DateTimeFormat(this.tongue.locale, { ...options, hourCycle: options.hour ? "h23" : undefined });
  }

  /** Several things as one, as the language joins them. */
  list(parts: string[]): string {
    return this.#lists.format(parts);
  }

  /** A message, with its facts filled in; `count` chooses the plural form. */
  t = (key: MessageKey, facts: Facts = {}): string => {
    const entry: string | Plural = this.tongue.catalogue[key];
    if (typeof entry === "string") return fill(entry, facts);
    const count = Number(facts.count ?? 0);
    const text = entry[this.#plurals.select(count)] ?? entry.other;
    return fill(text, { ...facts, count: this.number(count) });
  };

  /** A failure in the language of the window, or as the app said it where no translation is known. */
  error = (error: CommandError): Sentences => {
    const { errors } = this.tongue;
    const variants = variantsOf(error).map((code) => errors[code]);
    // The two failures the window makes itself come without words of their own.
    const own = variants.find((words) => words !== undefined) ?? (error.message === "" ? errorsEn[error.code] : undefined);
    const text = own ?? (error.message === "" ? errorsEn.internal! : error);
    const facts = { ...error.facts, ...this.#times(error.facts) };
    return { message: fill(text.message, facts), meaning: fill(text.meaning, facts), remedy: fill(text.remedy, facts) };
  };

  /** The instant a failure speaks of, and the time that is left, as this window writes them: it may speak another language than when they were told. */
  #times({ millis, minutes, ...facts }: Record<string, string>): Record<string, string> {
    const said: Record<string, string> = {};
    const at = Number(millis);
    if (millis !== undefined && Number.isFinite(at)) for (const name of ["at", "until", "last"]) if (name in facts) said[name] = this.full(at);
    const left = Number(minutes);
    if (minutes !== undefined && "left" in facts && Number.isFinite(left)) said.left = this.#left(left);
    return said;
  }

  /** How much time is left, in the unit that the app rounded it to. */
  #left(minutes: number): string {
    if (minutes < 120) return this.t("left.minute", { count: minutes });
    return minutes < 2880 ? this.t("left.hour", { count: Math.round(minutes / 60) }) : this.t("left.day", { count: Math.round(minutes / 1440) });
  }

  /** An environment by the word people know; a portal's own word stays as it is. */
  environment = (environment: EnvironmentView): string =>
    environment.label === environment.class ? this.t(`env.${environment.class}`) : environment.label;

  number = (value: number): string => this.#numbers.format(value);

  /** A share of one, with a digit after the point below a hundred. */
  percent = (share: number): string =>
    new Intl.NumberFormat(this.tongue.locale, {
      style: "percent",
      maximumFractionDigits: share >= 0.9995 || share === 0 ? 0 : 1,
    }).format(share);

  /** `6k`, `1.3M`: for axes and quotas. */
  compact = (value: number): string => {
    const [size, sign] = value >= 1e9 ? [1e9, "G"] : value >= 1e6 ? [1e6, "M"] : value >= 1e3 ? [1e3, "k"] : [1, ""];
    return new Intl.NumberFormat(this.tongue.locale, { maximumSignificantDigits: 3 }).format(value / size) + sign;
  };

  /** `16:01`; `utc` for what is counted in UTC, here as in days and months. */
  time = (at: number, utc = false): string => (utc ? this.#utcClock : this.#clock).format(at);
  /** `16:01 CET`. */
  timeZone = (at: number): string => `${this.time(at)} ${this.zone(at)}`;
  /** `16:01:18`. */
  seconds = (at: number): string => this.#exactClock.format(at);
  /** `16:01:18`, and the day where it is not today's. */
  stamp = (at: number, now: number): string => (this.#sameDay(at, now) ? this.seconds(at) : this.pair(this.day(at), this.time(at)));
  /** `16:01:18 CET`. */
  secondsZone = (at: number): string => `${this.seconds(at)} ${this.zone(at)}`;
  /** `CET`: the zone's short name is the same in every language, as it is in logs. */
  zone = (at: number): string => zones.formatToParts(at).find((part) => part.type === "timeZoneName")?.value ?? "UTC";
  /** `23 Nov`. */
  day = (at: number, utc = false): string => (utc ? this.#utcDay : this.#day).format(at);
  /** `Mon 23 Nov`. */
  weekday = (at: number, utc = false): string => (utc ? this.#utcWeekday : this.#weekday).format(at).replace(",", "");
  /** `Nov 2026`. */
  month = (at: number, utc = false): string => (utc ? this.#utcMonth : this.#month).format(at);
  /** `12 Mar 2027`. */
  date = (at: number): string => this.#year.format(at);

  /** The shortest date that is not ambiguous: today by its time, this year without the year. */
  dateTime = (at: number, now: number): string => {
    if (this.#sameDay(at, now)) return `${this.time(at)} ${this.t("common.today")}`;
    if (new Date(at).getFullYear() === new Date(now).getFullYear()) return this.pair(this.day(at), this.time(at));
    return this.date(at);
  };

  /** A date a decision depends on: weekday, date, time and zone. */
  full = (at: number): string => this.pair(`${this.weekday(at)} ${new Date(at).getFullYear()}`, this.timeZone(at));

  /** Two parts with the language's comma between them. */
  pair = (one: string, other: string): string => `${one}${this.language === "ar" ? "،" : ","} ${other}`;

  /** What an account's portal is called; the one in the app is called by its kind. */
  portal = (account: AccountView): string => (account.builtIn ? this.t("settings.builtIn") : account.portalName);

  /** `6 min ago`, `in 3 days`, `yesterday`. */
  relative = (at: number, now: number): string => {
    const away = at - now;
    const size = Math.abs(away);
    if (size < MINUTE) return this.t(away > 0 ? "common.inMoment" : "common.justNow");
    if (size < HOUR) return this.#whole.format(Math.trunc(away / MINUTE), "minute");
    if (size < DAY) return this.#whole.format(Math.trunc(away / HOUR), "hour");
    return this.#relative.format(Math.round(away / DAY), "day");
  };

  /** `41 min`, `1 h 12 min`, `3 days`; under five minutes with seconds, as those count down. */
  duration = (length: number): string => {
    const left = Math.max(0, length);
    if (left < MINUTE) return this.#unit(Math.ceil(left / 1000), "second");
    if (left < 5 * MINUTE) return this.#pair(Math.floor(left / MINUTE), "minute", Math.floor((left % MINUTE) / 1000), "second");
    if (left < HOUR) return this.#unit(Math.floor(left / MINUTE), "minute");
    if (left < DAY) return this.#pair(Math.floor(left / HOUR), "hour", Math.floor((left % HOUR) / MINUTE), "minute");
    return this.#pair(Math.floor(left / DAY), "day", Math.floor((left % DAY) / HOUR), "hour");
  };

  /** The same to the second, for the band of a rotation. */
  durationExact = (length: number): string => {
    const left = Math.max(0, length);
    if (left >= MINUTE && left < HOUR)
      return this.#pair(Math.floor(left / MINUTE), "minute", Math.floor((left % MINUTE) / 1000), "second");
    return this.duration(left);
  };

  /** `+0.4 s`: how far the portal's clock is off. */
  offset = (length: number): string => {
    const sign = length < 0 ? "−" : "+";
    const size = Math.abs(length);
    if (size >= 2 * MINUTE) return sign + this.duration(size);
    const seconds = new Intl.NumberFormat(this.tongue.locale, { maximumFractionDigits: 1 }).format(size / 1000);
    return `${sign}${seconds} s`;
  };

  #pair(large: number, unit: Unit, small: number, next: Unit): string {
    return small === 0 ? this.#unit(large, unit) : `${this.#unit(large, unit)} ${this.#unit(small, next)}`;
  }

  #unit(value: number, unit: Unit): string {
    return this.t(`unit.${unit}`, { count: value });
  }

  #sameDay(one: number, other: number): boolean {
    return new Date(one).toDateString() === new Date(other).toDateString();
  }
}
