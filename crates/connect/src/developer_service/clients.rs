//! OAuth clients over the DeveloperService contract: keys of another kind, at paths of their own.
//!
//! In the list they come after the other keys. A portal says whether it has them, and what their ids look like is part
//! of that word: so an id says where to ask about it.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use http::Method;
use keystow_domain::{
    Abilities, AppId, Bill, BillLine, Billed, Client, ClientKey, ClientProof, ClientWish, Key, KeyId,
    NewClient, OperationId, PublicKey, Timestamp,
};
use keystow_portal_api::auth::AnyTokenReply;
use keystow_portal_api::billing::{BillingLine, BillingReply, kind};
use keystow_portal_api::clients::{
    AddClientKeyRequest, ClientReply, CreateClientRequest, IssuedClient, ListClientsReply, OAuthClient,
    RotateClientRequest, UpdateClientRequest, auth_method, is_client_id,
};
use keystow_portal_api::errors::ErrorReply;
use keystow_vault::Secret;
use keystow_vault::pair::{Claims, assertion};
use keystow_vault::request::{self, Field, form};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;
use url::Url;

use super::apps::{named, next, paged, texts};
use super::translate::{self, MOST_PARTS, cut, said};
use super::{DeveloperService, written};
use crate::oauth::{self, DiscoverError};
use crate::transport::{Purpose, Reply, Request, instant};
use crate::{Cause, Clients, Failure, Issued, KeyPage, PageToken, Probe, Registered};

/// What the token of a page of clients begins with; no token of a portal holds such a character.
const CLIENTS: &str = "\u{1}clients\u{1}";
/// How many seconds an assertion is good: it is used at once.
const ASSERTION: i64 = 60;
/// What a client that signs says its proof is (RFC 7523 §2.2).
const SIGNED: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// What a token must be good for where a client is tried.
const STREAM: &str = "stream";
/// More pages of a bill than this are a fault of the portal.
const MOST_PAGES: usize = 200;

/// Whether the portal has clients, as far as it was asked.
#[derive(Debug, Default)]
pub(super) struct Offered(AtomicU8);

const UNASKED: u8 = 0;
const NO: u8 = 1;
const YES: u8 = 2;

impl Offered {
    /// Notes what the portal said of itself. One that has clients is not believed to have lost them all: a list
    /// without them would say that they are gone, and their private keys with them.
    pub(super) fn note(&self, abilities: Abilities) -> Abilities {
        if abilities.clients {
            self.0.store(YES, Ordering::Relaxed);
        } else {
            let _ = self.0.compare_exchange(UNASKED, NO, Ordering::Relaxed, Ordering::Relaxed);
        }
        abilities
    }

    /// Whether the portal was asked.
    pub(super) fn is_known(&self) -> bool {
        self.0.load(Ordering::Relaxed) != UNASKED
    }

    /// Leads from the last page of keys to the first one of clients.
    pub(super) fn then_clients(&self, page: KeyPage) -> KeyPage {
        if page.next.is_some() || self.0.load(Ordering::Relaxed) != YES {
            return page;
        }
        KeyPage { next: Some(PageToken::new(CLIENTS)), ..page }
    }
}

/// The place in the list of clients, if a page is one of it.
pub(super) fn place(page: &PageToken) -> Option<&str> {
    page.as_str().strip_prefix(CLIENTS)
}

impl DeveloperService {
    /// Whether an id is one of a client. A portal that was not asked what it can do is asked first.
    pub(super) async fn is_client(&self, token: &Secret, id: &KeyId) -> Result<bool, Failure> {
        use crate::Portal as _;
        if !is_client_id(id.as_str()) {
            return Ok(false);
        }
        match self.offered.0.load(Ordering::Relaxed) {
            NO => Ok(false),
            YES => Ok(true),
            _ => Ok(self.abilities(token).await?.clients),
        }
    }

    fn client_at(&self, id: &KeyId, rest: &[&str]) -> Result<Url, Failure> {
        self.at(&[&["clients", id.as_str()], rest].concat())
    }

    /// A page of clients from a place in their list.
    pub(super) async fn clients(&self, token: &Secret, at: &str, size: u32) -> Result<KeyPage, Failure> {
        let page = (!at.is_empty()).then(|| PageToken::new(at));
        let url = paged(self.at(&["clients"])?, page.as_ref(), size);
        let read = self.get(token, url).await?.success()?.read::<ListClientsReply>()?;
        let told = read.clients.len();
        let keys: Vec<Key> = read.clients.into_iter().filter_map(key).collect();
        let skipped = u32::try_from(told - keys.len()).unwrap_or(u32::MAX);
        let next = said(read.next_page_token).map(|token| PageToken::new(format!("{CLIENTS}{token}")));
        Ok(KeyPage { keys, next, skipped })
    }

