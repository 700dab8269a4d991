import { screen, waitFor, within } from "@testing-library/svelte";
import { expect, test } from "vitest";
import { Fake } from "$lib/backend/fake";
import { expectAccessible, open } from "./window";

async function queue(prepare: (fake: Fake) => void = () => {}) {
  const opened = await open({ keys: 24 }, (fake) => (fake.apps.fill("admin"), prepare(fake)));
  await opened.user.click(await screen.findByRole("link", { name: "Apps" }));
  await opened.user.click(await screen.findByRole("button", { name: /^Approvals/ }));
  await screen.findByRole("list", { name: "Waiting for your decision" });
  return opened;
}
const items = () => within(screen.getByRole("list", { name: "Waiting for your decision" })).getAllByRole("listitem");

test("who asks is told as they told it, the name apart from the address, with what it is for and since when", async () => {
  await queue();
  const [, forged] = items();
  const who = forged!.querySelector(".who")!;
  expect([...who.children].map((one) => one.textContent)).toEqual(["Admin <admin@keystow.example>", "sam@elsewhere.example"]);
  expect(forged!.textContent).toContain("Push and offline catalogue.");
  expect(forged!.textContent).toContain("may read, write, stream");
  expect(screen.getByText(/nobody has proven that they are theirs/)).toBeTruthy();
  await expectAccessible();
});

test("only who decides has a queue", async () => {
  const { user } = await open({ keys: 24 }, (fake) => fake.apps.fill("developer"));
  await user.click(await screen.findByRole("link", { name: "Apps" }));
  await screen.findByRole("table", { name: "Apps" });
  expect(screen.queryByRole("button", { name: /^Approvals/ })).toBeNull();
});

test("an approval leaves the queue and says that the developer is told", async () => {
  const { user, fake } = await queue();
  await user.click(screen.getByRole("button", { name: "Approve Catalog editing for Price editor" }));
  await screen.findByText("Catalog editing for Price editor is approved. The developer is told.");
  expect(items().length).toBe(2);
  expect(fake.calls.filter((call) => call.command === "approve").length).toBe(1);
});

test("a refusal needs a reason, and the reason is sent", async () => {
  const { user, fake, asked } = await queue();
  await user.click(screen.getByRole("button", { name: "Reject Catalog editing for Price editor" }));
  const dialog = await screen.findByRole("dialog", { name: "Reject Catalog editing for Price editor" });
  await user.click(within(dialog).getByRole("button", { name: "Reject" }));
  expect(asked("reject")).toBe(0);
  await within(dialog).findByText(/Write why it is refused/);
  await expectAccessible();
  await user.type(within(dialog).getByRole("textbox", { name: "Reason" }), "Say which editors.");
  await user.click(within(dialog).getByRole("button", { name: "Reject" }));
  await screen.findByText("Catalog editing for Price editor is rejected. The developer is told why.");
  expect(fake.calls.find((call) => call.command === "reject")!.args).toMatchObject({ reason: "Say which editors." });
});

test("what was taken back meanwhile is told, and the queue is as it is now", async () => {
  const { user, fake } = await queue();
  await user.click(screen.getByRole("button", { name: "Reject Partner access for Partner onboarding" }));
  const dialog = await screen.findByRole("dialog");
  await user.type(within(dialog).getByRole("textbox", { name: "Reason" }), "No.");
  fake.apps.asks = fake.apps.asks.slice(1);
  await user.click(within(dialog).getByRole("button", { name: "Reject" }));
  await within(dialog).findByText(/does not wait for a decision any more/);
  expect(within(dialog).queryByRole("button", { name: "Reject" })).toBeNull();
  await user.click(within(dialog).getByRole("button", { name: "Close" }));
  await waitFor(() => expect(items().length).toBe(2));
});

test("several are approved one after the other, and a failure begins nothing more", async () => {
  const { user, fake } = await queue();
  await user.click(screen.getByRole("checkbox", { name: "Choose everything" }));
  fake.hold.add("approve");
  await user.click(screen.getByRole("button", { name: "Approve 3" }));
  await waitFor(() => expect(fake.calls.filter((call) => call.command === "approve").length).toBe(1));
  await screen.findByText("0 of 3 approved");
  const second = fake.apps.asks[1]!;
  fake.apps.asks = fake.apps.asks.filter((one) => one !== second);
  fake.release();
  await screen.findByText(/was not approved, so nothing after it was sent/);
  await screen.findByText("1 of 3 approved");
  expect(fake.calls.filter((call) => call.command === "approve").length).toBe(2);
  expect(items().length).toBe(1);
  await expectAccessible();
});

test("a run can be stopped; what was sent is waited for", async () => {
  const { user, fake } = await queue();
  await user.click(screen.getByRole("checkbox", { name: "Choose everything" }));
  fake.hold.add("approve");
  await user.click(screen.getByRole("button", { name: "Approve 3" }));
  await user.click(await screen.findByRole("button", { name: "Stop" }));
  fake.release();
  await screen.findByText(/Stopped; 2 still wait as before/);
  expect(fake.calls.filter((call) => call.command === "approve").length).toBe(1);
});

test("what waits is in the due-now strip and leads to the queue", async () => {
  const { user } = await open({ keys: 3 }, (fake) => fake.apps.fill("admin"));
  const strip = await screen.findByRole("region", { name: "Due now" });
  expect(strip.textContent).toContain("3 requests wait for you");
  await user.click(within(strip).getByRole("button", { name: "Show apps" }));
  await screen.findByRole("list", { name: "Waiting for your decision" });
});

test("a developer sees in the strip that an administrator is waited for", async () => {
  await open({ keys: 3 }, (fake) => fake.apps.fill("developer"));
  const strip = await screen.findByRole("region", { name: "Due now" });
  expect(strip.textContent).toContain("2 requests wait");
  expect(strip.textContent).toContain("an administrator decides");
});

test("a decision is told at the top of the window and leads to the apps", async () => {
  const { user, fake } = await open({ keys: 4 }, (fake) => {
    fake.apps.fill("developer");
    const what = { ...Fake.error("subscription_approved", "“Partner access” was approved for the app “Partner onboarding”.", "Keys of the app are accepted for it from now on.", "Copy the secret."), facts: { app: "Partner onboarding", product: "Partner access" } };
    fake.view.notices = [{ id: "decided:a1:sub_1", tone: "info", what, key: null, action: "apps", dismissible: true }];
  });
  await screen.findByText(/was approved for the app/);
  await user.click(screen.getAllByRole("button", { name: "Show apps" })[0]!);
  await screen.findByRole("table", { name: "Apps" });
  expect(fake.calls.some((call) => call.command === "refreshApps")).toBe(true);
});
