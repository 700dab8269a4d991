import { screen, waitFor, within } from "@testing-library/svelte";
import { expect, test } from "vitest";
import { Fake } from "$lib/backend/fake";
import { choose, expectAccessible, open } from "./window";

const filled = (role: "admin" | "developer" | "reader" = "admin") => (fake: Fake) => fake.apps.fill(role);
type Role = "admin" | "developer" | "reader";

async function goTo(role: Role = "admin", prepare: (fake: Fake) => void = () => {}) {
  const opened = await open({ keys: 24 }, (fake) => (filled(role)(fake), prepare(fake)));
  await opened.user.click(await screen.findByRole("link", { name: "Apps" }));
  await screen.findByRole("heading", { name: "Apps" });
  return opened;
}
async function page(name: string, role: Role = "admin") {
  const opened = await goTo(role);
  await opened.user.click(await screen.findByRole("button", { name: `Open ${name}` }));
  await screen.findByRole("heading", { name });
  return opened;
}

test("the apps are listed with their state in words, what they subscribe to, and how many keys they have", async () => {
  await goTo();
  const rows = within(await screen.findByRole("table", { name: "Apps" })).getAllByRole("row").slice(1);
  expect(rows.length).toBe(6);
  expect(rows[0]!.textContent).toContain("Active");
  expect(rows[0]!.textContent).toContain("Catalog");
  expect(within(rows[0]!).getAllByRole("cell")[3]!.textContent).toBe("2");
  expect(rows[1]!.textContent).toContain("Pending");
  expect(rows[2]!.textContent).toContain("1 waits for approval");
  expect(rows[3]!.textContent).toContain("Rejected");
  expect(rows[5]!.textContent).toContain("subscribes to nothing");
  await expectAccessible();
});

test("a portal without apps has no way to them", async () => {
  const { desk, fake } = await open({}, (fake) => {
    fake.view.accounts = fake.view.accounts.map((one) => ({ ...one, abilities: one.abilities && { ...one.abilities, apps: false } }));
  });
  expect(screen.getByRole("link", { name: "Audit" })).toBeTruthy();
  expect(screen.queryByRole("link", { name: "Apps" })).toBeNull();
  expect(fake.calls.filter((call) => call.command === "apps")).toEqual([]);
  expect(desk.apps.view).toBeNull();
});

test("without apps it is said what one is, and the way to the first one is there", async () => {
  const { user } = await open({ keys: 4 });
  await user.click(await screen.findByRole("link", { name: "Apps" }));
  await screen.findByText("No apps yet");
  await expectAccessible();
  await user.click(screen.getAllByRole("button", { name: "New app" })[1]!);
  await screen.findByRole("dialog", { name: "New app" });
});

test("a portal that does not answer leaves what was told before, with its time, and says so", async () => {
  const { fake, desk } = await goTo();
  fake.apps.error = Fake.error("portal_unreachable", "The portal does not answer.", "You see the last known list.", "Check the network.");
  fake.apps.writesOff = fake.apps.error;
  fake.say({ kind: "apps" });
  await screen.findByText("The portal does not answer.");
  expect(screen.getByRole("table", { name: "Apps" })).toBeTruthy();
  const make = screen.getByRole("button", { name: "New app" });
  expect(make.getAttribute("aria-disabled")).toBe("true");
  fake.apps.writesOff = null;
  fake.apps.readAt = null;
  fake.apps.apps = [];
  await desk.apps.load();
  await screen.findByText("The apps were not read");
});

test("who may only look sees the reason beside everything that is off, and nothing is sent", async () => {
  const { user, asked } = await page("Catalog browser", "reader");
  const reason = document.getElementById("apps-off")!;
  expect(reason.textContent).toContain("Your role at this portal is read-only.");
  for (const name of ["Edit", "Delete…", "Remove Catalog", "New key"]) {
    const button = screen.getByRole("button", { name });
    expect(button.getAttribute("aria-disabled"), name).toBe("true");
    expect(button.getAttribute("aria-describedby"), name).toBe("apps-off");
    await user.click(button);
  }
  expect(screen.queryByRole("dialog")).toBeNull();
  expect(asked("changeApp") + asked("deleteApp") + asked("create")).toBe(0);
  await expectAccessible();
});

