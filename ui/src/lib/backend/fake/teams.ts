import type { CommandError, InvitationView, MemberView, TeamDetailsView, TeamRoleView, TeamsView, TeamView } from "$lib/view";
import type { TeamsBackend } from "../teams";
import type { FakeApps } from "./apps";
import { DAY, HOUR } from "./sample";
import { refusal, type Ask, type World } from "./world";

interface Kept {
  team: TeamView;
  members: MemberView[];
  invitations: InvitationView[];
}

const RANKS: readonly TeamRoleView[] = ["unknown", "member", "admin", "owner"];
const rank = (role: TeamRoleView) => RANKS.indexOf(role);
const TAKES_ADMIN = refusal("team_takes_admin", "In this team you look and rotate keys; the rest is for its owners and admins.", "You see the team's apps, keys and usage, copy what is on this device, and rotate its keys.", "Ask an owner or an admin of the team.");
const TAKES_OWNER = refusal("team_takes_owner", "Only an owner of the team may do this.", "The team, its apps and its keys are as they were.", "Ask an owner of the team.");
const NOT_BELOW = refusal("team_not_below", "An admin has no say over owners and other admins.", "The team, its apps and its keys are as they were.", "Ask an owner of the team.");
const LAST_OWNER = refusal("team_last_owner", "The team would be without an owner.", "Its apps and keys would be left without anybody who can give them away.", "Hand the team over first, or make somebody else an owner.");

/** Teams in memory, with the rules of the app as far as the window shows them. */
export class FakeTeams {
  all: Kept[] = [];
  error: CommandError | null = null;
  writesOff: CommandError | null = null;
  /** When all of it was told; a moment ago, unless a test says otherwise. */
  readAt: number | null | undefined = undefined;
  #made = 0;

  constructor(
    readonly world: World,
    readonly apps: FakeApps,
  ) {}

