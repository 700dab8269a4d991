import { screen, waitFor, within } from "@testing-library/svelte";
import { expect, test } from "vitest";
import { Fake } from "$lib/backend/fake";
import { expectAccessible, open } from "./window";

async function apps(prepare: (fake: Fake) => void = () => {}) {
  const opened = await open({ keys: 24 }, (fake) => (fake.apps.fill(), fake.clients.fill(), prepare(fake)));
  await opened.user.click(await screen.findByRole("link", { name: "Apps" }));
  await screen.findByRole("heading", { name: "Apps" });
  return opened;
}
async function clients(prepare?: (fake: Fake) => void) {
  const opened = await apps(prepare);
  await opened.user.click(screen.getByRole("button", { name: "OAuth clients" }));
  await screen.findByRole("listitem", { name: "Harbour kiosk" });
  return opened;
}

test("clients are rows like keys: with their kind, and a copy where there is something to copy", async () => {
  const { user, asked } = await clients();
  const row = (name: string) => within(screen.getByRole("listitem", { name }));
  expect(row("Harbour web sign-in").getByText("OAuth")).toBeTruthy();
  expect(row("Nightly price export").getByText("JWT")).toBeTruthy();
  expect(row("Nightly price export").getByRole("button", { name: "Open rotation" })).toBeTruthy();
  const nothing = row("Harbour kiosk").getByRole("button", { name: "Copy secret of Harbour kiosk" });
  expect(nothing.textContent).toContain("No secret");
  await user.click(nothing);
  expect(asked("copy")).toBe(0);
  await expectAccessible();
});

test("a client is made once, and what comes with it is stowed", async () => {
  const { fake, user, asked } = await clients();
  await user.click(screen.getByRole("button", { name: "New OAuth client" }));
  const dialog = within(await screen.findByRole("dialog", { name: "New OAuth client" }));
  await user.click(dialog.getByRole("button", { name: "Create client" }));
  expect(dialog.getByRole("textbox", { name: "Name" }).getAttribute("aria-invalid")).toBe("true");
  await user.type(dialog.getByRole("textbox", { name: "Name" }), "Night shift");
  await user.click(dialog.getByRole("radio", { name: "Not at all (public)" }));
  await user.click(dialog.getByRole("button", { name: "Create client" }));
  expect(dialog.getByText("A public client needs a place to come back to. Add a redirect URI.")).toBeTruthy();
  expect(asked("createClient")).toBe(0);
  await user.click(dialog.getByRole("radio", { name: "With what it signs (JWT)" }));
  await expectAccessible();
  await user.click(dialog.getByRole("button", { name: "Create client" }));
  await screen.findByRole("heading", { name: "Stowed" });
  expect(asked("createClient")).toBe(1);
  const sent = fake.calls.find((call) => call.command === "createClient")!;
  expect(sent.args).toMatchObject({ input: { name: "Night shift", proof: "signature", redirectUris: [], app: null } });
});

test("each wrong redirect URI is named at its own field", async () => {
  const wrong = { ...Fake.error("client_invalid", "The portal did not take what is written in some fields.", "Nothing was changed.", "Change it."), fields: [{ field: "redirectUris[1]", why: "must have no fragment" }] };
  const { user, fake } = await clients((fake) => fake.refuse.set("changeClient", wrong));
  const edited = within(screen.getByRole("listitem", { name: "Harbour web sign-in" }));
  await user.click(edited.getByRole("button", { name: "More actions for Harbour web sign-in" }));
  await user.click(await screen.findByRole("menuitem", { name: /^Edit client…/ }));
  const dialog = within(await screen.findByRole("dialog", { name: "Edit Harbour web sign-in" }));
  await user.click(dialog.getByRole("button", { name: "Save" }));
  await waitFor(() => expect(dialog.getByRole("textbox", { name: "Redirect URI 2" }).getAttribute("aria-invalid")).toBe("true"));
  expect(dialog.getByRole("textbox", { name: "Redirect URI 1" }).getAttribute("aria-invalid")).toBe("false");
  expect(dialog.getByText("must have no fragment")).toBeTruthy();
  fake.refuse.clear();
  await user.click(dialog.getByRole("button", { name: "Save" }));
  await screen.findByText("Harbour web sign-in is saved.");
});

test("the bill says what was counted, by what rule, and what the portal does not tell", async () => {
  const { fake, user } = await apps();
  await user.click(screen.getByRole("button", { name: "Billing" }));
  const rows = within(await screen.findByRole("table", { name: "By key and client" })).getAllByRole("row").slice(1);
  expect(rows[0]!.textContent).toContain("4,812 of 1,000,000");
  expect(screen.getByText(/the first acquisition counts, and a repeat within its life does not/)).toBeTruthy();
  const byApp = within(screen.getByRole("table", { name: "By app" })).getAllByRole("row").slice(1);
  expect(byApp[1]!.textContent).toContain("deleted");
  expect(byApp[1]!.textContent).toContain("not told");
  await expectAccessible();
  await user.click(screen.getByRole("button", { name: "Save as CSV" }));
  await screen.findByText(/keystow-bill-2026-11-30.csv/);
  await user.selectOptions(screen.getByRole("combobox", { name: "Month" }), "2");
  await screen.findByText("Nothing was counted in this month");
  expect(fake.calls.filter((call) => call.command === "bill").at(-1)!.args).toEqual({ monthsBack: 2 });
});

test("a portal without clients and without a bill has no way to them", async () => {
  await apps((fake) => {
    fake.view.accounts = fake.view.accounts.map((one) => ({ ...one, abilities: one.abilities && { ...one.abilities, clients: false, bill: false } }));
  });
  expect(screen.queryByRole("button", { name: "OAuth clients" })).toBeNull();
  expect(screen.queryByRole("button", { name: "Billing" })).toBeNull();
});
