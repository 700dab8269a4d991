//! The connector of the DeveloperService contract, plain and extended.
//!
//! What an answer says beyond the plain contract is used where it is there and never assumed. An
//! answer with a secret is believed only if it is about the key it was asked for.

mod admin;
mod apps;
mod clients;
mod issued;
mod log;
mod rename;
mod teams;
mod translate;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use http::{HeaderName, HeaderValue, Method};
use keystow_domain::{
    Abilities, ClientWish, Clock, Key, KeyId, NewKey, OperationId, Quota, Usage, UsageQuery,
};
use keystow_portal_api::audit::ListAuditReply;
use keystow_portal_api::keys::{
    CreateApiKeyRequest, DeveloperReply, KeyIdRequest, KeyReply, RotateApiKeyRequest,
};
use keystow_portal_api::usage::{QuotaReply, UsageReply};
use keystow_vault::{Secret, request};
use serde::Serialize;
use url::Url;

use self::clients::Offered;
use self::rename::Shapes;
use crate::transport::{Reply, Request, Transport, Unusable, usable};
use crate::{
    Cause, Clients as _, Failure, Issued, KeyPage, LogPage, Offset, PageToken, Portal, Probe, RateLimit,
    Refusal, RefusalKind, Revoked, Trial,
};

/// Names a call, so that a portal that can repeats its answer instead of the deed.
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// The contract's limits of `page_size`.
const PAGE_SIZES: std::ops::RangeInclusive<u32> = 1..=100;

/// A portal at `origin` that speaks the DeveloperService contract. Nothing is sent yet.
///
/// # Errors
///
/// Fails if the address is neither https nor a loopback literal.
pub fn developer_service(origin: &Url, clock: Arc<dyn Clock>) -> Result<Arc<dyn Portal>, Unusable> {
    usable(origin)?;
    let transport = Transport::new(Arc::clone(&clock));
    let (shapes, offered) = (Shapes::default(), Offered::default());
    Ok(Arc::new(DeveloperService { origin: origin.clone(), transport, clock, shapes, offered }))
}

struct DeveloperService {
    origin: Url,
    transport: Transport,
    clock: Arc<dyn Clock>,
    shapes: Shapes,
    offered: Offered,
}

impl DeveloperService {
    /// The address of `segments` below the origin. An id is one segment, whatever it holds.
    fn at(&self, segments: &[&str]) -> Result<Url, Failure> {
        let mut url = self.origin.clone();
        url.set_query(None);
        url.set_fragment(None);
        // A path that climbs would leave the place that the person chose.
        let climbs = segments.iter().any(|segment| matches!(*segment, "" | "." | ".."));
        if climbs {
            return Err(Failure::NotSent(Cause::Garbage));
        }
        let mut path = url.path_segments_mut().map_err(|()| Failure::NotSent(Cause::Garbage))?;
        path.pop_if_empty().extend(["v1", "developer"]).extend(segments);
        drop(path);
        Ok(url)
    }

    /// The address of a key, or of something that belongs to it.
    fn key_at(&self, id: &KeyId, rest: &[&str]) -> Result<Url, Failure> {
        self.at(&[&["keys", id.as_str()], rest].concat())
    }

    async fn get(&self, token: &Secret, url: Url) -> Result<Reply, Failure> {
        self.send(token, Request::new(Method::GET, url)).await
    }

    async fn post(&self, token: &Secret, url: Url, body: &impl Serialize) -> Result<Reply, Failure> {
        self.send(token, Request::new(Method::POST, url).json(written(body)?)).await
    }

    async fn send(&self, token: &Secret, request: Request) -> Result<Reply, Failure> {
        let bearer = request::bearer(token).map_err(|_| signed_out())?;
        self.transport.send(request.header(http::header::AUTHORIZATION, bearer)).await
    }

    /// Sends a call whose answer carries a secret.
    async fn send_issuing(
        &self,
        token: &Secret,
        op: &OperationId,
        url: Url,
        body: &impl Serialize,
    ) -> Result<Reply, Failure> {
        let named = HeaderValue::from_str(op.as_str()).map_err(|_| Failure::NotSent(Cause::Garbage))?;
        let request = Request::new(Method::POST, url).json(written(body)?).header(IDEMPOTENCY_KEY, named);
        self.send(token, request).await?.success()
    }
}