    pub(super) async fn client(&self, token: &Secret, id: &KeyId) -> Result<Option<Key>, Failure> {
        match self.get(token, self.client_at(id, &[])?).await?.found()? {
            Some(reply) => client_of(&reply, id).map(Some),
            None => Ok(None),
        }
    }

    pub(super) async fn rotate_client(
        &self,
        token: &Secret,
        op: &OperationId,
        id: &KeyId,
        grace: Option<Duration>,
    ) -> Result<Issued, Failure> {
        let body = RotateClientRequest { grace_seconds: grace.map(|grace| grace.as_secs()) };
        let url = self.client_at(id, &["rotate"])?;
        let told = read(&self.send_issuing(token, op, url, &body).await?, Some(id))?;
        let Registered { key, secret, answered_at_server } = told;
        let secret = secret.ok_or(Failure::Unknown(Cause::NoSecret))?;
        Ok(Issued { key, secret, answered_at_server })
    }

    pub(super) async fn delete_client(&self, token: &Secret, id: &KeyId) -> Result<Key, Failure> {
        let request = Request::new(Method::DELETE, self.client_at(id, &[])?);
        client_of(&self.send(token, request).await?.success()?, id)
    }

    /// Ends the old secrets of a client; of one that signs, every key but the newest.
    pub(super) async fn end_grace_of_client(&self, token: &Secret, id: &KeyId) -> Result<Key, Failure> {
        let Some(now) = self.client(token, id).await?.filter(Key::signs) else {
            let url = self.client_at(id, &["previous", "end"])?;
            return client_of(&self.post(token, url, &json!({})).await?.success()?, id);
        };
        let old = now.client.iter().flat_map(|client| client.keys.iter().skip(1)).map(|key| key.kid.clone());
        let mut ended = now.clone();
        for kid in old {
            let request = Request::new(Method::DELETE, self.client_at(id, &["keys", &kid])?);
            // One that somebody ended meanwhile is as it should be.
            if let Some(reply) = self.send(token, request).await?.found()? {
                ended = client_of(&reply, id)?;
            }
        }
        Ok(ended)
    }

    /// Gets a token for a client. Where it is not given: the status, and whether that is because the client is not who
    /// it says it is.
    async fn token_of(
        &self,
        id: &KeyId,
        proof: &ClientProof,
        secret: &Secret,
    ) -> Result<Result<Secret, (u16, Option<bool>)>, Failure> {
        let issuer = oauth::discover(&self.origin, self.clock.clone()).await.map_err(unasked)?;
        let mut fields = vec![
            ("grant_type", Field::Plain("client_credentials")),
            ("scope", Field::Plain(STREAM)),
            ("client_id", Field::Plain(id.as_str())),
        ];
        let signed;
        if *proof == ClientProof::Signature {
            let now = self.clock.now();
            let made_at = self.transport.offset().map_or(now, |offset| offset.to_portal(now)).as_secs();
            let claims = Claims { client: id.as_str(), audience: &issuer.issuer, made_at, life: ASSERTION };
            signed = assertion(secret, &claims).ok_or(Failure::NotSent(Cause::Garbage))?;
            fields.push(("client_assertion_type", Field::Plain(SIGNED)));
            fields.push(("client_assertion", Field::Secret(&signed)));
        } else {
            fields.push(("client_secret", Field::Secret(secret)));
        }
        let request = Request::new(Method::POST, issuer.token_endpoint).form(form(&fields));
        let reply = self.transport.send(request).await?;
        if !(200..300).contains(&reply.head.status) {
            // Of whom it knows and gives nothing it says something else (RFC 6749 §5.2).
            let said = reply.read::<ErrorReply>().map(|said| said.error).unwrap_or_default();
            let unknown = reply.head.status == 401 || said == "invalid_client";
            return Ok(Err((reply.head.status, unknown.then_some(false))));
        }
        let token = reply.read::<AnyTokenReply<Secret>>()?.into_tokens().access_token;
        Ok(Ok(token.filter(|token| !token.is_empty()).ok_or(Failure::Unknown(Cause::Garbage))?))
    }
}

/// What to say where the token endpoint was not found.
fn unasked(error: DiscoverError) -> Failure {
    match error {
        DiscoverError::Portal(failure) => failure,
        _ => Failure::NotSent(Cause::Garbage),
    }
}

#[async_trait]
impl Clients for DeveloperService {
    async fn register(
        &self,
        token: &Secret,
        op: &OperationId,
        new: &NewClient,
        public: Option<&PublicKey>,
    ) -> Result<Registered, Failure> {
        let body = CreateClientRequest {
            name: new.name.clone(),
            redirect_uris: new.redirect_uris.clone(),
            auth_method: word(&new.proof).to_owned(),
            app_id: new.app.as_ref().map(|app| app.as_str().to_owned()),
            jwk: public.map(jwk),
        };
        let told = read(&self.send_issuing(token, op, self.at(&["clients"])?, &body).await?, None)?;
        if new.proof == ClientProof::Secret && told.secret.is_none() {
            return Err(Failure::Unknown(Cause::NoSecret));
        }
        Ok(told)
    }

