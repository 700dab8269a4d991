import { cleanup, render, screen, waitFor, within } from "@testing-library/svelte";
import { expect, test } from "vitest";
import App from "../src/App.svelte";
import { Fake } from "$lib/backend/fake";
import { makeDesk } from "$lib/context";
import { choose, expectAccessible, NOON, open, row } from "./window";

test("every part of the list has the name that people and programs rely on", async () => {
  await open();
  expect(screen.getByRole("navigation", { name: "Accounts" })).toBeTruthy();
  const sections = screen.getByRole("navigation", { name: "Sections" });
  expect(within(sections).getAllByRole("link").map((link) => link.getAttribute("aria-label"))).toEqual(["Keys", "Usage", "Health", "Schedules", "Apps", "Teams", "Admin", "Audit", "Settings"]);
  expect(screen.getByRole("navigation", { name: "Environment" })).toBeTruthy();
  expect(screen.getByRole("button", { name: "Lock now" })).toBeTruthy();
  expect(screen.getByRole("grid", { name: "Keys" })).toBeTruthy();
  expect(screen.getByRole("searchbox", { name: "Search keys" })).toBeTruthy();
  expect(screen.getByRole("button", { name: "New key" })).toBeTruthy();
  expect(screen.getByRole("status", { name: "Clipboard" })).toBeTruthy();
  const rotating = await row("payments-api-prod");
  expect(within(rotating).getByRole("button", { name: "Copy secret of payments-api-prod" })).toBeTruthy();
  expect(within(rotating).getByRole("timer", { name: "Old secret of payments-api-prod" }).textContent).toContain("40 min left");
  expect(within(rotating).getByRole("button", { name: "Open rotation" })).toBeTruthy();
  await expectAccessible();
});

test("a secret is copied once however fast one clicks, and said only when confirmed", async () => {
  const { fake, user, asked } = await open();
  fake.hold.add("copy");
  const button = within(await row("search-indexer-prod")).getByRole("button", { name: "Copy secret of search-indexer-prod" });
  await user.dblClick(button);
  expect(button.textContent).toContain("Copying…");
  expect(screen.getByRole("status", { name: "Clipboard" }).textContent).not.toContain("copied");
  fake.release();
  await waitFor(() => expect(button.textContent).toContain("Copied"));
  expect(asked("copy")).toBe(1);
  const bar = screen.getByRole("status", { name: "Clipboard" });
  expect(bar.textContent).toContain("search-indexer-prod");
  expect(bar.textContent).toContain("30 s");
  await user.click(screen.getByRole("button", { name: "Keep longer" }));
  await user.click(screen.getByRole("button", { name: "Clear now" }));
  await waitFor(() => expect(bar.textContent).toContain("Cleared and verified"));
});

test("a copy that fails says so on the row and nowhere claims success", async () => {
  const { fake, user } = await open();
  fake.refuse.set("copy", Fake.error("clipboard_failed", "The secret could not be put on the clipboard.", "Nothing was copied.", "Check the session."));
  const button = within(await row("search-indexer-prod")).getByRole("button", { name: "Copy secret of search-indexer-prod" });
  await user.click(button);
  await waitFor(() => expect(button.textContent).toContain("Not copied"));
  await user.click(button);
  const dialog = await screen.findByRole("dialog", { name: "search-indexer-prod was not copied" });
  expect(dialog.textContent).toContain("Nothing was copied.");
  await expectAccessible();
});

