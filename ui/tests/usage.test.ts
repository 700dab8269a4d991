import { screen, waitFor, within } from "@testing-library/svelte";
import { afterEach, expect, test, vi } from "vitest";
import { en } from "$lib/i18n/en";
import { fetchTongue, I18n, type Language } from "$lib/i18n/index.svelte";
import { UsageState, whileSeen } from "$lib/state/usage.svelte";
import { Fake } from "$lib/backend/fake";
import { Cursor } from "../src/screens/usage/cursor.svelte";
import { bucketSentence, pictureWords, summary } from "../src/screens/usage/words";
import { METRICS } from "../src/screens/usage/metrics";
import * as pictures from "$lib/pixels";
import type { KeyRef, PictureWords, UsageInput, UsageView } from "$lib/view";
import { choose, expectAccessible, NOON, open, type Opened } from "./window";

const KEY = "checkout-web-staging";
const HOUR = 3_600_000;

const COLOURS = Object.fromEntries(
  ["success", "clientError", "serverError", "throttled", "newSecret", "oldSecret", "line", "baseline", "rotation", "surface"].map((name) => [name, "#123456"]),
) as unknown as UsageInput["colours"];
const NOT_SAVED = { code: "not_saved", message: "x", meaning: "y", remedy: "z", facts: {}, retryAt: null };

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
  const painted = vi.spyOn(pictures, "pixels").mockResolvedValue("cGl4ZWxz");
  for (const [item, extension] of [
    ["Numbers as CSV", "csv"],
    ["Numbers as JSON", "json"],
    ["Picture as SVG", "svg"],
    ["Picture as PNG", "png"],
  ] as const) {
    await scene.user.click(await screen.findByRole("button", { name: "Export" }));
    await scene.user.click(await screen.findByRole("menuitem", { name: item }));
    await within(region).findByText(`~/Downloads/keystow-usage.${extension}`);
  }
  expect(painted).toHaveBeenCalledTimes(1);
  const commands = scene.fake.calls.filter((call) => call.command === "exportUsage").map((call) => call.args as { format: string; words: PictureWords });
  expect(commands.map((one) => one.format)).toEqual(["csv", "json", "svg"]);
  for (const { words } of commands) {
    expect(words.title).toContain(KEY);
    expect(words.ticksY.length).toBeGreaterThan(2);
    expect(words.rtl).toBe(false);
  }
  expect(scene.fake.calls.find((call) => call.command === "saveUsagePicture")!.args).toEqual({ png: "cGl4ZWxz" });
});

test("the words of a saved picture belong to what is read just before, and each to its value", async () => {
  const fake = new Fake({ now: () => NOON });
  const usage = new UsageState(fake.backend);
  await usage.load(fake.rows[0]!.id, 900, COLOURS);
  const shown = usage.view!;
  const later = { ...shown, chart: { ...shown.chart, ticksY: [{ value: 9000, at: 10 }] } };
  vi.spyOn(fake.backend.usage, "show").mockResolvedValue(later);
  await usage.save("svg", (view) => pictureWords(view, NOON, new I18n()));
  const asked = fake.calls.find((call) => call.command === "exportUsage")!.args as { words: PictureWords };
  expect(asked.words.ticksY).toEqual([[9000, "9k"]]);
  expect(usage.view).toBe(later);
});

test("what could not be saved is tried again as a file, and the numbers on the screen stay", async () => {
  const scene = await open();
  const region = await look(scene);
  vi.spyOn(scene.fake.backend.usage, "export").mockRejectedValueOnce(NOT_SAVED);
  await scene.user.click(await screen.findByRole("button", { name: "Export" }));
  await scene.user.click(await screen.findByRole("menuitem", { name: "Numbers as CSV" }));
  await within(region).findByRole("alert");
  await scene.user.click(within(region).getByRole("button", { name: "Try again" }));
  await within(region).findByText("~/Downloads/keystow-usage.csv");
  expect(within(region).queryByRole("alert")).toBeNull();
});

