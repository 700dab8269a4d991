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

test("a planned rotation asks why, rotates once, and shows timer and evidence", async () => {
  const opened = await open();
  const { user, fake, asked } = opened;
  const dialog = await wizard(opened, "checkout-web-staging");
  const now = within(dialog).getByRole("button", { name: "Rotate now" });
  await user.click(now);
  expect(asked("rotate")).toBe(0);
  expect(dialog.textContent).toContain("Choose planned or leaked first");
  await user.click(within(dialog).getByRole("radio", { name: "Planned" }));
  await expectAccessible();
  await user.selectOptions(within(dialog).getByRole("combobox", { name: "The old secret keeps working for" }), String(30 * 60_000));
  fake.hold.add("rotate");
  await user.dblClick(now);
  fake.release();
  const timer = await within(dialog).findByRole("timer", { name: "Old secret of checkout-web-staging" });
  expect(timer.textContent).toContain("The old secret works until");
  expect(asked("rotate")).toBe(1);
  expect((fake.calls.find((call) => call.command === "rotate")!.args as { input: object }).input).toMatchObject({
    reason: "planned",
    grace: 30 * 60_000,
  });
  const evidence = within(dialog).getByRole("list", { name: "Evidence" });
  expect(within(evidence).getAllByRole("listitem").map((item) => item.textContent)).toEqual([
    expect.stringContaining("Proven"),
    expect.stringContaining("Proven"),
    expect.stringContaining("Not yet"),
    expect.stringContaining("Later"),
  ]);
  await user.click(within(dialog).getByRole("button", { name: "Try the new secret" }));
  await waitFor(() => expect(asked("probe")).toBe(1));
  await user.click(within(dialog).getByRole("button", { name: "Copy new secret" }));
  await waitFor(() => expect(fake.view.clipboard.state).toBe("held"));
  await expectAccessible();
  await user.click(within(dialog).getByRole("button", { name: "Close" }));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  expect(within(await row("checkout-web-staging")).getByRole("timer", { name: "Old secret of checkout-web-staging" })).toBeTruthy();
});

test("the leak road names both ways out before anything is sent", async () => {
  const opened = await open();
  const dialog = await wizard(opened, "checkout-web-staging");
  await opened.user.click(within(dialog).getByRole("radio", { name: "Leaked" }));
  expect(dialog.textContent).toContain("The service must stay up");
  await opened.user.click(within(dialog).getByRole("button", { name: "Revoke…" }));
  await screen.findByRole("dialog", { name: "Revoke checkout-web-staging" });
});

test("where grace cannot end early, the leak road makes a replacement first", async () => {
  const opened = await open({}, (fake) => {
    const plain = { chosen: false, least: null, most: null, default: null, reported: false, canEndEarly: false, secondDropsOld: null };
    fake.view.accounts = fake.view.accounts.map((one) => ({ ...one, abilities: { ...one.abilities!, grace: plain } }));
  });
  const dialog = await wizard(opened, "checkout-web-staging");
  await opened.user.click(within(dialog).getByRole("radio", { name: "Leaked" }));
  expect(dialog.textContent).toContain("does not say how long that is");
  await opened.user.click(within(dialog).getByRole("button", { name: "Make a replacement" }));
  const create = await screen.findByRole("dialog", { name: "New key" });
  expect((within(create).getByRole("textbox", { name: "Name" }) as HTMLInputElement).value).toBe("checkout-web-staging-2");
});

test("ending grace lists what is not proven and needs the name", async () => {
  const { user, asked } = await open();
  await user.click(within(await row("payments-api-prod")).getByRole("button", { name: "Open rotation" }));
  const dialog = await screen.findByRole("dialog", { name: "Rotate payments-api-prod" });
  await user.click(await within(dialog).findByRole("button", { name: "End grace now" }));
  expect(dialog.textContent).toContain("No traffic on the old secret for 15 min: Not yet");
  await waitFor(() => expect(document.activeElement).toBe(within(dialog).getByRole("button", { name: "Cancel" })));
  await expectAccessible();
  await user.type(within(dialog).getByRole("textbox", { name: "Type the key's name" }), "payments-api-prod");
  await user.click(within(dialog).getByRole("button", { name: "End grace now" }));
  await waitFor(() => expect(asked("endGrace")).toBe(1));
  await within(dialog).findByText("The old secret has ended");
});

test("a failed check keeps the button off and says which", async () => {
  const opened = await open();
  const open_ = opened.fake.backend.rotation.open;
  opened.fake.backend.rotation.open = async (key) => {
    const view = await open_(key);
    view.preflight[0] = { ...view.preflight[0]!, passed: false, error: Fake.error("disk_full", "The disk is full.", "Nothing was sent.", "Free some space.") };
    return view;
  };
  const dialog = await wizard(opened, "checkout-web-staging");
  await opened.user.click(within(dialog).getByRole("radio", { name: "Planned" }));
  expect(dialog.textContent).toContain("The disk is full.");
  await opened.user.click(within(dialog).getByRole("button", { name: "Rotate now" }));
  expect(opened.asked("rotate")).toBe(0);
});

test("a deadline that nobody reported is never shown as a number", async () => {
  await open({}, (fake) => {
    fake.rows = fake.rows.map((one) => ({ ...one, old: one.old.map((old) => ({ ...old, end: { known: "unknown" as const } })) }));
  });
  const timer = within(await row("payments-api-prod")).getByRole("timer");
  expect(timer.textContent?.trim()).toBe("End not known");
});
