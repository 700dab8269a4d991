import type { InviteInput, TeamDetailsView, TeamRoleView, TeamsView } from "$lib/view";

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