test("how each product is approved stands beside it, and what needs somebody asks what it is for before anything is sent", async () => {
  const { user, asked, fake } = await goTo();
  await user.click(await screen.findByRole("button", { name: "New app" }));
  const sheet = await screen.findByRole("dialog", { name: "New app" });
  const box = (name: RegExp) => within(sheet).getByRole("checkbox", { name });
  expect(sheet.textContent).toContain("yours at once");
  expect(sheet.textContent).toContain("an administrator approves it");
  expect(sheet.textContent).toContain("write must be approved by an administrator");
  await user.click(box(/Catalog editing/));
  const why = within(sheet).getByRole("textbox", { name: "What do you need Catalog editing for?" });
  await user.click(within(sheet).getByRole("button", { name: "Create app" }));
  expect(asked("createApp")).toBe(0);
  expect(within(sheet).getByText(/The name is empty/)).toBeTruthy();
  expect(within(sheet).getByText(/wants to know what it is for/)).toBeTruthy();
  await expectAccessible();
  // Without the scope that somebody must approve, nobody has to be asked.
  await user.click(within(sheet).getByRole("checkbox", { name: /^write/ }));
  expect(within(sheet).queryByRole("textbox", { name: /What do you need/ })).toBeNull();
  await user.click(within(sheet).getByRole("checkbox", { name: /^write/ }));
  expect(why).toBeTruthy();
  await user.type(within(sheet).getByRole("textbox", { name: /What do you need/ }), "prices");
  await user.type(within(sheet).getByRole("textbox", { name: "Name" }), "Shop");
  await user.click(within(sheet).getByRole("button", { name: "Create app" }));
  await screen.findByRole("heading", { name: "Shop" });
  await screen.findByText(/1 product waits for an administrator/);
  const { input } = fake.calls.find((call) => call.command === "createApp")!.args as { input: { products: unknown } };
  expect(input.products).toEqual([{ product: "catalog-editing", scopes: ["read", "write"], justification: "prices" }]);
});

test("what the portal does not take stands at its field, whatever empty fields stand between", async () => {
  const { user, fake } = await goTo();
  await user.click(await screen.findByRole("button", { name: "New app" }));
  const sheet = await screen.findByRole("dialog", { name: "New app" });
  await user.type(within(sheet).getByRole("textbox", { name: "Name" }), "Shop");
  for (const _ of [1, 2]) await user.click(within(sheet).getByRole("button", { name: "Add a URL" }));
  await user.type(within(sheet).getByRole("textbox", { name: "Callback URL 2" }), "https://a.example/#x");
  await user.click(within(sheet).getByRole("button", { name: "Add an attribute" }));
  await user.type(within(sheet).getByRole("textbox", { name: "Name of attribute 1" }), "a");
  const fields = [
    { field: "callbackUrls[0]", why: "must have no fragment" },
    { field: "attributes[0].name", why: "stands in the list before" },
    { field: "name", why: "is taken" },
    { field: "attributes", why: "at most 18" },
  ];
  fake.refuse.set("createApp", { ...Fake.error("app_invalid", "Some fields.", "Nothing was changed.", "Change them."), fields });
  await user.click(within(sheet).getByRole("button", { name: "Create app" }));
  await within(sheet).findByText("must have no fragment");
  expect(within(sheet).getByRole("textbox", { name: "Callback URL 2" }).getAttribute("aria-invalid")).toBe("true");
  expect(within(sheet).getByRole("textbox", { name: "Callback URL 1" }).getAttribute("aria-invalid")).toBe("false");
  expect(within(sheet).getByText("stands in the list before")).toBeTruthy();
  expect(within(sheet).getByText("is taken")).toBeTruthy();
  expect(within(sheet).getByText(/Wrong elsewhere: attributes. at most 18/)).toBeTruthy();
  await waitFor(() => expect(document.activeElement).toBe(within(sheet).getByRole("textbox", { name: "Name" })));
  await expectAccessible();
});

test("a role that changes while the sheet is open turns it off and says why", async () => {
  const { user, fake, asked } = await goTo();
  await user.click(await screen.findByRole("button", { name: "New app" }));
  const sheet = await screen.findByRole("dialog", { name: "New app" });
  await user.type(within(sheet).getByRole("textbox", { name: "Name" }), "Shop");
  fake.apps.fill("reader");
  fake.say({ kind: "apps" });
  await within(sheet).findByText("Your role at this portal is read-only.");
  await user.click(within(sheet).getByRole("button", { name: "Create app" }));
  expect(asked("createApp")).toBe(0);
});

test("before an app is deleted the keys that die are named, and only its typed name wakes the button", async () => {
  const { user, asked, fake } = await page("Catalog browser");
  await waitFor(() => expect(screen.getByRole("button", { name: "Delete…" }).getAttribute("aria-disabled")).toBeNull());
  await user.click(screen.getByRole("button", { name: "Delete…" }));
  const dialog = await screen.findByRole("dialog", { name: "Delete Catalog browser" });
  const keys = within(dialog).getByRole("list", { name: "2 keys are refused at once:" });
  expect(keys.textContent).toContain("checkout-web-staging");
  expect(dialog.textContent).toContain("What was counted of its usage stays at the portal.");
  expect(dialog.textContent).toContain("The deletion is written into the log");
  await waitFor(() => expect(document.activeElement?.textContent).toBe("Cancel"));
  await user.click(within(dialog).getByRole("button", { name: "Delete app" }));
  expect(asked("deleteApp")).toBe(0);
  await expectAccessible();
  await user.type(within(dialog).getByRole("textbox", { name: "Type the app's name" }), "Catalog browser");
  await user.click(within(dialog).getByRole("button", { name: "Delete app" }));
  await screen.findByText("Catalog browser is deleted. 2 keys of it are refused from now on.");
  expect(await screen.findByRole("table", { name: "Apps" })).toBeTruthy();
  expect(fake.rows.filter((row) => row.status.kind === "revoked").length).toBeGreaterThan(1);
});

