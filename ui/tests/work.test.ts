import { screen, waitFor, within } from "@testing-library/svelte";
import { expect, test } from "vitest";
import { Fake } from "$lib/backend/fake";
import type { ReceiptView } from "$lib/view";
import { choose, expectAccessible, NOON, open, row } from "./window";

const DAY = 86_400_000;
const filled = (fake: Fake) => fake.work.fill(400);

test("what is overdue stands above the list, is rotated from there, and can wait a day", async () => {
  const { user, fake, asked } = await open({ keys: 14 }, filled);
  const strip = await screen.findByRole("region", { name: "Due now" });
  expect(strip.textContent).toContain("2 keys overdue");
  expect((await row("partner-feed-importer-prod")).textContent).toContain("rotation was due 3 days ago");
  expect((await row("webhook-relay-test")).textContent).toContain("rotation due in 5 days");
  await expectAccessible();
  await user.click(within(strip).getByRole("button", { name: "Snooze the reminder for partner-feed-importer-prod" }));
  await user.click(await screen.findByRole("menuitem", { name: "For 7 days" }));
  await waitFor(() => expect(asked("snooze")).toBe(1));
  expect(fake.calls.find((call) => call.command === "snooze")?.args).toEqual({ key: "key_4", until: NOON + 400 + 7 * DAY });
  await waitFor(() => expect(strip.textContent).toContain("1 key overdue"));
  await user.click(within(strip).getByRole("button", { name: "Rotate invoices-webhook-staging" }));
  await screen.findByRole("dialog", { name: "Rotate invoices-webhook-staging" });
});

test("a reminder that cannot be put off says why", async () => {
  const { user, fake } = await open({ keys: 14 }, filled);
  fake.refuse.set("snooze", Fake.error("disk_full", "The disk is full.", "The reminder stays.", "Free some space."));
  await user.click(await screen.findByRole("button", { name: /^Snooze the reminder/ }));
  await user.click(await screen.findByRole("menuitem", { name: "For 1 day" }));
  const dialog = await screen.findByRole("dialog", { name: "The reminder for partner-feed-importer-prod was not put off" });
  expect(dialog.textContent).toContain("The disk is full.");
});

test("without a schedule the screen says what one is for", async () => {
  const { user } = await open({ keys: 14 });
  await user.click(screen.getByRole("link", { name: "Schedules" }));
  await screen.findByText("No schedules yet");
  await expectAccessible();
});

test("a rule is made from a search, tells what it finds, and refuses what is no rule", async () => {
  const { user, fake, asked } = await open({ keys: 14 });
  await user.click(screen.getByRole("link", { name: "Schedules" }));
  await user.click((await screen.findAllByRole("button", { name: "New rule" }))[0]!);
  const dialog = await screen.findByRole("dialog", { name: "New rule" });
  const search = within(dialog).getByRole("textbox", { name: "Keys that this search finds" });
  await waitFor(() => expect(document.activeElement).toBe(search));
  await user.click(within(dialog).getByRole("button", { name: "Save schedule" }));
  expect(dialog.textContent).toContain("The search is empty.");
  await user.type(search, "prod");
  await waitFor(() => expect(dialog.textContent).toMatch(/Finds \d+ keys now/));
  const days = within(dialog).getByRole("textbox", { name: "Rotate every" });
  await user.clear(days);
  await user.type(days, "0");
  await user.click(within(dialog).getByRole("button", { name: "Save schedule" }));
  expect(dialog.textContent).toContain("Type one between 1 and 3,650.");
  expect(asked("saveSchedule")).toBe(0);
  await expectAccessible();
  await user.click(within(dialog).getByRole("button", { name: "180 days" }));
  await user.click(within(dialog).getByRole("button", { name: "Save schedule" }));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  expect(fake.calls.find((call) => call.command === "saveSchedule")?.args).toEqual({ input: { key: null, rule: "prod", days: 180 } });
  expect((await screen.findByRole("table", { name: "Schedules" })).textContent).toContain("180 days");
});

test("a changed rule takes the place of the old one, and a refused one leaves it", async () => {
  const { user, fake } = await open({ keys: 14 }, filled);
  await user.click(screen.getByRole("link", { name: "Schedules" }));
  await user.click(await screen.findByRole("button", { name: "Change the schedule of env:prod" }));
  const dialog = await screen.findByRole("dialog", { name: "Change the rule" });
  const search = within(dialog).getByRole("textbox", { name: "Keys that this search finds" });
  fake.refuse.set("saveSchedule", Fake.error("disk_full", "The disk is full.", "The old rule stays.", "Free some space."));
  await user.type(search, " staging");
  await user.click(within(dialog).getByRole("button", { name: "Save schedule" }));
  await within(dialog).findByText("The disk is full.");
  expect(fake.work.schedules.map((one) => one.rule)).toContain("env:prod");
  fake.refuse.clear();
  await user.click(within(dialog).getByRole("button", { name: "Save schedule" }));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  expect(fake.work.schedules.map((one) => one.rule)).toEqual(["env:staging owner:checkout", null, "env:prod staging"]);
});

test("the list of schedules counts what is due, rotates it in one run, and gives a calendar", async () => {
  const { user } = await open({ keys: 14 }, filled);
  await user.click(screen.getByRole("link", { name: "Schedules" }));
  const table = await screen.findByRole("table", { name: "Schedules" });
  expect(within(table).getAllByRole("row").length).toBe(4);
  expect(table.textContent).toContain("2 due");
  await expectAccessible();
  await user.click(screen.getByRole("button", { name: "Export calendar" }));
  await screen.findByText("~/Downloads/keystow.ics");
  await user.click(within(table).getByRole("button", { name: "Remove the schedule of webhook-relay-test" }));
  await waitFor(() => expect(within(table).getAllByRole("row").length).toBe(3));
  await user.click(within(table).getByRole("button", { name: "Rotate what is due of env:prod" }));
  const sheet = await screen.findByRole("dialog", { name: "Rotate 2 keys" });
  expect(within(sheet).getByRole("list", { name: "Order" }).textContent).toContain("partner-feed-importer-prod");
});

