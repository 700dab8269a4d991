import { screen, waitFor, within } from "@testing-library/svelte";
import { expect, test } from "vitest";
import { Fake } from "$lib/backend/fake";
import { choose, expectAccessible, open } from "./window";

const filled = (fake: Fake) => (fake.apps.fill("developer"), fake.teams.fill());

async function goTo(prepare: (fake: Fake) => void = filled) {
  const opened = await open({ keys: 24 }, prepare);
  await opened.user.click(await screen.findByRole("link", { name: "Teams" }));
  await screen.findByRole("heading", { name: "Teams" });
  return opened;
}
async function page(name: string, prepare: (fake: Fake) => void = filled) {
  const opened = await goTo(prepare);
  await opened.user.click(await screen.findByRole("button", { name: `Open ${name}` }));
  await screen.findByRole("region", { name: "Members" });
  return opened;
}
const off = (button: HTMLElement) => button.getAttribute("aria-disabled") === "true";
const reasonOf = (button: HTMLElement) => document.getElementById(button.getAttribute("aria-describedby") ?? "")?.textContent ?? "";

test("the teams are listed with one's role in words, and each leads to its page", async () => {
  const { user } = await goTo();
  const rows = within(await screen.findByRole("table", { name: "Teams" })).getAllByRole("row").slice(1);
  expect(rows.map((row) => within(row).getAllByRole("cell").slice(1, 4).map((cell) => cell.textContent))).toEqual([
    ["Owner", "3", "1"],
    ["Admin", "3", "0"],
    ["Member", "3", "1"],
  ]);
  await expectAccessible();
  await user.click(within(rows[0]!).getByRole("button"));
  await screen.findByRole("heading", { name: "Harbour shop" });
  await expectAccessible();
});

test("a portal without teams has no way to them", async () => {
  const { fake, desk } = await open({}, (fake) => {
    fake.view.accounts = fake.view.accounts.map((one) => ({ ...one, abilities: one.abilities && { ...one.abilities, teams: false } }));
  });
  expect(screen.getByRole("link", { name: "Apps" })).toBeTruthy();
  expect(screen.queryByRole("link", { name: "Teams" })).toBeNull();
  expect(fake.calls.filter((call) => call.command === "teams")).toEqual([]);
  expect(desk.teams.view).toBeNull();
});

test("without teams it is said what one is; a new one is named and shown", async () => {
  const { user, asked, fake } = await goTo(() => {});
  await screen.findByText("No teams yet");
  await expectAccessible();
  await user.click(screen.getAllByRole("button", { name: "New team" })[0]!);
  const dialog = await screen.findByRole("dialog", { name: "New team" });
  await user.click(within(dialog).getByRole("button", { name: "Create team" }));
  await within(dialog).findByText("The name is empty. Give the team one by which its people know it.");
  expect(asked("createTeam")).toBe(0);
  fake.refuse.set("createTeam", { ...Fake.error("team_name_taken", "There is a team “Harbour” already.", "Nothing was changed.", "Give it another name."), fields: [{ field: "name", why: "" }] });
  await user.type(within(dialog).getByRole("textbox", { name: "Name" }), "Harbour");
  await user.click(within(dialog).getByRole("button", { name: "Create team" }));
  await within(dialog).findByText("The portal does not take this.");
  await expectAccessible();
  fake.refuse.clear();
  await user.click(within(dialog).getByRole("button", { name: "Create team" }));
  await screen.findByRole("heading", { name: "Harbour" });
  await screen.findByText("Harbour is there, and you own it.");
});

test("an owner gives another role and takes somebody out, after reading what that means", async () => {
  const { user, fake } = await page("Harbour shop");
  const role = () => screen.getByRole("combobox", { name: "Role of lee@keystow.example" });
  await user.selectOptions(role(), "member");
  await screen.findByText("lee@keystow.example is Member now.");
  expect(fake.calls.filter((call) => call.command === "setTeamRole").map((call) => call.args)).toEqual([{ team: "team_1", member: "acc_lee", given: "member" }]);
  await user.click(screen.getByRole("button", { name: "Remove lee@keystow.example" }));
  const dialog = await screen.findByRole("dialog", { name: "Remove lee@keystow.example" });
  expect(document.activeElement?.textContent).toBe("Cancel");
  expect(dialog.textContent).toContain("rotate the keys that they knew");
  await expectAccessible();
  await user.click(within(dialog).getByRole("button", { name: "Remove" }));
  await waitFor(() => expect(screen.queryByRole("listitem", { name: "lee@keystow.example" })).toBeNull());
});

