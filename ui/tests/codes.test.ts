import { expect, test } from "vitest";
import { fetchTongue } from "$lib/i18n/index.svelte";

const engine = import.meta.glob<string>("../../crates/engine/src/**/*.rs", { query: "?raw", import: "default", eager: true });
const shell = import.meta.glob<string>("../../src-tauri/src/**/*.rs", { query: "?raw", import: "default", eager: true });

/** Sources without what only tests or the command line see. */
function sources(files: Record<string, string>): string[] {
  const shipped = Object.entries(files).filter(([path]) => !/\/tests(\.rs|\/)|\/words\/beside\.rs$/.test(path));
  return shipped.map(([, text]) => text.split("#[cfg(test)]\nmod tests")[0]!);
}

const all = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map((match) => match[1]!);

/** Every code that the app can send, read where it is born. */
function codes(): Set<string> {
  const found = new Set<string>();
  for (const text of sources(engine)) {
    const born = all(text, /Trouble::new\(\s*"([a-z_]+)"/g);
    // A code that is no literal could not be found here, and so not be asked for below.
    expect(born.length, text.slice(0, 80)).toBe(all(text, /(Trouble::new\()/g).length);
    for (const code of [...born, ...all(text, /\.code = "([a-z_]+)"/g)]) found.add(code);
  }
  for (const text of sources(shell)) for (const code of all(text, /\bcode: "([a-z_]+)"/g)) found.add(code);
  // What is said more closely where the reason is known.
  const reasons = sources(engine).flatMap((text) => all(text, /Some\(Fault::\w+\) => \(\s*"([a-z]+)"/g));
  expect(reasons.length).toBeGreaterThan(5);
  for (const reason of reasons) found.add(`built_in_down.${reason}`);
  return found;
}

test("every code the app can send has words in Arabic and in French; English comes with it", async () => {
  const born = codes();
  expect(born.size).toBeGreaterThan(120);
  for (const name of ["ar", "fr"] as const) {
    const { errors } = await fetchTongue(name);
    const missing = [...born].filter((code) => errors[code] === undefined);
    expect(missing, name).toEqual([]);
    for (const [code, { message, meaning, remedy }] of Object.entries(errors))
      for (const sentence of [message, meaning, remedy]) expect(sentence.trim(), `${name} ${code}`).not.toBe("");
  }
});

test("no language has words for a code that nobody sends", async () => {
  const born = codes();
  // These two are made by the window itself.
  for (const code of ["no_answer", "internal"]) born.add(code);
  for (const name of ["ar", "fr"] as const) {
    const { errors } = await fetchTongue(name);
    const left = Object.keys(errors).filter((code) => !born.has(code) && !born.has(code.split(".")[0]!));
    expect(left, name).toEqual([]);
  }
});