test("the list is worked by keyboard alone", async () => {
  const { user, desk, asked } = await open();
  await row("payments-api-prod");
  await user.keyboard("{ArrowDown}");
  expect(document.activeElement?.getAttribute("aria-label")).toBe("payments-api-prod");
  await user.keyboard("{ArrowDown}");
  await waitFor(() => expect(document.activeElement?.getAttribute("aria-label")).toBe("search-indexer-prod"));
  await user.keyboard("{Enter}");
  await waitFor(() => expect(asked("copy")).toBe(1));
  await user.keyboard("{End}");
  await waitFor(() => expect(document.activeElement?.getAttribute("data-place")).toBe("23"));
  await user.keyboard("{Home}{PageDown}");
  await waitFor(() => expect(desk.keys.active).toBeGreaterThan(5));
  await user.keyboard("{Home}{ArrowDown}");
  await waitFor(() => expect(desk.keys.active).toBe(1));
  await user.keyboard("{F2}");
  const dialog = await screen.findByRole("dialog", { name: "Rename search-indexer-prod" });
  expect(document.activeElement).toBe(within(dialog).getByRole("textbox", { name: "New name" }));
  await user.keyboard("{Escape}");
  await waitFor(() => expect(document.activeElement?.getAttribute("aria-label")).toBe("search-indexer-prod"));
  await user.keyboard("r");
  await screen.findByRole("dialog", { name: "Rotate search-indexer-prod" });
});

test("slash searches, escape clears, and nothing found offers the way back", async () => {
  const { user, desk } = await open();
  await user.keyboard("/");
  await waitFor(() => expect(document.activeElement).toBe(screen.getByRole("searchbox", { name: "Search keys" })));
  await user.keyboard("zzz");
  await screen.findByText("No key matches zzz");
  await expectAccessible();
  await user.click(screen.getAllByRole("button", { name: "Clear search" })[0]!);
  await waitFor(() => expect(desk.keys.head?.matches).toBe(24));
});

test("100,000 keys are at most 60 rows, read in pages of at most 200", async () => {
  const { fake, user } = await open({ keys: 100_000 });
  await row("payments-api-prod");
  expect(screen.getAllByRole("row").length).toBeLessThanOrEqual(61);
  expect(screen.getByRole("grid", { name: "Keys" }).getAttribute("aria-rowcount")).toBe("100001");
  await user.keyboard("{ArrowDown}{End}");
  await waitFor(() => expect(document.activeElement?.getAttribute("data-place")).toBe("99999"));
  expect(screen.getAllByRole("row").length).toBeLessThanOrEqual(61);
  const limits = fake.calls.filter((call) => call.command === "list").map((call) => (call.args as { query: { limit: number } }).query.limit);
  expect(Math.max(...limits)).toBeLessThanOrEqual(200);
  expect(limits.length).toBeLessThan(12);
});

test("news changes rows in place while the focus is in the list, and the order waits", async () => {
  const { fake, user, desk } = await open();
  await row("payments-api-prod");
  await user.keyboard("{ArrowDown}");
  const before = [0, 1, 2, 3].map((place) => desk.keys.row(place)?.id);
  fake.rows = [...fake.rows].reverse().map((one) => (one.id === before[1] ? { ...one, owner: "somebody else" } : one));
  fake.say({ kind: "keys" });
  await waitFor(() => expect(desk.keys.row(1)?.owner).toBe("somebody else"));
  expect([0, 1, 2, 3].map((place) => desk.keys.row(place)?.id)).toEqual(before);
  await user.click(await screen.findByRole("button", { name: "Sort again" }));
  await waitFor(() => expect(desk.keys.row(0)?.id).not.toBe(before[0]));
});

test("an unreachable portal leaves the stored list, says its age and why changes are off", async () => {
  const error = Fake.error("portal_unreachable", "The portal does not answer.", "You see the last known list.", "Check the network.");
  const { user } = await open({}, (fake) => {
    fake.freshness = { ...fake.freshness, readAt: fake.now() - 28 * 60_000, error, writesOff: error };
  });
  await row("payments-api-prod");
  const banner = screen.getAllByRole("status").find((one) => one.textContent?.includes("The portal does not answer."));
  expect(banner?.textContent).toContain("Stored list of");
  const create = screen.getByRole("button", { name: "New key" });
  expect(create.getAttribute("aria-disabled")).toBe("true");
  await user.click(create);
  await screen.findByRole("dialog", { name: "New keys are off for now" });
});

test("no keys, signed out, and locked each say what to do", async () => {
  await open({ keys: 0 });
  await screen.findByText("No keys yet");
  await expectAccessible();
});