    async fn change_client(&self, token: &Secret, id: &KeyId, wish: &ClientWish) -> Result<Key, Failure> {
        let body = UpdateClientRequest { name: wish.name.clone(), redirect_uris: wish.redirect_uris.clone() };
        let request = Request::new(Method::PATCH, self.client_at(id, &[])?).json(written(&body)?);
        client_of(&self.send(token, request).await?.success()?, id)
    }

    async fn add_client_key(&self, token: &Secret, id: &KeyId, public: &PublicKey) -> Result<Key, Failure> {
        let body = AddClientKeyRequest { jwk: jwk(public) };
        let added = self.post(token, self.client_at(id, &["keys"])?, &body).await?.success();
        match added {
            Ok(reply) => client_of(&reply, id),
            Err(failed) if failed.is_conflict() => {
                let has = |key: &Key| {
                    key.client.iter().flat_map(|client| &client.keys).any(|one| one.kid == public.kid)
                };
                self.client(token, id).await?.filter(has).ok_or(failed)
            }
            Err(failed) => Err(failed),
        }
    }

    async fn try_client(
        &self,
        id: &KeyId,
        proof: &ClientProof,
        stream: &str,
        secret: &Secret,
    ) -> Result<Probe, Failure> {
        let started = self.clock.elapsed();
        let token = match self.token_of(id, proof, secret).await? {
            Ok(token) => token,
            Err((status, accepted)) => {
                let took = self.clock.elapsed().saturating_sub(started);
                return Ok(Probe { status, accepted, took, limits: None });
            }
        };
        let not_sent = || Failure::NotSent(Cause::Garbage);
        let mut call = Request::new(Method::GET, self.origin.join(stream).map_err(|_| not_sent())?);
        call.purpose = Purpose::Once;
        let bearer = request::bearer(&token).map_err(|_| not_sent())?;
        let (head, _) = self.transport.knock(call.header(http::header::AUTHORIZATION, bearer)).await?;
        let took = self.clock.elapsed().saturating_sub(started);
        // Whoever was given a token was known, whatever the token opens.
        Ok(Probe { status: head.status, accepted: Some(true), took, limits: head.limits })
    }

    async fn bill(
        &self,
        token: &Secret,
        from: Timestamp,
        to: Timestamp,
        by_app: bool,
    ) -> Result<Bill, Failure> {
        let at = |at| translate::written_instant(at).ok_or(Failure::NotSent(Cause::Garbage));
        let mut url = self.at(&["billing"])?;
        url.query_pairs_mut()
            .append_pair("from", &at(from)?)
            .append_pair("to", &at(to)?)
            .append_pair("groupBy", if by_app { "app" } else { "credential" });
        let (mut bill, mut seen, mut page): (Option<Bill>, HashSet<(u8, String)>, _) =
            (None, HashSet::new(), None);
        for _ in 0..MOST_PAGES {
            let asked = paged(url.clone(), page.as_ref(), *super::PAGE_SIZES.end());
            let read = self.get(token, asked).await?.success()?.read::<BillingReply>()?;
            // The sum is that of the first page: what is called meanwhile is no part of it.
            let mut whole = bill.take().unwrap_or_else(|| Bill {
                from: instant(&read.from),
                to: instant(&read.to),
                complete_until: instant(&read.complete_until),
                billable: read.billable,
                lines: Vec::new(),
            });
            // A key that was made meanwhile moves the pages.
            let lines = read.lines.into_iter().filter_map(line);
            whole.lines.extend(lines.filter(|line| seen.insert((line.of as u8, line.id.clone()))));
            match next(read.next_page_token).filter(|next| Some(next) != page.as_ref()) {
                Some(next) => (bill, page) = (Some(whole), Some(next)),
                None => return Ok(whole),
            }
        }
        // A bill that is cut would be one that is too low.
        Err(Failure::Unknown(Cause::Garbage))
    }
}

fn line(wire: BillingLine) -> Option<BillLine> {
    Some(BillLine {
        of: match wire.kind.as_str() {
            kind::KEY => Billed::Key,
            kind::CLIENT => Billed::Client,
            kind::APP => Billed::App,
            _ => Billed::Unknown,
        },
        id: named(wire.id)?,
        name: said(wire.name),
        tier: said(wire.tier),
        billable: wire.billable,
        used: wire.used,
        limit: (wire.limit > 0).then_some(wire.limit),
        resets_at: instant(&wire.resets_at),
    })
}