  #member(id: string, name: string | null, email: string, role: TeamRoleView, ago: number, own = false): MemberView {
    return { id, name, email, role, word: null, joinedAt: this.world.now() - ago, own, roles: [], roleOff: null, removeOff: null };
  }

  #kept(id: string, name: string, members: MemberView[], invitations: InvitationView[] = [], ago = 90 * DAY): Kept {
    const team: TeamView = { id, name, role: "member", word: null, count: 0, createdAt: this.world.now() - ago, manageOff: null, ownOff: null, appsOff: null };
    return this.#ruled({ team, members, invitations });
  }

  /** The team with what each may do, as the app works it out. */
  #ruled(kept: Kept): Kept {
    const own = kept.members.find((member) => member.own)?.role ?? "member";
    const manageOff = rank(own) < rank("admin") ? TAKES_ADMIN : null;
    const owners = kept.members.filter(({ role }) => role === "owner").length;
    const members = kept.members.map((member): MemberView => {
      const over = own === "owner" || rank(member.role) < rank(own);
      const touch = member.own ? null : (manageOff ?? (over ? null : NOT_BELOW));
      const lose = member.role === "owner" && owners === 1 ? LAST_OWNER : null;
      const given = (["member", "admin", "owner"] as const).filter((role) => role !== member.role && rank(role) <= rank(own) && !(lose && rank(role) < rank(member.role)));
      const roles = touch ? [] : given;
      return { ...member, roles, roleOff: roles.length === 0 ? (touch ?? lose ?? TAKES_ADMIN) : null, removeOff: touch ?? lose };
    });
    members.sort((a, b) => rank(b.role) - rank(a.role));
    return { ...kept, members, team: { ...kept.team, role: own, count: members.length, manageOff, ownOff: own === "owner" ? null : TAKES_OWNER, appsOff: manageOff } };
  }

  /** Fills it with a team of each role, and an app for the first; the last is that of a member. */
  fill(): void {
    const me = (role: TeamRoleView) => this.#member("acc_me", "Nadia Haddad", "nadia@keystow.example", role, 90 * DAY, true);
    const lee = (role: TeamRoleView) => this.#member("acc_lee", "Lee Okafor", "lee@keystow.example", role, 40 * DAY);
    const sam = (role: TeamRoleView) => this.#member("acc_sam", null, "sam.with.a.very.long.address@harbour-warehouse-east.example", role, 3 * DAY);
    const invited = (id: string, email: string, role: TeamRoleView, ago: number, mail: InvitationView["mail"]): InvitationView => ({ id, email, role, invitedAt: this.world.now() - ago, expiresAt: this.world.now() - ago + 7 * DAY, mail });
    this.all = [
      this.#kept("team_1", "Harbour shop", [me("owner"), lee("admin"), sam("member")], [invited("inv_1", "ada@elsewhere.example", "member", 2 * HOUR, "sent"), invited("inv_2", "nobody@nowhere.example", "admin", 26 * HOUR, "failed")]),
      this.#kept("team_2", "Warehouse", [me("admin"), lee("owner"), sam("admin")], [], 60 * DAY),
      this.#kept("team_3", "Checkout of the eastern region with a very long name", [me("member"), lee("owner"), sam("admin")], [], 20 * DAY),
    ];
    this.give("app_1", "team_1");
    this.give("app_2", "team_3");
  }

  /** Makes an app a team's. */
  give(app: string, team: string): void {
    const of = this.all.find((kept) => kept.team.id === team)!.team;
    this.apps.apps = this.apps.apps.map((one) => (one.id === app ? { ...one, team, owner: of.name, manageOff: of.appsOff } : one));
  }

  /** Gives whoever is signed in another role, as another owner does; nothing takes them out. */
  setOwnRole(id: string, role: TeamRoleView | null): void {
    const change = (kept: Kept) => this.#ruled({ ...kept, members: kept.members.flatMap((one) => (!one.own ? [one] : role === null ? [] : [{ ...one, role }])) });
    this.all = this.all.flatMap((kept) => (kept.team.id !== id ? [kept] : role === null ? [] : [change(kept)]));
    this.#follow();
  }

  /** Apps of a team tell what its role allows. */
  #follow(): void {
    this.apps.apps = this.apps.apps.map((app) => {
      const of = this.all.find((kept) => kept.team.id === app.team)?.team;
      return of ? { ...app, owner: of.name, manageOff: of.appsOff } : app;
    });
    this.world.say({ kind: "apps" });
  }

  #list(): TeamsView {
    return { teams: this.all.map(({ team }) => team), readAt: this.readAt === undefined ? this.world.now() - 12_000 : this.readAt, reading: false, error: this.error, writesOff: this.writesOff };
  }

  #details(id: string): TeamDetailsView {
    const kept = this.all.find((one) => one.team.id === id);
    if (!kept) throw refusal("team_gone", "The portal does not know this team: it was deleted, or you are not in it any more.", "You see none of its keys from now on. Secrets of them that are on this device stay in the vault.", "Ask an owner of the team if you should be in it.");
    const apps = this.apps.apps.filter((app) => app.team === id).map(({ id, name, keys }) => ({ id, name, keys }));
    return { team: kept.team, members: kept.members, invitations: kept.team.manageOff ? null : kept.invitations, apps, readAt: this.world.now() - 12_000 };
  }

  #change(id: string, change: (kept: Kept) => Partial<Kept>): TeamDetailsView {
    this.#details(id);
    this.all = this.all.map((kept) => (kept.team.id === id ? this.#ruled({ ...kept, ...change(kept) }) : kept));
    this.#follow();
    return this.#details(id);
  }

  #drop(id: string): TeamsView {
    this.#details(id);
    this.all = this.all.filter((kept) => kept.team.id !== id);
    this.world.say({ kind: "apps" });
    return this.#list();
  }

  #create(name: string): TeamDetailsView {
    const id = `team_new_${++this.#made}`;
    this.all = [this.#kept(id, name, [this.#member("acc_me", "Nadia Haddad", "nadia@keystow.example", "owner", 0, true)], [], 0), ...this.all];
    this.world.say({ kind: "apps" });
    return this.#details(id);
  }

  #invite(id: string, email: string, role: TeamRoleView): TeamDetailsView {
    const one: InvitationView = { id: `inv_new_${++this.#made}`, email, role, invitedAt: this.world.now(), expiresAt: this.world.now() + 7 * DAY, mail: "queued" };
    return this.#change(id, ({ invitations }) => ({ invitations: [one, ...invitations] }));
  }

  #roles(id: string, given: (member: MemberView) => TeamRoleView): TeamDetailsView {
    return this.#change(id, ({ members }) => ({ members: members.map((member) => ({ ...member, role: given(member) })) }));
  }

  /** The teams as the window asks for them. */
  backend(ask: Ask): TeamsBackend {
    return {
      list: () => ask("teams", {}, () => this.#list()),
      refresh: () => ask("refreshTeams", {}, () => this.#list()),
      details: (team) => ask("team", { team }, () => this.#details(team)),
      read: (team) => ask("readTeam", { team }, () => this.#details(team)),
      create: (name) => ask("createTeam", { name }, () => this.#create(name)),
      rename: (team, name) => ask("renameTeam", { team, name }, () => this.#change(team, (kept) => ({ team: { ...kept.team, name } }))),
      delete: (team, typed) => ask("deleteTeam", { team, typed }, () => this.#drop(team)),
      invite: (input) => ask("invite", { input }, () => this.#invite(input.team, input.email, input.role)),
      withdraw: (team, invitation) => ask("withdraw", { team, invitation }, () => this.#change(team, (kept) => ({ invitations: kept.invitations.filter((one) => one.id !== invitation) }))),
      setRole: (team, member, given) => ask("setTeamRole", { team, member, given }, () => this.#roles(team, (one) => (one.id === member ? given : one.role))),
      remove: (team, member) => ask("removeMember", { team, member }, () => this.#change(team, (kept) => ({ members: kept.members.filter((one) => one.id !== member) }))),
      leave: (team) => ask("leaveTeam", { team }, () => this.#drop(team)),
      handOver: (team, member, typed) => ask("handOver", { team, member, typed }, () => this.#roles(team, (one) => (one.own ? "admin" : one.id === member ? "owner" : one.role))),
    };
  }
}
