import { render, screen, within } from "@testing-library/svelte";
import userEvent, { type UserEvent } from "@testing-library/user-event";
import { expect, test } from "vitest";
import Picker from "../src/picker/Picker.svelte";
import { FakePicker } from "../src/picker/fake";
import { PickerState } from "../src/picker/state.svelte";
import { hotkeyOf } from "../src/screens/settings/hotkey";
import { failure } from "$lib/backend/failure";
import { choose, expectAccessible, NOON, open } from "./window";

/** The picker over an app in memory, and a person in front of it. */
async function pick(prepare: (fake: FakePicker) => void = () => {}): Promise<{ fake: FakePicker; user: UserEvent; asked: (command: string) => unknown[][] }> {
  const fake = new FakePicker(24, NOON);
  prepare(fake);
  render(Picker, { props: { picker: new PickerState(fake.backend) } });
  const user = userEvent.setup();
  const asked = (command: string) => fake.calls.filter((call) => call.command === command).map((call) => call.args);
  await screen.findByRole("combobox", { name: "Find a key" });
  return { fake, user, asked };
}

const named = (fake: FakePicker, name: string) => fake.keys.find((key) => key.name === name)!;
const options = () => screen.queryAllByRole("option").map((one) => one.getAttribute("aria-label"));
const chosen = () => screen.getByRole("option", { selected: true });

test("it draws what it was handed without a question, and the field has the focus", async () => {
  const { fake } = await pick((fake) => (fake.pinned = [named(fake, "checkout-web-staging").id]));
  expect(fake.calls).toEqual([]);
  expect(document.activeElement).toBe(screen.getByRole("combobox"));
  expect(options()[0]).toBe("checkout-web-staging");
  expect(within(screen.getByRole("group", { name: "Pinned" })).getAllByRole("option")).toHaveLength(1);
  expect(screen.getByRole("combobox").getAttribute("aria-activedescendant")).toBe(chosen().id);
  await expectAccessible();
});

test("letters, arrows and Enter copy one secret, and the field is empty the next time", async () => {
  const { fake, user, asked } = await pick();
  await user.keyboard("staging");
  await expect.poll(options).toEqual(fake.view("staging").rows.map((row) => row.name));
  expect(chosen().querySelector("mark")?.textContent).toBe("staging");
  await user.keyboard("{ArrowDown}{ArrowDown}{ArrowUp}");
  const second = fake.view("staging").rows[1]!;
  expect(chosen().getAttribute("aria-label")).toBe(second.name);
  await user.keyboard("{ArrowUp}{Enter}");
  await expect.poll(() => asked("copy").length).toBe(1);
  expect(asked("copy")[0]).toEqual(["a1", fake.view("staging").rows[0]!.id]);
  await expect.poll(() => screen.getByRole<HTMLInputElement>("combobox").value).toBe("");
});

test("Enter right after the last letter copies what was typed, not what was still shown", async () => {
  const { fake, user, asked } = await pick();
  let answer = () => {};
  fake.hold = new Promise((resolve) => (answer = resolve));
  await user.keyboard("staging{ArrowDown}{Enter}");
  expect(asked("copy")).toEqual([]);
  answer();
  await expect.poll(() => asked("copy")).toEqual([["a1", fake.view("staging").rows[1]!.id]]);
});

test("keys that were pressed before the page was there are done in their order", async () => {
  const typed = await pick((fake) => (fake.early = [..."stagingx", "Backspace", "ArrowDown", "Enter"]));
  await expect.poll(() => typed.asked("copy")).toEqual([["a1", typed.fake.view("staging").rows[1]!.id]]);
});

test("a digit that was pressed before the page was there copies by number", async () => {
  const { fake, asked } = await pick((fake) => (fake.early = ["2"]));
  await expect.poll(() => asked("copy")).toEqual([["a1", fake.view().rows[1]!.id]]);
});

test("a digit copies by number while nothing is typed, and with Alt always", async () => {
  const { fake, user, asked } = await pick((fake) => (fake.pinned = [named(fake, "checkout-web-staging").id]));
  await user.keyboard("1");
  await expect.poll(() => asked("copy")).toEqual([["a1", named(fake, "checkout-web-staging").id]]);
  await user.keyboard("pa1");
  expect(screen.getByRole<HTMLInputElement>("combobox").value).toBe("pa1");
  expect(asked("copy")).toHaveLength(1);
  await user.keyboard("{Backspace}{Alt>}1{/Alt}");
  await expect.poll(() => asked("copy").length).toBe(2);
});

test("Escape puts it away, and Alt P pins the chosen key and takes the pin away", async () => {
  const { fake, user, asked } = await pick();
  await user.keyboard("{ArrowDown}");
  const name = chosen().getAttribute("aria-label")!;
  await user.keyboard("{Alt>}p{/Alt}");
  await expect.poll(() => fake.pinned).toEqual([named(fake, name).id]);
  await expect.poll(() => chosen().getAttribute("aria-label")).toBe(name);
  await user.keyboard("{Alt>}p{/Alt}");
  await expect.poll(() => fake.pinned).toEqual([]);
  await user.keyboard("{Escape}");
  await expect.poll(() => asked("hide").length).toBe(1);
});

