//! Teams: what keeps somebody from something there, and what became of a change.

use keystow_connect::{Failure, Refusal, RefusalKind};
use keystow_domain::TeamBar;

use super::{failure, only_said};
use crate::Trouble;

/// Said wherever a change of a team certainly did not happen.
const UNCHANGED: &str = "Nothing was changed; the team, its apps and its keys are as they were.";
/// What somebody without a say may do all the same.
const SEEN: &str =
    "You see the team's apps, keys and usage, copy what is on this device, and rotate its keys.";

/// What keeps somebody from something in a team.
pub(crate) fn team_bar(bar: TeamBar) -> Trouble {
    match bar {
        TeamBar::TakesAdmin => Trouble::new(
            "team_takes_admin",
            "In this team you look and rotate keys; the rest is for its owners and admins.",
            SEEN,
            "Ask an owner or an admin of the team.",
        ),
        TeamBar::TakesOwner => Trouble::new(
            "team_takes_owner",
            "Only an owner of the team may do this.",
            "The team, its apps and its keys are as they were.",
            "Ask an owner of the team.",
        ),
        TeamBar::NotBelow => Trouble::new(
            "team_not_below",
            "An admin has no say over owners and other admins.",
            "The team, its apps and its keys are as they were.",
            "Ask an owner of the team.",
        ),
        TeamBar::LastOwner => Trouble::new(
            "team_last_owner",
            "The team would be without an owner.",
            "Its apps and keys would be left without anybody who can give them away.",
            "Hand the team over first, or make somebody else an owner.",
        ),
    }
}

/// A question about teams that failed, or a change that certainly was not made and says nothing more by itself.
pub(crate) fn of_teams(failed: &Failure) -> Trouble {
    match failed {
        Failure::Refused(refusal) => match refusal.kind {
            RefusalKind::NotFound => team_gone(),
            RefusalKind::Forbidden => team_role_forbids(),
            RefusalKind::Conflict => team_conflict(refusal),
            RefusalKind::Invalid | RefusalKind::Unprocessable if !refusal.violations.is_empty() => {
                team_invalid(refusal)
            }
            _ => failure(failed),
        },
        _ => failure(failed),
    }
}

/// The portal does not know the team.
pub(crate) fn team_gone() -> Trouble {
    Trouble::new(
        "team_gone",
        "The portal does not know this team: it was deleted, or you are not in it any more.",
        "You see none of its keys from now on. Secrets of them that are on this device stay in the vault.",
        "Ask an owner of the team if you should be in it.",
    )
}

/// The role in the team is not what it was thought to be.
pub(crate) fn team_role_forbids() -> Trouble {
    Trouble::new(
        "team_role_forbids",
        "Your role in the team does not allow that any more.",
        UNCHANGED,
        "Your role was read again, and what it allows is shown. Ask an owner of the team for another one.",
    )
}

fn team_conflict(refusal: &Refusal) -> Trouble {
    Trouble::new(
        "team_conflict",
        "The portal holds something that contradicts this ({said}).",
        UNCHANGED,
        "The team was read again. Look at what is shown now, and decide again.",
    )
    .with("said", only_said(refusal))
}

fn team_invalid(refusal: &Refusal) -> Trouble {
    Trouble::new(
        "team_invalid",
        "The portal did not take what is written.",
        UNCHANGED,
        "The field says what is wrong with it. Change it and try again.",
    )
    .about(refusal.violations.clone())
}

/// Whoever founded the team has another of this name.
pub(crate) fn team_name_taken(name: &str) -> Trouble {
    Trouble::new(
        "team_name_taken",
        "There is a team “{team}” already.",
        UNCHANGED,
        "Give it another name: those of one founder's teams differ.",
    )
    .with("team", name)
    .about(vec![("name".to_owned(), String::new())])
}

/// A team that is to be deleted has apps or keys.
pub(crate) fn team_owns(refusal: &Refusal) -> Trouble {
    Trouble::new(
        "team_owns",
        "The team owns apps or keys, so it cannot be deleted ({said}).",
        "Nothing was ended: its keys work as before.",
        "Delete its apps first; that ends their keys.",
    )
    .with("said", only_said(refusal))
}

/// Somebody who was to be changed is in the team no more.
pub(crate) fn team_member_gone() -> Trouble {
    Trouble::new(
        "team_member_gone",
        "This person is not in the team any more.",
        UNCHANGED,
        "The team was read again. Nothing is left to do, unless you want to invite them.",
    )
}

/// The address that was to be invited is that of a member.
pub(crate) fn team_is_member(email: &str) -> Trouble {
    Trouble::new(
        "team_is_member",
        "{email} is in the team already.",
        "Nobody was invited, and no mail was sent.",
        "Change the person's role in the list of members if it is another one that they need.",
    )
    .with("email", email)
}

/// An invitation of the address waits.
pub(crate) fn team_invited_before(email: &str) -> Trouble {
    Trouble::new(
        "team_invited_before",
        "An invitation of {email} waits for an answer.",
        "The one that waits is good as before; no second mail was sent.",
        "Withdraw it if you want to send another, or one with another role.",
    )
    .with("email", email)
}

/// So many were invited today that the portal takes no more.
pub(crate) fn team_too_many_invitations() -> Trouble {
    Trouble::new(
        "team_too_many_invitations",
        "As many invitations as the portal allows in a day were sent for this team, by you or to this address.",
        "Nobody was invited, and no mail was sent.",
        "Try again tomorrow.",
    )
}

/// An invitation that was to be taken back waits no more.
pub(crate) fn team_invitation_over() -> Trouble {
    Trouble::new(
        "team_invitation_over",
        "This invitation does not wait any more: it was answered or withdrawn, or it has ended.",
        "If it was accepted, the person sees the team's apps and keys now.",
        "The team was read again. Remove the person if they should not be in it.",
    )
}

/// The person has to type the name of the team.
pub(crate) fn team_name_differs() -> Trouble {
    Trouble::new(
        "team_name_differs",
        "The name that was typed is not the team's name.",
        UNCHANGED,
        "Type the name exactly as it is shown.",
    )
}

/// A change that may have been made.
pub(crate) fn team_unknown(name: &str) -> Trouble {
    Trouble::new(
        "team_unknown",
        "The portal's answer about the team “{team}” did not arrive, and the team could not be read.",
        "What you wanted may have been done. Nothing is sent twice by itself, and no key was touched.",
        "Ask the portal again before you do the same once more.",
    )
    .with("team", name)
}

/// A change that turned out not to have been made.
pub(crate) fn team_not_done(name: &str) -> Trouble {
    Trouble::new(
        "team_not_done",
        "The portal's answer about the team “{team}” did not arrive. The team was read again, and nothing was changed.",
        UNCHANGED,
        "Do it again.",
    )
    .with("team", name)
}