test("whoever is invited stands in the list until that is withdrawn", async () => {
  const { user, fake } = await page("Harbour shop");
  await user.click(screen.getByRole("button", { name: "Invite" }));
  const dialog = await screen.findByRole("dialog", { name: "Invite into Harbour shop" });
  await user.click(within(dialog).getByRole("button", { name: "Send invitation" }));
  await within(dialog).findByText("Write the address of whoever you want to invite.");
  await expectAccessible();
  await user.type(within(dialog).getByRole("textbox", { name: "Mail address" }), "eve@example.com");
  await user.click(within(dialog).getByRole("radio", { name: "Admin" }));
  await user.click(within(dialog).getByRole("button", { name: "Send invitation" }));
  const invited = await screen.findByRole("listitem", { name: "eve@example.com" });
  expect(invited.textContent).toContain("as Admin");
  expect(fake.calls.find((call) => call.command === "invite")!.args).toEqual({ input: { team: "team_1", email: "eve@example.com", role: "admin" } });
  expect(screen.getByRole("listitem", { name: "nobody@nowhere.example" }).textContent).toContain("could not be delivered");
  await user.click(screen.getByRole("button", { name: "Withdraw the invitation of eve@example.com" }));
  await waitFor(() => expect(screen.queryByRole("listitem", { name: "eve@example.com" })).toBeNull());
});

test("the last owner reads why they cannot leave; handing over asks for the team's name", async () => {
  const { user, asked } = await page("Harbour shop");
  await user.click(screen.getByRole("button", { name: "More actions for Harbour shop" }));
  const leave = await screen.findByRole("menuitem", { name: /^Leave…/ });
  expect(leave.getAttribute("aria-disabled")).toBe("true");
  expect(leave.textContent).toContain("The team would be without an owner.");
  await user.click(screen.getByRole("menuitem", { name: "Hand over…" }));
  const dialog = await screen.findByRole("dialog", { name: "Hand over Harbour shop" });
  const go = within(dialog).getByRole("button", { name: "Hand over" });
  expect(off(go)).toBe(true);
  await expectAccessible();
  await user.type(within(dialog).getByRole("textbox", { name: "Type the team's name" }), "Harbour shop");
  expect(off(go), "nobody is chosen by itself").toBe(true);
  await user.selectOptions(within(dialog).getByRole("combobox", { name: "New owner" }), "acc_lee");
  await user.click(go);
  await screen.findByText("lee@keystow.example owns Harbour shop now, and you are an admin.");
  expect(asked("handOver")).toBe(1);
});

test("a team that owns apps is not deleted, and which they are comes first", async () => {
  const { user, fake, desk } = await page("Harbour shop");
  await user.click(screen.getByRole("button", { name: "More actions for Harbour shop" }));
  await user.click(await screen.findByRole("menuitem", { name: "Delete…" }));
  const dialog = await screen.findByRole("dialog", { name: "Delete Harbour shop" });
  expect(within(dialog).getByRole("list").textContent).toContain("Catalog browser");
  await user.type(within(dialog).getByRole("textbox"), "Harbour shop");
  expect(off(within(dialog).getByRole("button", { name: "Delete team" }))).toBe(true);
  await expectAccessible();
  // The app goes elsewhere while the dialog is open.
  fake.apps.apps = fake.apps.apps.filter((app) => app.team !== "team_1");
  fake.say({ kind: "apps" });
  await waitFor(() => expect(off(within(dialog).getByRole("button", { name: "Delete team" }))).toBe(false));
  await user.click(within(dialog).getByRole("button", { name: "Delete team" }));
  await screen.findByText("Harbour shop is deleted.");
  expect(desk.teams.byId("team_1")).toBeNull();
});

test("a member reads beside everything that is off who may do it, and nothing is sent", async () => {
  const name = "Checkout of the eastern region with a very long name";
  const { user, fake } = await page(name);
  for (const label of ["Invite", "Remove lee@keystow.example", "New app"]) {
    const button = screen.getByRole("button", { name: label });
    expect(off(button), label).toBe(true);
    expect(reasonOf(button), label).toContain("In this team you look and rotate keys");
    await user.click(button);
  }
  expect(screen.queryByRole("dialog")).toBeNull();
  expect(screen.queryByRole("combobox", { name: /^Role of/ })).toBeNull();
  expect(screen.queryByRole("region", { name: "Invitations" })).toBeNull();
  await user.click(screen.getByRole("button", { name: `More actions for ${name}` }));
  for (const item of [/^Rename…/, /^Hand over…/, /^Delete…/]) expect((await screen.findByRole("menuitem", { name: item })).getAttribute("aria-disabled")).toBe("true");
  expect(screen.getByRole("menuitem", { name: "Leave…" }).getAttribute("aria-disabled")).not.toBe("true");
  expect(fake.calls.filter((call) => ["setTeamRole", "removeMember", "invite"].includes(call.command))).toEqual([]);
});

test("an admin has no say over an owner, and each such row says so", async () => {
  await page("Warehouse");
  const remove = screen.getByRole("button", { name: "Remove lee@keystow.example" });
  expect(off(remove)).toBe(true);
  expect(reasonOf(remove)).toBe("An admin has no say over owners and other admins.");
});

