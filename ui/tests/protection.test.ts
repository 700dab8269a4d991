import { screen, waitFor } from "@testing-library/svelte";
import { expect, test } from "vitest";
import { expectAccessible, open } from "./window";

test("a passphrase is chosen, changed and given up without a field in the page", async () => {
  const { user, desk, asked } = await open();
  desk.app.screen = "settings";
  await screen.findByText(/The keyring of this desktop/);
  await user.click(screen.getByRole("button", { name: "Use a passphrase…" }));
  await screen.findByText(/Nobody can recover a forgotten passphrase/);
  expect(document.querySelectorAll("input[type=password]").length).toBe(0);
  await expectAccessible();
  await user.click(screen.getByRole("button", { name: "Change passphrase…" }));
  await waitFor(() => expect(asked("changePassphrase")).toBe(1));
  await screen.findByText(/The passphrase was changed/);
  await user.click(screen.getByRole("button", { name: "Use the keyring again…" }));
  await screen.findByRole("button", { name: "Use a passphrase…" });
});

test("a passphrase that was wrong is told where it was asked for, and a question that was closed is no failure", async () => {
  const { fake, user, desk } = await open({}, (fake) => {
    fake.view.protection = { passphrase: true, leftover: true, onOffer: true, asking: false };
  });
  desk.app.screen = "settings";
  await screen.findByText(/The keyring still has the vault’s key/);
  const trouble = (code: string) => ({ code, message: `Said of ${code}.`, meaning: "m.", remedy: "r.", facts: {}, retryAt: null });
  fake.refuse.set("changePassphrase", trouble("passphrase_dismissed"));
  await user.click(screen.getByRole("button", { name: "Change passphrase…" }));
  fake.refuse.set("changePassphrase", trouble("passphrase_wrong"));
  await user.click(screen.getByRole("button", { name: "Change passphrase…" }));
  await screen.findByText("Said of passphrase_wrong.");
  expect(screen.getAllByRole("alert").length).toBe(1);
  expect(document.body.textContent).not.toContain("Said of passphrase_dismissed.");
});

test("where nobody can be asked for a passphrase, none is offered", async () => {
  const { desk } = await open({}, (fake) => {
    fake.view.protection = { passphrase: false, leftover: false, onOffer: false, asking: false };
  });
  desk.app.screen = "settings";
  await screen.findByText(/on Linux only/);
  expect(screen.queryByRole("button", { name: "Use a passphrase…" })).toBeNull();
});

test("a vault under a passphrase says so on its locked screen", async () => {
  await open({}, (fake) => {
    fake.view.protection = { passphrase: true, leftover: false, onOffer: true, asking: false };
    fake.view = { ...fake.view, vault: { state: "locked", error: null }, lock: { cause: "start", hidden: true } };
  });
  await screen.findByText("Keystow was started. Your passphrase opens it.");
  screen.getByRole("button", { name: "Unlock with passphrase…" });
});
