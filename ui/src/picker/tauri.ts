import { listen } from "@tauri-apps/api/event";
import { call, PERSON_PATIENCE } from "$lib/backend/call";
import type { PickerEvent, PickerView } from "$lib/view";
import type { PickerBackend } from "./backend";

/** The app behind the picker. */
export const backend: PickerBackend = {
  first() {
    const place = globalThis as { keystowPicker?: PickerView | null };
    const first = place.keystowPicker ?? null;
    place.keystowPicker = null;
    return first;
  },
  ready: () => call("picker|ready"),
  look: () => call("picker|look"),
  list: (typed, turn) => call("picker|list", { typed, turn }),
  copy: (account, key) => call("picker|copy", { account, key }),
  allow: (account, key) => call("picker|allow", { account, key }, PERSON_PATIENCE),
  forms: (account, key) => call("picker|forms", { account, key }),
  copyAs: (account, input) => call("picker|copy_as", { account, input }),
  pushAgain: (account, key) => call("picker|push_again", { account, key }),
  pin: (account, key, pin) => call("picker|pin", { account, key, pin }),
  hide: () => call("picker|hide"),
  openMain: () => call("picker|open_main"),
  listen: (heard) => listen<PickerEvent>("picker", (event) => heard(event.payload)),
};
