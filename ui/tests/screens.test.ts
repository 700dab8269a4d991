import { screen, waitFor, within } from "@testing-library/svelte";
import { expect, test, vi } from "vitest";
import { Fake } from "$lib/backend/fake";
import { choose, expectAccessible, NOON, open } from "./window";

test("the first screen has one sentence, two ways on, and checks that appear when known", async () => {
  const { fake } = await open({ signedIn: false });
  expect(screen.getByRole("button", { name: "Start with the built-in portal" })).toBe(document.activeElement);
  expect(screen.getByRole("button", { name: "Connect a portal" })).toBeTruthy();
  await screen.findByText("Keyring can be written");
  expect(fake.calls.map((call) => call.command).sort()).toEqual(["checks", "status"]);
  await expectAccessible();
});

test("a failed check says why when asked", async () => {
  const { user, fake } = await open({ signedIn: false }, (fake) => {
    fake.backend.app.checks = async () => [
      { name: "keyring", passed: false, error: Fake.error("keyring_absent", "No keyring runs on this desktop.", "No secret can be kept.", "Start one.") },
    ];
  });
  await user.click(await screen.findByRole("button", { name: "Keyring cannot be written: Why?" }));
  await screen.findByRole("dialog", { name: "Keyring cannot be written" });
  expect(fake.calls.length).toBeGreaterThan(0);
});

test("waiting for the browser offers the link, the paste field, a countdown and a way out", async () => {
  const { user, fake, asked } = await open({ signedIn: false });
  await user.click(screen.getByRole("button", { name: "Start with the built-in portal" }));
  const link = (await screen.findByRole("textbox", { name: "Sign-in link" })) as HTMLInputElement;
  expect(link.value).toContain("http://127.0.0.1:8427/oauth2/auth");
  await user.click(screen.getByRole("button", { name: "Copy link" }));
  await user.click(screen.getByRole("button", { name: "Open again" }));
  expect([asked("copyLink"), asked("openBrowser")]).toEqual([1, 1]);
  expect(screen.getByRole("timer").textContent).toContain("5 min");
  await expectAccessible();
  const paste = screen.getByRole("textbox", { name: "Paste the address from your browser" });
  await user.type(paste, "https://elsewhere.example/");
  await user.click(screen.getByRole("button", { name: "Use it" }));
  expect(asked("paste")).toBe(0);
  await screen.findByText(/This is not the address the sign-in ends at/);
  await user.clear(paste);
  await user.type(paste, "http://127.0.0.1:5000/callback?code=abc");
  await user.click(screen.getByRole("button", { name: "Use it" }));
  await waitFor(() => expect(asked("paste")).toBe(1));
  await screen.findByRole("grid", { name: "Keys" });
  expect(fake.view.accounts.length).toBe(2);
});

test("a sign-in that fails says its three sentences and offers to begin again", async () => {
  const { user, fake, asked } = await open({ signedIn: false });
  await user.click(screen.getByRole("button", { name: "Start with the built-in portal" }));
  await screen.findByRole("textbox", { name: "Sign-in link" });
  fake.signIn({ step: "failed", error: Fake.error("denied", "The request was denied in the browser.", "Nobody is signed in.", "Start again and choose Allow.") });
  const alert = await screen.findByRole("alert");
  for (const sentence of ["denied in the browser", "Nobody is signed in", "choose Allow"]) expect(alert.textContent).toContain(sentence);
  await expectAccessible();
  await user.click(screen.getByRole("button", { name: "Try again" }));
  await waitFor(() => expect(asked("start")).toBe(2));
  await screen.findByRole("textbox", { name: "Sign-in link" });
  await user.click(screen.getByRole("button", { name: "Cancel" }));
  await screen.findByRole("button", { name: "Start with the built-in portal" });
});

test("a portal's address is checked before anything is sent", async () => {
  const { user, asked } = await open({ signedIn: false });
  await user.click(screen.getByRole("button", { name: "Connect a portal" }));
  const dialog = await screen.findByRole("dialog", { name: "Connect a portal" });
  const address = within(dialog).getByRole("textbox", { name: "Portal address" });
  await user.type(address, "http://portal.example");
  await user.click(within(dialog).getByRole("button", { name: "Sign in" }));
  expect(dialog.textContent).toContain("needs https://");
  await expectAccessible();
  await user.clear(address);
  await user.type(address, "https://portal.example");
  await user.type(within(dialog).getByRole("textbox", { name: "Client id" }), "keystow");
  await user.click(within(dialog).getByRole("button", { name: "Sign in" }));
  await waitFor(() => expect(asked("connect")).toBe(1));
});

