import type { Words } from "./catalogue";

/** Settings, in English. */
export const settingsEn = {
  "settings.title": "Settings",
  "settings.look": "Look",
  "settings.theme": "Theme",
  "settings.theme.system": "As the desktop",
  "settings.theme.light": "Light",
  "settings.theme.dark": "Dark",
  "settings.language": "Language",
  "settings.language.system": "As the desktop",
  "settings.clipboard": "Clipboard",
  "settings.seconds": "A copied secret is cleared after",
  "settings.secondsUnit": { one: "{count} second", other: "{count} seconds" },
  "settings.secondsHelp": "Between 10 and 120 seconds. It is cleared sooner on lock and quit, and also if the app dies.",
  "settings.accounts": "Accounts",
  "settings.signOut": "Sign out",
  "settings.signIn": "Sign in",
  "settings.signOutOf": "Sign out of {portal}",
  "settings.signOutHelp": "The session ends at the portal too. Stowed secrets stay in the vault.",
  "settings.about": "About",
  "settings.version": "Version {version}",
  "settings.builtIn": "Built-in portal",
  "settings.builtInOff": "does not run",
  "settings.keyboard": "Keyboard shortcuts",
  "settings.fonts": "Inter, JetBrains Mono and IBM Plex Sans Arabic are used under the SIL Open Font Licence, Lucide under the ISC licence.",
} as const satisfies Words;
