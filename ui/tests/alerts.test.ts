import { screen, waitFor, within } from "@testing-library/svelte";
import { expect, test } from "vitest";
import { Fake } from "$lib/backend/fake";
import { choose, expectAccessible, open } from "./window";

const NAME = "checkout-web-staging";

/** The usage of one key. */
async function usage() {
  const opened = await open({ keys: 14 });
  await choose(opened.user, NAME, "Usage");
  return opened;
}

test("a quota says when it runs out, from what that was reckoned, and how fast it may be used", async () => {
  await usage();
  await screen.findByText(/^Runs out about /);
  await screen.findByText(/like the last 28.*5,480 billable calls a day.*At most 120 calls in 1 min/s);
  screen.getByRole("img", { name: /^64\S*% of the quota used, about 11\S*% when it starts again/ });
  await expectAccessible();
});

test("each outlook of a quota has its own sentence", async () => {
  const { fake, user } = await usage();
  const told = fake.watch.quota!;
  const forecast = told.forecast!;
  for (const [change, sentence] of [
    [{ outlook: "lasts", forecast: { ...forecast, likely: 80_000, endsAt: null, earliest: null, latest: null } }, /^Lasts: about 80% used on /],
    [{ outlook: "mayEnd", forecast: { ...forecast, likely: 95_000, endsAt: null, latest: null } }, /^May run out from .* Starts again /],
    [{ outlook: "ends", forecast: { ...forecast, latest: null } }, /it may just last/],
    [{ outlook: "usedUp", used: 100_000, forecast: null }, /^Used up: calls are refused until /],
    [{ outlook: "fewDays", forecast: null }, /Too few days are known/],
    [{ outlook: "noReset", resetsAt: null, forecast: null }, /does not say when it starts again/],
    [{ outlook: "noLimit", limit: 0, forecast: null }, /names no limit/],
  ] as const) {
    fake.watch.quota = { ...told, ...change };
    await user.click(screen.getByRole("link", { name: "Keys" }));
    await choose(user, NAME, "Usage");
    await screen.findByText(sentence);
  }
});

test("a quota that is told key by key is said so where all keys are shown", async () => {
  const { user } = await open({ keys: 14 });
  await user.click(screen.getByRole("link", { name: "Usage" }));
  await screen.findByText("Quotas are told key by key: choose one");
});

test("alerts are set from what is known now, and a bound that cannot be is not kept", async () => {
  const { user, fake, asked } = await usage();
  await user.click(screen.getByRole("button", { name: `Alerts for ${NAME}` }));
  const dialog = await screen.findByRole("dialog", { name: `Alerts for ${NAME}` });
  await within(dialog).findByText("now 1.7% of 1,204 calls");
  expect(within(dialog).getByRole<HTMLInputElement>("textbox", { name: "Errors: told from" }).disabled).toBe(true);
  await expectAccessible();
  await user.click(within(dialog).getByRole("checkbox", { name: "Errors" }));
  const bound = within(dialog).getByRole("textbox", { name: "Errors: told from" });
  await user.clear(bound);
  await user.type(bound, "101");
  await user.click(within(dialog).getByRole("button", { name: "Save alerts" }));
  expect(dialog.textContent).toContain("A whole number from 1 to 100.");
  await waitFor(() => expect(document.activeElement).toBe(bound));
  expect(asked("saveAlert")).toBe(0);
  await user.clear(bound);
  await user.type(bound, "10");
  await user.click(within(dialog).getByRole("button", { name: "Save alerts" }));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  const saved = fake.calls.filter((call) => call.command === "saveAlert").map((call) => call.args);
  expect(saved).toEqual([{ input: { key: "key_3", rule: "errors", bound: 10 } }]);
});

test("what is watched is told with a way to the usage of the key", async () => {
  const { user } = await open({ keys: 14 }, (fake) => {
    const row = fake.rows[0]!;
    const what = Fake.error("alert_errors", "“x” fails.", "The key may be sound.", "Look at its usage.");
    fake.view = { ...fake.view, notices: [{ id: "alert:1", tone: "warning", what, key: { id: row.id, name: row.name }, action: "usage", dismissible: true }] };
  });
  await user.click(await screen.findByRole("button", { name: "Show usage" }));
  await screen.findByRole("region", { name: /^Usage of (?!all)/ });
});
