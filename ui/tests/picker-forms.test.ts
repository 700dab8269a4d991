import { render, screen } from "@testing-library/svelte";
import userEvent, { type UserEvent } from "@testing-library/user-event";
import { expect, test } from "vitest";
import Picker from "../src/picker/Picker.svelte";
import { FakePicker } from "../src/picker/fake";
import { PickerState } from "../src/picker/state.svelte";
import type { PickView } from "$lib/view";
import { expectAccessible, NOON } from "./window";

/** The picker with a key that has a secret in its first row, and a person in front of it. */
async function pick(prepare: (fake: FakePicker, first: PickView) => void = () => {}): Promise<{ fake: FakePicker; user: UserEvent; first: PickView; asked: (command: string) => unknown[][] }> {
  const fake = new FakePicker(24, NOON);
  const name = fake.keys.find((key) => key.copy === "ready" && key.status.kind === "active")!.id;
  fake.pinned = [name];
  const first = fake.view().rows[0]!;
  prepare(fake, first);
  render(Picker, { props: { picker: new PickerState(fake.backend) } });
  const user = userEvent.setup();
  const asked = (command: string) => fake.calls.filter((call) => call.command === command).map((call) => call.args);
  await screen.findByRole("combobox");
  return { fake, user, first, asked };
}

const options = () => screen.queryAllByRole("option").map((one) => one.getAttribute("aria-label"));
const field = () => screen.getByRole<HTMLInputElement>("combobox");

test("Tab opens the forms of the chosen key, letters filter them, and Enter copies in one", async () => {
  const { user, first, asked } = await pick();
  await user.keyboard("{Tab}");
  await screen.findByRole("option", { name: "Secret only, last time" });
  expect(screen.getByRole("combobox", { name: `Copy ${first.name} as` })).toBe(document.activeElement);
  expect(options()).toContain(".env line");
  expect(document.body.textContent).toContain(`export ${first.name.toUpperCase().replaceAll("-", "_")}_KEY='`);
  await expectAccessible();
  await user.keyboard("kub{Enter}");
  await expect.poll(() => asked("copyAs")).toEqual([["a1", { key: first.id, kind: "kubernetes", id: "kubernetes", variable: expect.any(String) }]]);
  await screen.findByRole("combobox", { name: "Find a key" });
  expect(field().value).toBe("");
});

test("the form of the last time stands first, and a digit copies in it", async () => {
  const { user, asked } = await pick((fake, first) => fake.forms.copied({ key: first.id, kind: "export", id: "export", variable: "SHOP" }));
  await user.keyboard("{ArrowRight}1");
  await expect.poll(() => asked("copyAs")[0]?.[1]).toMatchObject({ id: "export", variable: "SHOP" });
});

test("Enter right after Tab waits for the forms, and what is typed meanwhile filters them", async () => {
  const { fake, user, asked } = await pick();
  let answer = () => {};
  fake.hold = new Promise((resolve) => (answer = resolve));
  await user.keyboard("{Tab}json{Enter}");
  expect(asked("copyAs")).toEqual([]);
  answer();
  await expect.poll(() => asked("copyAs")[0]?.[1]).toMatchObject({ id: "json" });
});

test("Escape and the arrow back lead to the keys, with what was typed for them", async () => {
  const { user, first, asked } = await pick();
  await user.keyboard(`${first.name.slice(0, 4)}{Tab}`);
  await screen.findByRole("option", { name: ".env line" });
  expect(field().value).toBe("");
  await user.keyboard("x{ArrowLeft}");
  expect(field().value, "the arrow moves over letters first").toBe("x");
  await user.keyboard("{ArrowLeft}");
  await screen.findByRole("combobox", { name: "Find a key" });
  expect(field().value).toBe(first.name.slice(0, 4));
  await user.keyboard("{ArrowRight}{Escape}");
  await screen.findByRole("combobox", { name: "Find a key" });
  expect(asked("hide")).toEqual([]);
  await user.keyboard("{Escape}");
  await expect.poll(() => asked("hide").length).toBe(1);
});

test("from right to left the arrows change places", async () => {
  const { user } = await pick((fake) => (fake.language = "ar"));
  await expect.poll(() => document.documentElement.dir).toBe("rtl");
  await user.keyboard("{ArrowRight}");
  expect(options()).not.toContain("JSON");
  await user.keyboard("{ArrowLeft}");
  await screen.findByRole("option", { name: "JSON" });
  await user.keyboard("{ArrowRight}");
  await expect.poll(() => options()).not.toContain("JSON");
});

test("GitHub is offered where it was set before, a template by its name, and what fits nothing says so", async () => {
  const { user, first, asked } = await pick((fake, first) => {
    fake.forms.save({ key: first.id, id: null, name: "Helm value", text: "--set key={{secret}}" });
    fake.forms.push(first.id, "SHOP", "nadia/shop");
  });
  await user.keyboard("{Tab}");
  await screen.findByRole("option", { name: "Helm value" });
  await user.keyboard("qqq");
  await screen.findByText("No form matches qqq");
  await user.clear(field());
  await user.keyboard("github{Enter}");
  await expect.poll(() => asked("pushAgain")).toEqual([["a1", first.id]]);
});

test("a copy in a form that failed says why and stays; a key without a secret has no forms", async () => {
  const { fake, user } = await pick();
  await user.keyboard("{Tab}");
  await screen.findByRole("option", { name: "JSON" });
  fake.refuse = { code: "vault_locked", message: "Keystow is locked.", meaning: "", remedy: "Unlock it.", facts: {}, retryAt: null };
  await user.keyboard("{Enter}");
  await expect.poll(() => screen.queryByRole("alert")?.textContent).toContain("Not copied");
  expect(options()).toContain("JSON");
  await user.keyboard("{Escape}");
  const absent = fake.keys.find((key) => key.copy === "noSecret")!;
  await user.keyboard(`${absent.name}{Tab}`);
  await screen.findByText(/Its secret is not on this device/);
  expect(screen.getByRole("combobox", { name: "Find a key" })).toBe(document.activeElement);
});

test("keys that were pressed before the page was there lead to a form", async () => {
  const { asked } = await pick((fake) => (fake.early = ["Tab", ..."bear", "Enter"]));
  await expect.poll(() => asked("copyAs")[0]?.[1]).toMatchObject({ id: "bearer" });
});
