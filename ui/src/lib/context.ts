import { createContext } from "svelte";
import type { Backend } from "./backend";
import { I18n } from "./i18n/index.svelte";
import type { LastChoices } from "./state/create.svelte";
import { Apps } from "./state/apps.svelte";
import { AppState } from "./state/app.svelte";
import { BulkRun } from "./state/bulk.svelte";
import { ChosenKeys } from "./state/chosen.svelte";
import { Dialogs } from "./state/dialogs.svelte";
import { Floor } from "./state/floor.svelte";
import { KeysState } from "./state/keys.svelte";
import { Now } from "./state/now.svelte";
import { Schedules } from "./state/schedules.svelte";
import { Teams } from "./state/teams.svelte";

/** Everything a component may reach. */
export interface Desk {
  backend: Backend;
  i18n: I18n;
  now: Now;
  app: AppState;
  apps: Apps;
  teams: Teams;
  keys: KeysState;
  chosen: ChosenKeys;
  bulk: BulkRun;
  schedules: Schedules;
  dialogs: Dialogs;
  floor: Floor;
  /** What was chosen before, while the app runs. */
  memory: { create: LastChoices };
}

/** Makes the state of one window over a backend; `pace` is a clock that nobody sets. */
export function makeDesk(backend: Backend, read: () => number, pace?: () => number): Desk {
  const now = new Now(read, pace);
  const app = new AppState(backend, now);
  const keys = new KeysState(backend);
  now.onjump = () => void app.readClock();
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
    apps: new Apps(backend),
    teams: new Teams(backend),
    keys,
    chosen: new ChosenKeys(keys),
    bulk: new BulkRun(backend),
    schedules: new Schedules(backend),
    dialogs: new Dialogs(),
    floor: new Floor(),
    memory: { create: { environment: null, owner: "", scopes: [], days: 90 } },
  };
}

export const [useDesk, setDesk] = createContext<Desk>();
