import { render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent, { type UserEvent } from "@testing-library/user-event";
import axe from "axe-core";
import { expect } from "vitest";
import App from "../src/App.svelte";
import { Fake, type Scene } from "$lib/backend/fake";
import { makeDesk, type Desk } from "$lib/context";

/** A fixed instant: Friday 20 November 2026, 14:20 UTC. */
export const NOON = Date.UTC(2026, 10, 20, 14, 20);

/** The window over an app in memory, a person in front of it, and the clock in their hand. */
export interface Opened {
  fake: Fake;
  desk: Desk;
  user: UserEvent;
  /** How often a command arrived. */
  asked(command: string): number;
}

/** Opens the window and waits until it shows something. */
export async function open(scene: Partial<Scene> = {}, prepare: (fake: Fake) => void = () => {}): Promise<Opened> {
  const now = scene.now ?? (() => NOON);
  const fake = new Fake({ ...scene, now });
  fake.view.settings.language = "en";
  prepare(fake);
  const desk = makeDesk(fake.backend, now, now);
  render(App, { props: { desk } });
  const user = userEvent.setup();
  const asked = (command: string) => fake.calls.filter((call) => call.command === command).length;
  await waitFor(() => expect(screen.getAllByRole("button").length).toBeGreaterThan(0));
  if (fake.view.accounts.length > 0) await waitFor(() => expect(desk.keys.head).not.toBeNull());
  return { fake, desk, user, asked };
}

/** The row of a key. */
export async function row(name: string): Promise<HTMLElement> {
  return screen.findByRole("row", { name });
}

/** Opens the menu of a key and chooses from it. */
export async function choose(user: UserEvent, name: string, item: string): Promise<void> {
  await user.click(within(await row(name)).getByRole("button", { name: `More actions for ${name}` }));
  await user.click(await screen.findByRole("menuitem", { name: item }));
}

/** Fails with what axe finds; colours are judged by eye and by the table of tokens, as jsdom has none. */
export async function expectAccessible(): Promise<void> {
  // What lies under a dialog is hidden from everybody while the dialog is open.
  const shown = document.querySelector<HTMLElement>('[role="dialog"]') ?? document.body;
  const found = await axe.run(shown, {
    resultTypes: ["violations"],
    rules: { "color-contrast": { enabled: false }, region: { enabled: false } },
  });
  expect(found.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`)).toEqual([]);
}
