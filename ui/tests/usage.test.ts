import { screen, waitFor, within } from "@testing-library/svelte";
import { afterEach, expect, test, vi } from "vitest";
import { en } from "$lib/i18n/en";
import { fetchTongue, I18n, type Language } from "$lib/i18n/index.svelte";
import { UsageState, whileSeen } from "$lib/state/usage.svelte";
import { Fake } from "$lib/backend/fake";
import { Cursor } from "../src/screens/usage/cursor.svelte";
import { bucketSentence, pictureWords, summary } from "../src/screens/usage/words";
import { METRICS } from "../src/screens/usage/metrics";
import type { UsageInput, UsageView } from "$lib/view";
import { choose, expectAccessible, NOON, open, type Opened } from "./window";

const KEY = "checkout-web-staging";
const HOUR = 3_600_000;

afterEach(() => vi.restoreAllMocks());

/** The last question about usage. */
function last(fake: Fake): UsageInput {
  return (fake.calls.filter((call) => call.command === "usage").at(-1)!.args as { input: UsageInput }).input;
}

async function look(scene: Opened): Promise<HTMLElement> {
  await choose(scene.user, KEY, "Usage");
  return screen.findByRole("region", { name: `Usage of ${KEY}` });
}

test("each metric has its own heading, columns and sentence", async () => {
  const scene = await open();
  const region = await look(scene);
  await scene.user.selectOptions(screen.getByRole("combobox", { name: "Period" }), "day");
  for (const [metric, heading, column] of [
    ["Errors", "Error rate, by the hour", "429 rate"],
    ["Latency", "Latency, by the hour", "p99"],
    ["Billable", "Billable events, by the hour", "Share"],
  ] as const) {
    await scene.user.click(within(region).getByRole("radio", { name: metric }));
    await within(region).findByRole("heading", { name: heading });
    expect(within(region).getByRole("table").querySelector("thead")!.textContent).toContain(column);
  }
  expect(last(scene.fake)).toMatchObject({ metric: "billable" });
  await expectAccessible();
});

test("a part of the legend is hidden and shown again, and says which it is", async () => {
  const scene = await open();
  const region = await look(scene);
  const part = await within(region).findByRole("button", { name: "5xx" });
  expect(part.getAttribute("aria-pressed")).toBe("true");
  await scene.user.click(part);
  await waitFor(() => expect(last(scene.fake).hidden).toEqual(["server"]));
  expect(part.getAttribute("aria-pressed")).toBe("false");
  await scene.user.click(part);
  await waitFor(() => expect(last(scene.fake).hidden).toEqual([]));
});

test("a range is chosen with Shift and arrow keys, Enter looks closer, and Back leads out again", async () => {
  const scene = await open();
  const region = await look(scene);
  const plot = await within(region).findByRole("slider");
  plot.focus();
  await scene.user.keyboard("{End}{Shift>}{ArrowLeft}{ArrowLeft}{ArrowLeft}{/Shift}");
  expect(plot.getAttribute("aria-valuetext")).toContain("Enter zooms in");
  await scene.user.keyboard("{Enter}");
  const back = await within(region).findByRole("button", { name: "Back" });
  await waitFor(() => expect(last(scene.fake)).toMatchObject({ period: "between", resolution: "hour" }));
  const [from, to] = last(scene.fake).between!;
  expect(to - from).toBe(4 * HOUR);
  await scene.user.click(back);
  await waitFor(() => expect(last(scene.fake)).toMatchObject({ period: "week", between: null }));
  expect(within(region).queryByRole("button", { name: "Back" })).toBeNull();
});

test("keys are compared, each with a column, up to five and no more", async () => {
  const scene = await open();
  const region = await look(scene);
  const usage = new UsageState(scene.fake.backend);
  const first = { id: "0", name: "first" };
  for (const id of ["0", "1", "1", "2", "3", "4", "5"]) usage.compare({ id, name: id }, first);
  expect(usage.others.map((one) => one.id)).toEqual(["1", "2", "3", "4"]);
  await scene.user.type(await within(region).findByRole("combobox", { name: "Compare with…" }), "geo");
  const option = (await screen.findAllByRole("option", { name: /^geo/ }))[0]!;
  const name = option.querySelector("bdi")!.textContent!;
  await scene.user.click(option);
  await waitFor(() => expect(last(scene.fake).keys.length).toBe(2));
  await waitFor(() => expect(within(region).getByRole("table").querySelector("thead")!.textContent).toContain(name));
  expect(within(region).getByRole("button", { name })).toBeTruthy();
  await expectAccessible();
  await scene.user.click(within(region).getByRole("button", { name: `Take ${name} out of the comparison` }));
  await waitFor(() => expect(last(scene.fake).keys.length).toBe(1));
});

