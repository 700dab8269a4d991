//! A key in the words of the contract.

use keystow_domain::Timestamp;
use keystow_portal_api::keys::{ApiKey, PreviousSecret, status};

use super::{KeyRecord, Standing};
use crate::{stamp, teams::is_team};

impl KeyRecord {
    /// The key as a caller sees it at `now`. The plain contract has fewer fields.
    pub(crate) fn to_wire(&self, extended: bool, now: Timestamp) -> ApiKey {
        let plain = ApiKey {
            id: self.id.clone(),
            name: self.name.clone(),
            key_prefix: self.current.prefix.clone(),
            status: self.status(now).to_owned(),
            scopes: self.scopes.clone(),
            created_at: stamp::write(self.created_at),
            last_used_at: stamp::write_opt(self.last_used_at),
            expires_at: stamp::write_opt(self.expires_at),
            ..ApiKey::default()
        };
        if !extended {
            return plain;
        }
        ApiKey {
            key_suffix: self.current.suffix.clone(),
            environment: self.environment.clone(),
            owner: self.owner.clone(),
            team_id: if is_team(&self.account) { self.account.clone() } else { String::new() },
            app_id: self.app.clone(),
            created_by: self.created_by.clone(),
            rotated_at: stamp::write_opt(self.rotated_at),
            version: self.current.version,
            previous_secrets: self.previous_to_wire(now),
            ..plain
        }
    }

    /// The old secrets that are accepted at `now`.
    pub(crate) fn previous_to_wire(&self, now: Timestamp) -> Vec<PreviousSecret> {
        let alive = self.previous.iter().filter(|old| old.is_accepted(now));
        alive
            .map(|old| PreviousSecret {
                key_prefix: old.prefix.clone(),
                key_suffix: old.suffix.clone(),
                expires_at: stamp::write_opt(old.ends_at),
                last_used_at: stamp::write_opt(old.last_used_at),
            })
            .collect()
    }

    /// How it stands at `now`, in the word of the contract.
    pub(crate) fn status(&self, now: Timestamp) -> &'static str {
        match self.standing {
            Standing::Revoked => status::REVOKED,
            _ if self.is_expired(now) => status::EXPIRED,
            Standing::InForce => status::ACTIVE,
            Standing::Pending => status::PENDING,
            Standing::Suspended => status::SUSPENDED,
        }
    }
}
