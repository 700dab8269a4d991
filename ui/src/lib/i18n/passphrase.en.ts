import type { Words } from "./catalogue";

/** What opens the vault, in English. */
export const passphraseEn = {
  "lock.start": "Keystow was started. Your passphrase opens it.",
  "lock.unlockPassphrase": "Unlock with passphrase…",
  "lock.askingPassphrase": "Type it in Keystow’s dialog…",
  "rail.vaultAskingPassphrase": "Asking for the passphrase",
  "settings.opens": "What opens the vault",
  "settings.opens.keyring": "The keyring of this desktop. Whoever is signed in here opens the vault without another word.",
  "settings.opens.passphrase": "Your passphrase alone. Secrets and sign-ins are sealed in Keystow’s own file, and the keyring holds nothing of it. Nobody can recover a forgotten passphrase.",
  "settings.opens.leftover": "The keyring still has the vault’s key as well, because it did not let it be deleted. That is tried again at every unlock.",
  "settings.opens.asked": "Keystow asks in a dialog of its own, so that what you type never comes into this window.",
  "settings.opens.absent": "A passphrase can be chosen on Linux only, so far.",
  "settings.opens.choose": "Use a passphrase…",
  "settings.opens.change": "Change passphrase…",
  "settings.opens.back": "Use the keyring again…",
  "settings.opens.changed": "The passphrase was changed. The one before opens nothing any more.",
  "settings.lock.askHelpPassphrase": "In the window, in the picker and on the command line, every time, by the passphrase. Only keys of the environment “production” ask.",
  "check.keyring.instead": "Use a passphrase instead…",
} as const satisfies Words;
