//! A client in the words of the contract.

use keystow_domain::Timestamp;
use keystow_portal_api::clients::{ClientKey, OAuthClient};

use super::{ClientAuth, ClientKeyRecord, OauthClient};
use crate::stamp;

impl OauthClient {
    /// The client as its developer sees it at `now`.
    pub(crate) fn to_wire(&self, now: Timestamp) -> OAuthClient {
        let record = &self.record;
        let has_secret = self.auth == ClientAuth::Secret;
        let part = |text: &str| if has_secret { text.to_owned() } else { String::new() };
        OAuthClient {
            client_id: record.id.clone(),
            name: record.name.clone(),
            auth_method: self.auth.word().into(),
            redirect_uris: self.redirect_uris.clone(),
            app_id: record.app.clone(),
            status: record.status(now).into(),
            owner: record.owner.clone(),
            created_by: record.created_by.clone(),
            created_at: stamp::write(record.created_at),
            last_used_at: stamp::write_opt(record.last_used_at),
            secret_prefix: part(&record.current.prefix),
            secret_suffix: part(&record.current.suffix),
            version: record.current.version,
            rotated_at: stamp::write_opt(record.rotated_at),
            previous_secrets: record.previous_to_wire(now),
            keys: self.keys.iter().map(ClientKeyRecord::to_wire).collect(),
        }
    }
}

impl ClientKeyRecord {
    fn to_wire(&self) -> ClientKey {
        ClientKey {
            kid: self.kid.clone(),
            algorithm: self.key.algorithm.word().into(),
            version: self.version,
            added_at: stamp::write(self.added_at),
            last_used_at: stamp::write_opt(self.last_used_at),
        }
    }
}