test("live numbers go on over the turn of the hour, and rest while the app is locked", async () => {
  let at = NOON;
  const scene = await open({ now: () => at });
  const region = await look(scene);
  await within(region).findByRole("slider");
  const real = Date.now();
  const lookAgain = (hours: number) => {
    at = NOON + hours * HOUR;
    vi.spyOn(Date, "now").mockReturnValue(real + hours * HOUR);
    document.dispatchEvent(new Event("visibilitychange"));
  };
  for (const hours of [1, 2]) {
    const before = scene.asked("usage");
    lookAgain(hours);
    expect(scene.asked("usage")).toBe(before + 1);
  }
  await scene.desk.app.lock();
  const before = scene.asked("usage");
  lookAgain(3);
  expect(scene.asked("usage")).toBe(before);
});

test("a chosen time is read again until it is past and complete", () => {
  const usage = new UsageState(new Fake({ now: () => NOON }).backend);
  expect(usage.changes(NOON)).toBe(true);
  usage.chooseDays("2026-11-10", "2026-11-20");
  expect(usage.between![1]).toBeGreaterThan(NOON + HOUR);
  expect(usage.changes(NOON + 2 * HOUR)).toBe(true);
  usage.chooseDays("2026-11-10", "2026-11-12");
  expect(usage.changes(NOON)).toBe(false);
  usage.view = { completeUntil: usage.between![1] - 1 } as UsageView;
  expect(usage.changes(NOON)).toBe(true);
});

test("another account is not shown the key, the comparison and the numbers of the one before", async () => {
  const scene = await open();
  await look(scene);
  await scene.user.type(await screen.findByRole("combobox", { name: "Compare with…" }), "geo");
  await scene.user.click((await screen.findAllByRole("option", { name: /^geo/ }))[0]!);
  await waitFor(() => expect(last(scene.fake).keys.length).toBe(2));
  const show = vi.spyOn(scene.fake.backend.usage, "show").mockImplementation(() => new Promise(() => {}));
  const view = scene.desk.app.view!;
  scene.desk.app.take({ ...view, accounts: [...view.accounts, { ...view.accounts[0]!, id: "other" }], current: "other" });
  await screen.findByRole("region", { name: "Usage of all keys" });
  await waitFor(() => expect(show).toHaveBeenCalled());
  expect(show.mock.lastCall![0].keys).toEqual([]);
  expect(screen.queryByRole("slider")).toBeNull();
  expect(scene.desk.app.usageOf).toBeNull();
});

test("numbers of other keys go away when those asked for cannot be read", async () => {
  const fake = new Fake({ now: () => NOON });
  const usage = new UsageState(fake.backend);
  const [one, other] = fake.rows;
  await usage.load(one!.id, 900, COLOURS);
  vi.spyOn(fake.backend.usage, "show").mockRejectedValue(NOT_SAVED);
  await usage.load(one!.id, 900, COLOURS);
  expect(usage.view?.keys[0]?.id).toBe(one!.id);
  await usage.load(other!.id, 900, COLOURS);
  expect([usage.view, usage.error?.code]).toEqual([null, "not_saved"]);
});

test("keys of the same name are told apart by the end of their ids", async () => {
  const scene = await open();
  const region = await look(scene);
  for (const row of scene.fake.rows) if (row.name.startsWith("geo")) row.name = KEY;
  const own = scene.desk.app.usageOf!.id;
  await scene.user.click(await within(region).findByRole("combobox", { name: "Compare with…" }));
  await scene.user.type(within(region).getByRole("combobox", { name: "Compare with…" }), KEY);
  await scene.user.click((await screen.findAllByRole("option", { name: new RegExp(`^${KEY}`) }))[0]!);
  await within(region).findByRole("button", { name: `${KEY} …${own.slice(-6)}` });
  const plot = within(region).getByRole("slider");
  plot.focus();
  await scene.user.keyboard("{End}");
  const names = [...region.querySelectorAll(".tip .name")].map((one) => one.textContent);
  expect(names.length).toBe(2);
  expect(new Set(names).size).toBe(2);
});