test("a role that is taken away while a dialog is open is told in it, and the button sleeps", async () => {
  const { user, fake, asked } = await page("Harbour shop");
  await user.click(screen.getByRole("button", { name: "Invite" }));
  const dialog = await screen.findByRole("dialog");
  await user.type(within(dialog).getByRole("textbox", { name: "Mail address" }), "eve@example.com");
  fake.teams.setOwnRole("team_1", "member");
  await within(dialog).findByText("In this team you look and rotate keys; the rest is for its owners and admins.");
  const send = within(dialog).getByRole("button", { name: "Send invitation" });
  expect(off(send)).toBe(true);
  await user.click(send);
  expect(asked("invite")).toBe(0);
});

test("somebody who was taken out meanwhile is told that the team is gone, and what of its keys stays", async () => {
  const { fake } = await page("Harbour shop");
  fake.teams.setOwnRole("team_1", null);
  await screen.findByText("This team is not there any more");
  expect(document.body.textContent).toContain("stay in the vault");
});

test("who was in the team stays on the page with its time while the portal does not answer", async () => {
  const { fake, user } = await page("Harbour shop");
  const away = Fake.error("portal_unreachable", "The portal does not answer.", "You see the last known list.", "Check the network.");
  fake.refuse.set("readTeam", away);
  fake.teams.error = fake.teams.writesOff = away;
  await user.click(screen.getByRole("button", { name: "Ask the portal again" }));
  expect((await screen.findAllByText("The portal does not answer.")).length).toBeGreaterThan(0);
  expect(document.body.textContent).toContain("What is shown is of");
  expect(screen.getByRole("listitem", { name: "lee@keystow.example" })).toBeTruthy();
  expect(off(screen.getByRole("button", { name: "Invite" }))).toBe(true);
});

test("a new app is one's own or a team's; a team in which one may only look says why", async () => {
  const { user, fake } = await goTo();
  await user.click(screen.getByRole("link", { name: "Apps" }));
  await user.click(await screen.findByRole("button", { name: "New app" }));
  const sheet = await screen.findByRole("dialog", { name: "New app" });
  const whose = within(sheet).getByRole("group", { name: "Whose it is" });
  expect((within(whose).getByRole("radio", { name: "Mine" }) as HTMLInputElement).checked).toBe(true);
  await user.type(within(sheet).getByRole("textbox", { name: "Name" }), "Gate");
  await user.click(within(whose).getByRole("radio", { name: /^Checkout/ }));
  await within(sheet).findByText("In this team you look and rotate keys; the rest is for its owners and admins.");
  expect(off(within(sheet).getByRole("button", { name: "Create app" }))).toBe(true);
  await user.click(within(whose).getByRole("radio", { name: "Warehouse" }));
  await user.click(within(sheet).getByRole("button", { name: "Create app" }));
  await screen.findByRole("heading", { name: "Gate" });
  expect((fake.calls.find((call) => call.command === "createApp")!.args as { input: { team: string } }).input.team).toBe("team_2");
});

test("a key of a team can be copied and rotated by a member, and the reason stands where it could be ended", async () => {
  const { user, fake } = await open({ keys: 24 }, (fake) => (filled(fake), fake.teams.give("app_1", "team_3")));
  const key = fake.rows.find((row) => row.app?.id === "app_1")!.name;
  const button = within(await screen.findByRole("row", { name: key })).getByRole("button", { name: `More actions for ${key}` });
  await waitFor(() => expect(fake.calls.some((call) => call.command === "apps")).toBe(true));
  await user.click(button);
  const revoke = await screen.findByRole("menuitem", { name: "Revoke…" });
  await waitFor(() => expect(revoke.getAttribute("aria-disabled")).toBe("true"));
  expect(screen.getByRole("menuitem", { name: "Rotate…" }).getAttribute("aria-disabled")).not.toBe("true");
  expect(document.body.textContent).toContain("In this team you look and rotate keys");
  await user.keyboard("{Escape}");
  await choose(user, key, "Details");
  await screen.findByRole("button", { name: "Open the team" });
});

test("the usage of a team is asked for as a whole, and another choice leaves it", async () => {
  const { user, fake } = await page("Harbour shop");
  await user.click(screen.getByRole("button", { name: "Usage" }));
  await screen.findByRole("region", { name: "Usage of Team Harbour shop" });
  const asked = () => fake.calls.filter((call) => call.command === "usage").map((call) => (call.args as { input: { team: string | null } }).input.team);
  await waitFor(() => expect(asked().at(-1)).toBe("team_1"));
  await user.click(screen.getByRole("button", { name: "Show all keys of your own instead of Harbour shop" }));
  await waitFor(() => expect(asked().at(-1)).toBeNull());
});
