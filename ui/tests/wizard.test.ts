import { screen, waitFor, within } from "@testing-library/svelte";
import { afterEach, expect, test, vi } from "vitest";
import { Fake } from "$lib/backend/fake";
import { scenes } from "$lib/backend/fake/scenes";
import { FakePlaces } from "$lib/backend/fake/places";
import { expectAccessible, NOON, open, row, type Opened } from "./window";

afterEach(() => {
  vi.restoreAllMocks();
});

/** The wizard in one of the states that can be looked at. */
async function scene(name: string): Promise<Opened & { dialog: HTMLElement }> {
  const opened = await open({ keys: 5 });
  opened.desk.dialogs.show(scenes[name]!(opened.fake));
  const dialog = await screen.findByRole("dialog");
  await waitFor(() => expect(within(dialog).queryByText("One moment")).toBeNull());
  return { ...opened, dialog };
}

test.each(Object.keys(scenes))("the wizard can be read and used by everybody: %s", async (name) => {
  const { dialog } = await scene(name);
  expect(within(dialog).getByRole("list", { name: "Steps" }).querySelectorAll('[aria-current="step"]')).toHaveLength(1);
  expect(within(dialog).getByRole("button", { name: /^(Close|Done)$/ })).toBeTruthy();
  await expectAccessible();
});

test("places are ticked by hand, added and removed, and the step counts them", async () => {
  const { dialog, user, fake, asked } = await scene("grace");
  const list = within(dialog).getByRole("list", { name: "Deliver" });
  expect(dialog.textContent).toContain("2 of 3 places");
  await user.click(within(list).getByRole("checkbox", { name: "GitHub Actions, acme/checkout-deploy" }));
  await waitFor(() => expect(dialog.textContent).toContain("3 of 3 places"));
  expect(asked("deliver")).toBe(1);
  await user.type(within(dialog).getByRole("textbox", { name: "Add a place" }), "~/deploy/.env{Enter}");
  await within(list).findByRole("checkbox", { name: "~/deploy/.env" });
  expect(fake.calls.findLast((call) => call.command === "addPlace")!.args).toMatchObject({ input: { kind: "folder", label: "~/deploy/.env" } });
  await user.click(within(list).getByRole("button", { name: "Remove fly.io, checkout-eu" }));
  await waitFor(() => expect(within(list).queryByText("fly.io, checkout-eu")).toBeNull());
});

test("a refused tick leaves the box as it is and says why", async () => {
  const { dialog, user, fake } = await scene("grace");
  fake.refuse.set("deliver", Fake.error("never_heard_of", "It broke.", "Nothing is lost.", "Try again."));
  const box = within(dialog).getByRole("checkbox", { name: "GitHub Actions, acme/checkout-deploy" }) as HTMLInputElement;
  await user.click(box);
  await within(dialog).findByText("It broke.");
  expect(box.checked).toBe(false);
});

test("a straggler turns the band to a warning that says when and how often", async () => {
  const { dialog } = await scene("straggler");
  const alert = within(dialog).getByText(/The old secret is still in use/).closest("[role=alert]")!;
  expect(alert.textContent).toContain("9 calls since the rotation.");
  expect(alert.textContent).toMatch(/Last seen at 14:19:1\d, just now/);
});

test("a range is said as a range, and an unknown end never as a time", async () => {
  const { dialog } = await scene("range");
  expect(within(dialog).getByRole("timer").textContent).toMatch(/works until .* at least.*It ends by/);
});

test("what a portal cannot show is called not provable, and an unknown end can be finished", async () => {
  const { dialog, user } = await scene("unknown");
  const timer = within(dialog).getByRole("timer");
  expect(timer.textContent).not.toMatch(/\d\d:\d\d/);
  expect(within(dialog).getAllByText("Not provable here")).toHaveLength(2);
  await user.click(within(dialog).getByRole("button", { name: "Finish" }));
  await within(dialog).findByRole("button", { name: "Done" });
  expect(dialog.textContent).toContain("Old secret endedunknown");
});

test("a probe of one's own is checked before it is kept, and the portal's can be had back", async () => {
  const { dialog, user, fake, asked } = await scene("grace");
  await user.click(within(dialog).getByRole("button", { name: "How a secret is tried: Change" }));
  const address = within(dialog).getByRole("textbox", { name: "Address" });
  await user.type(address, "http://api.acme.example/check");
  await user.click(within(dialog).getByRole("button", { name: "Use this" }));
  expect(asked("setProbe")).toBe(0);
  expect(dialog.textContent).toContain("The address starts with https://");
  await expectAccessible();
  await user.clear(address);
  await user.type(address, "https://api.acme.example/check");
  await user.click(within(dialog).getByRole("button", { name: "Use this" }));
  await within(dialog).findByText("GET https://api.acme.example/check with the header Authorization");
  expect(fake.calls.findLast((call) => call.command === "setProbe")!.args).toMatchObject({
    probe: { url: "https://api.acme.example/check", header: "Authorization", before: "Bearer ", own: false },
  });
  await user.click(within(dialog).getByRole("button", { name: "How a secret is tried: Change" }));
  await user.click(within(dialog).getByRole("button", { name: "Use the portal’s own check" }));
  await within(dialog).findByText(/the portal’s own check/);
});

test("the quiet time can be chosen and is what the rung claims", async () => {
  const { dialog, user } = await scene("grace");
  await user.selectOptions(within(dialog).getByRole("combobox", { name: "Quiet counts after" }), String(60 * 60_000));
  await within(dialog).findByText("No traffic on the old secret for 1 h");
});

