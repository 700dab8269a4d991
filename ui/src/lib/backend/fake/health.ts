import type { CompletionView, FaultView, FindingName, FindingView, FreshnessView, GradeName, HealthForm, HealthInput, HealthPageView, HealthRowView, KeyRowView, SavedView } from "$lib/view";
import { DAY, environments } from "./sample";
import type { World } from "./world";

const WEIGHTS: Record<FindingName, number> = { unused: 30, overdue: 25, shared: 25, neverUsed: 20, neverExpires: 15, expiresSoon: 15, noOwner: 5, noSecret: 5 };
const KINDS = Object.keys(WEIGHTS) as FindingName[];
const KEYS = ["env", "status", "scope", "owner", "app", "account", "unused", "expires", "has", "no", "health"];
const STATES = ["active", "expiring", "rotating", "expired", "revoked", "pending", "suspended", "unknown"];

/** The report on the keys' health, in memory: the app's rules as far as the sample needs them. */
export class FakeHealth {
  rules = { unusedDays: 90, rotateDays: 90 };
  readonly snoozed = new Map<string, number>();

  constructor(
    readonly world: World,
    readonly freshness: () => FreshnessView,
  ) {}

  list(input: HealthInput): HealthPageView {
    const here = this.world.rows().filter((row) => input.environment === null || row.environment?.word === input.environment);
    const living = here.filter(({ status }) => ["active", "expiring", "rotating", "suspended"].includes(status.kind));
    const judged = living.map((row) => this.#judge(row));
    const wrong = judged.filter(({ findings }) => findings.length > 0);
    const asked = wrong.filter(({ backAt }) => (backAt !== null) === input.snoozed);
    const found = asked.filter(({ findings }) => input.finding === null || findings.some(({ kind }) => kind === input.finding));
    found.sort((a, b) => a.score - b.score || a.row.name.localeCompare(b.row.name));
    return {
      rows: found.slice(input.offset, input.offset + input.limit),
      offset: input.offset,
      matches: found.length,
      findings: KINDS.map((kind) => ({ kind, count: asked.filter(({ findings }) => findings.some((one) => one.kind === kind)).length })),
      judged: judged.length,
      well: judged.length - wrong.length,
      snoozed: wrong.filter(({ backAt }) => backAt !== null).length,
      unjudged: here.length - living.length,
      score: judged.length === 0 ? null : Math.floor(judged.reduce((sum, { score }) => sum + score, 0) / judged.length),
      environments: environments.map((environment) => ({ environment, count: this.world.rows().filter((row) => row.environment?.word === environment.word).length })),
      rules: this.rules,
      freshness: this.freshness(),
    };
  }

  snooze(keys: readonly string[], until: number | null): void {
    for (const key of keys) {
      if (until === null) this.snoozed.delete(key);
      else this.snoozed.set(key, until);
    }
    this.world.say({ kind: "keys" });
  }

  save(unusedDays: number, rotateDays: number): void {
    this.rules = { unusedDays, rotateDays };
  }

  export(input: HealthInput, form: HealthForm): SavedView {
    return { path: `~/Downloads/keystow-health.${form}`, entries: this.list({ ...input, limit: 1000 }).matches };
  }

  #judge(row: KeyRowView): HealthRowView {
    const now = this.world.now();
    const findings: FindingView[] = [];
    const add = (kind: FindingName, change: Partial<FindingView> = {}) => findings.push({ kind, weight: WEIGHTS[kind], days: null, at: null, scheduled: false, other: null, place: null, ...change });
    const days = row.lastUsedAt === null ? 0 : Math.floor((now - row.lastUsedAt) / DAY);
    if (days >= this.rules.unusedDays) add("unused", { days });
    const due = (row.createdAt ?? now) + this.rules.rotateDays * DAY;
    if (due <= now && row.status.kind !== "rotating") add("overdue", { at: due, days: this.rules.rotateDays });
    if (row.lastUsedAt === null) add("neverUsed", { days: Math.floor((now - (row.createdAt ?? now)) / DAY) });
    if (row.expiresAt === null) add("neverExpires");
    else if (row.expiresAt - now < 14 * DAY) add("expiresSoon", { at: row.expiresAt });
    if (row.name.split("-").length < 3) add("noOwner");
    if (row.copy === "noSecret") add("noSecret");
    const score = Math.max(0, findings.reduce((left, { weight }) => left - weight, 100));
    const grade: GradeName = score >= 80 ? "good" : score >= 50 ? "fair" : "poor";
    const until = this.snoozed.get(row.id) ?? 0;
    return { row, score, grade, findings, untold: row.scopes.length > 1 ? ["scopes"] : [], backAt: until > now ? until : null };
  }
}

/** What of a search is no part of its language. */
export function fakeFaults(search: string): FaultView[] {
  return search.split(/\s+/).flatMap((text): FaultView[] => {
    const [key, value] = text.replace(/^-/, "").split(":");
    if (value === undefined) return [];
    if (!KEYS.includes(key!)) return [{ text, kind: "unknownKey" }];
    if (value === "") return [{ text, kind: "noValue" }];
    return key === "status" && !STATES.some((state) => state.startsWith(value)) ? [{ text, kind: "badStatus" }] : [];
  });
}

/** What can be typed next. */
export function fakeComplete(typed: string, all: boolean, rows: readonly KeyRowView[]): CompletionView {
  const begun = typed.split(/\s/).at(-1)!;
  const from = typed.length - begun.length;
  const [key, value] = begun.split(":");
  const fits = (word: string) => word.startsWith(value ?? "") && word !== value;
  if (value === undefined) {
    const wanted = begun.length >= 2 || (all && begun === "");
    return { from, suggestions: wanted ? KEYS.filter((one) => one.startsWith(begun)).map((one) => ({ text: `${one}:`, count: null })) : [] };
  }
  const words = key === "status" ? rows.map(({ status }) => status.kind) : key === "env" ? rows.map(({ environment }) => environment?.word ?? "") : [];
  const counts = new Map<string, number>();
  for (const word of words) if (word !== "" && fits(word)) counts.set(word, (counts.get(word) ?? 0) + 1);
  return { from, suggestions: [...counts].map(([word, count]) => ({ text: `${key}:${word}`, count })).slice(0, 8) };
}
