import { screen, waitFor, within } from "@testing-library/svelte";
import type { UserEvent } from "@testing-library/user-event";
import { expect, test } from "vitest";
import { Fake } from "$lib/backend/fake";
import { AuditLog } from "$lib/state/audit.svelte";
import { PAGE } from "$lib/state/pages.svelte";
import { expectAccessible, NOON, open } from "./window";

const filled = (entries: number) => (fake: Fake) => fake.work.fill(entries);
/** Goes to the log of this computer alone. */
async function toLog(user: UserEvent): Promise<void> {
  await user.click(screen.getByRole("link", { name: "Audit" }));
  await user.click(await screen.findByRole("radio", { name: "This computer" }));
}
const rowsOf = (table: HTMLElement) => within(table).getAllByRole("row").slice(1);

test("the log says in words what was done, to which key, and that its chain is whole", async () => {
  const { user } = await open({ keys: 4 }, (fake) => {
    fake.work.note("created", fake.rows[1]!);
    fake.work.note("grace_ended_early", fake.rows[1]!, { ended_at: "2026-11-20T14:00:00Z" });
    fake.work.note("tookTea", null, { sugar: "no" });
  });
  await toLog(user);
  const table = await screen.findByRole("table", { name: "Log" });
  const rows = rowsOf(table).map((one) => one.textContent);
  expect(rows.length).toBe(3);
  expect(rows[0]).toContain("tookTea");
  expect(rows[0]).toContain("sugar no");
  expect(rows[1]).toContain("Old secret ended early");
  expect(rows[1]).toContain("ended 2026-11-20T14:00:00Z");
  expect(rows[2]).toContain("Key made");
  expect(rows[2]).toContain("search-indexer-prod");
  expect(screen.getByRole("status", { name: "State of the log" }).textContent).toContain("The chain is whole, checked 14:20");
  await expectAccessible();
  await user.click(screen.getByRole("button", { name: "Export the log" }));
  await screen.findByText("~/Downloads/keystow-log.csv");
});

test("a log that was altered names the first entry that does not fit and what that means", async () => {
  const { user } = await open({ keys: 4 }, (fake) => {
    fake.work.fill(400);
    fake.work.audit.brokenAt = 217;
  });
  await toLog(user);
  const state = await screen.findByRole("alert", { name: "State of the log" });
  expect(state.textContent).toContain("entry 217 does not follow");
  expect(state.textContent).toContain("Your keys and secrets are not touched by this.");
  await expectAccessible();
});

test("nothing recorded is not the same as nothing readable", async () => {
  const { user, fake } = await open({ keys: 4 });
  await toLog(user);
  await screen.findByText("Nothing is recorded yet");
  await expectAccessible();
  fake.refuse.set("audit", Fake.error("disk", "The log cannot be read.", "Keys are as they were.", "Check the disk."));
  await user.click(screen.getByRole("link", { name: "Keys" }));
  await toLog(user);
  await screen.findByText("The log cannot be read.");
});

test("a long log is a screenful of rows, reached to its end by keyboard", async () => {
  const { user, fake } = await open({ keys: 4 }, filled(9000));
  await toLog(user);
  const table = await screen.findByRole("table", { name: "Log" });
  expect(table.getAttribute("aria-rowcount")).toBe("9001");
  expect(rowsOf(table).length).toBeLessThanOrEqual(60);
  within(table).getAllByRole("rowgroup")[1]!.focus();
  await user.keyboard("{End}");
  await waitFor(() => expect(rowsOf(table).at(-1)?.getAttribute("aria-rowindex")).toBe("9001"));
  expect(fake.calls.filter((call) => call.command === "audit").length).toBeLessThan(6);
});

test("an entry that is written while one reads moves nothing and is offered", async () => {
  const { user, fake } = await open({ keys: 4 }, filled(400));
  await toLog(user);
  const table = await screen.findByRole("table", { name: "Log" });
  const before = rowsOf(table)[0]!.textContent;
  fake.work.note("locked");
  fake.say({ kind: "keys" });
  await user.click(await screen.findByRole("button", { name: "1 newer entry" }));
  await waitFor(() => expect(rowsOf(table)[0]!.textContent).toContain("Vault locked"));
  expect(rowsOf(table)[1]!.textContent).toBe(before);
});

test("pages read later are counted as the first one was", async () => {
  const fake = new Fake({ now: () => NOON });
  fake.work.fill(350);
  const log = new AuditLog(fake.backend);
  await log.load();
  fake.work.note("locked");
  fake.work.note("unlocked");
  log.need(0, 2 * PAGE + 10);
  await waitFor(() => expect(log.entry(2 * PAGE)).toBeDefined());
  expect([99, 100, 199, 200].map((place) => log.entry(place)?.number)).toEqual([251, 250, 151, 150]);
  expect(log.newer).toBe(2);
});

test("while the vault is locked the log does not claim that nothing is missing at its end", async () => {
  const { user, fake, asked } = await open({ keys: 4 }, (fake) => {
    fake.work.note("created", fake.rows[1]!);
    fake.work.audit = { ...fake.work.audit, endChecked: false };
    fake.view.vault = { state: "locked", error: null };
  });
  await toLog(user);
  const state = await screen.findByRole("status", { name: "State of the log" });
  expect(state.textContent).toContain("Whether the newest ones are missing cannot be told");
  expect(state.textContent).not.toContain("whole");
  await expectAccessible();
  fake.work.audit = { ...fake.work.audit, endChecked: true };
  await user.click(within(state).getByRole("button", { name: "Unlock" }));
  await waitFor(() => expect(asked("unlock")).toBe(1));
});
