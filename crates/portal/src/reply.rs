//! Answers of the API: what a refusal looks like, and how a body is read and written.

use axum::{
    Json,
    body::Bytes,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use keystow_domain::visible;
use keystow_portal_api::errors::{ErrorReply, Violation, code};
use serde::de::DeserializeOwned;

use crate::{
    accounts::Busy,
    apps::{MOST_ASKS, MOST_KEYS},
    clients::{MOST_CLIENT_KEYS, MOST_CLIENTS},
    keys::MOST_PREVIOUS,
    storage::{AppRefusal, Refusal, StorageError, TeamRefusal},
    teams::{MOST_FOUNDED, MOST_MEMBERSHIPS, TeamRole},
};

/// How much is read of what the framework says, in bytes.
const LONGEST_WORDS: usize = 4096;

/// A refusal in the words of the contract.
#[derive(Debug)]
pub(crate) struct ApiError {
    status: StatusCode,
    // Boxed, so that the rare refusal does not widen every result.
    reply: Box<ErrorReply>,
}

impl ApiError {
    /// A refusal with a code and a sentence.
    pub(crate) fn new(status: StatusCode, code: &str, message: impl Into<String>) -> Self {
        let reply = ErrorReply { code: code.into(), message: message.into(), ..ErrorReply::default() };
        Self { status, reply: Box::new(reply) }
    }

    /// 400 about one field.
    pub(crate) fn field(field: &str, description: impl Into<String>) -> Self {
        Self::fields(vec![violation(field, description)])
    }

    /// 400 about several fields.
    pub(crate) fn fields(violations: Vec<Violation>) -> Self {
        let reply = ErrorReply { code: code::INVALID_REQUEST.into(), violations, ..ErrorReply::default() };
        Self { status: StatusCode::BAD_REQUEST, reply: Box::new(reply) }
    }

    /// 422 about a header: understood, but not to be done.
    pub(crate) fn unprocessable(field: &str, description: impl Into<String>) -> Self {
        Self { status: StatusCode::UNPROCESSABLE_ENTITY, ..Self::field(field, description) }
    }

    /// The fields a 400 is about.
    pub(crate) fn into_violations(self) -> Vec<Violation> {
        self.reply.violations
    }

    /// 401: no credential, or one that is no longer good.
    pub(crate) fn unauthenticated(message: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, code::UNAUTHENTICATED, message)
    }

    /// 403: signed in, but not for this.
    pub(crate) fn forbidden(message: &str) -> Self {
        Self::new(StatusCode::FORBIDDEN, code::PERMISSION_DENIED, message)
    }

    /// 404: unknown, or not yours; nobody shall learn which.
    pub(crate) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, code::NOT_FOUND, "there is no such thing, or it is not yours")
    }

    /// Whether it is [`Self::not_found`].
    pub(crate) fn is_not_found(&self) -> bool {
        self.status == StatusCode::NOT_FOUND
    }

    /// 429: too many calls.
    pub(crate) fn rate_limited() -> Self {
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            code::RATE_LIMITED,
            "too many calls; wait until X-RateLimit-Reset",
        )
    }
}

/// One wrong field. What is said of it may quote the request, of which nothing must hide or reorder what stands
/// beside it.
pub(crate) fn violation(field: &str, description: impl Into<String>) -> Violation {
    let said: String = description.into();
    let shown = visible(&said);
    let description = if shown.len() > LONGEST_WORDS { "cannot be understood".to_owned() } else { shown };
    Violation { field: visible(field), description }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.reply)).into_response();
        if self.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl From<StorageError> for ApiError {
    fn from(error: StorageError) -> Self {
        tracing::error!(error = &error as &dyn std::error::Error, "the storage failed");
        match error {
            StorageError::Full => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                code::UNAVAILABLE,
                "the portal's disk is full; nothing was changed",
            ),
            StorageError::Stopped => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                code::UNAVAILABLE,
                "the portal is stopping; nothing was changed",
            ),
            StorageError::Undone => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                code::UNAVAILABLE,
                "the portal could not store this; nothing was changed",
            ),
            StorageError::Uncertain => Self::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                code::INTERNAL,
                "the portal's storage failed; it is not known whether the change was made",
            ),
            StorageError::Away(_) => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                code::UNAVAILABLE,
                "the portal's database cannot be reached; nothing was changed",
            ),
            _ => Self::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                code::INTERNAL,
                "the portal failed; nothing was changed",
            ),
        }
    }
}