test("usage is a picture with a sentence, a cursor and a table twin", async () => {
  const { user, asked, fake } = await open();
  await choose(user, "checkout-web-staging", "Usage");
  const region = await screen.findByRole("region", { name: "Usage of checkout-web-staging" });
  const table = await within(region).findByRole("table", { name: "Usage data" });
  expect(within(table).getAllByRole("row").length).toBe(1 + 168);
  expect(within(region).getByRole("img", { name: /^checkout-web-staging from .* requests/ })).toBeTruthy();
  const plot = within(region).getByRole("slider");
  plot.focus();
  await user.keyboard("{ArrowLeft}");
  expect(plot.getAttribute("aria-valuetext")).toContain("success");
  await expectAccessible();
  await user.selectOptions(screen.getByRole("combobox", { name: "Period" }), "year");
  await waitFor(() => {
    const last = fake.calls.filter((call) => call.command === "usage").at(-1)!.args as { input: { period: string; resolution: string; colours: object } };
    expect(last.input).toMatchObject({ period: "year", resolution: "month" });
    for (const colour of Object.values(last.input.colours)) expect(colour).toMatch(/^#[0-9a-f]{6}$/);
  });
  const before = asked("usage");
  document.documentElement.dataset.theme = "dark";
  await waitFor(() => expect(asked("usage")).toBeGreaterThan(before));
});

test("usage that is looked at is read once, not for ever", async () => {
  const { user, asked } = await open();
  await choose(user, "checkout-web-staging", "Usage");
  await screen.findByRole("table", { name: "Usage data" });
  vi.useFakeTimers();
  try {
    await vi.advanceTimersByTimeAsync(5_000);
  } finally {
    vi.useRealTimers();
  }
  // An answer that were a reason to ask again would have left its timer before the clock was taken over.
  await user.selectOptions(screen.getByRole("combobox", { name: "Resolution" }), "day");
  await waitFor(() => expect(asked("usage")).toBe(2));
});

test("a key without calls shows zero, not a gap", async () => {
  const { user } = await open();
  await choose(user, "analytics-export-staging", "Usage");
  await screen.findByText("No calls in this period");
});

test("settings are saved as they are changed, and signing out ends the session", async () => {
  const { user, fake, asked } = await open();
  await user.click(screen.getByRole("link", { name: "Settings" }));
  await user.click(screen.getByRole("radio", { name: "Dark" }));
  await waitFor(() => expect(document.documentElement.dataset.theme).toBe("dark"));
  await expectAccessible();
  await user.selectOptions(screen.getByRole("combobox", { name: "Language" }), "ar");
  await waitFor(() => expect(document.documentElement.dir).toBe("rtl"));
  expect(fake.view.settings).toMatchObject({ theme: "dark", language: "ar" });
  await user.selectOptions(screen.getByRole("combobox", { name: "اللغة" }), "en");
  await user.click(await screen.findByRole("button", { name: "Sign out of Built-in portal" }));
  await waitFor(() => expect(asked("signOut")).toBe(1));
});

test("the sheet of keys opens on a question mark", async () => {
  const { user } = await open();
  await user.keyboard("?");
  const dialog = await screen.findByRole("dialog", { name: "Keyboard" });
  expect(dialog.textContent).toContain("Copy the secret");
  await expectAccessible();
});

test("an app that does not start says so instead of showing nothing", async () => {
  const { user, fake } = await open({}, (fake) => {
    const status = fake.backend.app.status;
    let first = true;
    fake.backend.app.status = () => {
      if (!first) return status();
      first = false;
      return Promise.reject(Fake.error("database_failed", "The local database could not be used.", "No secret is in it.", "Start again."));
    };
    fake.view.accounts = [];
  });
  await screen.findByText("The local database could not be used.");
  await user.click(screen.getByRole("button", { name: "Try again" }));
  await screen.findByRole("button", { name: "Start with the built-in portal" });
  expect(fake.now()).toBe(NOON);
});
