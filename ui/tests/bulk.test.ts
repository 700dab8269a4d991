import { screen, waitFor, within } from "@testing-library/svelte";
import type { UserEvent } from "@testing-library/user-event";
import { expect, test } from "vitest";
import { Fake } from "$lib/backend/fake";
import type { BulkInput, BulkView } from "$lib/view";
import { expectAccessible, NOON, open, row, type Opened } from "./window";

const box = async (name: string) => within(await row(name)).getByRole("checkbox", { name: `Choose ${name}` }) as HTMLInputElement;
const failure = Fake.error("portal_refused", "The portal refused to rotate this key.", "Its secret works as before.", "Ask an admin, then rotate it alone.");

async function choose(user: UserEvent, names: string[]): Promise<void> {
  for (const name of names) await user.click(await box(name));
}

/** Chooses keys, opens the sheet, has them checked, and starts the run. */
async function start({ user }: Opened, names: string[]): Promise<HTMLElement> {
  await choose(user, names);
  await user.click(screen.getByRole("button", { name: /^Rotate \d+ keys?…$/ }));
  const sheet = await screen.findByRole("dialog", { name: `Rotate ${names.length} keys` });
  await user.click(within(sheet).getByRole("button", { name: "Check the keys" }));
  await user.click(await within(sheet).findByRole("button", { name: /^Rotate \d+ keys?$/ }));
  return sheet;
}

const some = ["search-indexer-prod", "checkout-web-staging", "invoices-webhook-staging", "webhook-relay-test"];

test("keys are chosen with the keyboard alone, and Escape lets them go", async () => {
  const { user, desk } = await open({ keys: 14 });
  await row("payments-api-prod");
  await user.keyboard("{ArrowDown} ");
  expect(desk.chosen.size).toBe(1);
  expect((await box("payments-api-prod")).checked).toBe(true);
  expect((await row("payments-api-prod")).getAttribute("aria-selected")).toBe("true");
  await user.keyboard("{Shift>}{ArrowDown}{ArrowDown}{/Shift}");
  await waitFor(() => expect(desk.chosen.size).toBe(3));
  await user.keyboard("{Shift>}{ArrowUp}{/Shift}");
  await waitFor(() => expect(desk.chosen.size).toBe(2));
  expect(screen.getByRole("region", { name: "Chosen keys" }).textContent).toContain("2 keys chosen");
  await expectAccessible();
  await user.keyboard("{Escape}");
  expect(desk.chosen.size).toBe(0);
  expect(screen.queryByRole("region", { name: "Chosen keys" })).toBeNull();
});

test("with keys chosen, r rotates all of them", async () => {
  const { user } = await open({ keys: 14 });
  await row("payments-api-prod");
  await user.keyboard("{ArrowDown}{ArrowDown} {ArrowDown} r");
  await screen.findByRole("dialog", { name: "Rotate 2 keys" });
});

test("all that match are chosen, also those that were never read, and what is searched for next changes nothing", async () => {
  const { user, desk } = await open({ keys: 14 });
  await choose(user, ["search-indexer-prod"]);
  await user.click(screen.getByRole("button", { name: "Choose all 14 that match" }));
  await waitFor(() => expect(desk.chosen.size).toBe(14));
  await desk.keys.ask({ search: "zzz" });
  expect(desk.chosen.size).toBe(14);
});

test("of 100,000 keys a thousand are chosen, and a sentence says so", async () => {
  const { user, desk, fake } = await open({ keys: 100_000 });
  await row("payments-api-prod");
  await user.keyboard("{ArrowDown}{Control>}a{/Control}");
  await waitFor(() => expect(desk.chosen.size).toBe(1000));
  expect(screen.getByRole("region", { name: "Chosen keys" }).textContent).toContain("A run takes at most 1,000 keys");
  const limits = fake.calls.filter((call) => call.command === "list").map((call) => (call.args as { query: { limit: number } }).query.limit);
  expect(Math.max(...limits)).toBeLessThanOrEqual(200);
  expect(screen.getAllByRole("row").length).toBeLessThanOrEqual(61);
});

