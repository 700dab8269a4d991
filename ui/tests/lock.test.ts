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
  await waitFor(() => expect(fake.view.settings.lock).toEqual({ idleMinutes: null, hide: false }));
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
