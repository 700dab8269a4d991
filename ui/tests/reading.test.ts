import { screen, waitFor, within } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";
import type { Fake } from "$lib/backend/fake";
import type { FreshnessView } from "$lib/view";
import { expectAccessible, NOON, open } from "./window";

/** The portal is read, or was, as far as this says. */
function told(fake: Fake, change: Partial<FreshnessView>): void {
  fake.freshness = { ...fake.freshness, ...change };
  fake.say({ kind: "keys" });
}

const first = { readAt: null, reading: true, read: 12_300, of: null };

describe("a long list that is read", () => {
  it("says how many keys came, and of how many where that is known", async () => {
    const { fake } = await open({}, (fake) => (fake.freshness = { ...fake.freshness, ...first }));
    await screen.findByText("Reading: 12,300 keys so far");
    screen.getByText("24 keys so far");
    told(fake, { readAt: NOON - 60_000, of: 100_000 });
    await screen.findByText("Reading: 12,300 of 100,000 keys");
    screen.getByText("24 keys");
    await expectAccessible();
  });

  it("is stopped from the keyboard, says what that means, and is gone on with", async () => {
    const { user, asked } = await open({}, (fake) => (fake.freshness = { ...fake.freshness, ...first }));
    (await screen.findByRole("button", { name: "Stop reading" })).focus();
    await user.keyboard("{Enter}");
    expect(asked("stopReading")).toBe(1);
    const part = "12,300 keys so far; the rest was not read";
    await waitFor(() => expect(screen.getAllByText(part).some((one) => one.closest('[role="status"]'))).toBe(true));
    await expectAccessible();
    screen.getByRole("button", { name: "Read the rest" }).focus();
    await user.keyboard("{Enter}");
    expect(asked("readRest")).toBe(1);
    await screen.findByRole("button", { name: "Stop reading" });
  });

  it("says of a refresh that was cut off from when the rest is", async () => {
    await open({}, (fake) => (fake.freshness = { ...fake.freshness, readAt: NOON - 60_000, of: 100_000, cut: 12_300 }));
    expect((await screen.findAllByText(/^12,300 keys were read again; the rest is of/)).length).toBeGreaterThan(0);
  });

  it("is told aloud now and then, and not at each page", async () => {
    const { fake } = await open({}, (fake) => (fake.freshness = { ...fake.freshness, ...first, read: 400 }));
    const heard = new Set<string>();
    const bar = screen.getByRole("contentinfo");
    const listen = () => within(bar).getAllByRole("status").forEach((one) => heard.add(one.textContent?.trim() ?? ""));
    for (const read of [500, 4_900, 9_900, 10_100, 14_000, 19_900, 20_100]) {
      told(fake, { read });
      await waitFor(() => screen.getByText(`Reading: ${read.toLocaleString("en")} keys so far`, { selector: ".text" }));
      listen();
    }
    told(fake, { reading: false, readAt: NOON, of: 25_000 });
    await waitFor(() => (listen(), expect(heard).toContain("The list is read whole: 25,000 keys")));
    const ours = [...heard].filter((said) => said.startsWith("Reading:"));
    expect(ours).toEqual(["Reading: 10,000 keys so far", "Reading: 20,000 keys so far"]);
  });

  it("moves no row under the pointer, and shows those that came after the others", async () => {
    const { fake, desk } = await open({ keys: 150 }, (fake) => (fake.freshness = { ...fake.freshness, ...first }));
    const all = fake.rows;
    fake.rows = all.slice(0, 60);
    await desk.keys.ask({});
    const shown = () => Array.from({ length: 60 }, (_, place) => desk.keys.row(place)?.id);
    const before = shown();
    desk.keys.hold(true);
    fake.rows = all;
    await desk.keys.changed();
    expect(shown()).toEqual(before);
    expect([desk.keys.waiting, desk.keys.head?.matches]).toEqual([false, 150]);
    expect((await desk.keys.load(120))?.id).toBeDefined();
  });
});
