import { expect, test, vi } from "vitest";
import { fetchTongue, I18n, resolveLanguage } from "$lib/i18n/index.svelte";
import { en, type MessageKey, type Plural } from "$lib/i18n/en";
import { Heights, LANE, ROW } from "$lib/state/heights";
import { longColour } from "$lib/state/usage.svelte";
import { failure } from "$lib/backend/failure";

const texts = (entry: string | Plural) => (typeof entry === "string" ? [entry] : Object.values(entry).filter((one) => one !== undefined));
const facts = (text: string) => new Set([...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]));

test("every language says everything with the same facts and the plural forms it has", async () => {
  for (const name of ["en", "ar", "fr"] as const) {
    const tongue = await fetchTongue(name);
    const forms = new Intl.PluralRules(tongue.locale).resolvedOptions().pluralCategories;
    for (const key of Object.keys(en) as MessageKey[]) {
      const own: string | Plural = tongue.catalogue[key];
      const wanted = new Set(texts(en[key]).flatMap((text) => [...facts(text)]));
      wanted.delete("count");
      for (const text of texts(own)) {
        expect(text.trim(), `${name} ${key}`).not.toBe("");
        const has = facts(text);
        has.delete("count");
        expect([...has].sort(), `${name} ${key}`).toEqual([...wanted].sort());
      }
      if (typeof own !== "string") expect(forms.some((form) => own[form] !== undefined), `${name} ${key}`).toBe(true);
    }
  }
});

test("no Arabic word carries a tanwin over a lam with its alef", () => {
  // WebKitGTK raises the whole word by the height of that mark where it ends what is written.
  const areas = import.meta.glob<string>("../src/lib/i18n/*ar.ts", { eager: true, query: "?raw", import: "default" });
  const words = Object.values(areas).join("\n");
  expect(words).toContain("مفتاحًا");
  expect(words.match(/\S*\u0644(?:\u064b\u0627|\u0627\u064b)\S*/gu)).toBeNull();
});

test("no two areas of the catalogue name a message alike", () => {
  const areas = import.meta.glob<Record<string, object>>("../src/lib/i18n/*.en.ts", { eager: true });
  const names = Object.values(areas).flatMap((area) => Object.values(area).flatMap((words) => Object.keys(words)));
  expect(names.length).toBeGreaterThan(400);
  expect(new Set(names).size).toBe(names.length);
  expect(Object.keys(en).length).toBe(names.length);
});

test("a desktop without a language is spoken to in English, and Intl never sees its tag", () => {
  expect(resolveLanguage("system", ["C"])).toBe("en");
  expect(resolveLanguage("system", ["C.UTF-8", "POSIX"])).toBe("en");
  expect(resolveLanguage("system", ["", "de_DE", "fr_CA.UTF-8"])).toBe("fr");
  expect(resolveLanguage("ar", ["en"])).toBe("ar");
  vi.spyOn(navigator, "language", "get").mockReturnValue("C");
  const i18n = new I18n();
  expect(() => [i18n.full(0), i18n.relative(0, 9e9), i18n.duration(61_000), i18n.number(1.5)]).not.toThrow();
});

test("times of every length are said in one or two units", () => {
  const i18n = new I18n();
  expect(i18n.duration(24_100)).toBe("25 s");
  expect(i18n.duration(4 * 60_000 + 5_000)).toBe("4 min 5 s");
  expect(i18n.duration(41 * 60_000 + 30_000)).toBe("41 min");
  expect(i18n.duration(72 * 60_000)).toBe("1 h 12 min");
  expect(i18n.duration(-1)).toBe("0 s");
  expect(i18n.offset(400)).toBe("+0.4 s");
  expect(i18n.offset(-3 * 3_600_000)).toBe("−3 h");
  expect(i18n.compact(1_280_000)).toBe("1.28M");
});

