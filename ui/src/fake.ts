import { mount } from "svelte";
import "./styles/fonts.css";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/controls.css";
import "./styles/choices.css";
import "./styles/rail.css";
import "./styles/list.css";
import "./styles/screen.css";
import App from "./App.svelte";
import { Fake } from "$lib/backend/fake";
import { dialogs, scenes } from "$lib/backend/fake/scenes";
import { makeDesk } from "$lib/context";
import type { TeamAct } from "$lib/state/dialogs.svelte";
import { parts } from "./parts";

const wish = new URLSearchParams(location.search);
const fake = new Fake({ keys: Number(wish.get("keys") ?? 24), signedIn: !wish.has("firstRun") });
const theme = wish.get("theme");
if (theme === "light" || theme === "dark") fake.view.settings.theme = theme;
fake.view.settings.language = wish.get("lang") ?? "system";
// A long list that is being read for the first time, again, or not to its end: `reading=first`, `again`, `cut`.
const reading = wish.get("reading");
if (reading) fake.freshness = { ...fake.freshness, readAt: reading === "again" ? fake.freshness.readAt : null, reading: reading !== "cut", read: 12_300, of: reading === "again" ? 100_000 : null, cut: reading === "cut" ? 12_300 : null };
if (wish.has("work")) fake.work.fill(Number(wish.get("work")));
if (wish.has("apps")) fake.apps.fill(wish.get("apps") === "developer" ? "developer" : wish.get("apps") === "reader" ? "reader" : "admin");
if (wish.has("teams")) fake.teams.fill();
if (wish.has("clients")) fake.clients.fill();
if (wish.has("admin")) fake.admin.fill(Number(wish.get("admin") || 120));
const desk = makeDesk(fake.backend, Date.now);
const scene = { ...scenes, ...dialogs }[wish.get("scene") ?? ""];
if (scene) desk.dialogs.show(scene(fake));
const of = fake.rows.find((row) => row.name === wish.get("usageOf"));
if (wish.has("usageOf")) {
  desk.app.screen = "usage";
  desk.app.usageOf = of ? { id: of.id, name: of.name } : null;
}
// The portal's log, and a timeline about one key: `log=200`, `auditOf=<name>`.
if (wish.has("log")) fake.portalLog.fill(Date.now(), fake.rows, Number(wish.get("log")));
if (wish.has("offline")) fake.refuse.set("auditPortal", Fake.error("offline", "The portal did not answer.", "Keys are as they were.", "Check the connection and try again."));
const about = fake.rows.find((row) => row.name === wish.get("auditOf"));
if (about) desk.app.auditOf = { kind: "key", id: about.id, name: about.name };
const screen = wish.get("screen");
if (screen !== null && (screen === "keys" || screen in parts)) desk.app.screen = screen as typeof desk.app.screen;
// An account that was just come to has no app open yet.
setTimeout(() => {
  if (wish.has("app")) void desk.apps.show(wish.get("app"));
  const tab = wish.get("tab");
  if (tab === "approvals" || tab === "clients" || tab === "bill") desk.apps.tab = tab;
  if (wish.has("team")) void desk.teams.show(wish.get("team")).then(() => teamDialog(wish.get("teamDialog")));
  const dialog = wish.get("appDialog");
  const of = desk.apps.byId(wish.get("of") ?? "");
  if (dialog === "app") desk.dialogs.show({ kind: "app", of });
  if (dialog === "delete" && of) desk.dialogs.show({ kind: "deleteApp", details: fake.apps.details(of.id) });
  if (dialog === "create" && of) desk.dialogs.show({ kind: "create", of });
  if (dialog === "client") desk.dialogs.show({ kind: "client", app: of });
  if (dialog === "reject") desk.dialogs.show({ kind: "rejectAsk", ask: fake.apps.asks[0]! });
}, 300);
/** A dialog about the team that is open: `teamDialog=invite`. */
function teamDialog(name: string | null): void {
  const { details } = desk.teams;
  if (!details || name === null) return;
  const { team: of, members } = details;
  const acts: Record<string, TeamAct> = { name: { kind: "name", of }, invite: { kind: "invite", of }, remove: { kind: "remove", of, member: members.at(-1)! }, leave: { kind: "leave", of }, handOver: { kind: "handOver", details }, delete: { kind: "delete", details } };
  if (acts[name]) desk.dialogs.show({ kind: "team", act: acts[name] });
}
// For the console and for pictures: the fake can be told what to say next.
Object.assign(window, { fake, desk });
mount(App, { target: document.getElementById("app")!, props: { desk } });