/// A client as a key, or nothing if it lacks an id.
fn key(wire: OAuthClient) -> Option<Key> {
    named(wire.client_id.clone()).map(|id| filled(KeyId::new(id), wire))
}

/// The client `id` with everything that `wire` tells of it. One that signs shows the beginning of its newest key's id
/// where another shows that of its secret, and its other keys as old secrets.
fn filled(id: KeyId, wire: OAuthClient) -> Key {
    let keys: Vec<ClientKey> = wire.keys.into_iter().take(MOST_PARTS).map(client_key).collect();
    let mut previous: Vec<_> =
        wire.previous_secrets.into_iter().take(MOST_PARTS).map(translate::previous).collect();
    previous.extend(keys.iter().skip(1).map(|old| keystow_domain::PreviousSecret {
        prefix: ClientKey::prefix(&old.kid),
        suffix: None,
        expires_at: None,
        last_used_at: old.last_used_at,
    }));
    let prefix = keys.first().map_or_else(|| cut(wire.secret_prefix), |key| ClientKey::prefix(&key.kid));
    Key {
        id,
        name: cut(wire.name),
        prefix,
        suffix: said(wire.secret_suffix),
        reported: translate::reported(&wire.status),
        scopes: Vec::new(),
        environment: None,
        owner: said(wire.owner).or_else(|| said(wire.created_by)),
        created_at: instant(&wire.created_at),
        last_used_at: instant(&wire.last_used_at),
        expires_at: None,
        rotated_at: instant(&wire.rotated_at),
        version: (wire.version > 0).then_some(wire.version),
        app: said(wire.app_id).map(AppId::new),
        client: Some(Box::new(Client {
            proof: proof(wire.auth_method),
            redirect_uris: texts(wire.redirect_uris),
            keys,
        })),
        previous,
    }
}

fn client_key(wire: keystow_portal_api::clients::ClientKey) -> ClientKey {
    ClientKey {
        kid: cut(wire.kid),
        algorithm: cut(wire.algorithm),
        added_at: instant(&wire.added_at),
        last_used_at: instant(&wire.last_used_at),
    }
}

fn proof(word: String) -> ClientProof {
    match word.as_str() {
        auth_method::NONE => ClientProof::Nothing,
        auth_method::SECRET => ClientProof::Secret,
        auth_method::PRIVATE_KEY_JWT => ClientProof::Signature,
        _ => ClientProof::Unknown(cut(word)),
    }
}

fn word(proof: &ClientProof) -> &str {
    match proof {
        ClientProof::Nothing => auth_method::NONE,
        ClientProof::Secret => auth_method::SECRET,
        ClientProof::Signature => auth_method::PRIVATE_KEY_JWT,
        ClientProof::Unknown(word) => word,
    }
}

/// A public key as a JWK (RFC 8037 §2).
fn jwk(public: &PublicKey) -> serde_json::Map<String, serde_json::Value> {
    let members = [
        ("kty", "OKP"),
        ("crv", "Ed25519"),
        ("alg", "EdDSA"),
        ("use", "sig"),
        ("kid", &public.kid),
        ("x", &public.x),
    ];
    members.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect()
}

/// The client of an answer that must be about `id`.
fn client_of(reply: &Reply, id: &KeyId) -> Result<Key, Failure> {
    let key = key(reply.read::<ClientReply>()?.client).ok_or(Failure::Unknown(Cause::Garbage))?;
    if key.id == *id { Ok(key) } else { Err(Failure::Unknown(Cause::WrongKey)) }
}

/// The part of an answer with a secret that must be right.
#[derive(Deserialize)]
struct Slip {
    client: Named,
    #[serde(default, rename = "clientSecret")]
    secret: Option<Secret>,
}

#[derive(Deserialize)]
struct Named {
    #[serde(rename = "clientId")]
    id: String,
}

/// Reads an answer that carries the secret of a client, if it has one: of `id`, if that was asked for. As with a key,
/// nothing but the secret and the id decides whether it is kept.
fn read(reply: &Reply, id: Option<&KeyId>) -> Result<Registered, Failure> {
    let slip: Slip = reply.read()?;
    let of = KeyId::new(named(slip.client.id).ok_or(Failure::Unknown(Cause::Garbage))?);
    if id.is_some_and(|id| *id != of) {
        return Err(Failure::Unknown(Cause::WrongKey));
    }
    let rest = reply.read::<IssuedClient<IgnoredAny>>().ok().and_then(|told| key(told.client));
    Ok(Registered {
        key: rest.unwrap_or_else(|| filled(of, OAuthClient::default())),
        secret: slip.secret.filter(|secret| !secret.is_empty()),
        answered_at_server: reply.head.answered_at,
    })
}
