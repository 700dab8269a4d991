//! OAuth clients of the portal in memory: keys of another kind, with the rules of the reference portal as far as a
//! client can tell.

use async_trait::async_trait;
use keystow_domain::{
    Bill, Client, ClientKey, ClientProof, ClientWish, Key, KeyId, NewClient, OperationId, PreviousSecret,
    PublicKey, Reported, Timestamp,
};
use keystow_vault::Secret;
use keystow_vault::pair::public_key;

use super::{Inner, Kept, MemoryPortal, PREFIX, answered, refused};
use crate::{Failure, Issued, Probe, Refusal, RefusalKind, Registered};

/// The address that the fake takes for its stream.
pub(super) const STREAM: &str = "https://portal.example/v1/stream/items/item_001";

/// What the fake tells as its bill.
#[derive(Clone, Default)]
pub(super) struct Told(Option<Bill>);

impl MemoryPortal {
    /// Tells this bill from now on.
    pub fn set_bill(&self, bill: Bill) {
        self.inner().bill = Told(Some(bill));
    }

    fn with_clients(&self) -> Result<(), Failure> {
        if self.inner().abilities.clients { Ok(()) } else { Err(refused(404, RefusalKind::NotFound)) }
    }
}

impl Inner {
    fn register(
        &mut self,
        new: &NewClient,
        public: Option<&PublicKey>,
        now: Timestamp,
    ) -> Result<(Key, String), Failure> {
        let name = keystow_domain::key_name(&new.name).map_err(|_| wrong("name", "out of bounds"))?;
        checked(&new.redirect_uris)?;
        if new.proof == ClientProof::Nothing && new.redirect_uris.is_empty() {
            return Err(wrong("redirectUris", "at least one is required"));
        }
        if public.is_some() != (new.proof == ClientProof::Signature) {
            return Err(wrong("jwk", "value is required"));
        }
        let secret = self.next_secret();
        let keys: Vec<ClientKey> = public.map(|public| added(public, now)).into_iter().collect();
        let prefix = match new.proof {
            ClientProof::Secret => secret.chars().take(PREFIX).collect(),
            _ => keys.first().map(|key| ClientKey::prefix(&key.kid)).unwrap_or_default(),
        };
        let client = Client { proof: new.proof.clone(), redirect_uris: new.redirect_uris.clone(), keys };
        let key = Key {
            id: KeyId::new(format!("client_{}", self.made)),
            name,
            prefix,
            suffix: None,
            reported: Reported::Active,
            scopes: Vec::new(),
            environment: None,
            owner: self.person.clone(),
            created_at: Some(now),
            last_used_at: None,
            expires_at: None,
            rotated_at: None,
            version: Some(1),
            app: new.app.clone(),
            client: Some(Box::new(client)),
            previous: Vec::new(),
        };
        self.keys.push(Kept::new(key.clone(), secret.clone()));
        // One without a secret has one that nobody is told.
        let told = if new.proof == ClientProof::Secret { secret } else { String::new() };
        Ok((key, told))
    }

    fn add_key(&mut self, id: &KeyId, public: &PublicKey, now: Timestamp) -> Result<Key, Failure> {
        let kept = self.find_living(id)?;
        let Some(client) = kept.key.client.as_mut().filter(|one| one.proof == ClientProof::Signature) else {
            return Err(refused(409, RefusalKind::Conflict));
        };
        if client.keys.iter().all(|key| key.kid != public.kid) {
            client.keys.insert(0, added(public, now));
            kept.rotations += 1;
            kept.key.rotated_at = Some(now);
            kept.key.version = kept.key.version.map(|version| version + 1);
            show(&mut kept.key);
        }
        Ok(kept.key.clone())
    }
}

fn added(public: &PublicKey, now: Timestamp) -> ClientKey {
    ClientKey { kid: public.kid.clone(), algorithm: "EdDSA".into(), added_at: Some(now), last_used_at: None }
}

/// Ends all public keys of a client but the newest.
pub(super) fn end_old(key: &mut Key) -> Key {
    if let Some(client) = &mut key.client {
        client.keys.truncate(1);
    }
    show(key);
    key.clone()
}

