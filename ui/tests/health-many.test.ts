import { screen, waitFor, within } from "@testing-library/svelte";
import type { UserEvent } from "@testing-library/user-event";
import { expect, test } from "vitest";
import { Fake } from "$lib/backend/fake";
import { Completions } from "$lib/state/completions.svelte";
import { HealthReport } from "$lib/state/health.svelte";
import type { HealthInput, HealthPageView, RevokedView } from "$lib/view";
import { expectAccessible, NOON, open, type Opened } from "./window";

const DAY = 86_400_000;

async function report(user: UserEvent): Promise<HTMLElement> {
  await user.click(screen.getByRole("link", { name: "Health" }));
  return screen.findByRole("grid", { name: "Keys with something wrong" });
}
const bar = () => screen.findByRole("region", { name: "Chosen keys" });
const names = (grid: HTMLElement) => within(grid).getAllByRole("row").slice(1).map((row) => row.getAttribute("aria-label")!);
/** Chooses keys by their names and opens the dialog that ends them. */
async function dialogOf({ user }: Opened, keys: readonly string[]): Promise<HTMLElement> {
  const grid = await report(user);
  for (const key of keys) await user.click(within(grid).getByRole("checkbox", { name: `Choose ${key}` }));
  await user.click(within(await bar()).getByRole("button", { name: /^Revoke / }));
  return screen.findByRole("dialog", { name: `Revoke ${keys.length} ${keys.length === 1 ? "key" : "keys"}` });
}
async function confirm(user: UserEvent, dialog: HTMLElement, count: number): Promise<void> {
  await user.type(within(dialog).getByRole("textbox"), `revoke ${count}`);
  await user.click(within(dialog).getByRole("button", { name: "Revoke them" }));
}
/** Makes the first key of the sample the new one of two. */
function pair(fake: Fake): void {
  fake.rows = fake.rows.map((one) => (one.id === "key_0" ? { ...one, expiresAt: null, old: [{ ...one.old[0]!, of: { id: "key_old", name: "payments-api-prod-1" } }] } : one));
}
/** A promise and what ends it. */
function gate(): { passed: Promise<void>; open: () => void } {
  let open = () => {};
  const passed = new Promise<void>((done) => (open = done));
  return { passed, open };
}

test("a row of two keys is left out where many are revoked, and says so", async () => {
  const opened = await open({ keys: 14 }, pair);
  const { user, fake } = opened;
  const two = fake.rows.find(({ id }) => id === "key_0")!.name;
  const dialog = await dialogOf(opened, [two, "geo-lookup-test"]);
  const lines = within(within(dialog).getByRole("list")).getAllByRole("listitem").map((line) => line.textContent!);
  expect(lines[1]).toContain("two keys: revoke it by itself");
  await expectAccessible();
  await confirm(user, dialog, 1);
  await within(dialog).findByText(/1 of 1 revoked/);
  expect(fake.calls.filter(({ command }) => command === "revoke").map(({ args }) => args)).toEqual([{ key: "key_9", typed: "geo-lookup-test", ofMany: true }]);
});

test("where every chosen row is two keys there is nothing to confirm", async () => {
  const opened = await open({ keys: 14 }, pair);
  const dialog = await dialogOf(opened, [opened.fake.rows.find(({ id }) => id === "key_0")!.name]);
  expect(within(dialog).queryByRole("textbox")).toBeNull();
  expect(dialog.textContent).toContain("None of the chosen keys can be revoked from here.");
  await opened.user.click(within(dialog).getAllByRole("button", { name: "Close" }).at(-1)!);
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
});

test("the end of many keys says what is used, production and the lately used first, and what ends with them", async () => {
  const opened = await open({ keys: 14 }, (fake) => {
    const change: Record<string, number> = { key_1: 3 * DAY, key_2: 60_000, key_9: 214 * DAY };
    fake.rows = fake.rows.map((one) => (one.id in change ? { ...one, expiresAt: null, status: { ...one.status, kind: "active" as const }, lastUsedAt: NOON - change[one.id]! } : one));
  });
  const { fake } = opened;
  const ids = ["key_9", "key_1", "key_2"];
  const byId = (id: string) => fake.rows.find((one) => one.id === id)!;
  const grave = [...ids].sort((a, b) => Number(byId(b).environment?.class === "prod") - Number(byId(a).environment?.class === "prod") || byId(b).lastUsedAt! - byId(a).lastUsedAt!);
  const dialog = await dialogOf(opened, ids.map((id) => byId(id).name));
  const lines = within(within(dialog).getByRole("list")).getAllByRole("listitem").map((line) => line.textContent!);
  expect(lines.map((line) => ids.find((id) => line.replaceAll(/\s/g, "").includes(byId(id).name)))).toEqual(grave);
  expect(lines[grave.indexOf("key_9")]).toMatch(/test.*Last used/s);
  expect(dialog.textContent).toContain("1 was used in the last day.");
  expect(dialog.textContent).toContain("old secrets that are still accepted end with them");
});

