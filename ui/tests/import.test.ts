import { screen, waitFor, within } from "@testing-library/svelte";
import { expect, test } from "vitest";
import { Fake } from "$lib/backend/fake";
import { expectAccessible, open, row } from "./window";

const NAME = "partner-feed-importer-prod";

async function openNoSecret() {
  const opened = await open();
  await opened.user.click(within(await row(NAME)).getByRole("button", { name: `Copy secret of ${NAME}` }));
  const dialog = await screen.findByRole("dialog", { name: `The secret of ${NAME} is not on this device` });
  return { ...opened, dialog };
}

test.each([
  [{ tried: true, left: "cleared" as const }, /is on this device\. The portal accepts it\. The clipboard is cleared\./],
  [{ tried: false, left: "replaced" as const }, /there is nowhere to try it\. Something else is on the clipboard already\./],
  [{ tried: true, left: "unverified" as const }, /The clipboard may still hold it: copy something else\./],
])("an imported secret says what is proven of it and what the clipboard has: %o", async (imported, words) => {
  const { fake, user, dialog } = await openNoSecret();
  fake.imported = imported;
  await expectAccessible();
  await user.click(within(dialog).getByRole("button", { name: "Import" }));
  await screen.findByText(words);
  await waitFor(async () => expect(within(await row(NAME)).queryByText("No secret here")).toBeNull());
});

test("what is not the secret is refused in the dialog, and the other way stays", async () => {
  const { fake, user, dialog } = await openNoSecret();
  fake.refuse.set("importSecret", Fake.error("paste_unlike", "Nothing on the clipboard looks like the secret of this key.", "Nothing was taken.", "Compare it."));
  await user.click(within(dialog).getByRole("button", { name: "Import" }));
  await within(dialog).findByText("Nothing on the clipboard looks like the secret of this key.");
  await user.click(within(dialog).getByRole("button", { name: "Rotate…" }));
  await screen.findByRole("dialog", { name: `Rotate ${NAME}` });
});

test("a secret is taken from a chosen file, which is told to have it still", async () => {
  const { user, dialog } = await openNoSecret();
  await user.click(within(dialog).getByRole("button", { name: "Choose a file…" }));
  await screen.findByText(/The portal accepts it\. It still stands in deploy\/production\.env: remove it there\./);
});

test("where several variables look like it, one is named, and a dialog that is closed changes nothing", async () => {
  const { fake, user, dialog } = await openNoSecret();
  fake.file = null;
  await user.click(within(dialog).getByRole("button", { name: "Choose a file…" }));
  expect(within(dialog).queryByRole("group")).toBeNull();
  fake.file = { path: "deploy/production.env", variables: ["PARTNER_KEY", "PARTNER_KEY_OLD"] };
  await user.click(within(dialog).getByRole("button", { name: "Choose a file…" }));
  const which = await within(dialog).findByRole("group", { name: "Several variables in deploy/production.env look like it. Which one is it?" });
  await expectAccessible();
  await user.click(within(which).getByRole("button", { name: "PARTNER_KEY_OLD" }));
  await screen.findByText(/It still stands in deploy\/production\.env/);
  const asked = fake.calls.filter(({ command }) => command === "importFile").map(({ args }) => (args as { variable: string | null }).variable);
  expect(asked).toEqual([null, null, "PARTNER_KEY_OLD"]);
});
