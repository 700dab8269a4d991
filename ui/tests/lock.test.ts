import { screen, waitFor, within } from "@testing-library/svelte";
import { expect, test } from "vitest";
import type { LockCauseView } from "$lib/view";
import type { Fake } from "$lib/backend/fake";
import { expectAccessible, open, row } from "./window";

/** The app locks by itself, whatever the window does. */
function locks(fake: Fake, cause: LockCauseView): void {
  const { hide } = fake.view.settings.lock;
  fake.view = { ...fake.view, vault: { state: "locked", error: null }, lock: { cause, hidden: hide } };
  fake.say({ kind: "app", view: fake.view });
  fake.say({ kind: "keys" });
}

test("a lock hides every key and every dialog, says why, and one press leads back to where one was", async () => {
  const { fake, user, desk } = await open();
  await row("search-indexer-prod");
  await user.click(screen.getByRole("button", { name: "New key" }));
  await screen.findByRole("dialog", { name: "New key" });
  locks(fake, "sleep");
  await screen.findByRole("heading", { name: "Keystow is locked" });
  expect(screen.getByRole("status").textContent).toBe("The computer went to sleep.");
  expect(screen.queryByRole("dialog")).toBeNull();
  expect(document.body.textContent).not.toContain("search-indexer-prod");
  expect(desk.keys.head).toBeNull();
  await expectAccessible();
  const unlock = screen.getByRole("button", { name: "Unlock" });
  await waitFor(() => expect(document.activeElement).toBe(unlock));
  await user.keyboard("{Enter}");
  await screen.findByRole("dialog", { name: "New key" });
  await waitFor(() => expect(desk.keys.head).not.toBeNull());
});

test("after unlocking, the list is there again and copies", async () => {
  const { user, asked } = await open();
  for (const times of [1, 2]) {
    await user.click(screen.getByRole("button", { name: "Lock now" }));
    await user.click(await screen.findByRole("button", { name: "Unlock" }));
    await user.click(within(await row("search-indexer-prod")).getByRole("button", { name: "Copy secret of search-indexer-prod" }));
    await waitFor(() => expect(asked("copy")).toBe(times));
  }
});

test("an unlock that fails says why and can be tried again", async () => {
  const { fake, user, asked } = await open();
  locks(fake, "idle");
  fake.view = { ...fake.view, vault: { state: "unavailable", error: { code: "keyring_locked", message: "The keyring is locked.", meaning: "m.", remedy: "r.", facts: {}, retryAt: null } } };
  fake.say({ kind: "app", view: fake.view });
  await screen.findByText(/The keyring is locked/);
  await user.click(screen.getByRole("button", { name: "Unlock" }));
  expect(asked("unlock")).toBe(1);
});

test("the settings say what is watched here, and every choice is kept at once", async () => {
  const { fake, user, desk } = await open({}, (fake) => {
    fake.view.watches = { idle: false, screen: false, sleep: true };
  });
  desk.app.screen = "settings";
  const choice = await screen.findByRole("combobox", { name: "Lock when nobody is here for" });
  expect(document.body.textContent).toContain("time without using Keystow counts");
  expect(document.body.textContent).toContain("This system does not tell when the desktop is locked.");
  await user.selectOptions(choice, "Never");
  await waitFor(() => expect(fake.view.settings.lock.idleMinutes).toBeNull());
  await user.click(screen.getByRole("checkbox", { name: "Hide the keys while it is locked" }));
  await waitFor(() => expect(fake.view.settings.lock).toEqual({ idleMinutes: null, hide: false, askProduction: false }));
  await screen.findByText(/Names and states stay to be seen/);
  await expectAccessible();
});

test("use of the window is told, now and then, only where the desktop does not tell", async () => {
  let now = Date.UTC(2026, 10, 20);
  const { fake, user, asked } = await open({ now: () => now });
  await user.click(screen.getByRole("button", { name: "Lock now" }));
  expect(asked("used")).toBe(0);
  fake.view = { ...fake.view, watches: { idle: false, screen: false, sleep: false } };
  fake.say({ kind: "app", view: fake.view });
  await user.keyboard("a");
  await user.keyboard("b");
  await waitFor(() => expect(asked("used")).toBe(1));
  now += 6000;
});

/** A window where production keys ask. */
const asking = (fake: Fake) => void (fake.view.settings.lock.askProduction = true);
const KEY = "search-indexer-prod";
const copyButton = async () => within(await row(KEY)).getByRole("button", { name: `Copy secret of ${KEY}` });

test("a production key that asks is copied once the person says so twice, and each time anew", async () => {
  const { user, desk, asked } = await open({}, asking);
  for (const times of [1, 2]) {
    await user.click(await copyButton());
    const dialog = await screen.findByRole("dialog", { name: "A production key asks first" });
    expect(dialog.textContent).toContain(KEY);
    await waitFor(() => expect(document.activeElement).toBe(within(dialog).getByRole("button", { name: "Cancel" })));
    await expectAccessible();
    await user.click(within(dialog).getByRole("button", { name: "Give the secret" }));
    await waitFor(() => expect(desk.app.clipboard.state).toBe("held"));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(asked("allow")).toBe(times);
    await desk.app.clearClipboard();
  }
});

test("whoever cancels the question copied nothing, and nothing failed", async () => {
  const { user, desk, asked } = await open({}, asking);
  await user.click(await copyButton());
  await user.keyboard("{Escape}");
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  expect([asked("copy"), asked("allow"), desk.app.clipboard.state]).toEqual([1, 0, "empty"]);
  expect((await copyButton()).textContent).toContain("Copy");
  expect(desk.app.notCopied.size).toBe(0);
});

test("a lock takes the question away with everything else", async () => {
  const { fake, user, asked } = await open({}, asking);
  await user.click(await copyButton());
  await screen.findByRole("dialog", { name: "A production key asks first" });
  locks(fake, "screen");
  await screen.findByRole("heading", { name: "Keystow is locked" });
  expect(screen.queryByRole("dialog")).toBeNull();
  expect(asked("allow")).toBe(0);
});

test("what a lock kept from being copied is no failure any more once it is open", async () => {
  const { fake, user, desk } = await open();
  const why = { code: "vault_locked", message: "m.", meaning: "m.", remedy: "r.", facts: {}, retryAt: null };
  fake.refuse.set("copy", why);
  await user.click(await copyButton());
  await waitFor(() => expect(desk.app.notCopied.size).toBe(1));
  fake.refuse.clear();
  locks(fake, "sleep");
  await user.click(await screen.findByRole("button", { name: "Unlock" }));
  await row(KEY);
  expect(desk.app.notCopied.size).toBe(0);
});
