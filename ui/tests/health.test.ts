import { screen, waitFor, within } from "@testing-library/svelte";
import type { UserEvent } from "@testing-library/user-event";
import { expect, test } from "vitest";
import { Fake } from "$lib/backend/fake";
import { expectAccessible, NOON, open } from "./window";

const DAY = 86_400_000;

async function report(user: UserEvent): Promise<HTMLElement> {
  await user.click(screen.getByRole("link", { name: "Health" }));
  return screen.findByRole("grid", { name: "Keys with something wrong" });
}
/** What is suggested now; the other choices of the screen have options as well. */
const options = () => within(screen.getByRole("listbox", { name: "Suggestions" })).getAllByRole("option");
const names = (grid: HTMLElement) => within(grid).getAllByRole("row").slice(1).map((row) => row.getAttribute("aria-label"));

test("the report shows the worst key first, with its score, what is wrong, and why", async () => {
  const { user } = await open({ keys: 14 });
  const grid = await report(user);
  expect(names(grid)[0]).toBe("geo-lookup-test");
  const row = within(grid).getByRole("row", { name: "geo-lookup-test" });
  expect(row.textContent).toContain("Unused 214 days");
  await expectAccessible();
  within(row).getByRole("button", { name: "Unused 214 days" }).focus();
  await waitFor(() => expect(screen.getByRole("tooltip").textContent).toContain("No call carried it for 214 days"));
  await expectAccessible();
  expect(screen.getByRole("tooltip").textContent).toContain("Revoke it if nobody misses it. −30");
  within(row).getByRole("button", { name: "30, Poor: why" }).focus();
  await waitFor(() => expect(screen.getByRole("tooltip").textContent?.replaceAll("\u00a0", " ")).toContain("100 − 30 Unused − 25 Rotation overdue − 15 Never expires = 30"));
});

test("a count shows its keys alone, and an environment too", async () => {
  const { user } = await open({ keys: 14 });
  const grid = await report(user);
  const all = names(grid).length;
  await user.click(screen.getByRole("button", { name: /^Unused 1$/ }));
  await waitFor(() => expect(names(grid)).toEqual(["geo-lookup-test"]));
  await user.click(screen.getByRole("button", { name: "Everything" }));
  await waitFor(() => expect(names(grid).length).toBe(all));
  await user.selectOptions(screen.getByRole("combobox", { name: "Environment" }), "prod");
  await waitFor(() => expect(names(grid).every((name) => name!.endsWith("-prod"))).toBe(true));
  await user.selectOptions(screen.getByRole("combobox", { name: "Unused after" }), "30");
  await waitFor(() => expect(screen.getByRole("combobox", { name: "Unused after" })).toHaveProperty("value", "30"));
});

test("a key is put off, found where such keys are, and shown again", async () => {
  const { user, fake } = await open({ keys: 14 });
  const grid = await report(user);
  await user.click(within(grid).getByRole("button", { name: "Actions for geo-lookup-test" }));
  await user.click(await screen.findByRole("menuitem", { name: "Put off for 30 days" }));
  await waitFor(() => expect(names(grid)).not.toContain("geo-lookup-test"));
  expect(fake.calls.find((call) => call.command === "snoozeHealth")?.args).toEqual({ keys: ["key_9"], until: NOON + 30 * DAY + 400 });
  await user.click(screen.getByRole("button", { name: "Put off 1" }));
  const off = await screen.findByRole("row", { name: "geo-lookup-test" });
  expect(off.textContent).toContain("put off until");
  await user.click(within(off).getByRole("button", { name: "Actions for geo-lookup-test" }));
  await user.click(await screen.findByRole("menuitem", { name: "Show again now" }));
  await screen.findByText("Nothing is put off");
  await expectAccessible();
});

test("several keys are chosen by keyboard and rotated in one run, or put off together", async () => {
  const { user, fake } = await open({ keys: 14 });
  const grid = await report(user);
  const first = within(grid).getAllByRole("row")[1]!;
  first.focus();
  await user.keyboard(" {ArrowDown} ");
  const bar = await screen.findByRole("region", { name: "Chosen keys" });
  expect(bar.textContent).toContain("2 keys chosen");
  await expectAccessible();
  await user.click(within(bar).getByRole("button", { name: "Rotate 2 keys…" }));
  await screen.findByRole("dialog", { name: "Rotate 2 keys" });
  await user.keyboard("{Escape}");
  await user.click(within(bar).getByRole("button", { name: "Put off…" }));
  await user.click(await screen.findByRole("menuitem", { name: "Put off for 7 days" }));
  await waitFor(() => expect(fake.health.snoozed.size).toBe(2));
});

