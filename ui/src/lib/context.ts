import { createContext } from "svelte";
import type { Backend } from "./backend";
import { I18n } from "./i18n/index.svelte";
import type { LastChoices } from "./state/create.svelte";
import { AppState } from "./state/app.svelte";
import { Dialogs } from "./state/dialogs.svelte";
import { KeysState } from "./state/keys.svelte";
import { Now } from "./state/now.svelte";

/** Everything a component may reach. */
export interface Desk {
  backend: Backend;
  i18n: I18n;
  now: Now;
  app: AppState;
  keys: KeysState;
  dialogs: Dialogs;
  /** What was chosen before, while the app runs. */
  memory: { create: LastChoices };
}

/** Makes the state of one window over a backend. */
export function makeDesk(backend: Backend, read: () => number): Desk {
  const now = new Now(read);
  const app = new AppState(backend, now);
  const keys = new KeysState(backend);
  const first = backend.first();
  if (first) {
    app.take(first.app);
    if (first.keys) keys.begin(first.keys);
  }
  return {
    backend,
    now,
    i18n: new I18n(),
    app,
    keys,
    dialogs: new Dialogs(),
    memory: { create: { environment: null, owner: "", scopes: [], days: 90 } },
  };
}

export const [useDesk, setDesk] = createContext<Desk>();
