//! The portals that the suite is run against.

use std::sync::Arc;

use keystow_connect::Portal;
use keystow_connect::fakes::MemoryPortal;
use keystow_domain::{MemberId, TeamId, TeamRole};
use keystow_portal::{Mode, TokenDialect};
use keystow_vault::Secret;

use crate::portal::Desk;
use crate::support::{HandClock, secret};

/// A portal with somebody signed in and no keys yet.
pub(super) struct Subject {
    pub(super) portal: Arc<dyn Portal>,
    pub(super) token: Secret,
    pub(super) clock: Arc<HandClock>,
    behind: Behind,
}

/// What answers, for what only somebody else can do.
enum Behind {
    Memory(Arc<MemoryPortal>),
    Http(Box<Desk>),
}

impl Subject {
    fn in_memory(make: impl FnOnce(Arc<HandClock>) -> MemoryPortal) -> Self {
        let clock = HandClock::new();
        let portal = Arc::new(make(clock.clone()));
        let behind = Behind::Memory(Arc::clone(&portal));
        Self { portal, token: secret("any"), clock, behind }
    }

    /// Invites somebody, who accepts.
    pub(super) async fn join(&self, team: &TeamId, email: &str, role: &TeamRole) -> MemberId {
        self.portal.invite(&self.token, team, email, role).await.unwrap();
        match &self.behind {
            Behind::Memory(portal) => {
                portal.join_elsewhere(team, email, role.clone());
            }
            Behind::Http(desk) => desk.join(email).await,
        }
        let team = self.portal.team(&self.token, team).await.unwrap().unwrap();
        let joined = team.members.into_iter().find(|member| member.email.as_deref() == Some(email));
        joined.expect("somebody who accepted is in the team").id
    }
}

pub(super) async fn memory_extended() -> Subject {
    Subject::in_memory(|clock| MemoryPortal::new(clock))
}

pub(super) async fn memory_plain() -> Subject {
    Subject::in_memory(|clock| MemoryPortal::plain(clock))
}

pub(super) async fn developer_service_extended() -> Subject {
    over_http(Mode::Extended).await
}

pub(super) async fn developer_service_plain() -> Subject {
    over_http(Mode::Plain).await
}

async fn over_http(mode: Mode) -> Subject {
    let desk = Desk::open(mode, TokenDialect::Both).await;
    let token = desk.sign_in().await.access;
    let (portal, clock) = (Arc::clone(&desk.portal), Arc::clone(&desk.clock));
    Subject { portal, token, clock, behind: Behind::Http(Box::new(desk)) }
}
