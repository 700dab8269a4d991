import type { Words } from "./catalogue";

/** The lock, in English. */
export const lockEn = {
  "lock.title": "Keystow is locked",
  "lock.person": "You locked it.",
  "lock.idle": "Nobody was here for a while.",
  "lock.screen": "The desktop was locked.",
  "lock.sleep": "The computer went to sleep.",
  "lock.help": "Your keys are hidden. The clipboard was cleared of what Keystow put there. Timers go on.",
  "lock.unlock": "Unlock",
  "lock.asking": "Asking the keyring…",
  "settings.lock": "Lock",
  "settings.lock.idle": "Lock when nobody is here for",
  "settings.lock.minutes": { one: "{count} minute", other: "{count} minutes" },
  "settings.lock.never": "Never",
  "settings.lock.idle.desktop": "Nobody touches the keyboard or the pointer, in whichever program.",
  "settings.lock.idle.app": "This desktop does not tell when nobody is there, so time without using Keystow counts.",
  "settings.lock.when.both": "It also locks when the desktop is locked and before the computer sleeps, which waits for it.",
  "settings.lock.when.screen": "It also locks when the desktop is locked. This system does not tell before it sleeps, so lock it yourself then.",
  "settings.lock.when.sleep": "It also locks before the computer sleeps, which waits for it. This system does not tell when the desktop is locked.",
  "settings.lock.when.none": "Locking the desktop and sleep are not watched here: lock Keystow yourself.",
  "settings.lock.hide": "Hide the keys while it is locked",
  "settings.lock.hide.on": "The window, the picker and the tray show no key until it is unlocked.",
  "settings.lock.hide.off": "Names and states stay to be seen. Nothing can be copied.",
  "settings.lock.work": "A lock cuts nothing off: a key that is being made arrives in the vault first. A run over many keys rests, and goes on after unlocking.",
  "picker.hidden": "Keystow is locked",
  "picker.hiddenHelp": "Unlock it in its window. Your keys are found here again then.",
} as const satisfies Words;