test("a lock that hides a run of revocations stops it, and what ended is told as ended after it", async () => {
  const opened = await open({ keys: 14 });
  const { fake, user, desk } = opened;
  const slow = gate();
  const revoke = desk.backend.keys.revoke;
  let sent = 0;
  desk.backend.keys.revoke = async (...all): Promise<RevokedView> => {
    sent += 1;
    await slow.passed;
    return revoke(...all);
  };
  const grid = await report(user);
  const keys = names(grid).slice(0, 3);
  for (const key of keys) await user.click(within(grid).getByRole("checkbox", { name: `Choose ${key}` }));
  await user.click(within(await bar()).getByRole("button", { name: /^Revoke / }));
  await confirm(user, await screen.findByRole("dialog", { name: "Revoke 3 keys" }), 3);
  const tell = (locked: boolean) => {
    fake.view = { ...fake.view, vault: { state: locked ? "locked" : "unlocked", error: null }, lock: locked ? { cause: "sleep", hidden: true } : null };
    fake.say({ kind: "app", view: fake.view });
  };
  tell(true);
  await screen.findByRole("heading", { name: "Keystow is locked" });
  slow.open();
  await waitFor(() => expect(opened.asked("revoke")).toBe(1));
  tell(false);
  const dialog = await screen.findByRole("dialog", { name: "Revoke 3 keys" });
  await within(dialog).findByText(/1 of 3 revoked/);
  expect(sent).toBe(1);
  expect(within(dialog).getAllByText("revoked").length).toBe(1);
  expect(dialog.textContent).toContain("2 keys stay as they were.");
});

test("keys that a run or a revocation took are not chosen any more, and the others stay", async () => {
  const { fake, user, desk } = await open({ keys: 14 });
  desk.chosen.toggle(desk.keys.row(0)!, 0);
  const grid = await report(user);
  const [first, second] = names(grid) as [string, string];
  await user.click(within(grid).getByRole("checkbox", { name: `Choose ${first}` }));
  await user.click(within(grid).getByRole("checkbox", { name: `Choose ${second}` }));
  fake.refuse.set("revoke", Fake.error("forbidden", "The portal says no.", "Nothing was changed.", "Ask the owner."));
  await user.click(within(await bar()).getByRole("button", { name: "Revoke 2 keys…" }));
  const dialog = await screen.findByRole("dialog", { name: "Revoke 2 keys" });
  await confirm(user, dialog, 2);
  await user.click(await within(dialog).findByRole("button", { name: "Done" }));
  expect((await bar()).textContent).toContain("2 keys chosen");
  await user.click(within(await bar()).getByRole("button", { name: "Rotate 2 keys…" }));
  const plan = await screen.findByRole("dialog", { name: "Rotate 2 keys" });
  await user.click(within(plan).getByRole("button", { name: "Check the keys" }));
  await waitFor(() => expect(screen.queryByRole("region", { name: "Chosen keys", hidden: true })).toBeNull());
  expect(desk.chosen.size, "what is chosen on another screen had nothing to do with it").toBe(1);
});

test("a key that is put off by its menu leaves the others chosen", async () => {
  const { user } = await open({ keys: 14 });
  const grid = await report(user);
  const [first, second, third] = names(grid) as [string, string, string];
  await user.click(within(grid).getByRole("checkbox", { name: `Choose ${first}` }));
  await user.click(within(grid).getByRole("checkbox", { name: `Choose ${second}` }));
  for (const [key, left] of [[third, 2], [first, 1]] as const) {
    await user.click(within(grid).getByRole("button", { name: `Actions for ${key}` }));
    await user.click(await screen.findByRole("menuitem", { name: "Put off for 7 days" }));
    await waitFor(() => expect(names(grid)).not.toContain(key));
    expect((await bar()).textContent).toContain(`${left} ${left === 1 ? "key" : "keys"} chosen`);
  }
});