test("a signed-out account offers to sign in and shows no stale list", async () => {
  await open({}, (fake) => {
    fake.view.accounts = fake.view.accounts.map((one) => ({ ...one, session: "signedOut" as const }));
  });
  await screen.findByText("Signed out of Built-in portal");
  expect(screen.getByRole("button", { name: "Sign in" })).toBeTruthy();
});

test("a locked vault turns every copy into an unlock that then copies", async () => {
  const { user, asked } = await open({}, (fake) => {
    fake.view.settings.lock.hide = false;
  });
  await user.click(screen.getByRole("button", { name: "Lock now" }));
  const button = within(await row("search-indexer-prod")).getByRole("button", { name: "Copy secret of search-indexer-prod" });
  await waitFor(() => expect(button.textContent).toContain("Unlock to copy"));
  await user.click(button);
  await waitFor(() => expect(asked("copy")).toBe(1));
  expect(asked("unlock")).toBe(1);
});

test("revoking needs the name, begins on Cancel, and tells what it means first", async () => {
  const { user, asked } = await open();
  await choose(user, "mobile-gateway-prod", "Revoke…");
  const dialog = await screen.findByRole("dialog", { name: "Revoke mobile-gateway-prod" });
  await waitFor(() => expect(document.activeElement).toBe(within(dialog).getByRole("button", { name: "Cancel" })));
  expect(dialog.textContent).toContain("This cannot be undone.");
  await expectAccessible();
  const red = within(dialog).getByRole("button", { name: "Revoke key" });
  await user.click(red);
  expect(asked("revoke")).toBe(0);
  await user.type(within(dialog).getByRole("textbox", { name: "Type the key's name" }), "mobile-gateway-prod");
  await user.click(red);
  await waitFor(() => expect(asked("revoke")).toBe(1));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  const revoked = await row("mobile-gateway-prod");
  expect(revoked.textContent).toContain("Revoked");
});

test("of two keys in one row either can be revoked, and none before it is said which", async () => {
  const { user, asked } = await open({ keys: 14 }, (fake) => {
    fake.rows = fake.rows.map((one) => (one.id === "key_0" ? { ...one, old: [{ ...one.old[0]!, of: { id: "key_old", name: "payments-api-prod-1" } }] } : one));
  });
  await choose(user, "payments-api-prod", "Revoke…");
  const dialog = await screen.findByRole("dialog", { name: "Revoke payments-api-prod" });
  const typed = within(dialog).getByRole("textbox", { name: "Type the key's name" });
  const red = within(dialog).getByRole("button", { name: "Revoke key" });
  expect(dialog.textContent).toContain("This row is two keys.");
  await user.type(typed, "payments-api-prod");
  await user.click(red);
  expect(asked("revoke") + asked("endGrace")).toBe(0);
  await user.click(within(dialog).getByRole("radio", { name: "The old key" }));
  await user.click(red);
  expect(asked("revoke") + asked("endGrace")).toBe(0);
  await expectAccessible();
  await user.clear(typed);
  await user.type(typed, "payments-api-prod-1");
  await user.click(within(dialog).getByRole("radio", { name: "The new key" }));
  await user.click(red);
  expect(asked("revoke") + asked("endGrace")).toBe(0);
  await user.clear(typed);
  await user.type(typed, "payments-api-prod");
  await user.click(red);
  await waitFor(() => expect(asked("revoke")).toBe(1));
  expect(asked("endGrace")).toBe(0);
});

test("the old key of two is ended by way of its rotation", async () => {
  const { user, fake } = await open({ keys: 14 }, (fake) => {
    fake.rows = fake.rows.map((one) => (one.id === "key_0" ? { ...one, old: [{ ...one.old[0]!, of: { id: "key_old", name: "payments-api-prod-1" } }] } : one));
    fake.refuse.set("endGrace", Fake.error("successor_dead", "The new key is dead.", "The old one is all there is.", "Look at it."));
  });
  await choose(user, "payments-api-prod", "Revoke…");
  const dialog = await screen.findByRole("dialog", { name: "Revoke payments-api-prod" });
  await user.click(within(dialog).getByRole("radio", { name: "The old key" }));
  await user.type(within(dialog).getByRole("textbox", { name: "Type the key's name" }), "payments-api-prod-1");
  await user.click(within(dialog).getByRole("button", { name: "Revoke key" }));
  await within(dialog).findByText("The new key is dead.");
  expect(fake.calls.find((call) => call.command === "endGrace")!.args).toEqual({ key: "key_0", typed: "payments-api-prod-1" });
});

