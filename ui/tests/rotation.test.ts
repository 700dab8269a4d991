import { screen, waitFor, within } from "@testing-library/svelte";
import { expect, test } from "vitest";
import { Fake } from "$lib/backend/fake";
import { choose, expectAccessible, open, row, type Opened } from "./window";

async function wizard({ user }: Opened, name: string): Promise<HTMLElement> {
  await choose(user, name, "Rotate…");
  const dialog = await screen.findByRole("dialog", { name: `Rotate ${name}` });
  await within(dialog).findByRole("radio", { name: "Planned" });
  return dialog;
}

const KEY = "checkout-web-staging";
const input = (fake: Fake, command: string) => (fake.calls.findLast((call) => call.command === command)!.args as { input: object }).input;

function portal(fake: Fake, change: object): void {
  fake.view.accounts = fake.view.accounts.map((one) => ({ ...one, abilities: { ...one.abilities!, grace: { ...one.abilities!.grace, ...change } } }));
}

test("a planned rotation asks why, rotates once, and shows timer and evidence", async () => {
  const opened = await open({ keys: 5 });
  const { user, fake, asked } = opened;
  const dialog = await wizard(opened, KEY);
  const now = within(dialog).getByRole("button", { name: "Rotate now" });
  await user.click(now);
  expect(asked("rotate")).toBe(0);
  expect(dialog.textContent).toContain("Choose planned or leaked first");
  await user.click(within(dialog).getByRole("radio", { name: "Planned" }));
  await user.click(within(dialog).getByRole("radio", { name: "In place" }));
  await expectAccessible();
  await user.selectOptions(within(dialog).getByRole("combobox", { name: "The old secret keeps working for" }), String(30 * 60_000));
  fake.hold.add("rotate");
  await user.dblClick(now);
  fake.release();
  const timer = await within(dialog).findByRole("timer", { name: `Old secret of ${KEY}` });
  expect(timer.textContent).toContain("The old secret works until");
  await waitFor(() => expect(dialog.contains(document.activeElement)).toBe(true));
  expect(asked("rotate")).toBe(1);
  expect(input(fake, "rotate")).toMatchObject({ reason: "planned", way: "inPlace", grace: 30 * 60_000, again: false, successor: null });
  const evidence = within(dialog).getByRole("list", { name: "Evidence" });
  expect(within(evidence).getAllByRole("listitem").map((item) => item.textContent)).toEqual([
    expect.stringContaining("Proven"),
    expect.stringContaining("1,284 calls with it so far"),
    expect.stringContaining("Not yet"),
    expect.stringContaining("Later"),
  ]);
  expect(evidence.textContent).toContain("read 14:19:55");
  await user.click(within(dialog).getByRole("button", { name: "Try the new secret" }));
  await waitFor(() => expect(asked("probe")).toBe(1));
  await user.click(within(dialog).getByRole("button", { name: "Copy new secret" }));
  await waitFor(() => expect(fake.view.clipboard.state).toBe("held"));
  await expectAccessible();
  await user.click(within(dialog).getByRole("button", { name: "Close" }));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  expect(within(await row(KEY)).getByRole("timer", { name: `Old secret of ${KEY}` })).toBeTruthy();
});

test("what was chosen is kept before the call goes out, and a closed wizard opens where it was", async () => {
  const opened = await open({ keys: 5 });
  const { user, fake, asked } = opened;
  let dialog = await wizard(opened, KEY);
  await user.click(within(dialog).getByRole("radio", { name: "Planned" }));
  await user.selectOptions(within(dialog).getByRole("combobox", { name: "The longest job that has the old secret runs" }), String(4 * 3_600_000));
  await user.click(within(dialog).getByRole("radio", { name: "In place" }));
  await waitFor(() => expect(asked("plan")).toBe(3));
  expect(input(fake, "plan")).toMatchObject({ reason: "planned", way: "inPlace", longestJob: 4 * 3_600_000 });
  await user.click(within(dialog).getByRole("button", { name: "Close" }));
  dialog = await wizard(opened, KEY);
  expect((within(dialog).getByRole("radio", { name: "Planned" }) as HTMLInputElement).checked).toBe(true);
  expect((within(dialog).getByRole("radio", { name: "In place" }) as HTMLInputElement).checked).toBe(true);
  expect(dialog.textContent).toContain("A grace of 2 h is shorter than a job of 4 h. Choose a longer grace. Side by side has no such end.");
  await user.click(within(dialog).getByRole("button", { name: "Rotate now" }));
  expect(asked("rotate")).toBe(0);
  await user.click(within(dialog).getByRole("button", { name: "Forget these choices" }));
  await waitFor(() => expect((within(dialog).getByRole("radio", { name: "Planned" }) as HTMLInputElement).checked).toBe(false));
  expect(asked("forget")).toBe(1);
});