test("an app shows what was refused and why, what waits, and what it was used for", async () => {
  const { user } = await page("Warehouse feed of the eastern region with a very long name");
  const products = screen.getByRole("region", { name: "Products" });
  expect(products.textContent).toContain("Rejected");
  expect(products.textContent).toContain("Please say which partners and how many calls a day.");
  await user.click(screen.getByRole("button", { name: "All apps" }));
  await user.click(await screen.findByRole("button", { name: "Open Catalog browser" }));
  const usage = await screen.findByRole("region", { name: "Last 30 days, all keys together" });
  await waitFor(() => expect(usage.textContent).toContain("48,212"));
  expect(usage.textContent).toContain("391");
  expect(usage.textContent).toContain("24 ms");
  expect(usage.textContent).toContain("4.1 ms to 912 ms");
});

test("a subscription is taken out after a second word, and the others stay as they were asked for", async () => {
  const { user, fake } = await page("Price editor");
  await user.click(screen.getByRole("button", { name: "Remove Catalog editing" }));
  await screen.findByText(/no longer accepted for Catalog editing/);
  expect(fake.calls.some((call) => call.command === "changeApp")).toBe(false);
  await user.click(screen.getByRole("button", { name: "Remove subscription" }));
  await screen.findByText(/This app subscribes to nothing/);
  const { input } = fake.calls.find((call) => call.command === "changeApp")!.args as { input: { name: string; products: unknown[] } };
  expect(input).toMatchObject({ name: "Price editor", products: [] });
});

test("a key of an app can be given what the app asks for, belongs to it, and is copied from its page", async () => {
  const { user, fake, asked } = await page("Partner onboarding");
  await user.click(await screen.findByRole("button", { name: "New key" }));
  const sheet = await screen.findByRole("dialog", { name: "New key" });
  expect(sheet.textContent).toContain("Some of what the app asked for is not approved yet");
  expect(within(sheet).getAllByRole("checkbox").map((one) => one.parentElement?.textContent?.trim())).toEqual(["read", "write", "stream"]);
  await user.type(within(sheet).getByRole("textbox", { name: "Name" }), "partner-prod");
  await user.click(within(sheet).getByRole("button", { name: "Create key" }));
  await within(sheet).findByRole("heading", { name: "Stowed" });
  expect((fake.calls.find((call) => call.command === "create")!.args as { input: { app: string } }).input.app).toBe("app_2");
  await user.click(within(sheet).getByRole("button", { name: "Done" }));
  const keys = screen.getByRole("region", { name: "Keys" });
  const item = await within(keys).findByRole("listitem", { name: "partner-prod" });
  expect(item.textContent).toContain("Pending");
  await user.click(within(item).getByRole("button", { name: "Copy secret of partner-prod" }));
  await waitFor(() => expect(asked("copy")).toBe(1));
  await user.click(within(item).getByRole("button", { name: "More actions for partner-prod" }));
  await user.click(await screen.findByRole("menuitem", { name: /^Revoke/ }));
  await screen.findByRole("dialog", { name: "Revoke partner-prod" });
});

test("the details of a key lead to its app", async () => {
  const { user } = await open({ keys: 24 }, filled());
  await choose(user, "checkout-web-staging", "Details");
  const sheet = await screen.findByRole("dialog", { name: "Details of checkout-web-staging" });
  await user.click(await within(sheet).findByRole("button", { name: "Open the app" }));
  await screen.findByRole("heading", { name: "Catalog browser" });
});

test("an app that was deleted elsewhere is said to be gone", async () => {
  const { fake } = await page("Catalog browser");
  fake.apps.apps = fake.apps.apps.filter((one) => one.id !== "app_1");
  fake.say({ kind: "apps" });
  await screen.findByText("This app is not there any more");
  await expectAccessible();
});

test("the timeline of an app is one press from its page, and is about nothing else", async () => {
  const { user, desk, fake } = await page("Catalog browser");
  await user.click(screen.getByRole("button", { name: "Who did what with it…" }));
  await screen.findByText("About Catalog browser");
  expect(desk.app.auditOf).toEqual({ kind: "app", id: "app_1", name: "Catalog browser" });
  await waitFor(() => expect(fake.calls.filter((call) => call.command === "auditPortal").at(-1)?.args).toMatchObject({ target: "app_1" }));
});

test("what was decided can be read after its notice is gone, the newest first, with the reason", async () => {
  const { user } = await goTo("developer");
  await user.click(await screen.findByRole("button", { name: "Decisions" }));
  const told = within(screen.getByRole("region", { name: "Decisions" })).getAllByRole("listitem").map((item) => item.textContent);
  expect(told[0]).toContain("Warehouse feed");
  expect(told[0]).toContain("Please say which partners");
  expect(told.length).toBe(3);
  expect(told.join()).not.toContain("Catalog browser");
  await expectAccessible();
});