impl From<Busy> for ApiError {
    fn from(busy: Busy) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, code::UNAVAILABLE, busy.to_string())
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        let conflict = |message: &str| Self::new(StatusCode::CONFLICT, code::CONFLICT, message);
        match refusal {
            Refusal::NotFound => Self::not_found(),
            Refusal::AlreadyRevoked => conflict("the key was revoked before"),
            Refusal::NotActive => conflict("the key is not active"),
            Refusal::NoGrace => conflict("no old secret of the key is accepted"),
            Refusal::TooManyPrevious => conflict(&format!(
                "{MOST_PREVIOUS} old secrets of the key are accepted still; end their grace, or wait until one ends"
            )),
            Refusal::TooManyClients => conflict(&format!(
                "you have {MOST_CLIENTS} OAuth clients; delete one that is no longer needed"
            )),
            Refusal::NoSuchApp => Self::field("appId", "there is no such app, or it is not yours"),
            Refusal::NoSecret => {
                conflict("the client has no secret; one that signs gets another key instead")
            }
            Refusal::DoesNotSign => conflict("the client does not sign, so that it has no keys"),
            Refusal::KidTaken => conflict("the client has this key, or another one of this kid"),
            Refusal::TooManyClientKeys => {
                conflict(&format!("the client has {MOST_CLIENT_KEYS} keys; end one that is no longer used"))
            }
        }
    }
}

impl From<AppRefusal> for ApiError {
    fn from(refusal: AppRefusal) -> Self {
        let conflict = |message: &str| Self::new(StatusCode::CONFLICT, code::CONFLICT, message);
        match refusal {
            AppRefusal::NotFound => Self::not_found(),
            AppRefusal::NameTaken => conflict("whose app it is has another of this name"),
            AppRefusal::TooManyApps => conflict("there are as many apps of this owner as there may be"),
            AppRefusal::TooManyKeys => {
                conflict(&format!("the app has {MOST_KEYS} keys; revoke one that is no longer needed"))
            }
            AppRefusal::TooManyAsks => conflict(&format!(
                "{MOST_ASKS} decisions are waited for; take one back, or wait until one is made"
            )),
            AppRefusal::NotSubscribed => {
                Self::field("scopes", "must be of what the app's products allow and was not rejected")
            }
            AppRefusal::ApprovedBefore => conflict("somebody approved this before"),
            AppRefusal::RejectedBefore => conflict("somebody rejected this before"),
            AppRefusal::Withdrawn => conflict("the developer took this back before"),
        }
    }
}