test("a key without a secret, a dead one and a locked vault say so, and copy nothing", async () => {
  const { fake, user, asked } = await pick();
  const absent = fake.keys.find((key) => key.copy === "noSecret")!;
  await user.keyboard(absent.name);
  await screen.findByText(/Its secret is not on this device. Enter opens Keystow/);
  await user.keyboard("{Enter}");
  await expect.poll(() => asked("openMain").length).toBe(1);
  const dead = fake.keys.find((key) => key.copy === "dead")!;
  await user.clear(screen.getByRole("combobox"));
  await user.keyboard(dead.name);
  await screen.findByText("Not accepted any more: nothing to copy");
  await user.keyboard("{Enter}");
  fake.vault = "locked";
  fake.say({ kind: "reset", view: fake.view() });
  await screen.findByText("The vault is locked. Enter opens Keystow to unlock it.");
  await user.keyboard("{Enter}");
  await expect.poll(() => asked("openMain").length).toBe(2);
  expect(asked("copy")).toEqual([]);
});

test("a rotating key says which secret it copies, and a copy that failed says why and what to do", async () => {
  const { fake, user } = await pick();
  const rotating = fake.keys.find((key) => key.status.kind === "rotating")!;
  await user.keyboard(rotating.name);
  await screen.findByText("Rotating: copies the new secret");
  expect(within(chosen()).getByText("Copy new secret")).toBeTruthy();
  fake.refuse = { ...failure("clipboard_absent"), message: "There is no clipboard.", meaning: "Nothing was copied.", remedy: "Start one." };
  await user.keyboard("{Enter}");
  const told = await screen.findByRole("alert");
  expect(told.textContent).toContain("Not copied: There is no clipboard. Start one.");
  await user.keyboard("x");
  await expect.poll(() => screen.queryByRole("alert")).toBeNull();
});

test("no key and no match say what to do next", async () => {
  const { fake, user, asked } = await pick((fake) => (fake.keys = []));
  await screen.findByText("No keys yet");
  await user.keyboard("{Enter}");
  await expect.poll(() => asked("openMain").length).toBe(1);
  fake.keys = new FakePicker(3, NOON).keys;
  await user.keyboard("qqq");
  await screen.findByText("No key matches qqq");
  await user.click(screen.getByRole("button", { name: "Clear the field" }));
  await expect.poll(() => options().length).toBe(3);
  await expectAccessible();
});

test("a key is pinned from its row in the list", async () => {
  const { fake, user } = await open();
  const name = fake.rows[0]!.name;
  await choose(user, name, "Pin in the picker");
  await expect.poll(() => fake.view.pinned).toEqual([fake.rows[0]!.id]);
  await choose(user, name, "Unpin from the picker");
  await expect.poll(() => fake.view.pinned).toEqual([]);
});

test("the picker's key is chosen by pressing it, and one that is taken says so", async () => {
  const { fake, user } = await open();
  await user.click(screen.getByRole("link", { name: "Settings" }));
  await user.click(await screen.findByRole("button", { name: "Change" }));
  await user.keyboard("k");
  await screen.findByText(/Hold Ctrl, Alt or the system key/);
  await user.keyboard("{Control>}{Shift>}[KeyJ]{/Shift}{/Control}");
  await expect.poll(() => fake.view.settings.hotkey).toBe("Ctrl+Shift+J");
  fake.say({ kind: "app", view: { ...fake.view, desktop: { hotkey: "taken", tray: false, kind: "other" } } });
  await screen.findByText(/Another program has this key/);
  await screen.findByText(/closing the window ends Keystow/);
  fake.say({ kind: "app", view: { ...fake.view, desktop: { hotkey: "absent", tray: false, kind: "sway" } } });
  await screen.findByText(/bindsym Ctrl\+Mod1\+k exec keystow pick/);
  await user.click(screen.getByRole("button", { name: "Remove" }));
  await expect.poll(() => fake.view.settings.hotkey).toBeNull();
  await expectAccessible();
});

test("a key is written by its place, and what types something is none", () => {
  const press = (init: KeyboardEventInit) => hotkeyOf(new KeyboardEvent("keydown", init));
  expect(press({ key: "˚", code: "KeyK", ctrlKey: true, altKey: true })).toBe("Ctrl+Alt+K");
  expect(press({ key: "F5", code: "F5", metaKey: true })).toBe("Super+F5");
  expect(press({ key: "Shift", code: "ShiftLeft", shiftKey: true })).toBe("more");
  expect(press({ key: "K", code: "KeyK", shiftKey: true })).toBeNull();
  expect(press({ key: "F13", code: "F13", ctrlKey: true })).toBeNull();
});

test("a production key that asks is copied by a second Enter, and by none after another row was chosen", async () => {
  const { fake, user, asked } = await pick();
  const why = { code: "presence_wanted", message: "m.", meaning: "m.", remedy: "r.", facts: {}, retryAt: null };
  fake.refuse = why;
  await user.keyboard("{Enter}");
  await screen.findByText("Production: press Enter once more to copy");
  await user.keyboard("{ArrowDown}{ArrowUp}");
  fake.refuse = why;
  await user.keyboard("{Enter}");
  await screen.findByText("Production: press Enter once more to copy");
  expect(asked("allow")).toEqual([]);
  await user.keyboard("{Enter}");
  await expect.poll(() => asked("allow").length).toBe(1);
  expect(asked("copy").length).toBe(3);
});

test("a locked app that hides its keys shows none in the picker, and Enter opens Keystow", async () => {
  const { fake, user, asked } = await pick();
  fake.refuse = { code: "key_dead", message: "“secret-project” is expired.", meaning: "m.", remedy: "r.", facts: {}, retryAt: null };
  await user.keyboard("{Enter}");
  await screen.findByText(/secret-project/);
  fake.vault = "locked";
  fake.hides = true;
  fake.say({ kind: "changed" });
  await screen.findByText("Keystow is locked");
  expect(document.body.textContent).not.toContain("secret-project");
  expect(screen.queryAllByRole("option")).toEqual([]);
  await user.keyboard("{Enter}");
  await expect.poll(() => asked("openMain").length).toBe(1);
});