test("a key gets its own schedule from its menu, and its details tell it", async () => {
  const { user, fake } = await open({ keys: 14 });
  await choose(user, "search-indexer-prod", "Rotate every…");
  const dialog = await screen.findByRole("dialog", { name: "Schedule of search-indexer-prod" });
  await expectAccessible();
  await user.click(within(dialog).getByRole("button", { name: "Save schedule" }));
  await waitFor(() => expect(fake.work.schedules[0]?.days).toBe(90));
  await screen.findByText("search-indexer-prod is to be rotated every 90 days.");
  await choose(user, "search-indexer-prod", "Details");
  const details = await screen.findByRole("dialog", { name: "Details of search-indexer-prod" });
  await within(details).findByText("every 90 days");
  expect(details.textContent).toContain("Next rotation due");
  await user.click(within(details).getByRole("button", { name: "Change…" }));
  await user.click(within(await screen.findByRole("dialog", { name: "Schedule of search-indexer-prod" })).getByRole("button", { name: "No schedule" }));
  await waitFor(() => expect(fake.work.schedules).toEqual([]));
});

test("details name the places of a key, take one more, and let one go", async () => {
  const { user, fake } = await open({ keys: 14 });
  await choose(user, "search-indexer-prod", "Details");
  const details = await screen.findByRole("dialog", { name: "Details of search-indexer-prod" });
  await within(details).findByText(/No place is known/);
  await user.type(within(details).getByRole("textbox", { name: "Add a place" }), "~/code/search/.env{Enter}");
  await waitFor(() => expect(fake.calls.find((call) => call.command === "addPlace")?.args).toEqual({ input: { key: "key_1", kind: "folder", label: "~/code/search/.env" } }));
  const list = within(details).getByRole("list", { name: "Where it is used" });
  await within(list).findByText("~/code/search/.env");
  await expectAccessible();
  await user.click(within(list).getByRole("button", { name: /~\/code\/search\/\.env/ }));
  await waitFor(() => expect(within(list).queryAllByRole("listitem")).toEqual([]));
  expect(document.activeElement).toBe(within(details).getByRole("textbox", { name: "Add a place" }));
});

const receipt: ReceiptView = {
  id: "r1",
  reason: "planned",
  way: "inPlace",
  actor: "nadia@keystow.example",
  openedAt: NOON - 90 * DAY,
  rotatedAt: NOON - 90 * DAY + 60_000,
  endedAt: NOON - 90 * DAY + 7_200_000,
  finishedAt: NOON - 90 * DAY + 7_300_000,
  old: { prefix: "kst_old1", suffix: null, sharedBy: 0 },
  new: { prefix: "kst_new1", suffix: null, sharedBy: 0 },
  evidence: [{ name: "newAnswers", state: "proven", calls: null, at: NOON - 90 * DAY, readAt: NOON - 90 * DAY }],
  places: [],
};

test("a past rotation opens its receipt, and the way back leads to the details", async () => {
  const { user, fake } = await open({ keys: 14 });
  fake.rotations.kept("key_1").receipts = [receipt];
  await choose(user, "search-indexer-prod", "Details");
  const details = await screen.findByRole("dialog", { name: "Details of search-indexer-prod" });
  const past = await within(details).findByRole("list", { name: "Past rotations" });
  await user.click(within(past).getByRole("button"));
  const shown = await screen.findByRole("dialog", { name: "Receipt of search-indexer-prod" });
  expect(shown.textContent).toContain("nadia@keystow.example");
  await expectAccessible();
  await user.click(within(shown).getByRole("button", { name: "Back to details" }));
  await screen.findByRole("dialog", { name: "Details of search-indexer-prod" });
});

test("an old key beside its successor has no timer: it lives until it is revoked", async () => {
  await open({ keys: 14 }, (fake) => {
    fake.rows = fake.rows.map((one) =>
      one.id === "key_0" ? { ...one, old: [{ ...one.old[0]!, end: { known: "unknown" }, of: { id: "key_old", name: "payments-api-prod-1" } }] } : one,
    );
  });
  const rotating = await row("payments-api-prod");
  expect(rotating.textContent).toContain("Old key payments-api-prod-1");
  expect(rotating.textContent).toContain("until you revoke it");
  expect(within(rotating).queryByRole("timer")).toBeNull();
  expect(within(rotating).getByRole("button", { name: "Open rotation" })).toBeTruthy();
});

test("signing out of something unfinished asks once more", async () => {
  const { user, fake, asked } = await open({ keys: 14 });
  await user.click(screen.getByRole("link", { name: "Settings" }));
  fake.refuse.set("signOut", Fake.error("unfinished_change", "It is not known yet how a change ended.", "Its new secret could be lost.", "Wait, or sign out anyway."));
  await user.click(await screen.findByRole("button", { name: "Sign out of Built-in portal" }));
  await screen.findByText("It is not known yet how a change ended.");
  fake.refuse.clear();
  await user.click(screen.getByRole("button", { name: "Sign out anyway" }));
  await waitFor(() => expect(asked("signOut")).toBe(2));
  expect(fake.calls.filter((call) => call.command === "signOut").map((call) => (call.args as { insist: boolean }).insist)).toEqual([false, true]);
});