impl From<TeamRefusal> for ApiError {
    fn from(refusal: TeamRefusal) -> Self {
        let conflict = |message: &str| Self::new(StatusCode::CONFLICT, code::CONFLICT, message);
        match refusal {
            TeamRefusal::NotFound => Self::not_found(),
            TeamRefusal::NameTaken => conflict("whoever founded the team has another of this name"),
            TeamRefusal::TooManyTeams => conflict(&format!(
                "a person founds {MOST_FOUNDED} teams and is in {MOST_MEMBERSHIPS} at most; leave or delete one"
            )),
            TeamRefusal::TakesMore(TeamRole::Owner) => {
                Self::forbidden("only an owner of the team may do this")
            }
            TeamRefusal::TakesMore(_) => {
                Self::forbidden("your role in the team is not enough; its owners and admins may do this")
            }
            TeamRefusal::RoleAboveOwn => Self::forbidden("you cannot give a role above your own"),
            TeamRefusal::NotBelow => Self::forbidden(
                "an admin has no say over owners and admins; an owner of the team may do this",
            ),
            TeamRefusal::NoMember => conflict("the person is no member of the team, or not any more"),
            TeamRefusal::LastOwner => {
                conflict("the team would be without an owner; hand it over first, or delete it")
            }
            TeamRefusal::IsMember => conflict("the address is that of a member of the team"),
            TeamRefusal::InvitedBefore => {
                conflict("an invitation of this address waits for an answer; withdraw it to send another")
            }
            TeamRefusal::TooManyInvitations => Self::new(
                StatusCode::TOO_MANY_REQUESTS,
                code::RATE_LIMITED,
                "as many invitations as may be were sent today for this team, by you or to this address; try tomorrow",
            ),
            TeamRefusal::TeamFull => conflict("the team has no room for one more"),
            TeamRefusal::AnsweredBefore => conflict("the invitation was answered before"),
            TeamRefusal::WithdrawnBefore => conflict("the invitation was withdrawn before"),
            TeamRefusal::InvitationEnded => conflict("the invitation has ended by itself"),
            TeamRefusal::Owns { apps, keys } => conflict(&format!(
                "the team owns {apps} apps and {keys} keys that are not revoked; delete its apps first, which ends their keys"
            )),
        }
    }
}

/// Says in the words of the contract what the framework refused in its own, before a handler was asked.
pub(crate) async fn reworded(refused: Response) -> Response {
    let (mut parts, body) = refused.into_parts();
    let said = axum::body::to_bytes(body, LONGEST_WORDS).await.unwrap_or_default();
    let said = String::from_utf8_lossy(&said);
    let error = match parts.status {
        StatusCode::BAD_REQUEST if said.contains("query") => ApiError::field("query", said),
        StatusCode::BAD_REQUEST if said.contains("`") || said.contains("URL") => {
            ApiError::field("path", said)
        }
        StatusCode::BAD_REQUEST => ApiError::field("body", said),
        StatusCode::PAYLOAD_TOO_LARGE => invalid(parts.status, "the body is too large"),
        StatusCode::METHOD_NOT_ALLOWED => {
            invalid(parts.status, "this method is not for this path; see Allow")
        }
        StatusCode::REQUEST_TIMEOUT => invalid(parts.status, "the request took too long to arrive"),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => invalid(parts.status, "this content type is not understood"),
        status => invalid(status, "the request cannot be understood"),
    };
    let (ours, body) = error.into_response().into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.extend(ours.headers);
    Response::from_parts(parts, body)
}

fn invalid(status: StatusCode, message: &str) -> ApiError {
    ApiError::new(status, code::INVALID_REQUEST, message)
}

/// Reads a JSON body strictly, as the contract's server does: an unknown field is an error.
///
/// # Errors
///
/// 400 about `body` with the reader's words, which never hold the body.
pub(crate) fn read<T: DeserializeOwned>(body: &Bytes) -> Result<T, ApiError> {
    let body: &[u8] = if body.is_empty() { b"{}" } else { body };
    // The reader would take a list for the fields in their order, which the contract does not.
    if body.trim_ascii_start().first() != Some(&b'{') {
        return Err(ApiError::field("body", "must be a JSON object"));
    }
    serde_json::from_slice(body).map_err(|error| ApiError::field("body", plain(&error)))
}

/// What is wrong with a body, without quoting values of it.
fn plain(error: &serde_json::Error) -> String {
    let said = error.to_string();
    let quotes_a_value = said.starts_with("invalid");
    let (line, column) = (error.line(), error.column());
    if quotes_a_value { format!("a value has the wrong type at line {line} column {column}") } else { said }
}

/// The value of a header, if it is there and is plain text.
pub(crate) fn header_text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}