test("a search goes on by events, is stopped, and shows lines that become places", async () => {
  const { dialog, user, fake, asked } = await scene("grace");
  await user.click(within(dialog).getByRole("button", { name: "Search this computer for the old secret" }));
  const folders = within(dialog).getByRole("textbox", { name: "Folders, one a line" });
  await user.clear(folders);
  await user.type(folders, "~/code{Enter}~/deploy");
  await user.click(within(dialog).getByRole("checkbox", { name: "Histories of the shells" }));
  await user.click(within(dialog).getByRole("button", { name: "Search" }));
  await within(dialog).findByText("Searching");
  expect(fake.calls.find((call) => call.command === "sweep")!.args).toMatchObject({
    input: { key: "key_0", folders: ["~/code", "~/deploy"], dotfiles: true, history: false },
  });
  fake.rotations.places.tell({ ...fake.rotations.places.sweeping!, files: 4100, found: FakePlaces.found });
  const found = await within(dialog).findByRole("list", { name: "Found" });
  expect(found.textContent).toContain("/home/nadia/code/checkout/.env:14");
  expect(found.textContent).toContain("as base64");
  await expectAccessible();
  const write = vi.spyOn(navigator.clipboard, "writeText").mockResolvedValue();
  await user.click(within(found).getByRole("button", { name: "Copy path of /home/nadia/.bash_history, line 2081" }));
  expect(write).toHaveBeenCalledWith("/home/nadia/.bash_history:2081");
  await user.click(within(found).getByRole("button", { name: "Add /home/nadia/code/checkout/.env as a place" }));
  await within(dialog).findByRole("checkbox", { name: "/home/nadia/code/checkout/.env" });
  await user.click(within(dialog).getByRole("button", { name: "Stop the search" }));
  await within(dialog).findByText("Stopped before everything was read");
  expect(asked("sweepCancel")).toBe(1);
});

test("a finished rotation leaves a receipt without a secret, as text as well", async () => {
  const { dialog, user, fake } = await scene("ended");
  await user.click(within(dialog).getByRole("button", { name: "Try both secrets" }));
  await within(dialog).findByText("The portal refused it at 14:20:00");
  await user.click(within(dialog).getByRole("button", { name: "Finish" }));
  const places = await within(dialog).findByRole("list", { name: "Places" });
  expect(places.textContent).toContain("GitHub Actions, acme/checkout-deploynot ticked");
  await expectAccessible();
  const write = vi.spyOn(navigator.clipboard, "writeText").mockResolvedValue();
  await user.click(within(dialog).getByRole("button", { name: "Copy as text" }));
  const text = write.mock.calls[0]![0];
  expect(text).toContain("Rotation of payments-api-prod");
  expect(text).toContain("- The old secret is refused: Proven");
  expect(text).toContain(`${fake.rows[0]!.mask.prefix}…`);
  await user.click(within(dialog).getByRole("button", { name: "Done" }));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
});

test("after the first copy of a key the bar asks once where it goes", async () => {
  const { user, fake, asked } = await open({ keys: 5 });
  await user.click(within(await row("payments-api-prod")).getByRole("button", { name: "Copy secret of payments-api-prod" }));
  const question = await screen.findByRole("region", { name: "Where is it going?" });
  await within(question).findByRole("button", { name: "fly.io, checkout-eu" });
  await expectAccessible();
  await user.type(within(question).getByRole("textbox", { name: "Another place" }), "GitHub Actions, acme/web{Enter}");
  await waitFor(() => expect(screen.queryByRole("region", { name: "Where is it going?" })).toBeNull());
  expect(fake.calls.find((call) => call.command === "addPlace")!.args).toMatchObject({ input: { kind: "ci", label: "GitHub Actions, acme/web" } });
  await user.click(within(await row("payments-api-prod")).getByRole("button", { name: "Copy secret of payments-api-prod" }));
  await waitFor(() => expect(asked("copy")).toBe(2));
  expect(screen.queryByRole("region", { name: "Where is it going?" })).toBeNull();
  await user.click(within(await row("checkout-web-staging")).getByRole("button", { name: "Copy secret of checkout-web-staging" }));
  const other = await screen.findByRole("region", { name: "Where is it going?" });
  await user.click(within(other).getByRole("button", { name: "Not now" }));
  await waitFor(() => expect(screen.queryByRole("region", { name: "Where is it going?" })).toBeNull());
  expect(asked("waveAway")).toBe(1);
});

test("a jump of this computer's clock asks for the portal's clock again, and says about until it is known", async () => {
  let wall = NOON;
  const { desk, fake, asked } = await open({ now: () => wall });
  const { Now } = await import("$lib/state/now.svelte");
  let pace = 0;
  const now = new Now(() => wall, () => pace);
  const heard = vi.fn();
  now.onjump = heard;
  const stop = now.start();
  wall += 30_000;
  pace += 30_000;
  document.dispatchEvent(new Event("visibilitychange"));
  expect(heard).not.toHaveBeenCalled();
  wall += 7 * 3_600_000;
  document.dispatchEvent(new Event("visibilitychange"));
  expect(heard).toHaveBeenCalledOnce();
  expect(now.about).toBe(true);
  stop();
  wall = NOON;
  document.dispatchEvent(new Event("visibilitychange"));
  desk.now.about = true;
  expect(within(await row("payments-api-prod")).getByRole("timer").textContent).toContain("about");
  fake.offset = -7 * 3_600_000;
  desk.now.onjump();
  await waitFor(() => expect(desk.now.about).toBe(false));
  expect(asked("clock")).toBe(1);
  expect(desk.now.offset).toBe(-7 * 3_600_000);
});