test("the order is moved by button and by key, and the plan keeps to it", async () => {
  const { user, fake } = await open({ keys: 14 });
  await choose(user, some.slice(0, 3));
  await user.click(screen.getByRole("button", { name: "Rotate 3 keys…" }));
  const sheet = await screen.findByRole("dialog", { name: "Rotate 3 keys" });
  const order = within(sheet).getByRole("list", { name: "Order" });
  const names = () => within(order).getAllByRole("listitem").map((item) => item.querySelector("bdi")?.textContent);
  expect(names()).toEqual(some.slice(0, 3));
  await user.click(within(order).getByRole("button", { name: "Move checkout-web-staging up" }));
  expect(names()[0]).toBe("checkout-web-staging");
  expect(document.activeElement?.getAttribute("aria-label")).toBe("Move checkout-web-staging up");
  await user.keyboard("{Alt>}{ArrowDown}{ArrowDown}{/Alt}");
  expect(names()).toEqual(["search-indexer-prod", "invoices-webhook-staging", "checkout-web-staging"]);
  await user.keyboard("{ArrowUp}{ArrowUp}{Delete}");
  expect(names()).toEqual(["invoices-webhook-staging", "checkout-web-staging"]);
  expect(sheet.textContent).toContain("Rotates 2 keys in this order, at most 3 at the same time.");
  await expectAccessible();
  await user.selectOptions(within(sheet).getByRole("combobox", { name: "At the same time" }), "1");
  await user.click(within(sheet).getByRole("checkbox", { name: "Stop at the first failure" }));
  expect(sheet.textContent).toContain("one after the other. Each old secret keeps working for 2 h. A failure does not stop the others.");
  await user.click(within(sheet).getByRole("button", { name: "Check the keys" }));
  const input = fake.calls.find((call) => call.command === "bulkPlan")?.args as { input: BulkInput };
  expect(input.input).toEqual({ keys: ["key_7", "key_3"], atOnce: 1, stopOnError: false, grace: null });
});

test("what cannot be rotated is left out with its reason before anything is sent", async () => {
  const { user, asked } = await open({ keys: 14 });
  await choose(user, ["payments-api-prod", "search-indexer-prod", "legacy-ios-prod"]);
  await user.click(screen.getByRole("button", { name: "Rotate 3 keys…" }));
  const sheet = await screen.findByRole("dialog", { name: "Rotate 3 keys" });
  await user.click(within(sheet).getByRole("button", { name: "Check the keys" }));
  await within(sheet).findByRole("button", { name: "Rotate 1 key" });
  expect(sheet.textContent).toContain("2 keys cannot be rotated now");
  expect(sheet.textContent).toContain("A rotation of this key is under way.");
  expect(asked("bulkStart")).toBe(0);
  await expectAccessible();
  await user.click(within(sheet).getByRole("button", { name: "Change the plan" }));
  await within(sheet).findByRole("button", { name: "Check the keys" });
  expect(asked("bulkDismiss")).toBe(1);
  expect(within(within(sheet).getByRole("list", { name: "Order" })).getAllByRole("listitem").length).toBe(3);
});

test("a run shows where each key stands, waits for the portal in sight, pauses, resumes, and reports", async () => {
  const opened = await open({ keys: 14 });
  const { user, fake } = opened;
  const sheet = await start(opened, some);
  const items = within(sheet).getByRole("list", { name: "Keys of this run" });
  await waitFor(() => expect(within(items).getAllByText("Rotating").length).toBe(3));
  await expectAccessible();
  fake.work.tell({ ...fake.work.run!, waitsUntil: NOON + 42_000 });
  const timer = await within(sheet).findByRole("timer", { name: "Until the portal takes the next call" });
  expect(timer.textContent).toContain("Waits until 14:20:42 UTC, the portal said so");
  expect(timer.textContent).toContain("42 s");
  fake.work.tell({ ...fake.work.run!, waitsUntil: null });
  await user.click(within(sheet).getByRole("button", { name: "Pause" }));
  await waitFor(() => expect(sheet.textContent).toContain("3 keys that were begun come to their end first."));
  await user.click(within(sheet).getByRole("button", { name: "Resume" }));
  for (let turn = 0; turn < 4; turn += 1) fake.work.step();
  await waitFor(() => expect(sheet.textContent).toContain("All 4 keys are rotated"));
  expect(items.textContent).toContain("old secret until 16:20 UTC");
  await user.click(within(sheet).getByRole("button", { name: "Save the report" }));
  await waitFor(() => expect(sheet.textContent).toContain("~/Downloads/keystow-rotations.csv"));
  await expectAccessible();
  await user.click(within(sheet).getByRole("button", { name: "Done" }));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  expect(screen.queryByTitle("Open the run")).toBeNull();
});

test("closing the sheet stops nothing: the chip counts on and leads back", async () => {
  const opened = await open({ keys: 14 });
  const { user, fake, asked } = opened;
  await start(opened, some);
  await user.keyboard("{Escape}");
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  const chip = screen.getByRole("button", { name: "Rotating 3 of 4" });
  fake.work.step();
  await waitFor(() => expect(chip.textContent).toContain("Rotating 4 of 4"));
  expect([asked("bulkPause"), asked("bulkHalt")]).toEqual([0, 0]);
  await user.click(chip);
  await screen.findByRole("dialog", { name: "Rotate 4 keys" });
});

