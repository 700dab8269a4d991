import { screen, waitFor } from "@testing-library/svelte";
import { expect, test } from "vitest";
import type { ClipboardView, ReaderView } from "$lib/view";
import { choose, expectAccessible, NOON, open } from "./window";

const reader = (program: string | null, more: Partial<ReaderView> = {}): ReaderView => ({ program, isManager: false, times: 1, hasty: null, ...more });
const key = { id: "key_2", name: "search-indexer-prod" };

function held(readers: ReaderView[], more: Partial<Extract<ClipboardView, { state: "held" }>> = {}): ClipboardView {
  return { state: "held", key, old: false, until: NOON + 30_000, total: 30_000, form: "raw", once: false, askPlace: false, receipts: { told: true, readers }, ...more };
}

async function bar(view: ClipboardView) {
  const opened = await open();
  opened.desk.app.takeClipboard(view);
  const status = screen.getByRole("status", { name: "Clipboard" });
  await waitFor(() => expect(status.textContent).toContain(key.name));
  return { ...opened, said: () => status.textContent!.replace(/\s+/g, " ") };
}

test.each([
  ["raw", "search-indexer-prod is on the clipboard. Clears in 30 s"],
  ["dotenv", "search-indexer-prod as .env line is on the clipboard."],
  ["curl", "search-indexer-prod as curl header is on the clipboard."],
  ["pythonCall", "search-indexer-prod as Python call is on the clipboard."],
] as const)("the form that was copied is named: %s", async (form, words) => {
  const { said } = await bar(held([], { form }));
  expect(said()).toContain(words);
});

test.each([
  [[reader("gnome-terminal-server")], "Read once by gnome-terminal-server."],
  [[reader("xterm", { times: 3 })], "Read 3 times by xterm."],
  [[reader("xterm", { times: 10 })], "Read often by xterm."],
  [[reader(null)], "Read once by a program without a name."],
  [[reader("copyq", { isManager: true }), reader("xterm")], "Read by copyq, a clipboard manager and xterm."],
])("who read it is said in passing: %o", async (readers, words) => {
  const { said } = await bar(held(readers));
  expect(said()).toContain(words);
  expect(screen.queryByRole("alert", { name: "Clipboard warning" })).toBeNull();
});

test("where nobody can tell who reads, this is said and nothing is made up", async () => {
  const { said } = await bar(held([], { receipts: { told: false, readers: [] } }));
  expect(said()).toContain("Who reads it cannot be told here.");
});

test("a reading that no person made is warned of until it is put away, also after the clear", async () => {
  const { desk, user } = await bar(held([reader("spyware", { hasty: 3 })], { askPlace: true }));
  const warning = await screen.findByRole("alert", { name: "Clipboard warning" });
  expect(warning.textContent).toContain("spyware read the secret 3 ms after it was copied");
  expect(warning.textContent).toContain("rotate the key");
  await expectAccessible();
  desk.app.takeClipboard({ state: "cleared", at: NOON, key, receipts: { told: true, readers: [reader("spyware", { hasty: 3 })] } });
  await waitFor(() => expect(screen.getByRole("status", { name: "Clipboard" }).textContent).toContain("Read once by spyware."));
  await user.click(screen.getByRole("button", { name: "Dismiss" }));
  expect(screen.queryByRole("alert", { name: "Clipboard warning" })).toBeNull();
});

test("copying as a form names it in the bar, and a copy for one paste says so", async () => {
  const { user, desk } = await open();
  await desk.app.saveSettings({ pasteOnce: true });
  await choose(user, key.name, "Copy as…");
  await user.click(await screen.findByRole("radio", { name: /\.env line/ }));
  await user.click(screen.getByRole("button", { name: "Copy" }));
  const status = screen.getByRole("status", { name: "Clipboard" });
  await waitFor(() => expect(status.textContent).toContain("as .env line"));
  expect(status.textContent).toContain("For one paste.");
});

test("clearing after the first paste is off until somebody switches it on", async () => {
  const { user, fake } = await open();
  await user.click(screen.getByRole("link", { name: "Settings" }));
  const choice = await screen.findByRole("checkbox", { name: "Clear after the first paste" });
  expect((choice as HTMLInputElement).checked).toBe(false);
  await user.click(choice);
  await waitFor(() => expect(fake.view.settings.pasteOnce).toBe(true));
});
