import type { AlertInput, AlertsView, AlertView, QuotaView } from "$lib/view";
import { DAY } from "./sample";

/** Quotas and alerts, in memory. */
export class FakeWatch {
  quota: QuotaView | null;
  /** Since when the alert on errors is told. */
  raised: number | null = null;
  #bounds = new Map<string, number>();

  constructor(now: number) {
    this.quota = {
      tier: "Standard",
      limit: 100_000,
      used: 64_200,
      resetsAt: now + 9 * DAY,
      rateLimit: 120,
      rateWindow: 60_000,
      outlook: "ends",
      forecast: { days: 28, aDay: 5_480, least: 105_900, likely: 113_500, most: 121_100, earliest: now + 5 * DAY, endsAt: now + 6 * DAY, latest: now + 8 * DAY },
    };
  }

  alerts(key: string | null): AlertsView {
    const rule = (name: AlertView["rule"], usual: number, most: number, reading: AlertView["reading"]): AlertView => {
      const bound = this.#bounds.get(`${key ?? ""}:${name}`) ?? null;
      return { rule: name, bound, usual, most, raisedAt: name === "errors" ? this.raised : null, reading };
    };
    const since = 0;
    return {
      rules: [
        rule("quota", 80, 100, key === null ? { kind: "noQuota" } : { kind: "share", percent: 64.2, of: 100_000, since: null }),
        rule("errors", 5, 100, { kind: "share", percent: 1.7, of: 1_204, since }),
        rule("throttled", 1, 100, { kind: "share", percent: 0.2, of: 1_204, since }),
        rule("silence", 24, 168, { kind: "silent", hours: 0 }),
      ],
      error: null,
    };
  }

  save(input: AlertInput): void {
    const name = `${input.key ?? ""}:${input.rule}`;
    if (input.bound === null) this.#bounds.delete(name);
    else this.#bounds.set(name, input.bound);
  }
}