test("the call waits until what was chosen is on disk", async () => {
  const opened = await open({ keys: 5 });
  const { user, fake } = opened;
  const dialog = await wizard(opened, KEY);
  fake.hold.add("plan");
  await user.click(within(dialog).getByRole("radio", { name: "Planned" }));
  await user.click(within(dialog).getByRole("button", { name: "Rotate now" }));
  await within(dialog).findByText("The portal is issuing a new secret");
  expect(opened.asked("rotate")).toBe(0);
  fake.release();
  await within(dialog).findByRole("list", { name: "Deliver" });
  const order = fake.calls.map((call) => call.command).filter((command) => command === "plan" || command === "rotate");
  expect(order).toEqual(["plan", "rotate"]);
});

test("side by side is offered first, names no deadline, and ends when the old key is revoked", async () => {
  const opened = await open({ keys: 5 });
  const { user, fake, asked } = opened;
  const dialog = await wizard(opened, KEY);
  await user.click(within(dialog).getByRole("radio", { name: "Planned" }));
  expect((within(dialog).getByRole("radio", { name: "Side by side" }) as HTMLInputElement).checked).toBe(true);
  const name = within(dialog).getByRole("textbox", { name: "Name of the second key" });
  await user.clear(name);
  await user.type(name, `${KEY}-2`);
  await user.click(within(dialog).getByRole("button", { name: "Rotate now" }));
  const beside = await screen.findByRole("dialog", { name: `Rotate ${KEY}-2` });
  const timer = await within(beside).findByRole("timer", { name: `Old secret of ${KEY}-2` });
  expect(timer.textContent).toContain("The old key works until you revoke it");
  expect(timer.textContent).not.toMatch(/\d\d:\d\d|min/);
  expect(input(fake, "rotate")).toMatchObject({ way: "sideBySide", grace: null, successor: `${KEY}-2` });
  await user.click(within(beside).getByRole("button", { name: "Revoke the old key" }));
  await expectAccessible();
  const typed = within(beside).getByRole("textbox", { name: "Type the key's name" });
  await user.type(typed, `${KEY}-2`);
  await user.click(within(beside).getByRole("button", { name: "Revoke the old key" }));
  expect(asked("endGrace")).toBe(0);
  await user.clear(typed);
  await user.type(typed, KEY);
  await user.click(within(beside).getByRole("button", { name: "Revoke the old key" }));
  await within(beside).findByText("The old secret has ended");
});

test("a leaked secret asks whether the service must stay up before anything is sent", async () => {
  const opened = await open({ keys: 5 });
  const { user, asked } = opened;
  const dialog = await wizard(opened, KEY);
  await user.click(within(dialog).getByRole("radio", { name: "Leaked" }));
  await user.click(within(dialog).getByRole("button", { name: "Rotate now" }));
  expect(asked("rotate")).toBe(0);
  expect(dialog.textContent).toContain("Say first whether the service must stay up");
  await expectAccessible();
  await user.click(within(dialog).getByRole("radio", { name: "Nothing depends on it" }));
  expect(within(dialog).queryByRole("button", { name: "Rotate now" })).toBeNull();
  await user.click(within(dialog).getByRole("button", { name: "Revoke…" }));
  await screen.findByRole("dialog", { name: `Revoke ${KEY}` });
});

test("the leak road with a service that must stay up replaces first, then cuts off at once", async () => {
  const opened = await open({ keys: 5 });
  const { user, fake } = opened;
  const dialog = await wizard(opened, KEY);
  await user.click(within(dialog).getByRole("radio", { name: "Leaked" }));
  await user.click(within(dialog).getByRole("radio", { name: "The service must stay up" }));
  await user.click(within(dialog).getByRole("radio", { name: "In place" }));
  expect(dialog.textContent).toContain("10 min, to deliver the new secret");
  expect(within(dialog).queryByRole("combobox", { name: "The longest job that has the old secret runs" })).toBeNull();
  await user.click(within(dialog).getByRole("button", { name: "Rotate now" }));
  await within(dialog).findByText("The leaked secret still works. Deliver the new one, then end grace.");
  expect(input(fake, "rotate")).toMatchObject({ reason: "leaked", way: "inPlace" });
  expect(within(dialog).getByRole("button", { name: "End grace now" })).toBeTruthy();
});

test("where grace cannot end early and keys cannot stand side by side, the leak road makes a replacement first", async () => {
  const opened = await open({ keys: 5 }, (fake) => {
    portal(fake, { chosen: false, least: null, most: null, default: null, reported: false, canEndEarly: false, secondDropsOld: null });
    fake.rotations.ways = ["inPlace"];
  });
  const dialog = await wizard(opened, KEY);
  await opened.user.click(within(dialog).getByRole("radio", { name: "Leaked" }));
  await opened.user.click(within(dialog).getByRole("radio", { name: "The service must stay up" }));
  expect(dialog.textContent).toContain("does not say how long that is");
  await opened.user.click(within(dialog).getByRole("button", { name: "Make a replacement" }));
  const create = await screen.findByRole("dialog", { name: "New key" });
  expect((within(create).getByRole("textbox", { name: "Name" }) as HTMLInputElement).value).toBe(`${KEY}-2`);
});