test("the first failure stops the run, says what to do, and can be resumed", async () => {
  const opened = await open({ keys: 14 });
  const { user, fake } = opened;
  const sheet = await start(opened, [...some, "geo-lookup-test"]);
  fake.work.step({ state: "failed", endsAt: null, error: failure });
  await waitFor(() => expect(sheet.textContent).toContain("search-indexer-prod failed, so nothing else was begun."));
  expect(sheet.textContent).toContain("Ask an admin, then rotate it alone.");
  await expectAccessible();
  await user.click(within(sheet).getByRole("button", { name: "Resume" }));
  for (let turn = 0; turn < 4; turn += 1) fake.work.step();
  await waitFor(() => expect(sheet.textContent).toContain("4 of 5 are rotated"));
  // What needs somebody comes first in the report.
  expect(within(sheet).getByRole("list", { name: "Keys of this run" }).firstElementChild?.textContent).toContain("search-indexer-prod");
  await user.click(within(sheet).getByRole("button", { name: "Open the rotation of search-indexer-prod" }));
  await screen.findByRole("dialog", { name: "Rotate search-indexer-prod" });
});

const cut: BulkView = {
  id: "run_9",
  state: "paused",
  why: null,
  items: Array.from({ length: 25 }, (_, place) => ({
    key: { id: `key_${place}`, name: `service-${place}-prod` },
    state: place < 16 ? ("done" as const) : place === 16 ? ("running" as const) : ("waiting" as const),
    at: NOON,
    endsAt: null,
    error: null,
  })),
  atOnce: 1,
  stopOnError: true,
  grace: null,
  waitsUntil: null,
  startedAt: NOON - 60_000,
  endedAt: null,
};

test("a run that was cut off says so and goes on where it was", async () => {
  const { user, asked } = await open({ keys: 14 }, (fake) => {
    const why = Fake.error("bulk_interrupted", "A run over several keys was interrupted when Keystow closed.", "9 keys wait for their turn. Nothing is lost.", "Open the run.");
    fake.work.run = { ...structuredClone(cut), why };
    fake.view.notices = [{ id: "n1", tone: "warning", what: why, key: null, action: null, dismissible: true }];
  });
  await screen.findByRole("button", { name: "Paused at 16 of 25" });
  await user.click(screen.getByRole("button", { name: "Open the run" }));
  const sheet = await screen.findByRole("dialog", { name: "Rotate 25 keys" });
  expect(sheet.textContent).toContain("The run was interrupted at 16 of 25");
  expect(sheet.textContent).toContain("It goes on at key 17, service-16-prod.");
  expect(sheet.textContent).toContain("Nothing is lost");
  await expectAccessible();
  await user.click(within(sheet).getByRole("button", { name: "Resume" }));
  await waitFor(() => expect(asked("bulkStart")).toBe(1));
});

test("while a run is open no second one is planned: the bar leads to the first", async () => {
  const { user, asked } = await open({ keys: 14 }, (fake) => (fake.work.run = structuredClone(cut)));
  await choose(user, ["search-indexer-prod"]);
  expect(screen.getByRole("region", { name: "Chosen keys" }).textContent).toContain("See it through or end it first.");
  await user.click(within(screen.getByRole("region", { name: "Chosen keys" })).getByRole("button", { name: "Open the run" }));
  const sheet = await screen.findByRole("dialog", { name: "Rotate 25 keys" });
  await user.click(within(sheet).getByRole("button", { name: "End the run" }));
  await waitFor(() => expect(sheet.textContent).toContain("16 of 25 are rotated"));
  expect(asked("bulkPlan")).toBe(0);
});

test("an answer never covers what an event said after it", async () => {
  const opened = await open({ keys: 14 });
  const { fake, user } = opened;
  await choose(user, some);
  await user.click(screen.getByRole("button", { name: "Rotate 4 keys…" }));
  const sheet = await screen.findByRole("dialog", { name: "Rotate 4 keys" });
  await user.click(within(sheet).getByRole("button", { name: "Check the keys" }));
  fake.hold.add("bulkStart");
  await user.click(await within(sheet).findByRole("button", { name: "Rotate 4 keys" }));
  const { run } = fake.work;
  const { items } = run!;
  opened.desk.bulk.take({ ...run!, state: "done", items: items.map((item) => ({ ...item, state: "done" })) });
  fake.work.start = () => ({ ...run!, state: "running" });
  fake.release();
  await waitFor(() => expect(opened.desk.bulk.busy).toBe(false));
  expect(sheet.textContent).toContain("All 4 keys are rotated");
});
