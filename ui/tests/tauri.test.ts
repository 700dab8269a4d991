import { afterEach, expect, test, vi } from "vitest";

const invoke = vi.fn();
vi.mock("@tauri-apps/api/core", () => ({ invoke }));
vi.mock("@tauri-apps/api/event", () => ({ listen: vi.fn() }));
const { backend } = await import("$lib/backend/tauri");

afterEach(() => {
  vi.useRealTimers();
  invoke.mockReset();
});

test("a command is named by plugin and verb and takes its arguments by name", async () => {
  invoke.mockResolvedValue(null);
  await backend.keys.copy("k1", true);
  await backend.accounts.switchTo("a1");
  await backend.rotation.endGrace("k1", "name");
  expect(invoke.mock.calls).toEqual([
    ["plugin:keys|copy", { key: "k1", old: true }],
    ["plugin:accounts|switch", { account: "a1" }],
    ["plugin:rotation|end_grace", { key: "k1", typed: "name" }],
  ]);
});

test("a call without an answer becomes an error after 30 s, and after 90 s where a secret may come", async () => {
  vi.useFakeTimers();
  invoke.mockReturnValue(new Promise(() => {}));
  const ends: string[] = [];
  void backend.keys.refresh().catch((error) => ends.push(`refresh ${error.code}`));
  void backend.rotation.rotate({ ticket: "t", key: "k", reason: "planned", way: "inPlace", grace: null, longestJob: null, again: false, successor: null }).catch((error) => ends.push(`rotate ${error.code}`));
  await vi.advanceTimersByTimeAsync(30_000);
  expect(ends).toEqual(["refresh no_answer"]);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(ends).toEqual(["refresh no_answer", "rotate no_answer"]);
});

test("whatever a command throws arrives as a failure with a code", async () => {
  invoke.mockRejectedValueOnce("not allowed. Command not found");
  await expect(backend.app.status()).rejects.toMatchObject({ code: "internal", facts: {} });
  invoke.mockRejectedValueOnce({ code: "throttled", message: "m", meaning: "n", remedy: "r", facts: {}, retryAt: 5 });
  await expect(backend.app.status()).rejects.toMatchObject({ code: "throttled", retryAt: 5 });
});