test("a longest job of one's own is weighed against a grace that is the server's", async () => {
  const opened = await open({ keys: 5 }, (fake) => portal(fake, { chosen: false, default: 3_600_000, canEndEarly: false }));
  const { user, asked } = opened;
  const dialog = await wizard(opened, KEY);
  await user.click(within(dialog).getByRole("radio", { name: "Planned" }));
  await user.click(within(dialog).getByRole("radio", { name: "In place" }));
  await user.selectOptions(within(dialog).getByRole("combobox", { name: "The longest job that has the old secret runs" }), "own");
  await user.type(within(dialog).getByRole("spinbutton", { name: "Length of the longest job" }), "90");
  await user.selectOptions(within(dialog).getByRole("combobox", { name: "Unit" }), "minutes");
  expect(dialog.textContent).toContain("A grace of 1 h is shorter than a job of 1 h 30 min. A job that has the old secret may fail.");
  await user.click(within(dialog).getByRole("button", { name: "Rotate now" }));
  await waitFor(() => expect(asked("rotate")).toBe(1));
  expect(input(opened.fake, "rotate")).toMatchObject({ longestJob: 90 * 60_000, grace: null });
  await within(dialog).findByText(/A job that began before the rotation may run until/);
});

test.each([
  [true, "Rotating again ends it at once"],
  [false, "It keeps its own end"],
  [null, "The portal does not say whether rotating again ends it"],
])("rotating again inside grace says what becomes of the first old secret and needs a tick (%s)", async (secondDropsOld, words) => {
  const { user, fake, asked } = await open({ keys: 5 }, (fake) => portal(fake, { secondDropsOld }));
  await user.click(within(await row("payments-api-prod")).getByRole("button", { name: "Open rotation" }));
  const dialog = await screen.findByRole("dialog", { name: "Rotate payments-api-prod" });
  await user.click(await within(dialog).findByRole("button", { name: "Rotate again…" }));
  await user.click(within(dialog).getByRole("radio", { name: "Planned" }));
  expect(dialog.textContent).toContain(words);
  await user.click(within(dialog).getByRole("button", { name: "Rotate now" }));
  expect(asked("rotate")).toBe(0);
  await user.click(within(dialog).getByRole("checkbox", { name: "I know what happens to the first old secret" }));
  await user.click(within(dialog).getByRole("button", { name: "Rotate now" }));
  await waitFor(() => expect(asked("rotate")).toBe(1));
  expect(input(fake, "rotate")).toMatchObject({ again: true, way: "inPlace" });
});

test("ending grace lists what is not proven and needs the name", async () => {
  const { user, asked } = await open({ keys: 5 });
  await user.click(within(await row("payments-api-prod")).getByRole("button", { name: "Open rotation" }));
  const dialog = await screen.findByRole("dialog", { name: "Rotate payments-api-prod" });
  await user.click(await within(dialog).findByRole("button", { name: "End grace now" }));
  expect(dialog.textContent).toContain("No traffic on the old secret for 15 min: Not yet");
  expect(dialog.textContent).toContain("GitHub Actions, acme/checkout-deploy: not ticked");
  await waitFor(() => expect(document.activeElement).toBe(within(dialog).getByRole("button", { name: "Cancel" })));
  await expectAccessible();
  await user.type(within(dialog).getByRole("textbox", { name: "Type the key's name" }), "payments-api-prod");
  await user.click(within(dialog).getByRole("button", { name: "End grace now" }));
  await waitFor(() => expect(asked("endGrace")).toBe(1));
  await within(dialog).findByText("The old secret has ended");
});

test("a failed check keeps the button off, says which, and is checked again", async () => {
  const opened = await open({ keys: 5 }, (fake) => fake.rotations.failing.set("vault", Fake.error("disk_full", "The disk is full.", "Nothing was sent.", "Free some space.")));
  const { user, fake } = opened;
  const dialog = await wizard(opened, KEY);
  await user.click(within(dialog).getByRole("radio", { name: "Planned" }));
  await within(dialog).findByRole("list", { name: "Pre-flight" });
  expect(dialog.textContent).toContain("The disk is full.");
  expect(dialog.textContent).toContain("4 of 5 passed");
  await user.click(within(dialog).getByRole("button", { name: "Rotate now" }));
  expect(opened.asked("rotate")).toBe(0);
  fake.rotations.failing.clear();
  await user.click(within(dialog).getByRole("button", { name: "Check again" }));
  await waitFor(() => expect(dialog.textContent).toContain("5 of 5 passed"));
});

test("a deadline that nobody reported is never shown as a number", async () => {
  await open({ keys: 5 }, (fake) => {
    fake.rows = fake.rows.map((one) => ({ ...one, old: one.old.map((old) => ({ ...old, end: { known: "unknown" as const } })) }));
  });
  const timer = within(await row("payments-api-prod")).getByRole("timer");
  expect(timer.textContent?.trim()).toBe("End not known");
});
