const two = (value: number) => String(value).padStart(2, "0");

/** The calendar day an instant lies in, as date fields write it; of UTC, or of this computer's zone. */
export function dayOf(at: number, utc: boolean): string {
  const date = new Date(at);
  const [year, month, day] = utc
    ? [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()]
    : [date.getFullYear(), date.getMonth(), date.getDate()];
  return `${year}-${two(month! + 1)}-${two(day!)}`;
}

/** The instant a calendar day begins with, or a day so many days later; nothing for what is no day. */
export function midnight(text: string, utc: boolean, later = 0): number | null {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text.trim());
  if (!parts) return null;
  const [year, month, day] = [Number(parts[1]), Number(parts[2]) - 1, Number(parts[3]) + later];
  const at = utc ? Date.UTC(year, month, day) : new Date(year, month, day).getTime();
  return Number.isFinite(at) ? at : null;
}
