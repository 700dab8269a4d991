import { svelte } from "@sveltejs/vite-plugin-svelte";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/**
 * Two entries: `index.html` talks to the app, `fake.html` to a backend in memory. The second one
 * exists for work on the look and is built only in the mode `fake`, into a folder of its own.
 */
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
    outDir: mode === "fake" ? "dist-fake" : "dist",
    emptyOutDir: true,
    // The content policy allows fonts and scripts from files only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: { input: here(mode === "fake" ? "./fake.html" : "./index.html") },
  },
  test: {
    environment: "jsdom",
    include: ["tests/**/*.test.ts"],
    setupFiles: ["tests/setup.ts"],
    testTimeout: 60_000,
  },
}));
