import { svelte } from "@sveltejs/vite-plugin-svelte";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/**
 * What is built in each mode: a folder, and the pages in it.
 *
 * The picker is built by itself, into the folder of the window: so neither loads a line of the other, and the
 * window's code is not cut into pieces to be shared. The mode `fake` is for work on the look: both over a backend
 * in memory.
 */
const builds: Record<string, { folder: string; pages: string[]; fresh: boolean }> = {
  production: { folder: "dist", pages: ["./index.html"], fresh: true },
  picker: { folder: "dist", pages: ["./picker.html"], fresh: false },
  fake: { folder: "dist-fake", pages: ["./fake.html", "./fake-picker.html"], fresh: true },
};

export default defineConfig(({ mode }) => ({
  plugins: [svelte()],
  base: "./",
  clearScreen: false,
  resolve: {
    alias: { $lib: here("./src/lib") },
    // Vitest would otherwise take Svelte's server build.
    conditions: process.env.VITEST ? ["browser"] : undefined,
  },
  // One test reads the codes of failures where they are born.
  server: process.env.VITEST ? { fs: { allow: [here("..")] } } : undefined,
  build: {
    target: ["es2022", "safari16"],
    outDir: (builds[mode] ?? builds.production!).folder,
    emptyOutDir: (builds[mode] ?? builds.production!).fresh,
    // The content policy allows fonts and scripts from files only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: { input: (builds[mode] ?? builds.production!).pages.map(here) },
  },
  test: {
    environment: "jsdom",
    include: ["tests/**/*.test.ts"],
    setupFiles: ["tests/setup.ts"],
    testTimeout: 60_000,
    // Left to itself it keeps a core free for whoever watches.
    maxWorkers: "100%",
  },
}));