test("a chosen time is whole days, and one that cannot be is refused in words", async () => {
  const scene = await open();
  const region = await look(scene);
  await scene.user.selectOptions(screen.getByRole("combobox", { name: "Period" }), "between");
  const [first, end] = await Promise.all(["First day", "Last day"].map((name) => within(region).findByLabelText<HTMLInputElement>(name)));
  const set = (field: HTMLInputElement, value: string) => {
    field.value = value;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  };
  set(first!, "2026-11-10");
  set(end!, "2026-11-12");
  await waitFor(() => {
    const [from, to] = last(scene.fake).between!;
    expect([from, to]).toEqual([new Date(2026, 10, 10).getTime(), new Date(2026, 10, 13).getTime()]);
  });
  set(first!, "2026-11-20");
  await within(region).findByText("The first day must not be after the last one.");
  expect(last(scene.fake).between![0]).toBe(new Date(2026, 10, 10).getTime());
});

test("what is shown is saved in four kinds, and the window says where", async () => {
  const scene = await open();
  const region = await look(scene);
  await scene.user.click(await screen.findByRole("button", { name: "Export" }));
  await scene.user.click(await screen.findByRole("menuitem", { name: "Numbers as CSV" }));
  await within(region).findByText("~/Downloads/keystow-usage.csv");
  const asked = scene.fake.calls.find((call) => call.command === "exportUsage")!.args as { words: { title: string; ticksY: string[] } };
  expect(asked.words.title).toContain(KEY);
  expect(asked.words.ticksY.length).toBeGreaterThan(2);
});

test("what is looked at is read again while the window is seen, and not while it is hidden", () => {
  vi.useFakeTimers();
  try {
    let seen: DocumentVisibilityState = "visible";
    vi.spyOn(document, "visibilityState", "get").mockImplementation(() => seen);
    const run = vi.fn();
    const stop = whileSeen(60_000, run);
    vi.advanceTimersByTime(119_000);
    expect(run).toHaveBeenCalledTimes(1);
    seen = "hidden";
    document.dispatchEvent(new Event("visibilitychange"));
    vi.advanceTimersByTime(600_000);
    expect(run).toHaveBeenCalledTimes(1);
    seen = "visible";
    document.dispatchEvent(new Event("visibilitychange"));
    expect(run).toHaveBeenCalledTimes(2);
    stop();
    vi.advanceTimersByTime(600_000);
    expect(run).toHaveBeenCalledTimes(2);
  } finally {
    vi.useRealTimers();
  }
});

/** A view of each metric, without a window. */
async function views(): Promise<UsageView[]> {
  const fake = new Fake({ now: () => NOON });
  const colours = Object.fromEntries(
    ["success", "clientError", "serverError", "throttled", "newSecret", "oldSecret", "line", "baseline", "rotation", "surface"].map((name) => [name, "#123456"]),
  ) as unknown as UsageInput["colours"];
  const ids = fake.rows.slice(0, 2).map((row) => row.id);
  const asked = METRICS.flatMap((metric) => [[ids[0]!], ids].map((keys) => ({ metric, keys })));
  return Promise.all(
    asked.map(({ metric, keys }) => fake.backend.usage.show({ keys, metric, period: "day", between: null, resolution: "hour", hidden: [], width: 900, colours })),
  );
}

test("every metric says one sentence and names every part, in every language", async () => {
  for (const language of ["en", "ar", "fr"] as Language[]) {
    await fetchTongue(language);
    const i18n = new I18n();
    await i18n.speak(language);
    for (const view of await views()) {
      const said = [summary(view, i18n), bucketSentence(view, 3, i18n), ...pictureWords(view, i18n).legend.map(([, word]) => word)];
      for (const sentence of said) expect(sentence, `${language} ${view.metric}`).not.toMatch(/undefined|NaN|Infinity|\{\w+\}/);
      expect(summary(view, i18n).length).toBeGreaterThan(20);
    }
  }
  expect(en["chart.help"]).toContain("Shift");
});

test("the pointer drags a range, and a range of one bucket is none", () => {
  const zoom = vi.fn();
  const buckets = Array.from({ length: 10 }, (_, at) => ({ start: at * HOUR, x: at * 10, width: 10 })) as UsageView["buckets"];
  const cursor = new Cursor(() => buckets, { zoom, back: () => {} }, () => 10 * HOUR);
  cursor.grab(25);
  cursor.point(27);
  expect(cursor.range).toBeNull();
  cursor.drop();
  expect(zoom).not.toHaveBeenCalled();
  cursor.grab(75);
  cursor.point(500);
  expect(cursor.range).toEqual({ first: 7, last: 9 });
  cursor.drop();
  expect(zoom).toHaveBeenCalledWith(7 * HOUR, 10 * HOUR);
});
