import type { Backend } from "./backend";

/** How often it is said that somebody is there, in milliseconds. */
const PAUSE = 5000;

/** Tells the app that somebody uses the window, where `wanted` says that the desktop does not. Returns how to stop. */
export function tellUse(backend: Backend, wanted: () => boolean, read: () => number): () => void {
  let last = -Infinity;
  const used = () => {
    const now = read();
    if (!wanted() || now - last < PAUSE) return;
    last = now;
    // An app that cannot be told locks too early, which loses nothing.
    void backend.lock.used().catch(() => {});
  };
  const kinds = ["pointerdown", "pointermove", "keydown", "wheel"] as const;
  for (const kind of kinds) window.addEventListener(kind, used, { capture: true, passive: true });
  return () => {
    for (const kind of kinds) window.removeEventListener(kind, used, { capture: true });
  };
}
