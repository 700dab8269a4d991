import { screen, waitFor, within } from "@testing-library/svelte";
import { expect, test } from "vitest";
import { Fake } from "$lib/backend/fake";
import { choose, expectAccessible, open, row } from "./window";

const NAME = "search-indexer-prod";

async function openForms() {
  const opened = await open();
  await choose(opened.user, NAME, "Copy as…");
  const dialog = await screen.findByRole("dialog", { name: `Copy ${NAME} as` });
  await within(dialog).findByRole("radio", { name: "Shell export" });
  return { ...opened, dialog, preview: () => within(dialog).getByRole("region", { name: "What will be copied, with the secret hidden" }) };
}

test("a form is chosen and copied with the keyboard alone, and the mask stands for the secret", async () => {
  const { fake, user, dialog, preview } = await openForms();
  await waitFor(() => expect(document.activeElement).toBe(within(dialog).getByRole("radio", { name: "Secret only" })));
  await user.keyboard("{ArrowDown}{ArrowDown}");
  expect(preview().textContent).toContain("export SEARCH_INDEXER_PROD_KEY='");
  expect(within(preview()).getByRole("img").getAttribute("aria-label")).toContain("secret, hidden");
  await expectAccessible();
  await user.keyboard("{Enter}");
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  const input = { key: fake.rows.find((one) => one.name === NAME)!.id, kind: "export", id: "export", variable: "SEARCH_INDEXER_PROD_KEY" };
  expect(fake.calls.find((call) => call.command === "copyAs")?.args).toEqual({ input });
  expect(screen.getByRole("status", { name: "Clipboard" }).textContent).toContain(NAME);
});

test("the form and the name are there again the next time", async () => {
  const { user, dialog } = await openForms();
  await user.click(within(dialog).getByRole("radio", { name: ".env line" }));
  const field = within(dialog).getByRole("textbox", { name: "Variable name" });
  await user.clear(field);
  await user.type(field, "SHOP{Enter}");
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  await choose(user, NAME, "Copy as…");
  const again = await screen.findByRole("dialog", { name: `Copy ${NAME} as` });
  await waitFor(() => expect(within(again).getByRole<HTMLInputElement>("radio", { name: ".env line" }).checked).toBe(true));
  expect(within(again).getByRole<HTMLInputElement>("textbox", { name: "Variable name" }).value).toBe("SHOP");
});

test("a name that no shell takes is told under the field and copies nothing", async () => {
  const { user, asked, dialog } = await openForms();
  const field = within(dialog).getByRole("textbox", { name: "Variable name" });
  await user.clear(field);
  await user.type(field, "1-2");
  await within(dialog).findByText(/begin with no digit/);
  await user.keyboard("{Enter}");
  expect(asked("copyAs")).toBe(0);
  await user.clear(field);
  await user.type(field, "OK");
  await waitFor(() => expect(within(dialog).queryByText(/begin with no digit/)).toBeNull());
});

test("a copy that fails stays in the dialog and says why", async () => {
  const { fake, user, dialog } = await openForms();
  fake.refuse.set("copyAs", Fake.error("clipboard_failed", "The secret could not be put on the clipboard.", "Nothing was copied.", "Check the session."));
  await user.click(within(dialog).getByRole("button", { name: "Copy" }));
  await within(dialog).findByText("Nothing was copied.", { exact: false });
  expect(screen.getByRole("status", { name: "Clipboard" }).textContent).not.toContain(NAME);
});

test("a template is written, used, changed and removed", async () => {
  const { user, dialog, preview } = await openForms();
  await user.click(within(dialog).getByRole("button", { name: "New template…" }));
  const name = within(dialog).getByRole("textbox", { name: "Template name" });
  await waitFor(() => expect(document.activeElement).toBe(name));
  await user.type(name, "Helm");
  const text = within(dialog).getByRole("textbox", { name: "Template" });
  await user.clear(text);
  await user.type(text, "--set key=");
  await user.click(within(dialog).getByRole("button", { name: "Save template" }));
  await within(dialog).findByText(/no place for the secret/);
  await user.type(text, "{{{{secret}}");
  await user.click(within(dialog).getByRole("button", { name: "Save template" }));
  const own = await within(dialog).findByRole<HTMLInputElement>("radio", { name: "Helm" });
  await waitFor(() => expect(own.checked).toBe(true));
  expect(preview().textContent).toContain("--set key=");
  await expectAccessible();
  await user.click(within(dialog).getByRole("button", { name: "Remove template" }));
  await waitFor(() => expect(within(dialog).queryByRole("radio", { name: "Helm" })).toBeNull());
});