#[async_trait]
impl Portal for DeveloperService {
    async fn abilities(&self, token: &Secret) -> Result<Abilities, Failure> {
        match self.get(token, self.at(&["capabilities"])?).await?.offered()? {
            Some(reply) => Ok(self.offered.note(translate::abilities(reply.read()?, &self.origin))),
            None => Ok(self.offered.note(Abilities::plain())),
        }
    }

    async fn person(&self, token: &Secret) -> Result<Option<String>, Failure> {
        let Some(reply) = self.get(token, self.at(&["me"])?).await?.found()? else { return Ok(None) };
        Ok(translate::person(reply.read::<DeveloperReply>()?))
    }

    async fn keys(&self, token: &Secret, page: Option<&PageToken>, size: u32) -> Result<KeyPage, Failure> {
        if let Some(page) = page.and_then(clients::place) {
            return self.clients(token, page, size).await;
        }
        let mut url = self.at(&["keys"])?;
        let size = size.clamp(*PAGE_SIZES.start(), *PAGE_SIZES.end());
        url.query_pairs_mut().append_pair("page_size", &size.to_string());
        if let Some(page) = page {
            url.query_pairs_mut().append_pair("page_token", page.as_str());
        }
        let page = translate::page(&self.get(token, url).await?.success()?)?;
        if page.next.is_none() && !self.offered.is_known() {
            // Whether clients come after the last key decides whether the list is whole: not knowing is no answer. One
            // that says who may not ask offers nothing to this person.
            match self.abilities(token).await {
                Ok(_) => {}
                Err(Failure::Refused(refusal)) if refusal.kind == RefusalKind::Forbidden => {}
                Err(failed) => return Err(failed),
            }
        }
        Ok(self.offered.then_clients(page))
    }

    async fn key(&self, token: &Secret, id: &KeyId) -> Result<Option<Key>, Failure> {
        if self.is_client(token, id).await? {
            return self.client(token, id).await;
        }
        match self.get(token, self.key_at(id, &[])?).await?.found()? {
            Some(reply) => key_of(&reply, id).map(Some),
            None => Ok(None),
        }
    }

    async fn issue(&self, token: &Secret, op: &OperationId, new: &NewKey) -> Result<Issued, Failure> {
        let body = CreateApiKeyRequest {
            name: new.name.clone(),
            scopes: new.scopes.clone(),
            environment: new.environment.clone(),
            expires_at: new.expires_at.and_then(translate::written_instant),
            app_id: new.app.as_ref().map(|app| app.as_str().to_owned()),
        };
        issued::read(&self.send_issuing(token, op, self.at(&["keys"])?, &body).await?, None)
    }

    async fn rotate(
        &self,
        token: &Secret,
        op: &OperationId,
        id: &KeyId,
        grace: Option<Duration>,
    ) -> Result<Issued, Failure> {
        if self.is_client(token, id).await? {
            return self.rotate_client(token, op, id, grace).await;
        }
        let body = RotateApiKeyRequest {
            id: id.as_str().to_owned(),
            grace_seconds: grace.map(|grace| grace.as_secs()),
        };
        let url = self.key_at(id, &["rotate"])?;
        issued::read(&self.send_issuing(token, op, url, &body).await?, Some(id))
    }

    async fn rename(&self, token: &Secret, id: &KeyId, name: &str) -> Result<Key, Failure> {
        if self.is_client(token, id).await? {
            let wish = ClientWish { name: Some(name.to_owned()), redirect_uris: None };
            return self.change_client(token, id, &wish).await;
        }
        for shape in self.shapes.to_try() {
            let request =
                Request::new(Method::PATCH, self.key_at(id, &[])?).json(written(&shape.body(id, name))?);
            let reply = self.send(token, request).await?;
            if reply.is_unread() && !shape.is_last() {
                continue;
            }
            let reply = reply.success()?;
            self.shapes.remember(shape);
            return key_of(&reply, id);
        }
        Err(Failure::Unknown(Cause::Garbage))
    }

