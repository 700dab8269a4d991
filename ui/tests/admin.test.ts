import { screen, waitFor, within } from "@testing-library/svelte";
import { expect, test } from "vitest";
import { Fake } from "$lib/backend/fake";
import type { SuspendInput } from "$lib/view";
import { expectAccessible, open } from "./window";

const WHY = "No call for half a year.";

async function admin(prepare: (fake: Fake) => void = (fake) => fake.admin.fill()) {
  const opened = await open({ keys: 14 }, (fake) => (fake.apps.fill("admin"), prepare(fake)));
  await opened.user.click(await screen.findByRole("link", { name: "Admin" }));
  await screen.findByRole("heading", { name: "Admin" });
  return opened;
}

async function suspending(prepare?: (fake: Fake) => void) {
  const opened = await admin(prepare);
  await opened.user.click(screen.getByRole("radio", { name: "Suspend" }));
  await screen.findByRole("heading", { name: "What shall be suspended?" });
  return opened;
}

/** Looks what “harbour” hits, and fills in everything but the number. */
async function looked() {
  const opened = await suspending();
  await opened.user.type(screen.getByRole("textbox", { name: "Name contains" }), "harbour");
  await opened.user.click(screen.getByRole("button", { name: "Look what is hit" }));
  await screen.findByText("24 apps are hit");
  await opened.user.type(screen.getByRole("textbox", { name: "Reason" }), WHY);
  return opened;
}

const suspend = () => screen.getByRole("button", { name: "Suspend" });
const list = () => within(screen.getByRole("list", { name: "Suspensions" })).getAllByRole("listitem");

test("only an administrator has the way there", async () => {
  await open({ keys: 14 }, (fake) => {
    for (const account of fake.view.accounts) account.abilities = { ...account.abilities!, administers: false };
  });
  await screen.findByRole("link", { name: "Keys" });
  expect(screen.queryByRole("link", { name: "Admin" })).toBeNull();
});

test("a report is read page by page, filtered, and saved whole", async () => {
  const { user, fake } = await admin();
  const table = await screen.findByRole("table", { name: "Report" });
  expect(within(table).getAllByRole("row").length).toBe(51);
  screen.getByText("120 lines");
  await expectAccessible();
  await user.click(screen.getByRole("button", { name: "Show more" }));
  await waitFor(() => expect(within(table).getAllByRole("row").length).toBe(101));
  await user.selectOptions(screen.getByRole("combobox", { name: "Status" }), "suspended");
  await screen.findByText("24 lines");
  await user.click(screen.getByRole("radio", { name: "Most used" }));
  await waitFor(() => expect(fake.calls.at(-1)?.args).toMatchObject({ input: { kind: "usage", status: "suspended" }, page: null }));
  await user.click(screen.getByRole("button", { name: "Export" }));
  await user.click(await screen.findByRole("menuitem", { name: "This report as CSV" }));
  await screen.findByText(/keystow-apps-usage/);
  expect(fake.calls.find((call) => call.command === "exportReport")?.args).toMatchObject({ form: "csv", input: { status: "suspended" } });
});

test("a report on nothing says so", async () => {
  await admin(() => {});
  await screen.findByText("No app fits");
  await expectAccessible();
});

test("nothing is looked for before anything is named, and the button says why", async () => {
  const { user, asked } = await suspending();
  const look = screen.getByRole("button", { name: "Look what is hit" });
  expect(look.getAttribute("aria-disabled")).toBe("true");
  screen.getByText("Name at least one thing besides what is hit.");
  await user.click(look);
  await user.type(screen.getByRole("textbox", { name: "Not used for days" }), "soon");
  screen.getByText("Leave it empty, or write a whole number.");
  await user.click(look);
  expect(asked("previewSuspension")).toBe(0);
  await expectAccessible();
});

test("what is hit is shown first, and only the number and a reason let it be suspended, to the end", async () => {
  const { user, fake, asked } = await looked();
  await expectAccessible();
  await user.type(screen.getByRole("textbox", { name: "Type the number 24" }), "23");
  await user.click(suspend());
  expect(asked("suspend")).toBe(0);
  await user.clear(screen.getByRole("textbox", { name: "Type the number 24" }));
  await user.type(screen.getByRole("textbox", { name: "Type the number 24" }), "24");
  await user.click(suspend());
  await waitFor(() => expect(list()[0]!.textContent).toContain("24 are suspended"));
  expect(asked("goOn")).toBe(12);
  const sent = (fake.calls.find((call) => call.command === "suspend")?.args as { input: SuspendInput }).input;
  expect(sent).toMatchObject({ hit: 24, typed: "24", reason: WHY, wish: { keys: false, name: "harbour" } });
  await user.click(screen.getByRole("button", { name: `Resume all of “${WHY}”` }));
  await waitFor(() => expect(list()[0]!.textContent).toContain("24 were resumed"));
});

test("another wish forgets what was seen", async () => {
  const { user } = await looked();
  await user.type(screen.getByRole("textbox", { name: "Name contains" }), "x");
  expect(screen.queryByText("24 apps are hit")).toBeNull();
});

test("what changed meanwhile is told, and nothing was suspended", async () => {
  const { user, fake, asked } = await looked();
  fake.admin.rows = fake.admin.rows.slice(1);
  await user.type(screen.getByRole("textbox", { name: "Type the number 24" }), "24");
  await user.click(suspend());
  await screen.findByText(/Something changed since you looked/);
  expect(asked("goOn")).toBe(0);
});

test("one that was left half way goes on, and stands where it was when a batch fails", async () => {
  const { user, fake } = await suspending();
  await screen.findByText(/25 of 41 had their turn/);
  fake.refuse.set("goOn", Fake.error("portal_unreachable", "The portal did not answer.", "Nothing was changed.", "Try again."));
  const goOn = () => screen.getByRole("button", { name: /^Go on with/ });
  await user.click(goOn());
  await screen.findByText("The portal did not answer.");
  expect(list()[0]!.textContent).toContain("25 of 41 had their turn");
  fake.refuse.delete("goOn");
  await user.click(goOn());
  await waitFor(() => expect(list()[0]!.textContent).toContain("40 are suspended and 1 was left as it is"));
});

test("a suspension that was begun before is gone on with, and not the one that stands before it", async () => {
  const { user, fake } = await looked();
  const [newest, older] = fake.admin.suspensions;
  // The portal knows what it answers by what is hit: the same wish again is the same suspension.
  fake.admin.suspend = () => older!;
  await user.type(screen.getByRole("textbox", { name: "Type the number 24" }), "24");
  await user.click(suspend());
  await waitFor(() => expect(fake.calls.filter(({ command }) => command === "goOn").map(({ args }) => (args as { suspension: string }).suspension)).toEqual([older!.id]));
  expect(fake.admin.suspensions[0]).toEqual(newest);
});

test("a role that is lost meanwhile is told where one is", async () => {
  const { fake, desk } = await suspending();
  fake.view.accounts = fake.view.accounts.map((account) => ({ ...account, abilities: { ...account.abilities!, administers: false } }));
  desk.app.take({ ...fake.view });
  await screen.findByText("You are no administrator of this portal any more");
  expect(screen.queryByRole("link", { name: "Admin" })).toBeNull();
});

test("a developer reads why an app is suspended", async () => {
  const { user } = await open({ keys: 14 }, (fake) => fake.apps.fill("developer"));
  await user.click(await screen.findByRole("link", { name: "Apps" }));
  await user.click(await screen.findByRole("button", { name: "Open Loyalty points" }));
  await screen.findByText(/An administrator suspended this app: No call for half a year/);
});
