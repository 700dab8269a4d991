//! Teams in the words of the contract.

use std::cmp::Reverse;

use keystow_portal_api::teams::{self as wire, TeamMember};

use super::{InvitationRecord, Member, Membership, Team};
use crate::stamp;

impl Team {
    /// The team as a member sees it, owners first.
    pub(super) fn to_wire(&self, account: &str) -> wire::Team {
        let mut members: Vec<&Member> = self.members.iter().collect();
        members.sort_by_key(|member| Reverse(member.role));
        wire::Team {
            id: self.id.clone(),
            name: self.name.clone(),
            role: self.role_of(account).map(|role| role.word().to_owned()).unwrap_or_default(),
            member_count: u32::try_from(members.len()).unwrap_or(u32::MAX),
            members: members.into_iter().map(Member::to_wire).collect(),
            created_at: stamp::write(self.created_at),
        }
    }
}

impl Member {
    fn to_wire(&self) -> TeamMember {
        TeamMember {
            id: self.account.clone(),
            name: self.name.clone(),
            email: self.email.clone(),
            role: self.role.word().into(),
            joined_at: stamp::write(self.joined_at),
        }
    }
}

impl InvitationRecord {
    pub(super) fn to_wire(&self) -> wire::Invitation {
        wire::Invitation {
            id: self.id.clone(),
            email: self.email.clone(),
            role: self.role.word().into(),
            invited_by: self.by.clone(),
            invited_at: stamp::write(self.invited_at),
            expires_at: stamp::write(self.ends_at),
            mail: self.mail.word().into(),
        }
    }
}

impl Membership {
    /// The team as it stands in a list.
    pub(crate) fn to_wire(&self) -> wire::Team {
        wire::Team {
            id: self.team.clone(),
            name: self.name.clone(),
            role: self.role.word().into(),
            member_count: self.members,
            members: Vec::new(),
            created_at: stamp::write(self.created_at),
        }
    }
}
