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
