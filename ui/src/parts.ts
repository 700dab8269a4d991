import { Part } from "$lib/parts.svelte";

/** Everything that can come after the list of keys. */
export const parts = {
  firstRun: new Part(() => import("./screens/first-run/FirstRun.svelte")),
  signIn: new Part(() => import("./screens/first-run/SignIn.svelte")),
  usage: new Part(() => import("./screens/usage/Usage.svelte")),
  schedules: new Part(() => import("./screens/schedules/Schedules.svelte")),
  health: new Part(() => import("./screens/health/Health.svelte")),
  apps: new Part(() => import("./screens/apps/Apps.svelte")),
  teams: new Part(() => import("./screens/teams/Teams.svelte")),
  admin: new Part(() => import("./screens/admin/Admin.svelte")),
  audit: new Part(() => import("./screens/audit/Audit.svelte")),
  settings: new Part(() => import("./screens/settings/Settings.svelte")),
  menu: new Part(() => import("./screens/keys/RowMenu.svelte")),
  snooze: new Part(() => import("./screens/keys/Snooze.svelte")),
  presence: new Part(() => import("./frame/Presence.svelte")),
  overlays: new Part(() => import("./frame/Overlays.svelte")),
};

/** Fetches every part, so that none is waited for when it is wanted. */
export async function fetchParts(): Promise<void> {
  await Promise.all(Object.values(parts).map((part) => part.load()));
}
