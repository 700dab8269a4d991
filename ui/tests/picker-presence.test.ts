import { fireEvent, render, screen } from "@testing-library/svelte";
import userEvent, { type UserEvent } from "@testing-library/user-event";
import { expect, test } from "vitest";
import Picker from "../src/picker/Picker.svelte";
import { FakePicker } from "../src/picker/fake";
import { PickerState } from "../src/picker/state.svelte";
import { NOON } from "./window";

const WANTED = { code: "presence_wanted", message: "m.", meaning: "m.", remedy: "r.", facts: {}, retryAt: null };

/** The picker on a production key that asks for a second word. */
async function pick(): Promise<{ fake: FakePicker; user: UserEvent; asked: (command: string) => number }> {
  const fake = new FakePicker(24, NOON);
  fake.pinned = [fake.keys.find((key) => key.copy === "ready" && key.status.kind === "active")!.id];
  fake.refuse = WANTED;
  render(Picker, { props: { picker: new PickerState(fake.backend) } });
  const user = userEvent.setup();
  await screen.findByRole("combobox");
  return { fake, user, asked: (command) => fake.calls.filter((call) => call.command === command).length };
}

test("a key that is held down is no second word, and another press is", async () => {
  const { user, asked } = await pick();
  await user.keyboard("{Enter}");
  await screen.findByText(/production/i);
  const field = screen.getByRole("combobox");
  for (let time = 0; time < 5; time++) await fireEvent.keyDown(field, { key: "Enter", repeat: true });
  expect([asked("copy"), asked("allow")]).toEqual([1, 0]);
  await user.keyboard("{Enter}");
  await expect.poll(() => [asked("copy"), asked("allow")]).toEqual([2, 1]);
});

test("the second click of a double click is no second word", async () => {
  const { user, asked } = await pick();
  const option = () => screen.getAllByRole("option")[0]!;
  await user.dblClick(option());
  await screen.findByText(/production/i);
  expect([asked("copy"), asked("allow")]).toEqual([1, 0]);
});

test("a form asks as well, and is copied on the second press of its own alone", async () => {
  const { user, asked } = await pick();
  await user.keyboard("{Tab}json{Enter}");
  await screen.findByText(/production/i);
  await user.keyboard("{Escape}{Tab}json{Enter}");
  await expect.poll(() => asked("copyAs")).toBe(2);
  expect(asked("allow"), "leaving the forms takes the question back").toBe(0);
});

test("a form is given out on the second press", async () => {
  const { user, asked } = await pick();
  await user.keyboard("{Tab}json{Enter}");
  await screen.findByText(/production/i);
  await user.keyboard("{Enter}");
  await expect.poll(() => [asked("copyAs"), asked("allow")]).toEqual([2, 1]);
});

test("a lock takes the forms of a key away with its name", async () => {
  const { fake, user } = await pick();
  await user.keyboard("{Tab}");
  await screen.findByRole("option", { name: /json/i });
  fake.hides = true;
  fake.vault = "locked";
  fake.say({ kind: "changed" });
  await expect.poll(() => screen.queryAllByRole("option")).toEqual([]);
  expect(screen.getByRole("combobox", { name: "Find a key" })).toBeTruthy();
});
