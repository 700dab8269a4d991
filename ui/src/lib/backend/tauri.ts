import { invoke } from "@tauri-apps/api/core";
import { listen } from "@tauri-apps/api/event";
import type { WindowEvent } from "$lib/view";
import { asCommandError, failure } from "./failure";
import type { Backend } from "./index";

/** How long a command may take before the window says so, in milliseconds. */
const PATIENCE = 30_000;
/** The same for commands whose answer brings a secret: the app itself gives up before this. */
const LONG_PATIENCE = 90_000;

/** Runs a command; a call that never answers is turned into an error instead of a frozen window. */
async function call<T>(command: string, args: Record<string, unknown> = {}, patience = PATIENCE): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(failure("no_answer")), patience);
  });
  try {
    return await Promise.race([invoke<T>(`plugin:${command}`, args), late]);
  } catch (thrown) {
    throw asCommandError(thrown);
  } finally {
    clearTimeout(timer);
  }
}

/** The app behind the window. */
export const backend: Backend = {
  app: {
    status: () => call("keystow|status"),
    checks: () => call("keystow|checks"),
    dismiss: (id) => call("keystow|dismiss", { id }),
    saveSettings: (settings) => call("keystow|save_settings", { settings }),
  },
  accounts: {
    start: () => call("accounts|start"),
    connect: (input) => call("accounts|connect", { input }),
    signIn: (account) => call("accounts|sign_in", { account }),
    paste: (address) => call("accounts|paste", { address }),
    cancel: () => call("accounts|cancel"),
    openBrowser: () => call("accounts|open_browser"),
    copyLink: () => call("accounts|copy_link"),
    signOut: (account) => call("accounts|sign_out", { account }),
    switchTo: (account) => call("accounts|switch", { account }),
    lock: () => call("accounts|lock"),
    // The keyring may put up a prompt, and a person may take their time with it.
    unlock: () => call("accounts|unlock", {}, LONG_PATIENCE),
  },
  keys: {
    list: (query) => call("keys|list", { query }),
    refresh: () => call("keys|refresh"),
    details: (key) => call("keys|details", { key }),
    create: (input) => call("keys|create", { input }, LONG_PATIENCE),
    rename: (key, name) => call("keys|rename", { key, name }),
    revoke: (key, typed) => call("keys|revoke", { key, typed }, LONG_PATIENCE),
    copy: (key, old) => call("keys|copy", { key, old }),
    copyPrefix: (key) => call("keys|copy_prefix", { key }),
    clearClipboard: () => call("keys|clear_clipboard"),
    keepLonger: () => call("keys|keep_longer"),
  },
  rotation: {
    open: (key) => call("rotation|open", { key }),
    rotate: (input) => call("rotation|rotate", { input }, LONG_PATIENCE),
    probe: (key) => call("rotation|probe", { key }),
    endGrace: (key, typed) => call("rotation|end_grace", { key, typed }, LONG_PATIENCE),
  },
  usage: {
    show: (input) => call("usage|show", { input }),
  },
  listen: (heard) => listen<WindowEvent>("keystow", (event) => heard(event.payload)),
};
