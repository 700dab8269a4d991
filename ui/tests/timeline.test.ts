import { screen, waitFor, within } from "@testing-library/svelte";
import { expect, test } from "vitest";
import { Fake } from "$lib/backend/fake";
import { Timeline } from "$lib/state/timeline.svelte";
import { choose, expectAccessible, NOON, open } from "./window";

const MINUTE = 60_000;
const offline = Fake.error("offline", "The portal did not answer.", "Keys are as they were.", "Check the connection.");
const rowsOf = (table: HTMLElement) => within(table).getAllByRole("row").slice(1, -1).map((row) => row.textContent ?? "");

test("what was done here and at the portal stands on one line of time, each said to be told where", async () => {
  const { user } = await open({ keys: 4 }, (fake) => {
    fake.work.note("copied", fake.rows[1]!, { form: "raw" });
    fake.portalLog.note(NOON - 5 * MINUTE, "rotateApiKey", { targetKind: "key", target: "search-indexer-prod" });
    fake.portalLog.note(NOON + MINUTE, "revokeApiKey", { outcome: "refused", code: "ERROR_CODE_NOT_FOUND", who: "bob@keystow.example", agent: "curl" });
    fake.portalLog.note(NOON - 9 * MINUTE, "tookTea", { outcome: "failed", code: "KETTLE" });
  });
  await user.click(screen.getByRole("link", { name: "Audit" }));
  const table = await screen.findByRole("table", { name: "Timeline" });
  const rows = rowsOf(table);
  expect(rows.map((row) => [row.includes("Portal"), row.includes("This computer")])).toEqual([[true, false], [false, true], [true, false], [true, false]]);
  expect(rows[0]).toContain("Refused: Key revoked");
  expect(rows[0]).toContain("unknown or not theirs");
  expect(rows[0]).toContain("bob@keystow.example");
  expect(rows[0]).toContain("program curl");
  expect(rows[1]).toContain("Secret copied");
  expect(rows[2]).toContain("Secret rotated");
  expect(rows[2]).toContain("search-indexer-prod");
  expect(rows[3]).toContain("Failed: tookTea");
  expect(rows[3]).toContain("KETTLE");
  await expectAccessible();
});

test("a key's details lead to its own timeline, and from there to everything", async () => {
  const { user, fake } = await open({ keys: 4 }, (fake) => {
    const [first, second] = [fake.rows[0]!, fake.rows[1]!];
    fake.work.note("copied", first);
    fake.work.note("copied", second);
    fake.portalLog.note(NOON - MINUTE, "createApiKey", { target: first.name }, [first.id]);
    fake.portalLog.note(NOON - MINUTE, "createApiKey", { target: second.name }, [second.id]);
  });
  const name = fake.rows[1]!.name;
  await choose(user, name, "Details");
  await user.click(await screen.findByRole("button", { name: "Who did what with it…" }));
  await screen.findByText(`About ${name}`);
  const table = await screen.findByRole("table", { name: "Timeline" });
  const rows = rowsOf(table);
  expect(rows.length).toBe(2);
  expect(rows.every((row) => row.includes(name))).toBe(true);
  await expectAccessible();
  await user.click(screen.getByRole("button", { name: "Show everything" }));
  await waitFor(async () => expect(rowsOf(await screen.findByRole("table", { name: "Timeline" })).length).toBe(4));
});

test("without an answer of the portal its part is said to be missing, and comes when it answers", async () => {
  const { user, fake } = await open({ keys: 4 }, (fake) => {
    fake.work.note("copied", fake.rows[1]!);
    fake.portalLog.note(NOON, "createApiKey");
    fake.refuse.set("auditPortal", offline);
  });
  await user.click(screen.getByRole("link", { name: "Audit" }));
  await screen.findByText("The portal's part is missing.");
  await screen.findByText("The portal did not answer.");
  expect(rowsOf(await screen.findByRole("table", { name: "Timeline" })).length).toBe(1);
  await expectAccessible();
  fake.refuse.delete("auditPortal");
  await user.click(within(screen.getByRole("alert")).getByRole("button"));
  await waitFor(async () => expect(rowsOf(await screen.findByRole("table", { name: "Timeline" })).length).toBe(2));
  expect(screen.queryByText("The portal's part is missing.")).toBeNull();
});

test("a portal without a log leaves the log of this computer as it was", async () => {
  const { user } = await open({ keys: 4 }, (fake) => {
    const account = fake.view.accounts[0]!;
    account.abilities = { ...account.abilities!, log: false };
    fake.work.note("copied", fake.rows[1]!);
  });
  await user.click(screen.getByRole("link", { name: "Audit" }));
  await screen.findByRole("table", { name: "Log" });
  expect(screen.queryByRole("radio", { name: "Portal" })).toBeNull();
});

/** Reads a timeline to its end and says how it was read. */
async function toTheEnd(timeline: Timeline): Promise<number> {
  let turns = 0;
  await timeline.load();
  for (; timeline.more && turns < 100; turns += 1) {
    const before = timeline.lines;
    await timeline.earlier();
    expect(timeline.lines.slice(0, before.length)).toEqual(before);
  }
  return turns;
}

test("pages of both logs are put together without a gap, and nothing comes between what is shown", async () => {
  const fake = new Fake({ now: () => NOON, keys: 6 });
  fake.work.fill(230);
  fake.portalLog.fill(NOON, fake.rows, 170);
  const timeline = new Timeline(fake.backend, "all", null);
  expect(await toTheEnd(timeline)).toBeGreaterThan(3);
  expect(timeline.lines.length).toBe(400);
  const times = timeline.lines.map((line) => line.at);
  expect(times).toEqual([...times].sort((a, b) => b - a));
});

test("a portal that stops answering leaves what was read, and says up to where", async () => {
  const fake = new Fake({ now: () => NOON, keys: 6 });
  fake.work.fill(300);
  fake.portalLog.fill(NOON, fake.rows, 120);
  const timeline = new Timeline(fake.backend, "all", null);
  await timeline.load();
  fake.refuse.set("auditPortal", offline);
  expect(await toTheEndFrom(timeline)).toBe(300 + 50);
  expect(timeline.cut).toBe(timeline.lines.filter((line) => line.source === "portal").at(-1)!.at);
});

async function toTheEndFrom(timeline: Timeline): Promise<number> {
  for (let turn = 0; timeline.more && turn < 100; turn += 1) await timeline.earlier();
  return timeline.lines.length;
}

test("of an app the portal tells alone, and entries without a time keep their place", async () => {
  const fake = new Fake({ now: () => NOON, keys: 6 });
  fake.work.fill(10);
  fake.portalLog.note(NOON - 2 * MINUTE, "createApp", { target: "shop" }, ["app_1"]);
  fake.portalLog.note(NOON - MINUTE, "updateApp", { target: "shop" }, ["app_1"]);
  fake.portalLog.note(NOON, "createApp", { target: "other" }, ["app_2"]);
  const timeline = new Timeline(fake.backend, "all", { kind: "app", id: "app_1", name: "shop" });
  await timeline.load();
  expect(timeline.lines.map((line) => (line.source === "portal" ? line.entry.operation : "here"))).toEqual(["updateApp", "createApp"]);
  expect(fake.calls.some((call) => call.command === "auditHere")).toBe(false);
});
