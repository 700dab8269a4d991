import { screen, waitFor, within } from "@testing-library/svelte";
import { expect, test, vi } from "vitest";
import { I18n } from "$lib/i18n/index.svelte";
import { dayOf, midnight } from "$lib/days";
import { resolutionsOf, UsageState } from "$lib/state/usage.svelte";
import { Fake } from "$lib/backend/fake";
import { bucketTime, tickWord } from "../src/screens/usage/words";
import type { UsageInput, UsageView } from "$lib/view";
import { choose, NOON, open } from "./window";

// West of Greenwich a day of UTC begins on the day before.
vi.hoisted(() => vi.stubEnv("TZ", "America/New_York"));

const KEY = "checkout-web-staging";
const DAY = 86_400_000;

test("days and months are called as UTC calls them, hours as this computer's zone does", () => {
  expect(new Date(2026, 10, 20).getTimezoneOffset()).toBe(300);
  const i18n = new I18n();
  const first = Date.UTC(2026, 10, 1);
  expect(bucketTime(first, "month", i18n)).toBe("Nov 2026");
  expect(bucketTime(first, "day", i18n)).toBe("Sun 1 Nov");
  expect(bucketTime(first, "hour", i18n)).toBe("Sat 31 Oct, 20:00");
  const view = { from: first, to: first + 30 * DAY, resolution: "day" } as UsageView;
  expect(tickWord(first, view, i18n)).toBe("1 Nov");
  expect(tickWord(first, { ...view, resolution: "hour" }, i18n)).toBe("31 Oct");
});

test("three chosen days are three days by the day and by the hour, and the table says whose days they are", async () => {
  const scene = await open();
  await choose(scene.user, KEY, "Usage");
  const region = await screen.findByRole("region", { name: `Usage of ${KEY}` });
  const last = () => (scene.fake.calls.filter((call) => call.command === "usage").at(-1)!.args as { input: UsageInput }).input;
  await scene.user.selectOptions(screen.getByRole("combobox", { name: "Period" }), "between");
  await scene.user.selectOptions(screen.getByRole("combobox", { name: "Resolution" }), "day");
  const [first, end] = await Promise.all(["First day", "Last day"].map((name) => within(region).findByLabelText<HTMLInputElement>(name)));
  const set = (field: HTMLInputElement, value: string) => {
    field.value = value;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  };
  set(first!, "2026-11-10");
  set(end!, "2026-11-12");
  await waitFor(() => expect(last().between).toEqual([Date.UTC(2026, 10, 10), Date.UTC(2026, 10, 13)]));
  await waitFor(() => expect(within(region).getByRole("table").querySelector("thead")!.textContent).toContain("Day, UTC"));
  await scene.user.selectOptions(screen.getByRole("combobox", { name: "Resolution" }), "hour");
  await waitFor(() => expect(last().between).toEqual([new Date(2026, 10, 10).getTime(), new Date(2026, 10, 13).getTime()]));
  expect([first!.value, end!.value]).toEqual(["2026-11-10", "2026-11-12"]);
  set(end!, "2026-11-20");
  await waitFor(() => expect(last().between![1]).toBe(new Date(2026, 10, 21).getTime()));
});

test("days that are too many for hours are days of UTC at once", () => {
  const usage = new UsageState(new Fake({ now: () => NOON }).backend);
  usage.chooseDays("2026-09-01", "2026-11-10");
  expect(usage.between).toEqual([Date.UTC(2026, 8, 1), Date.UTC(2026, 10, 11)]);
  expect(resolutionsOf("between", usage.between)).toContain(usage.resolution);
  for (const utc of [true, false]) expect(dayOf(midnight("2026-11-01", utc)!, utc)).toBe("2026-11-01");
  expect(midnight("2026-11", true)).toBeNull();
});