test("several keys are revoked after a phrase was typed, and a failure begins nothing more", async () => {
  const { user, fake, asked } = await open({ keys: 14 });
  const grid = await report(user);
  await user.click(within(grid).getByRole("checkbox", { name: "Choose all that match" }));
  const bar = await screen.findByRole("region", { name: "Chosen keys" });
  const count = names(grid).length;
  await user.click(within(bar).getByRole("button", { name: `Revoke ${count} keys…` }));
  const dialog = await screen.findByRole("dialog", { name: `Revoke ${count} keys` });
  await expectAccessible();
  await user.click(within(dialog).getByRole("button", { name: "Revoke them" }));
  expect(asked("revoke")).toBe(0);
  fake.refuse.set("revoke", Fake.error("forbidden", "The portal says no.", "Nothing was changed.", "Ask the owner."));
  await user.type(within(dialog).getByRole("textbox"), `revoke ${count}`);
  await user.click(within(dialog).getByRole("button", { name: "Revoke them" }));
  await within(dialog).findByText(/The portal says no/);
  expect(dialog.textContent).toContain(`0 of ${count} revoked`);
  expect(asked("revoke")).toBe(1);
  await user.click(within(dialog).getByRole("button", { name: "Done" }));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
});

test("the report is saved in both forms, and says where", async () => {
  const { user, fake } = await open({ keys: 14 });
  await report(user);
  await user.click(screen.getByRole("button", { name: "Export CSV" }));
  await screen.findByText("~/Downloads/keystow-health.csv");
  await user.click(screen.getByRole("button", { name: "Export JSON" }));
  await screen.findByText("~/Downloads/keystow-health.json");
  expect(fake.calls.filter((call) => call.command === "exportHealth").length).toBe(2);
});

test("a report that cannot be read says why, and one without anything wrong says so", async () => {
  const { user, fake } = await open({ keys: 14 }, (fake) => fake.refuse.set("health", Fake.error("no_account", "No account is chosen.", "Nothing is shown.", "Choose one.")));
  await user.click(screen.getByRole("link", { name: "Health" }));
  await screen.findByText("No account is chosen.");
  fake.refuse.clear();
  fake.rows = fake.rows.filter((row) => row.name === "legacy-ios-prod");
  await user.click(screen.getByRole("button", { name: "Try again" }));
  await screen.findByText("No keys to judge yet");
});

test("twenty thousand keys are as many rows as fit, and the last of them is reached by one key", async () => {
  const { user } = await open({ keys: 20_000 });
  const grid = await report(user);
  expect(within(grid).getAllByRole("row").length).toBeLessThan(61);
  within(grid).getAllByRole("row")[1]!.focus();
  await user.keyboard("{End}");
  await waitFor(() => expect(document.activeElement?.getAttribute("aria-rowindex")).toBe(grid.getAttribute("aria-rowcount")));
});

test("what can be typed next is chosen by keyboard, and put in the place of what was begun", async () => {
  const { user, desk } = await open({ keys: 14 });
  const field = screen.getByRole("searchbox", { name: "Search keys" }) as HTMLInputElement;
  await user.type(field, "web st");
  const list = await screen.findByRole("listbox", { name: "Suggestions" });
  expect(within(list).getAllByRole("option").map((one) => one.textContent)).toEqual(["status:"]);
  await user.keyboard("{ArrowDown}");
  expect(field.getAttribute("aria-activedescendant")).toBe(within(list).getByRole("option").id);
  await expectAccessible();
  await user.keyboard("{Enter}");
  expect(field.value).toBe("web status:");
  await waitFor(() => expect(options().length).toBeGreaterThan(3));
  await user.keyboard("exp");
  await waitFor(() => expect(options().length).toBe(2));
  await user.keyboard("{ArrowDown}{Enter}");
  await waitFor(() => expect(desk.keys.search).toMatch(/^web status:expir(ing|ed) $/));
  expect(screen.queryByRole("listbox")).toBeNull();
});

test("suggestions close on Escape before the search is cleared, and are asked for where nothing is begun", async () => {
  const { user, desk } = await open({ keys: 14 });
  const field = screen.getByRole("searchbox", { name: "Search keys" });
  await user.type(field, "en");
  await screen.findByRole("listbox");
  await user.keyboard("{Escape}");
  expect([screen.queryByRole("listbox"), desk.keys.search]).toEqual([null, "en"]);
  await user.keyboard("{Escape}");
  expect(desk.keys.search).toBe("");
  await user.keyboard("{Control>} {/Control}");
  await waitFor(() => expect(options().length).toBe(11));
});

test("what of a search is not understood is told beside the field", async () => {
  const { user } = await open({ keys: 14 });
  const field = screen.getByRole("searchbox", { name: "Search keys" });
  await user.type(field, "colour:red status:happy");
  const told = () => document.getElementById(field.getAttribute("aria-describedby")!)!.textContent;
  await waitFor(() => expect(told()).toBe("“colour:red” is no filter; it is looked for as text · “status:happy”: no status has this word"));
  await user.clear(field);
  await waitFor(() => expect(told()).toBe(""));
});