test("the bar says why fewer keys must be chosen, also while a run is open", async () => {
  const { user, desk, fake } = await open({ keys: 200 }, (fake) => {
    fake.rows = fake.rows.map((one) => ({ ...one, expiresAt: null }));
  });
  const grid = await report(user);
  await user.click(within(grid).getByRole("checkbox", { name: "Choose all that match" }));
  const most = "At most 50 keys are revoked in one go.";
  await waitFor(async () => expect((await bar()).textContent).toContain(most));
  await desk.bulk.plan({ keys: [fake.rows.find(({ status }) => status.kind === "active")!.id], atOnce: 1, stopOnError: true, grace: null });
  desk.bulk.take({ ...desk.bulk.view!, state: "running" });
  await waitFor(async () => expect((await bar()).textContent).toContain("A run over other keys is open."));
  expect((await bar()).textContent).toContain(most);
});

/** A report over an app whose answers wait, with how many are under way. */
function waiting(keys: number): { report: HealthReport; under: () => number; most: () => number; asked: () => number; answer: () => void; change: (with_: (page: HealthPageView) => HealthPageView) => void } {
  const fake = new Fake({ keys, now: () => NOON });
  fake.rows = fake.rows.map((one) => ({ ...one, expiresAt: null }));
  let queue: (() => void)[] = [];
  let [under, most, asked] = [0, 0, 0];
  let change = (page: HealthPageView) => page;
  const list = async (input: HealthInput): Promise<HealthPageView> => {
    under += 1;
    asked += 1;
    most = Math.max(most, under);
    await new Promise<void>((go) => queue.push(go));
    under -= 1;
    return change(fake.health.list(input));
  };
  const backend = { ...fake.backend, health: { ...fake.backend.health, list } };
  const answer = () => {
    const all = queue;
    queue = [];
    for (const go of all) go();
  };
  return { report: new HealthReport(backend), under: () => under, most: () => most, asked: () => asked, answer, change: (with_) => (change = with_) };
}

/** Answers everything until a promise is settled. */
async function through<T>(work: Promise<T>, answer: () => void): Promise<T> {
  let over = false;
  void work.finally(() => (over = true));
  while (!over) {
    answer();
    await Promise.resolve();
  }
  return work;
}

test("however often the keys change, one reading is under way and one more follows", async () => {
  const { report, most, asked, answer } = waiting(14);
  await through(report.ask(), answer);
  const before = asked();
  const all = Array.from({ length: 20 }, () => report.changed());
  await through(Promise.all(all), answer);
  expect([most(), asked() - before]).toEqual([1, 2]);
  const first = report.changed();
  await Promise.resolve();
  const later = report.changed();
  await through(Promise.all([first, later]), answer);
  expect([most(), asked() - before]).toEqual([1, 4]);
});

test("everything is chosen although the keys change meanwhile, and nothing after it was let go", async () => {
  const { report, answer } = waiting(300);
  await through(report.ask(), answer);
  const matches = report.head!.matches;
  expect(matches).toBeGreaterThan(200);
  const choosing = report.all();
  await through(Promise.all([choosing, report.changed()]), answer);
  expect(report.size).toBe(matches);
  const again = report.all();
  report.clear();
  await through(again, answer);
  expect(report.size).toBe(0);
});

test("a list that tells a key twice is read once and not for ever", async () => {
  const { report, asked, answer, change } = waiting(300);
  await through(report.ask(), answer);
  const before = asked();
  change((page) => ({ ...page, rows: page.rows.map(() => page.rows[0]!) }));
  await through(report.all(), answer);
  expect(asked() - before).toBe(2);
});

test("a suggestion taken inside a word takes the place of the whole word", async () => {
  const fake = new Fake({ keys: 5, now: () => NOON });
  const field = new Completions(fake.backend);
  const take = async (before: string, after: string) => {
    await field.ask(before);
    return field.take(0, before + after, before.length)!.text;
  };
  expect(await take("web sta", "tus:active env:prod")).toBe("web status:env:prod");
  expect(await take("status:act", "ive")).toBe("status:active ");
  expect(await take("env:pr", "od web")).toBe("env:prod web");
  expect(await take("sta", 'x:"two words" web')).toBe("status:web");
  expect(await take("sta", 'x:"open web')).toBe("status:web");
});
