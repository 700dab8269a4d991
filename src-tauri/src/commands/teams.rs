//! Teams: who is in them, who is invited, and whose they are.

use keystow_domain::{InvitationId, MemberId, TeamId, TeamRole};
use tauri::Runtime;
use tauri::plugin::{Builder, TauriPlugin};

use super::{Answer, Keystow, short};
use crate::error::CommandError;
use crate::view::{InviteInput, TeamDetailsView, TeamRoleView, TeamsView};

pub(crate) fn plugin<R: Runtime>() -> TauriPlugin<R> {
    Builder::new("teams")
        .invoke_handler(tauri::generate_handler![
            list, refresh, details, read, create, rename, delete, invite, withdraw, set_role, remove, leave,
            hand_over
        ])
        .build()
}

#[tauri::command]
async fn list(keystow: Keystow<'_>) -> Answer<TeamsView> {
    Ok(keystow.engine()?.teams()?.into())
}

#[tauri::command]
async fn refresh(keystow: Keystow<'_>) -> Answer<TeamsView> {
    let engine = keystow.engine()?;
    engine.refresh_teams().await?;
    Ok(engine.teams()?.into())
}

#[tauri::command]
async fn details(keystow: Keystow<'_>, team: String) -> Answer<TeamDetailsView> {
    Ok(keystow.engine()?.team(&team_id(team)?)?.into())
}

/// Asks the portal who is in a team.
#[tauri::command]
async fn read(keystow: Keystow<'_>, team: String) -> Answer<TeamDetailsView> {
    let (engine, team) = (keystow.engine()?, team_id(team)?);
    engine.refresh_team(&team).await?;
    Ok(engine.team(&team)?.into())
}

#[tauri::command]
async fn create(keystow: Keystow<'_>, name: String) -> Answer<TeamDetailsView> {
    let engine = keystow.engine()?;
    let made = engine.create_team(&short(name)?).await?;
    Ok(engine.team(&made.id)?.into())
}

#[tauri::command]
async fn rename(keystow: Keystow<'_>, team: String, name: String) -> Answer<TeamDetailsView> {
    let (engine, team) = (keystow.engine()?, team_id(team)?);
    engine.rename_team(&team, &short(name)?).await?;
    Ok(engine.team(&team)?.into())
}

#[tauri::command]
async fn delete(keystow: Keystow<'_>, team: String, typed: String) -> Answer<TeamsView> {
    let engine = keystow.engine()?;
    engine.delete_team(&team_id(team)?, &short(typed)?).await?;
    Ok(engine.teams()?.into())
}

#[tauri::command]
async fn invite(keystow: Keystow<'_>, input: InviteInput) -> Answer<TeamDetailsView> {
    let (engine, team) = (keystow.engine()?, team_id(input.team)?);
    engine.invite(&team, &short(input.email)?, &role(input.role)?).await?;
    Ok(engine.team(&team)?.into())
}

#[tauri::command]
async fn withdraw(keystow: Keystow<'_>, team: String, invitation: String) -> Answer<TeamDetailsView> {
    let (engine, team) = (keystow.engine()?, team_id(team)?);
    engine.withdraw_invitation(&team, &InvitationId::new(id(invitation)?)).await?;
    Ok(engine.team(&team)?.into())
}

#[tauri::command]
async fn set_role(
    keystow: Keystow<'_>,
    team: String,
    member: String,
    given: TeamRoleView,
) -> Answer<TeamDetailsView> {
    let (engine, team) = (keystow.engine()?, team_id(team)?);
    engine.set_team_role(&team, &MemberId::new(id(member)?), &role(given)?).await?;
    Ok(engine.team(&team)?.into())
}

#[tauri::command]
async fn remove(keystow: Keystow<'_>, team: String, member: String) -> Answer<TeamDetailsView> {
    let (engine, team) = (keystow.engine()?, team_id(team)?);
    engine.remove_member(&team, &MemberId::new(id(member)?)).await?;
    Ok(engine.team(&team)?.into())
}

#[tauri::command]
async fn leave(keystow: Keystow<'_>, team: String) -> Answer<TeamsView> {
    let engine = keystow.engine()?;
    engine.leave_team(&team_id(team)?).await?;
    Ok(engine.teams()?.into())
}

#[tauri::command]
async fn hand_over(
    keystow: Keystow<'_>,
    team: String,
    member: String,
    typed: String,
) -> Answer<TeamDetailsView> {
    let (engine, team) = (keystow.engine()?, team_id(team)?);
    engine.hand_over_team(&team, &MemberId::new(id(member)?), &short(typed)?).await?;
    Ok(engine.team(&team)?.into())
}

pub(super) fn team_id(team: String) -> Answer<TeamId> {
    id(team).map(TeamId::new)
}

/// An id from a window; longer ones no portal made.
fn id(id: String) -> Answer<String> {
    if id.is_empty() || id.len() > 512 { Err(CommandError::bad_input("This id")) } else { Ok(id) }
}

fn role(role: TeamRoleView) -> Answer<TeamRole> {
    role.meant().ok_or_else(|| CommandError::bad_input("This role"))
}
