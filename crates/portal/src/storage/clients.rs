//! OAuth clients of developers, what they proved and what they were given, as operations.

use async_trait::async_trait;
use keystow_domain::Timestamp;

use super::{CallRecord, PresentedSecret, Refusal, Result};
use crate::{
    apps::AppRecord,
    clients::{ClientKeyRecord, OauthClient},
    seal::Digest,
};

/// Whose a client is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Registered {
    pub(crate) account: String,
    /// The person or team, as people read it.
    pub(crate) owner: String,
    /// The developer app it belongs to; empty for none.
    pub(crate) app: String,
    /// Whether it may call for itself now.
    pub(crate) in_force: bool,
    /// Whether it is switched off: it gets no tokens then, for itself or for anybody.
    pub(crate) is_suspended: bool,
}

/// A client that is made for the app it shall belong to, as that is then. It may leave an answer to be repeated.
pub(crate) type NewClient = Box<dyn FnOnce(Option<&AppRecord>) -> (OauthClient, Option<CallRecord>) + Send>;

/// A change of a client, made while nobody else can change it. It may leave an answer to be repeated. One that leaves it
/// revoked deletes it, with its grants and tokens.
pub(crate) type ClientChange =
    Box<dyn FnOnce(&mut OauthClient) -> std::result::Result<Option<CallRecord>, Refusal> + Send>;

/// An access token that a client was given for itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ClientToken {
    pub(crate) hash: Digest,
    pub(crate) client: String,
    /// The secret or key of the client that it was got with.
    pub(crate) version: u32,
    pub(crate) scopes: Vec<String>,
    pub(crate) ends_at: Timestamp,
}

/// An access token as the gateway finds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PresentedToken {
    /// The client it was issued to, as a secret of it would be found; it ends with the token as a key does.
    pub(crate) of: PresentedSecret,
    /// The account that allowed it; empty where the client calls for itself.
    pub(crate) subject: String,
}

/// What somebody got from the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Acquisition {
    pub(crate) client: String,
    /// The account it was got for; empty for the client itself.
    pub(crate) subject: String,
    pub(crate) item: String,
}

/// OAuth clients and what hangs on them.
#[async_trait]
pub(crate) trait ClientStore: Send + Sync {
    /// Clients of an account that were not deleted, newest first, `limit` of them beginning after `before`. Of old
    /// secrets only those accepted at `now` are there.
    async fn clients(
        &self,
        account: &str,
        before: Option<i64>,
        limit: u32,
        now: Timestamp,
    ) -> Result<Vec<OauthClient>>;
    /// One client of an account.
    async fn client_of(&self, account: &str, id: &str, now: Timestamp) -> Result<Option<OauthClient>>;
    /// Adds a client of an account, and of its app if one is named; refused if the account has `most` already, or no
    /// such app.
    async fn add_client(
        &self,
        account: &str,
        app: &str,
        most: u32,
        new: NewClient,
    ) -> Result<std::result::Result<OauthClient, Refusal>>;
    /// Changes a client of an account and returns it as it is then.
    async fn change_client(
        &self,
        account: &str,
        id: &str,
        now: Timestamp,
        change: ClientChange,
    ) -> Result<std::result::Result<OauthClient, Refusal>>;
    /// The public keys of a client that was not deleted, newest first.
    async fn client_keys(&self, client: &str) -> Result<Vec<ClientKeyRecord>>;
    /// Notes that a client proved who it is with its secret or key of this version.
    async fn client_used(&self, client: &str, version: u32, now: Timestamp) -> Result<()>;
    /// Takes an assertion as used until `ends_at`; false if it was used before.
    async fn use_assertion(&self, assertion: Digest, ends_at: Timestamp, now: Timestamp) -> Result<bool>;
    /// Issues a token to a client for itself, which proved who it is at `now`.
    async fn issue_to_client(&self, token: ClientToken, now: Timestamp) -> Result<()>;
    /// Ends a token that a client was given for itself, if `client` is absent or that one.
    async fn end_client_token(&self, access: Digest, client: Option<String>) -> Result<()>;
    /// The access token of this hash with the registered client it was issued to, accepted or not.
    async fn presented_token(&self, access: &Digest) -> Result<Option<PresentedToken>>;
    /// Until when something was acquired, if it still is at `now`.
    async fn acquired_until(&self, what: &Acquisition, now: Timestamp) -> Result<Option<Timestamp>>;
    /// Acquires something until `ends_at`; false if it was acquired before and is still good, until when it was.
    async fn acquire(&self, what: Acquisition, now: Timestamp, ends_at: Timestamp) -> Result<bool>;
}
