//! Accounts, sign-in and checks.

use keystow_domain::{Abilities, Environment, GracePolicy, PortalKind, SecondRotation, Session};
use keystow_engine::{AccountState, FirstCheck, FirstCheckKind, SignInSight, SignInStep};

use super::{millis, shown, span};
use crate::view::{
    AbilitiesView, AccountView, CheckName, CheckView, EnvironmentView, GraceView, SessionView, SignInView,
};

impl From<AccountState> for AccountView {
    fn from(state: AccountState) -> Self {
        let account = state.account;
        Self {
            id: account.id.as_str().to_owned(),
            portal_name: shown(&account.portal_name),
            portal: shown(&account.issuer),
            built_in: account.portal == PortalKind::BuiltIn,
            person: account.person.as_deref().map(shown),
            session: match state.session {
                Session::SignedIn => SessionView::SignedIn,
                Session::SignedOut => SessionView::SignedOut,
                Session::Ended => SessionView::Ended,
                Session::Unknown => SessionView::Unknown,
            },
            abilities: state.abilities.map(Into::into),
        }
    }
}

impl From<Abilities> for AbilitiesView {
    fn from(abilities: Abilities) -> Self {
        Self {
            administers: abilities.administers(),
            environments: abilities
                .environments
                .iter()
                .map(|word| EnvironmentView {
                    word: shown(word),
                    ..EnvironmentView::of(&Environment::from_word(word))
                })
                .collect(),
            scopes: abilities.scopes.iter().map(|scope| shown(scope)).collect(),
            expiry: abilities.expiry,
            grace: abilities.grace.into(),
            usage: !abilities.usage.is_empty(),
            usage_retention: abilities.usage_retention.map(span),
            usage_by_secret: abilities.usage_by_secret,
            quota: abilities.quota,
            apps: abilities.apps,
            teams: abilities.teams,
            clients: abilities.clients,
            bill: abilities.bill,
            log: abilities.log,
        }
    }
}

impl From<GracePolicy> for GraceView {
    fn from(policy: GracePolicy) -> Self {
        Self {
            chosen: policy.chosen_by_caller,
            least: policy.least.map(span),
            most: policy.most.map(span),
            default: policy.default.map(span),
            reported: policy.reported,
            to_deliver: policy.to_deliver().map(span),
            can_end_early: policy.can_end_early,
            second_drops_old: match policy.second_rotation {
                SecondRotation::KeepsAll => Some(false),
                SecondRotation::DropsOld => Some(true),
                SecondRotation::Unknown => None,
            },
        }
    }
}

impl From<SignInSight> for SignInView {
    fn from(sight: SignInSight) -> Self {
        Self {
            portal_name: shown(&sight.portal_name),
            step: match sight.step {
                SignInStep::Preparing => crate::view::SignInStep::Preparing,
                SignInStep::Waiting => crate::view::SignInStep::Waiting,
                SignInStep::Finishing => crate::view::SignInStep::Finishing,
                SignInStep::Done => crate::view::SignInStep::Done,
                SignInStep::Failed => crate::view::SignInStep::Failed,
            },
            link: sight.link,
            browser_opened: sight.browser_opened,
            ends_at: millis(sight.ends_at),
            error: sight.trouble.map(Into::into),
        }
    }
}

impl From<FirstCheck> for CheckView {
    fn from(check: FirstCheck) -> Self {
        Self {
            name: match check.kind {
                FirstCheckKind::Keyring => CheckName::Keyring,
                FirstCheckKind::Clipboard => CheckName::Clipboard,
                FirstCheckKind::Portal => CheckName::Portal,
            },
            passed: check.trouble.is_none(),
            error: check.trouble.map(Into::into),
        }
    }
}
