//! Who calls the API: the access token is checked and calls are counted before anything else.

use std::{
    net::{IpAddr, Ipv6Addr, SocketAddr},
    sync::Arc,
};

use axum::{
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, HeaderValue, Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::{
    app::App,
    apps::Role,
    audit,
    limits::{Allowance, Counted},
    reply::{ApiError, header_text},
    seal::Purpose,
    storage::GrantRecord,
};

/// How many apps of an account may call as often as they can at the same time.
const APPS_AT_ONCE: u32 = 4;

/// Who calls: the grant behind the access token.
#[derive(Debug, Clone)]
pub(crate) struct Caller(pub(crate) Arc<GrantRecord>);

impl Caller {
    /// The account that calls.
    pub(crate) fn account(&self) -> &str {
        &self.0.account
    }
}

/// Lets only signed-in callers through, and not too often.
pub(crate) async fn signed_in(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    let (allowance, caller) = match admit(&app, request.headers(), peer(&request)).await {
        Ok(admitted) => admitted,
        Err(failed) => return failed.into_response(),
    };
    let mut response = match caller {
        Ok(caller) => match may_call(&app, &caller, request.method()).await {
            Ok(()) => {
                request.extensions_mut().insert(caller);
                next.run(request).await
            }
            Err(refused) => refused.into_response(),
        },
        Err(refused) => refused.into_response(),
    };
    finish(&allowance, &mut response);
    response
}

/// Refuses every change by somebody who may only look, whatever it is about.
async fn may_call(app: &App, caller: &Caller, method: &Method) -> Result<(), ApiError> {
    if method.is_safe() || app.storage.role(caller.account()).await? != Role::ReadOnly {
        return Ok(());
    }
    Err(ApiError::forbidden("your role at this portal lets you look, and change nothing"))
}

/// Lets callers through that need no credential, and not too often.
pub(crate) async fn anyone(
    State((app, counted)): State<(Arc<App>, Counted)>,
    request: Request,
    next: Next,
) -> Response {
    let allowance = match count_anonymous(&app, counted, peer(&request)).await {
        Ok(allowance) => allowance,
        Err(failed) => return failed.into_response(),
    };
    let mut response =
        if allowance.granted { next.run(request).await } else { ApiError::rate_limited().into_response() };
    finish(&allowance, &mut response);
    response
}

/// Counts keys made and rotated, which are worth more than other calls.
pub(crate) async fn changes(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let Some(caller) = request.extensions().get::<Caller>() else {
        return ApiError::unauthenticated("sign in first").into_response();
    };
    let counting = app.windows.count(Counted::Changes, caller.account(), app.limits.changes, app.clock.now());
    let allowance = match counting.await {
        Ok(allowance) => allowance,
        Err(failed) => return ApiError::from(failed).into_response(),
    };
    let mut response =
        if allowance.granted { next.run(request).await } else { ApiError::rate_limited().into_response() };
    allowance.write(response.headers_mut());
    response
}

/// Writes what every answer of the API carries.
pub(crate) fn finish(allowance: &Allowance, response: &mut Response) {
    allowance.write(response.headers_mut());
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
}

/// Counts a call by the address it comes from.
///
/// # Errors
///
/// Fails if the storage does.
pub(crate) async fn count_anonymous(
    app: &App,
    counted: Counted,
    peer: Option<IpAddr>,
) -> Result<Allowance, ApiError> {
    let address = peer.map(|address| network(address).to_string()).unwrap_or_default();
    Ok(app.windows.count(counted, &address, app.limits.anonymous, app.clock.now()).await?)
}

/// What one caller can choose an address from: with IPv6 that is a whole /64.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (!0 << 64))),
        address => address,
    }
}

/// The address a call comes from.
pub(crate) fn peer(request: &Request) -> Option<IpAddr> {
    request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(address)| address.ip())
}

/// What is left to the caller, and who that is or why nobody. Fails if nothing could be counted.
async fn admit(
    app: &App,
    headers: &HeaderMap,
    peer: Option<IpAddr>,
) -> Result<(Allowance, Result<Caller, ApiError>), ApiError> {
    let refused = match bearer(headers) {
        Err(refused) => refused,
        Ok(token) => match app.grant(token).await {
            Ok(Some(grant)) => {
                audit::by(&grant.account, &grant.client);
                let allowance = count_calls(app, &grant).await?;
                let caller =
                    if allowance.granted { Ok(Caller(grant)) } else { Err(ApiError::rate_limited()) };
                return Ok((allowance, caller));
            }
            Ok(None) => ApiError::unauthenticated("the access token is unknown or has ended"),
            Err(failed) => failed,
        },
    };
    let allowance = count_anonymous(app, Counted::Strangers, peer).await?;
    let refused = if allowance.granted { refused } else { ApiError::rate_limited() };
    Ok((allowance, Err(refused)))
}

/// Counts a call of an app that is signed in, and of all apps of its account together: signing in again gets nobody
/// more than a few times as much.
async fn count_calls(app: &App, grant: &GrantRecord) -> Result<Allowance, ApiError> {
    let (now, limit) = (app.clock.now(), app.limits.calls);
    let allowance = app.windows.count(Counted::Calls, &grant.id, limit, now).await?;
    if !allowance.granted {
        return Ok(allowance);
    }
    let of_all = limit.saturating_mul(APPS_AT_ONCE);
    let all = app.windows.count(Counted::CallsOfAccount, &grant.account, of_all, now).await?;
    Ok(if all.granted { allowance } else { all })
}

/// The access token of a call. A missing header is a bad request, a useless one is no credential.
fn bearer(headers: &HeaderMap) -> Result<&str, ApiError> {
    let sent = header_text(headers, "authorization");
    if sent.is_some() && headers.contains_key("x-api-key") {
        return Err(ApiError::field("Authorization", "send Authorization or x-api-key, not both"));
    }
    let sent = sent.ok_or_else(|| ApiError::field("Authorization", "this header is required"))?;
    let token = sent.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    token
        .map(|(_, token)| token.trim())
        .filter(|token| !token.is_empty())
        .ok_or_else(|| ApiError::unauthenticated("send an access token as Authorization: Bearer"))
}

impl App {
    /// The grant an access token hangs on, if it is good now.
    async fn grant(&self, token: &str) -> Result<Option<Arc<GrantRecord>>, ApiError> {
        let hash = self.pepper.digest(Purpose::Access, &[token]);
        Ok(self.storage.access_grant(&hash, self.clock.now()).await?.map(Arc::new))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_network_are_one_caller() {
        let of = |address: &str| network(address.parse().unwrap()).to_string();
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), of("2001:db8:1:2::9"));
        assert_ne!(of("2001:db8:1:2::9"), of("2001:db8:1:3::9"));
        assert_eq!(of("::ffff:192.0.2.7"), "192.0.2.7");
        assert_ne!(of("192.0.2.7"), of("192.0.2.8"));
    }
}
