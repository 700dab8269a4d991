import type { InviteInput, TeamDetailsView, TeamRoleView, TeamsView } from "$lib/view";
import { call } from "./call";

/** What can be asked of the app about teams. */
export interface TeamsBackend {
  /** The teams as they were last told; nothing is asked of the portal. */
  list(): Promise<TeamsView>;
  /** Asks the portal for the teams, and for the role of whoever is signed in. */
  refresh(): Promise<TeamsView>;
  /** One team as it was last told. */
  details(team: string): Promise<TeamDetailsView>;
  /** Asks the portal who is in a team and who is invited. */
  read(team: string): Promise<TeamDetailsView>;
  create(name: string): Promise<TeamDetailsView>;
  rename(team: string, name: string): Promise<TeamDetailsView>;
  /** Deletes a team that owns nothing any more, after the person typed its name. */
  delete(team: string, typed: string): Promise<TeamsView>;
  invite(input: InviteInput): Promise<TeamDetailsView>;
  withdraw(team: string, invitation: string): Promise<TeamDetailsView>;
  setRole(team: string, member: string, given: TeamRoleView): Promise<TeamDetailsView>;
  remove(team: string, member: string): Promise<TeamDetailsView>;
  leave(team: string): Promise<TeamsView>;
  /** Makes another member an owner, after the person typed the team's name. */
  handOver(team: string, member: string, typed: string): Promise<TeamDetailsView>;
}

/** Teams over the bridge to the app. */
export const teams: TeamsBackend = {
  list: () => call("teams|list"),
  refresh: () => call("teams|refresh"),
  details: (team) => call("teams|details", { team }),
  read: (team) => call("teams|read", { team }),
  create: (name) => call("teams|create", { name }),
  rename: (team, name) => call("teams|rename", { team, name }),
  delete: (team, typed) => call("teams|delete", { team, typed }),
  invite: (input) => call("teams|invite", { input }),
  withdraw: (team, invitation) => call("teams|withdraw", { team, invitation }),
  setRole: (team, member, given) => call("teams|set_role", { team, member, given }),
  remove: (team, member) => call("teams|remove", { team, member }),
  leave: (team) => call("teams|leave", { team }),
  handOver: (team, member, typed) => call("teams|hand_over", { team, member, typed }),
};