    async fn revoke(&self, token: &Secret, id: &KeyId) -> Result<Revoked, Failure> {
        if self.is_client(token, id).await? {
            return self.delete_client(token, id).await.map(Revoked::Now);
        }
        let body = KeyIdRequest { id: id.as_str().to_owned() };
        match self.post(token, self.key_at(id, &["revoke"])?, &body).await?.success() {
            Ok(reply) => key_of(&reply, id).map(Revoked::Now),
            Err(Failure::Refused(refusal)) if refusal.kind == RefusalKind::Conflict => Ok(Revoked::Already),
            Err(failure) => Err(failure),
        }
    }

    async fn end_grace(&self, token: &Secret, id: &KeyId) -> Result<Key, Failure> {
        if self.is_client(token, id).await? {
            return self.end_grace_of_client(token, id).await;
        }
        let body = KeyIdRequest { id: id.as_str().to_owned() };
        let url = self.key_at(id, &["previous", "end"])?;
        key_of(&self.post(token, url, &body).await?.success()?, id)
    }

    async fn usage(&self, token: &Secret, query: &UsageQuery) -> Result<Usage, Failure> {
        let mut url = self.at(&["usage"])?;
        url.query_pairs_mut().extend_pairs(translate::usage_query(query)?);
        Ok(translate::usage(self.get(token, url).await?.success()?.read::<UsageReply>()?))
    }

    async fn quota(&self, token: &Secret, key: Option<&KeyId>) -> Result<Option<Quota>, Failure> {
        // The contract knows the quota of a key only.
        let Some(id) = key else { return Ok(None) };
        let Some(reply) = self.get(token, self.key_at(id, &["quota"])?).await?.found()? else {
            return Ok(None);
        };
        Ok(Some(translate::quota(reply.read::<QuotaReply>()?)))
    }

    async fn log(
        &self,
        token: &Secret,
        target: Option<&str>,
        page: Option<&PageToken>,
        size: u32,
    ) -> Result<Option<LogPage>, Failure> {
        let mut url = self.at(&["audit"])?;
        let size = size.clamp(*PAGE_SIZES.start(), *PAGE_SIZES.end());
        url.query_pairs_mut().append_pair("page_size", &size.to_string());
        if let Some(target) = target {
            url.query_pairs_mut().append_pair("target", target);
        }
        if let Some(page) = page {
            url.query_pairs_mut().append_pair("page_token", page.as_str());
        }
        let Some(reply) = self.get(token, url).await?.found()? else { return Ok(None) };
        Ok(Some(log::page(reply.read::<ListAuditReply>()?)))
    }

    async fn probe(&self, trial: &Trial, secret: &Secret) -> Result<Probe, Failure> {
        if let Some((id, proof)) = trial.client() {
            return self.try_client(id, proof, trial.url(), secret).await;
        }
        let (head, took) = self.transport.knock(trial.request(&self.origin, secret)?).await?;
        let accepted = Probe::says(head.status);
        Ok(Probe { status: head.status, accepted, took, limits: head.limits })
    }

    fn clock_offset(&self) -> Option<Offset> {
        self.transport.offset()
    }

    fn limits(&self) -> Option<RateLimit> {
        self.transport.limits()
    }
}

/// The key of an answer that must be about `id`.
fn key_of(reply: &Reply, id: &KeyId) -> Result<Key, Failure> {
    let wire = reply.read::<KeyReply>()?.api_key;
    let key = translate::key(wire).ok_or(Failure::Unknown(Cause::Garbage))?;
    if key.id == *id { Ok(key) } else { Err(Failure::Unknown(Cause::WrongKey)) }
}

fn written(body: &impl Serialize) -> Result<Vec<u8>, Failure> {
    serde_json::to_vec(body).map_err(|_| Failure::NotSent(Cause::Garbage))
}

/// What a token that no header can carry amounts to.
fn signed_out() -> Failure {
    Failure::Refused(Refusal::bare(401, RefusalKind::SignedOut))
}
