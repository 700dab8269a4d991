import { asCommandError } from "$lib/backend/failure";
import type { Desk } from "$lib/context";
import type { HealthReport } from "$lib/state/health.svelte";
import { DAY } from "$lib/state/schedules.svelte";

/** Puts what is wrong with keys off for some days, or shows it again, and says so. */
export async function snooze({ dialogs, i18n, now }: Desk, report: HealthReport, keys: readonly string[], days: number | null): Promise<void> {
  const until = days === null ? null : now.portal + days * DAY;
  try {
    await report.snooze(keys, until);
    const count = keys.length;
    dialogs.done = until === null ? i18n.t("health.wakeDone", { count }) : i18n.t("health.snoozeDone", { count, date: i18n.date(until) });
  } catch (thrown) {
    dialogs.show({ kind: "error", title: i18n.t("health.failed"), error: asCommandError(thrown) });
  }
}