test("GitHub Actions gets the secret through its own program, and the dialog says so", async () => {
  const { fake, user, dialog, preview } = await openForms();
  await user.click(within(dialog).getByRole("radio", { name: "GitHub Actions" }));
  expect(preview().textContent).toContain("gh secret set SEARCH_INDEXER_PROD_KEY --repo OWNER/REPO");
  fake.refuse.set("push", Fake.error("gh_missing", "GitHub's program “gh” is not on this computer.", "Nothing.", "Install it."));
  await user.type(within(dialog).getByRole("textbox", { name: "Repository" }), "acme/shop{Enter}");
  await within(dialog).findByText(/not on this computer/);
  fake.refuse.clear();
  await user.click(within(dialog).getByRole("button", { name: "Set secret" }));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  await screen.findByText("SEARCH_INDEXER_PROD_KEY is set as a secret of acme/shop.");
  expect(screen.getByRole("status", { name: "Clipboard" }).textContent).not.toContain(NAME);
});

test("Shift and C open the forms from the list, and the focus comes back to the row", async () => {
  const { user } = await open();
  await row("payments-api-prod");
  await user.keyboard("{ArrowDown}{ArrowDown}{Shift>}C{/Shift}");
  await screen.findByRole("dialog", { name: `Copy ${NAME} as` });
  await user.keyboard("{Escape}");
  await waitFor(() => expect(document.activeElement?.getAttribute("aria-label")).toBe(NAME));
});

async function openQuickStart() {
  const opened = await open();
  await choose(opened.user, NAME, "Quick start…");
  const dialog = await screen.findByRole("dialog", { name: `Call with ${NAME}` });
  await within(dialog).findByRole("radio", { name: "Python" });
  return { ...opened, dialog };
}

test("a first call is copied in the language of the person, with the mask for the secret", async () => {
  const { fake, user, dialog } = await openQuickStart();
  await user.click(within(dialog).getByRole("radio", { name: "Python" }));
  const preview = within(dialog).getByRole("region", { name: "What will be copied, with the secret hidden" });
  expect(preview.textContent).toContain("urllib.request.Request(");
  expect(within(preview).getByRole("img").getAttribute("aria-label")).toContain("secret, hidden");
  await expectAccessible();
  await user.click(within(dialog).getByRole("button", { name: "Copy call" }));
  await waitFor(() => expect(fake.calls.find((call) => call.command === "copyAs")?.args).toMatchObject({ input: { kind: "pythonCall", id: "python_call" } }));
});

test.each([
  [{ status: 200 }, /The secret works\. 99 of 100 calls left/],
  [{ status: 401 }, /The secret was refused/],
  [{ status: 429, remaining: 0 }, /The limit is used up.*0 of 100 calls left/],
  [{ status: 302, limit: null }, /says nothing about the secret.*names no rate limit/],
])("a call made from here says what its answer means: %o", async (answer, words) => {
  const { fake, user, dialog } = await openQuickStart();
  fake.call = { ...fake.call, ...answer };
  await user.click(within(dialog).getByRole("button", { name: "Try it" }));
  await within(dialog).findByText(`Answered ${answer.status} in 38 ms`);
  await within(dialog).findByText(words);
});

test("a portal without an address for first calls asks for one", async () => {
  const opened = await open();
  const row = opened.fake.rows.find((one) => one.name === NAME)!;
  opened.fake.rotations.kept(row.id).probe = null;
  await choose(opened.user, NAME, "Quick start…");
  const dialog = await screen.findByRole("dialog", { name: `Call with ${NAME}` });
  await within(dialog).findByText("This portal names no address for a first call.");
  await opened.user.click(within(dialog).getByRole("button", { name: /Change/ }));
  await opened.user.type(within(dialog).getByRole("textbox", { name: /Address/ }), "https://api.example/v1/ping");
  await opened.user.click(within(dialog).getByRole("button", { name: "Use this" }));
  await within(dialog).findByRole("radio", { name: "curl" });
  expect(dialog.textContent).toContain("https://api.example/v1/ping");
});