test("what is pressed away leaves the focus where one goes on", async () => {
  const scene = await open();
  const region = await look(scene);
  const combobox = () => within(region).findByRole("combobox", { name: "Compare with…" });
  await scene.user.type(await combobox(), "geo");
  const option = (await screen.findAllByRole("option", { name: /^geo/ }))[0]!;
  const name = option.querySelector("bdi")!.textContent!;
  await scene.user.click(option);
  const chip = await within(region).findByRole("button", { name: `Take ${name} out of the comparison` });
  await waitFor(async () => expect(document.activeElement).toBe(await combobox()));
  chip.focus();
  await scene.user.keyboard("{Enter}");
  await waitFor(async () => expect(document.activeElement).toBe(await combobox()));
  const plot = within(region).getByRole("slider");
  plot.focus();
  await scene.user.keyboard("{End}{Shift>}{ArrowLeft}{ArrowLeft}{/Shift}{Enter}");
  const back = await within(region).findByRole("button", { name: "Back" });
  back.focus();
  await scene.user.keyboard("{Enter}");
  await waitFor(() => expect(within(region).queryByRole("button", { name: "Back" })).toBeNull());
  expect(document.activeElement).toBe(within(region).getByRole("slider"));
});

test("a key that comes first is no longer beside itself, and what was hidden of the others is forgotten", () => {
  const usage = new UsageState(new Fake({ now: () => NOON }).backend);
  const [a, b, c] = ["a", "b", "c"].map((id) => ({ id, name: id })) as [KeyRef, KeyRef, KeyRef];
  usage.begin(a);
  for (const key of [b, c]) usage.compare(key, a);
  for (const part of ["server", "a", "b", "c"]) usage.toggle(part);
  usage.begin(b);
  expect([usage.others.map((one) => one.id), usage.hidden]).toEqual([["c"], ["server", "c"]]);
  usage.leaveOut("c");
  expect(usage.hidden).toEqual(["server"]);
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

test("a drag that is taken away or given up chooses nothing", () => {
  const zoom = vi.fn();
  const buckets = Array.from({ length: 10 }, (_, at) => ({ start: at * HOUR, x: at * 10, width: 10 })) as UsageView["buckets"];
  const cursor = new Cursor(() => buckets, { zoom, back: () => {} }, () => 10 * HOUR);
  for (const stop of [() => cursor.cancel(), () => cursor.press(new KeyboardEvent("keydown", { key: "Escape" }))]) {
    cursor.grab(25);
    cursor.point(75);
    stop();
    expect(cursor.range).toBeNull();
    cursor.drop();
    cursor.point(500);
    expect(cursor.index).toBeNull();
  }
  expect(zoom).not.toHaveBeenCalled();
});

/** A view of each metric, without a window. */
async function views(): Promise<UsageView[]> {
  const fake = new Fake({ now: () => NOON });
  const ids = fake.rows.slice(0, 2).map((row) => row.id);
  const asked = METRICS.flatMap((metric) => [[ids[0]!], ids].map((keys) => ({ metric, keys })));
  return Promise.all(
    asked.map(({ metric, keys }) => fake.backend.usage.show({ keys, team: null, metric, period: "day", between: null, resolution: "hour", hidden: [], width: 900, colours: COLOURS })),
  );
}

test("every metric says one sentence and names every part, in every language", async () => {
  for (const language of ["en", "ar", "fr"] as Language[]) {
    await fetchTongue(language);
    const i18n = new I18n();
    await i18n.speak(language);
    for (const view of await views()) {
      const said = [summary(view, i18n), bucketSentence(view, 3, [], i18n), ...pictureWords(view, NOON, i18n).legend.map(([, word]) => word)];
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
