import type { I18n } from "$lib/i18n/index.svelte";
import type { KeyRowView } from "$lib/view";

/** How near a rotation has to be before the row speaks of it, in milliseconds. */
const NEAR = 14 * 86_400_000;

/** Whether the schedule of a key that can be rotated has passed. */
export function rotationOverdue(row: KeyRowView, now: number): boolean {
  return row.dueAt !== null && row.dueAt <= now && row.status.kind === "active";
}

/** What stands under a key's state: the date that belongs to it. */
export function underStatus(row: KeyRowView, i18n: I18n, now: number, expiryTold: boolean): string {
  const { t } = i18n;
  const { kind, at } = row.status;
  if (row.openRotation && kind === "active") return t("status.unfinished");
  if (kind === "active" && row.dueAt !== null && row.dueAt - now < NEAR)
    return t(row.dueAt <= now ? "status.overdue" : "status.due", { relative: i18n.relative(row.dueAt, now) });
  switch (kind) {
    case "rotating": {
      const from = row.old[0]?.from ?? null;
      return from === null ? t("status.newSecret") : t("status.newSince", { time: i18n.time(from) });
    }
    case "expiring":
      return row.expiresAt === null
        ? ""
        : t("status.expiresIn", {
            relative: i18n.relative(row.expiresAt, now),
            date: `${i18n.day(row.expiresAt)} ${i18n.time(row.expiresAt)}`,
          });
    case "active":
      if (row.expiresAt !== null) return t("status.expires", { date: i18n.date(row.expiresAt) });
      return expiryTold ? t("status.neverExpires") : "";
    case "pending":
      return at === null && row.createdAt === null ? "" : t("status.asked", { relative: i18n.relative(at ?? row.createdAt!, now) });
    case "unknown":
      return row.status.word === null ? t("status.notSaid") : "";
    case "expired":
      return row.expiresAt === null ? "" : i18n.pair(i18n.date(row.expiresAt), i18n.time(row.expiresAt));
    default:
      return at === null ? "" : t("status.since", { date: i18n.dateTime(at, now) });
  }
}

/** When a key was last used: how long ago, and when; "never" and "unknown" are different things. */
export function lastUsed(row: KeyRowView, i18n: I18n, now: number): [string, string] {
  const { t } = i18n;
  if (row.lastUsedAt !== null) {
    const recent = now - row.lastUsedAt < 60_000;
    return [i18n.relative(Math.min(row.lastUsedAt, now), now), recent ? i18n.seconds(row.lastUsedAt) : i18n.dateTime(row.lastUsedAt, now)];
  }
  if (!row.lastUsedKnown) return [t("lastUsed.unknown"), t("lastUsed.notReported")];
  return [t("lastUsed.never"), row.createdAt === null ? "" : t("lastUsed.since", { date: i18n.day(row.createdAt) })];
}

/** Who owns a key and what it may do, in one line. */
export function ownerAndScopes(row: KeyRowView): string {
  return [row.owner, row.scopes.join(", ")].filter((part) => part !== null && part !== "").join(" · ");
}