test("a sentence that ends with a shortened month ends with one full stop", async () => {
  const i18n = new I18n();
  await i18n.speak("fr");
  const said = { code: "never_heard_of", message: "{day}. {key}. Fin.", meaning: "{key}", remedy: "{other}.", facts: { day: "21 nov.", key: "clé" }, retryAt: null };
  expect(i18n.error(said)).toEqual({ message: "21 nov. clé. Fin.", meaning: "clé", remedy: "{other}." });
});

test("Arabic counts two in a form of its own and writes Latin digits", async () => {
  const i18n = new I18n();
  await i18n.speak("ar");
  expect(i18n.t("keys.count", { count: 2 })).toBe("مفتاحان");
  expect(i18n.t("keys.count", { count: 24 })).toBe("24 مفتاحًا");
  expect(i18n.time(0)).toMatch(/^[0-9]{2}:[0-9]{2}$/);
});

test("a failure is translated by its code, and falls back to the words it came with", () => {
  const i18n = new I18n();
  const said = { code: "never_heard_of", message: "It broke.", meaning: "Nothing is lost.", remedy: "Try {x}.", facts: { x: "again" }, retryAt: null };
  expect(i18n.error(said)).toEqual({ message: "It broke.", meaning: "Nothing is lost.", remedy: "Try again." });
  expect(i18n.error(failure("no_answer")).message).toBe("The app did not answer in time.");
  expect(i18n.error(failure("what_is_this")).message).toBe("Something failed inside Keystow.");
});

test("a failure that says when is told in the person's own time, and a known fact chooses the closer words", async () => {
  const i18n = new I18n();
  const facts = { key: "billing", at: "2026-11-20 14:20 UTC", millis: String(Date.UTC(2026, 10, 20, 14, 20)) };
  const said = { code: "rotated_elsewhere", message: "“{key}” was rotated somewhere else at {at}.", meaning: "m", remedy: "r", facts, retryAt: null };
  expect(i18n.error(said).message).toBe(`“billing” was rotated somewhere else at ${i18n.full(Number(facts.millis))}.`);
  const french = new I18n();
  await french.speak("fr");
  expect(french.error(said).message).toBe(`« billing » a été mise en rotation ailleurs : ${french.full(Number(facts.millis))}.`);
  const running = (then: string) => french.error({ ...said, code: "grace_running", facts: { key: "billing", then } }).meaning;
  expect(new Set(["keepsAll", "dropsOld", "unknown"].map(running)).size).toBe(3);
});

test("rows of two heights are found by position among 100,000", () => {
  const heights = new Heights(100_000, [0, 7, 99_999]);
  expect(heights.total).toBe(100_000 * ROW + 3 * LANE);
  expect(heights.height(0)).toBe(ROW + LANE);
  expect(heights.height(1)).toBe(ROW);
  for (const place of [0, 1, 6, 7, 8, 50_000, 99_999]) {
    expect(heights.at(heights.top(place))).toBe(place);
    expect(heights.at(heights.top(place) + heights.height(place) - 1)).toBe(place);
  }
  expect(new Heights(0, []).at(100)).toBe(0);
});

test("a colour reaches the chart in six digits, however a build wrote it", () => {
  expect(longColour(" #FFF ")).toBe("#ffffff");
  expect(longColour("#2E86AB")).toBe("#2e86ab");
  expect(longColour("")).toBe("#808080");
});

test("what is left and when it was is said in the language of the window, whichever it was told in", async () => {
  const i18n = new I18n();
  const told = (minutes: string) => ({ ...failure("key_expires"), facts: { key: "x", left: "6 days", minutes, at: "2026-11-28 08:00", millis: String(Date.UTC(2026, 10, 28, 8)) } });
  await i18n.speak("ar");
  expect(i18n.error(told("8640")).message).toBe("ينتهي «x» بعد 6 أيام.");
  expect(i18n.error(told("2880")).message).toBe("ينتهي «x» بعد يومين.");
  expect(i18n.error(told("70")).message).toBe("ينتهي «x» بعد 70 دقيقة.");
  await i18n.speak("fr");
  expect(i18n.error(told("120")).message).toContain("2 heures");
  expect(i18n.error({ ...told("70"), code: "key_expired" }).message).not.toContain("2026-11-28 08:00");
});