test("a dead key says when its secret leaves this device, and lets it go at once after asking once more", async () => {
  const { user, fake, asked } = await open({ keys: 14 });
  const dead = fake.rows.find((one) => one.secretDeletedAt !== null)!;
  await choose(user, dead.name, "Details");
  const sheet = await screen.findByRole("dialog", { name: `Details of ${dead.name}` });
  await within(sheet).findByText(/It is deleted from this device Wed 2 Dec 2026/);
  await user.click(within(sheet).getByRole("button", { name: "Delete now…" }));
  await waitFor(() => expect(document.activeElement).toBe(within(sheet).getByRole("button", { name: "Cancel" })));
  await expectAccessible();
  expect(asked("deleteSecret")).toBe(0);
  await user.click(within(sheet).getByRole("button", { name: "Delete secret" }));
  await waitFor(() => expect(asked("deleteSecret")).toBe(1));
  await waitFor(() => expect(within(sheet).queryByRole("button", { name: "Delete now…" })).toBeNull());
});

test("a key without its secret here explains itself and leads to the rotation", async () => {
  const { user } = await open();
  await user.click(within(await row("partner-feed-importer-prod")).getByRole("button", { name: "Copy secret of partner-feed-importer-prod" }));
  const dialog = await screen.findByRole("dialog", { name: "The secret of partner-feed-importer-prod is not on this device" });
  await user.click(within(dialog).getByRole("button", { name: "Rotate…" }));
  await screen.findByRole("dialog", { name: "Rotate partner-feed-importer-prod" });
});

test("details tell everything known and hold the only copy of the old secret", async () => {
  const { user, fake } = await open();
  await choose(user, "payments-api-prod", "Details");
  const dialog = await screen.findByRole("dialog", { name: "Details of payments-api-prod" });
  await user.click(await within(dialog).findByRole("button", { name: "Copy old secret (roll back)" }));
  await waitFor(() => expect(fake.calls.find((call) => call.command === "copy")?.args).toEqual({ key: "key_0", old: true }));
  await expectAccessible();
});

test("what the app says before it is asked is drawn at once, and the first question brings the news", async () => {
  const { fake } = await open();
  cleanup();
  const other = new Fake({ now: () => NOON });
  other.view.settings.language = "en";
  const rows = fake.rows.slice(0, 2).map((row) => ({ ...row, name: `early ${row.name}` }));
  const keys = { ...(await fake.backend.keys.list({ search: "", environment: null, sort: "attention", offset: 0, limit: 100 })), rows, matches: 2, tall: [] };
  other.first = { app: other.view, keys };
  other.hold.add("list");
  render(App, { props: { desk: makeDesk(other.backend, () => NOON) } });
  expect(screen.getByRole("row", { name: rows[0]!.name })).toBeTruthy();
  other.release();
  expect(await screen.findByRole("row", { name: fake.rows[0]!.name })).toBeTruthy();
});

test("what the app told before it was asked is drawn before anything is asked", async () => {
  const fake = new Fake({ now: () => NOON });
  const page = await fake.backend.keys.list({ search: "", environment: null, sort: "attention", offset: 0, limit: 100 });
  fake.calls.length = 0;
  fake.first = { app: fake.view, keys: page };
  render(App, { props: { desk: makeDesk(fake.backend, fake.now, fake.now) } });
  expect(screen.getByRole("row", { name: page.rows[0]!.name })).toBeTruthy();
  await Promise.resolve();
  expect(fake.calls).toEqual([]);
  await waitFor(() => expect(fake.calls.map((call) => call.command)).toContain("status"));
  await waitFor(() => expect(fake.calls.map((call) => call.command)).toContain("list"));
});