/// Shows the keys of a client that signs as secrets are shown.
fn show(key: &mut Key) {
    let Some(client) = &key.client else { return };
    let prefixes: Vec<String> = client.keys.iter().map(|one| ClientKey::prefix(&one.kid)).collect();
    key.previous = prefixes
        .iter()
        .skip(1)
        .map(|prefix| PreviousSecret {
            prefix: prefix.clone(),
            suffix: None,
            expires_at: None,
            last_used_at: None,
        })
        .collect();
    key.prefix = prefixes.into_iter().next().unwrap_or_default();
}

fn checked(uris: &[String]) -> Result<(), Failure> {
    let bad = |uri: &String| !uri.starts_with("https://") || uri.contains(['#', '*']);
    match uris.iter().position(bad) {
        Some(place) => Err(wrong(&format!("redirectUris[{place}]"), "must be exact and https")),
        None => Ok(()),
    }
}

fn wrong(field: &str, why: &str) -> Failure {
    let mut refusal = Refusal::bare(400, RefusalKind::Invalid);
    refusal.violations = vec![(field.to_owned(), why.to_owned())];
    Failure::Refused(refusal)
}

#[async_trait]
impl crate::Clients for MemoryPortal {
    async fn register(
        &self,
        _: &Secret,
        op: &OperationId,
        new: &NewClient,
        public: Option<&PublicKey>,
    ) -> Result<Registered, Failure> {
        self.with_clients()?;
        let asked = format!("register {new:?} {public:?}");
        let told = self.issue_once(op, asked, |inner, now| inner.register(new, public, now))?;
        let Issued { key, secret, answered_at_server } = told;
        Ok(Registered { key, secret: Some(secret).filter(|secret| !secret.is_empty()), answered_at_server })
    }

    async fn change_client(&self, _: &Secret, id: &KeyId, wish: &ClientWish) -> Result<Key, Failure> {
        self.write(|inner, _| {
            let kept = inner.find_living(id)?;
            let Some(client) = &mut kept.key.client else {
                return Err(refused(404, RefusalKind::NotFound));
            };
            if let Some(uris) = &wish.redirect_uris {
                checked(uris)?;
                client.redirect_uris = uris.clone();
            }
            if let Some(name) = &wish.name {
                kept.key.name = keystow_domain::key_name(name).map_err(|_| wrong("name", "out of bounds"))?;
            }
            Ok(kept.key.clone())
        })
    }

    async fn add_client_key(&self, _: &Secret, id: &KeyId, public: &PublicKey) -> Result<Key, Failure> {
        self.write(|inner, now| inner.add_key(id, public, now))
    }

    async fn try_client(
        &self,
        id: &KeyId,
        proof: &ClientProof,
        _: &str,
        secret: &Secret,
    ) -> Result<Probe, Failure> {
        let now = self.clock.now();
        let mut inner = self.read()?;
        let limits = inner.limits;
        if let Some(status) = inner.probes_answered {
            return Ok(answered(status, limits));
        }
        let Ok(kept) = inner.find(id) else { return Ok(answered(401, limits)) };
        let is_known = match (proof, &kept.key.client) {
            (ClientProof::Signature, Some(client)) => {
                public_key(secret).is_some_and(|public| client.keys.iter().any(|one| one.kid == public.kid))
            }
            _ => {
                let old = kept.old.iter().any(|(old, end)| *end > now && secret.starts_with(old));
                old || secret.starts_with(&kept.secret)
            }
        };
        if !is_known || kept.key.reported != Reported::Active {
            return Ok(answered(401, limits));
        }
        kept.key.last_used_at = Some(now);
        Ok(answered(200, limits))
    }

    async fn bill(&self, _: &Secret, from: Timestamp, to: Timestamp, _: bool) -> Result<Bill, Failure> {
        let inner = self.read()?;
        if !inner.abilities.bill {
            return Err(refused(404, RefusalKind::NotFound));
        }
        let empty = Bill { from: None, to: None, complete_until: None, billable: 0, lines: Vec::new() };
        let told = inner.bill.0.clone().unwrap_or(empty);
        Ok(Bill { from: Some(from), to: Some(to), ..told })
    }
}
