import { screen, waitFor, within } from "@testing-library/svelte";
import { expect, test } from "vitest";
import { Fake } from "$lib/backend/fake";
import { expectAccessible, open } from "./window";

async function sheet(opened: Awaited<ReturnType<typeof open>>): Promise<HTMLElement> {
  await opened.user.click(screen.getByRole("button", { name: "New key" }));
  return screen.findByRole("dialog", { name: "New key" });
}
const tickets = (fake: Fake) =>
  fake.calls.filter((call) => call.command === "create").map((call) => (call.args as { input: { ticket: string } }).input.ticket);

test("a key is made from its parts, stowed, and copied without being shown", async () => {
  const opened = await open();
  const { user, fake } = opened;
  const dialog = await sheet(opened);
  const name = within(dialog).getByRole("textbox", { name: "Name" });
  await waitFor(() => expect(document.activeElement).toBe(name));
  expect(within(dialog).getByRole("group", { name: "Environment" })).toBeTruthy();
  expect(within(dialog).getByRole("combobox", { name: "Expires" })).toBeTruthy();
  await user.click(within(dialog).getByRole("radio", { name: "prod" }));
  await user.type(within(dialog).getByRole("textbox", { name: "Owner" }), "checkout");
  await user.type(within(dialog).getByRole("textbox", { name: "App" }), "worker");
  expect((name as HTMLInputElement).value).toBe("checkout-worker-prod");
  await user.click(within(within(dialog).getByRole("group", { name: "Scopes" })).getByRole("checkbox", { name: "read" }));
  await expectAccessible();
  await user.click(within(dialog).getByRole("button", { name: "Create key" }));
  await screen.findByRole("heading", { name: "Stowed" });
  const copy = screen.getByRole("button", { name: "Copy secret" });
  await waitFor(() => expect(document.activeElement).toBe(copy));
  await expectAccessible();
  await user.click(copy);
  await waitFor(() => expect(fake.view.clipboard.state).toBe("held"));
  const sent = fake.calls.find((call) => call.command === "create")!.args as { input: object };
  expect(sent.input).toMatchObject({ name: "checkout-worker-prod", environment: "prod", scopes: ["read"] });
});

test("what is missing is said in place, and nothing is sent", async () => {
  const opened = await open();
  const { user, asked } = opened;
  const dialog = await sheet(opened);
  const name = within(dialog).getByRole("textbox", { name: "Name" });
  await user.click(within(dialog).getByRole("button", { name: "Create key" }));
  expect(dialog.textContent).toContain("The name is empty.");
  expect(dialog.textContent).toContain("No scope is chosen.");
  expect(document.activeElement).toBe(name);
  await user.click(name);
  await user.paste("x".repeat(101));
  expect(dialog.textContent).toContain("The name has 101 characters");
  expect(asked("create")).toBe(0);
  await user.clear(name);
  await user.type(name, "payments-api-prod");
  await within(dialog).findByText(/There is a key with this name/);
});

test("pressing twice creates once", async () => {
  const opened = await open();
  const { user, fake, asked } = opened;
  const dialog = await sheet(opened);
  await user.type(within(dialog).getByRole("textbox", { name: "Name" }), "one-only");
  await user.click(within(dialog).getByRole("checkbox", { name: "read" }));
  fake.hold.add("create");
  await user.dblClick(within(dialog).getByRole("button", { name: "Create key" }));
  fake.release();
  await screen.findByRole("heading", { name: "Stowed" });
  expect(asked("create")).toBe(1);
});

test("an unknown outcome is not tried anew, a refusal may be", async () => {
  const opened = await open();
  const { user, fake } = opened;
  const dialog = await sheet(opened);
  await user.type(within(dialog).getByRole("textbox", { name: "Name" }), "perhaps");
  await user.click(within(dialog).getByRole("checkbox", { name: "read" }));
  const button = () => within(dialog).getByRole("button", { name: "Create key" });
  fake.refuse.set("create", Fake.error("throttled", "The portal asks to slow down.", "Nothing was changed.", "Wait.", fake.now() + 5000));
  await user.click(button());
  await within(dialog).findByText("The portal asks to slow down.");
  fake.refuse.set("create", Fake.error("outcome_unknown", "The answer did not arrive.", "It is being found out.", "Wait."));
  await user.click(button());
  await within(dialog).findByText("The answer did not arrive.");
  expect(new Set(tickets(fake)).size).toBe(2);
  expect(button().getAttribute("aria-disabled")).toBe("true");
  expect(within(dialog).getByRole("button", { name: "Read the list again" })).toBeTruthy();
});

test("a portal without listed scopes takes them in its own words", async () => {
  const opened = await open({}, (fake) => {
    fake.view.accounts = fake.view.accounts.map((one) => ({ ...one, abilities: { ...one.abilities!, scopes: [], expiry: false, environments: [] } }));
  });
  const { user, fake } = opened;
  const dialog = await sheet(opened);
  expect(within(dialog).queryByRole("combobox", { name: "Expires" })).toBeNull();
  await user.type(within(dialog).getByRole("textbox", { name: "Name" }), "plain");
  await user.type(within(dialog).getByRole("textbox", { name: "Scopes" }), "catalog.read, catalog.write");
  await user.click(within(dialog).getByRole("button", { name: "Create key" }));
  await screen.findByRole("heading", { name: "Stowed" });
  const sent = fake.calls.find((call) => call.command === "create")!.args as { input: object };
  expect(sent.input).toMatchObject({ scopes: ["catalog.read", "catalog.write"], environment: null, expiresAt: null });
});
