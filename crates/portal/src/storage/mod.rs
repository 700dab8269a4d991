//! What a portal keeps, as operations in its own words.
//!
//! An operation that changes something returns after the change is durable, and happens as a whole
//! or not at all. Nothing here holds a secret: secrets and tokens are keyed hashes ([`Digest`]).

mod admin;
mod apps;
mod audit;
mod clients;
#[cfg(test)]
mod contract;
mod counts;
mod invitations;
#[cfg(feature = "postgres")]
mod postgres;
mod sqlite;
mod teams;

use async_trait::async_trait;
use keystow_domain::Timestamp;

pub(crate) use admin::{AdminStore, AppLine, Counts, KeyLine, NewSuspension, SuspensionRefusal};
pub(crate) use apps::{AppChange, AppKey, AppRefusal, AppStore, Decision, Terms};
pub(crate) use audit::{AuditFilter, AuditStore, Bound, Made};
pub(crate) use clients::{
    Acquisition, ClientChange, ClientStore, ClientToken, NewClient, PresentedToken, Registered,
};
pub(crate) use counts::{CountStore, Window};
pub(crate) use invitations::{InvitationStore, MailStore};
#[cfg(feature = "postgres")]
pub(crate) use postgres::Postgres;
#[cfg(feature = "postgres")]
pub use postgres::{Database, DatabaseError};
pub(crate) use sqlite::{Sqlite, audit::check as check_file};
pub(crate) use teams::{Holder, TeamChange, TeamRefusal, TeamStore};

use crate::{clients::ClientAuth, keys::KeyRecord, meter::Tally, seal::Digest};

/// Where the work that an answer takes is noted: each look into the storage, each change of it, each hash of a
/// password. Whoever has no right to know of a thing must not learn of it from the work either, and tests compare it.
pub(crate) const WORK: &str = "keystow_portal::work";

/// Everything a portal keeps.
pub(crate) trait Storage:
    AccountStore
    + SignInStore
    + KeyStore
    + UsageStore
    + AppStore
    + ClientStore
    + TeamStore
    + InvitationStore
    + MailStore
    + AuditStore
    + AdminStore
{
}

impl<S> Storage for S where
    S: AccountStore
        + SignInStore
        + KeyStore
        + UsageStore
        + AppStore
        + ClientStore
        + TeamStore
        + InvitationStore
        + MailStore
        + AuditStore
        + AdminStore
{
}

/// Why the storage could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// The file cannot be read as a database, or its content is damaged.
    #[error("the database is damaged")]
    Damaged,
    /// The file was written by a later version of this program.
    #[error("the database belongs to a later version (layout {found}, this program knows {known})")]
    Newer {
        /// The layout of the file.
        found: i64,
        /// The newest layout this program knows.
        known: i64,
    },
    /// There is no room left.
    #[error("the disk is full")]
    Full,
    /// The file cannot be made or written.
    #[error("the database cannot be made or written")]
    Unusable,
    /// The storage was stopped.
    #[error("the storage has stopped")]
    Stopped,
    /// The change was taken back together with another that failed.
    #[error("the change was taken back with another that failed")]
    Undone,
    /// The disk failed while a change was being made durable: it may have been made or not.
    #[error("the disk or the database server failed, and it is not known whether the change was made")]
    Uncertain,
    /// A call of this name was made a moment ago, through another portal of the same database.
    #[error("the call was made before")]
    Repeated,
    /// The database server cannot be reached, or takes nobody in just now.
    #[error("the database server cannot be reached ({0})")]
    Away(String),
    /// The database server refused; its code and its words, which hold no value.
    #[error("the database server refused ({0})")]
    Database(String),
    /// Something else went wrong in the database.
    #[error("the database failed")]
    Sqlite(#[source] rusqlite::Error),
}

type Result<T, E = StorageError> = std::result::Result<T, E>;

/// A person who may sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AccountRecord {
    pub(crate) id: String,
    /// In lower case; unique.
    pub(crate) email: String,
    pub(crate) name: String,
    /// The team whose name stands on the account's keys; empty for none.
    pub(crate) team: String,
    /// The password's hash as a PHC text.
    pub(crate) password: String,
    pub(crate) created_at: Timestamp,
    /// Whether it was made by `--demo`.
    pub(crate) sample: bool,
}

/// A browser that is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SessionRecord {
    pub(crate) cookie: Digest,
    pub(crate) account: String,
    pub(crate) ends_at: Timestamp,
    /// The keyed hash of the request of an app that it was begun for.
    pub(crate) asked_by: Option<Digest>,
}

/// People and their browser sessions.
#[async_trait]
pub(crate) trait AccountStore: Send + Sync {
    /// The account that signs in with this address.
    async fn account_of(&self, email: &str) -> Result<Option<AccountRecord>>;
    /// The account of this id.
    async fn account(&self, id: &str) -> Result<Option<AccountRecord>>;
    /// Adds an account; false if its address is taken. The first that is no sample is given the role of the
    /// administrator in the same change.
    async fn add_account(&self, account: AccountRecord) -> Result<bool>;
    /// The addresses of the accounts that were given the role of an administrator.
    async fn administrators(&self) -> Result<Vec<String>>;
    /// Ends every session and grant of the sample accounts and of `client`, and forgets the client.
    async fn retire_samples(&self, client: &str, now: Timestamp) -> Result<()>;
    /// The account a browser is signed in to at `now`.
    async fn session(&self, cookie: &Digest, now: Timestamp) -> Result<Option<AccountRecord>>;
    /// Signs a browser in, in place of the session it had.
    async fn add_session(&self, new: SessionRecord, before: Option<Digest>) -> Result<()>;
    /// Signs a browser out.
    async fn end_session(&self, cookie: Digest) -> Result<()>;
    /// Signs a browser out if its session was begun for this request; says whether it was.
    async fn end_session_asked_by(&self, cookie: Digest, request: Digest) -> Result<bool>;
}

/// An OAuth client as a sign-in or the token endpoint meets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ClientRecord {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) redirect_uris: Vec<String>,
    /// How it proves who it is.
    pub(crate) auth: ClientAuth,
    /// Who registered it; nobody for one of the portal's own.
    pub(crate) registered: Option<Registered>,
}

impl ClientRecord {
    /// Whether it is switched off, with its app or by itself.
    pub(crate) fn is_suspended(&self) -> bool {
        self.registered.as_ref().is_some_and(|registered| registered.is_suspended)
    }
}

/// What a person allowed a client: everything issued from one sign-in hangs on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GrantRecord {
    pub(crate) id: String,
    pub(crate) account: String,
    pub(crate) client: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) granted_at: Timestamp,
    /// When everything issued from it stopped being good.
    pub(crate) ended_at: Option<Timestamp>,
}

/// An authorization code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CodeRecord {
    pub(crate) hash: Digest,
    pub(crate) redirect_uri: String,
    /// The PKCE challenge, made with S256.
    pub(crate) challenge: String,
    pub(crate) ends_at: Timestamp,
}

/// A pair of tokens about to be issued.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TokenPair {
    pub(crate) access: Digest,
    pub(crate) access_ends_at: Timestamp,
    pub(crate) refresh: Digest,
    pub(crate) refresh_ends_at: Timestamp,
}

/// What became of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Redeemed {
    /// The pair was issued.
    Issued,
    /// The code was used before: everything issued from its grant has ended.
    Reused,
    /// The code or its grant has ended.
    Ended,
}

/// What became of a refresh.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refreshed {
    /// The pair was issued.
    Issued,
    /// The same pair had been issued a moment ago; its access token ends then.
    Repeated(Timestamp),
    /// The token was used before: everything issued from its grant has ended.
    Reused,
    /// The token is unknown, ended or too old.
    Refused,
}

/// OAuth: clients, grants, codes and tokens.
#[async_trait]
pub(crate) trait SignInStore: Send + Sync {
    /// The client of this id.
    async fn client(&self, id: &str) -> Result<Option<ClientRecord>>;
    /// Adds a client, or replaces the one of the same id.
    async fn put_client(&self, client: ClientRecord) -> Result<()>;
    /// Adds a grant and the code that stands for it.
    async fn add_grant(&self, grant: GrantRecord, code: CodeRecord) -> Result<()>;
    /// The code of this hash with its grant, used or not.
    async fn code(&self, hash: &Digest) -> Result<Option<(CodeRecord, GrantRecord)>>;
    /// Issues `tokens` for a code; if it was used before, ends its grant instead.
    async fn redeem(&self, code: Digest, tokens: TokenPair, now: Timestamp) -> Result<Redeemed>;
    /// The grant a refresh token hangs on.
    async fn refresh_grant(&self, refresh: &Digest) -> Result<Option<GrantRecord>>;
    /// Replaces a refresh token. `repeated_since` is the earliest instant at which it may have been
    /// used already and still get the same successor.
    async fn refresh(
        &self,
        used: Digest,
        tokens: TokenPair,
        now: Timestamp,
        repeated_since: Timestamp,
    ) -> Result<Refreshed>;
    /// The grant an access token hangs on, if both are good at `now`.
    async fn access_grant(&self, access: &Digest, now: Timestamp) -> Result<Option<GrantRecord>>;
    /// Ends the grant of a token, if `client` is absent or the one it was issued to. Either hash may match.
    async fn end_grant(
        &self,
        access: Digest,
        refresh: Digest,
        client: Option<String>,
        now: Timestamp,
    ) -> Result<()>;
    /// Forgets codes, tokens and sessions that ended before `now`, and subscriptions that were taken back a month
    /// before.
    async fn sweep(&self, now: Timestamp) -> Result<()>;
}

/// A call that can be repeated: who called, what, and the answer to say again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CallRecord {
    /// The keyed hash of account and `Idempotency-Key`.
    pub(crate) name: Digest,
    /// The keyed hash of the request.
    pub(crate) content: Digest,
    /// When it was answered.
    pub(crate) answered_at: Timestamp,
    /// The sealed answer; absent once the window has passed.
    pub(crate) sealed: Option<Vec<u8>>,
}

/// Why a change of a key is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Unknown, or another's.
    NotFound,
    /// It was revoked before.
    AlreadyRevoked,
    /// It is not accepted, so it cannot be rotated.
    NotActive,
    /// No old secret is accepted.
    NoGrace,
    /// So many old secrets are accepted that there is no room for one more.
    TooManyPrevious,
    /// The account has as many OAuth clients as there may be.
    TooManyClients,
    /// There is no such app of the account.
    NoSuchApp,
    /// The client has no secret that could be replaced.
    NoSecret,
    /// The client does not sign, so it has no public keys.
    DoesNotSign,
    /// The client has this public key, or one of its id.
    KidTaken,
    /// The client has as many public keys as there may be.
    TooManyClientKeys,
}

/// A change of a key, made while nobody else can change it. It may leave an answer to be repeated.
pub(crate) type KeyChange =
    Box<dyn FnOnce(&mut KeyRecord) -> std::result::Result<Option<CallRecord>, Refusal> + Send>;

/// A secret as the gateway finds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PresentedSecret {
    pub(crate) key: String,
    pub(crate) account: String,
    /// The developer app the key belongs to; empty for none.
    pub(crate) app: String,
    /// What the key was made for; only told for keys of an app.
    pub(crate) scopes: Vec<String>,
    pub(crate) version: u32,
    /// Whether the key is neither revoked, pending nor suspended.
    pub(crate) in_force: bool,
    /// When the key stops by itself.
    pub(crate) key_ends_at: Option<Timestamp>,
    /// When this secret stops, for an old one.
    pub(crate) secret_ends_at: Option<Timestamp>,
}

/// Keys and their secrets.
#[async_trait]
pub(crate) trait KeyStore: Send + Sync {
    /// Keys of an account, newest first, `limit` of them beginning after `before`. Of old secrets
    /// only those accepted at `now` are there.
    async fn keys(
        &self,
        account: &str,
        before: Option<i64>,
        limit: u32,
        now: Timestamp,
    ) -> Result<Vec<KeyRecord>>;
    /// One key of an account, with the old secrets accepted at `now`.
    async fn key(&self, account: &str, id: &str, now: Timestamp) -> Result<Option<KeyRecord>>;
    /// Adds a key, with the answer to be repeated.
    async fn add_key(&self, key: KeyRecord, call: Option<CallRecord>) -> Result<()>;
    /// Changes a key of an account and returns it as it is then.
    async fn change_key(
        &self,
        account: &str,
        id: &str,
        now: Timestamp,
        change: KeyChange,
    ) -> Result<std::result::Result<KeyRecord, Refusal>>;
    /// A number that is another as soon as any answer of this storage may be; nothing if somebody else may change it
    /// unheard, so that no answer may be kept.
    fn generation(&self) -> Option<u64>;
    /// The call of this name, if there was one.
    async fn call(&self, name: &Digest) -> Result<Option<CallRecord>>;
    /// Forgets answers from before `answers` and calls from before `calls`.
    async fn sweep_calls(&self, answers: Timestamp, calls: Timestamp) -> Result<()>;
    /// The secret of this hash, accepted or not.
    async fn secret(&self, hash: &Digest) -> Result<Option<PresentedSecret>>;
}

/// What was counted of one secret in one hour.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct HourRecord {
    pub(crate) key: String,
    pub(crate) version: u32,
    /// Hours since 1970-01-01T00:00Z.
    pub(crate) hour: i64,
    pub(crate) tally: Tally,
    /// When an accepted call last carried the secret, if one did.
    pub(crate) last_used_at: Option<Timestamp>,
}

/// Which keys of an account are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Whose {
    All,
    /// One, by its id.
    Key(String),
    /// Those of a developer app, by its id.
    App(String),
}

impl Whose {
    /// The id of the key or the app.
    pub(crate) fn id(&self) -> Option<&str> {
        match self {
            Self::All => None,
            Self::Key(id) | Self::App(id) => Some(id),
        }
    }
}

/// Which hours are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HourQuery {
    pub(crate) account: String,
    pub(crate) whose: Whose,
    /// The first hour.
    pub(crate) from: i64,
    /// The first hour that is not wanted.
    pub(crate) to: i64,
}

/// What of a bill is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Billed {
    pub(crate) account: String,
    /// Whether a line is a developer app with all that belongs to it, and not one key or OAuth client.
    pub(crate) by_app: bool,
    /// The first hour.
    pub(crate) from: i64,
    /// The first hour that is not wanted.
    pub(crate) to: i64,
    /// The first hour of this month.
    pub(crate) month: i64,
    /// After which number the lines begin.
    pub(crate) before: Option<i64>,
    pub(crate) limit: u32,
}

/// What of somebody was billable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BilledLine {
    /// Where it stands: the number of the credential, or of the newest one of the app.
    pub(crate) number: i64,
    pub(crate) id: String,
    /// Empty for an app that was deleted.
    pub(crate) name: String,
    pub(crate) app: String,
    pub(crate) scopes: Vec<String>,
    /// From the first hour to the last.
    pub(crate) billable: u64,
    /// This month.
    pub(crate) used: u64,
}

/// A secret that a series of usage can stand for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SecretLine {
    pub(crate) key: String,
    pub(crate) version: u32,
    pub(crate) prefix: String,
    /// When its key was made: before that there is nothing to count.
    pub(crate) key_created_at: Timestamp,
}

/// What takes hours one after the other; `false` ends it.
pub(crate) type TakeHour<'t> = dyn FnMut(HourRecord) -> bool + Send + 't;

/// What the gateway counted.
#[async_trait]
pub(crate) trait UsageStore: Send + Sync {
    /// Adds what was counted to what is kept.
    async fn add_hours(&self, hours: Vec<HourRecord>) -> Result<()>;
    /// Hands over the hours asked for that are not empty, in no order, until `take` wants no more: a big account
    /// has more of them than should be held at once.
    async fn hours(&self, query: &HourQuery, take: &mut TakeHour<'_>) -> Result<()>;
    /// The hours of an account from one on and before another that are not empty, in time order: all its keys
    /// together, told as version 0 of a key without an id.
    async fn account_hours(&self, account: &str, from: i64, to: i64) -> Result<Vec<HourRecord>>;
    /// When the first key of an account was made; nothing if it never had one.
    async fn first_key_at(&self, account: &str) -> Result<Option<Timestamp>>;
    /// The last hour in which anything was counted; nothing if nothing ever was.
    async fn newest_hour(&self) -> Result<Option<i64>>;
    /// The keys of which something may have been counted before an hour, by their numbers; none where nothing
    /// was.
    async fn keys_with_hours_before(&self, before: i64) -> Result<Vec<i64>>;
    /// Forgets what was counted of some keys before an hour.
    async fn sweep_hours(&self, keys: Vec<i64>, before: i64) -> Result<()>;
    /// Forgets what was counted of accounts before an hour; the last to be forgotten, as it tells what is left.
    async fn sweep_account_hours(&self, before: i64) -> Result<()>;
    /// Billable calls of a key since an hour.
    async fn billed(&self, key: &str, since: i64) -> Result<u64>;
    /// What was billable, line by line, the newest credential or app first.
    async fn bill(&self, query: &Billed) -> Result<Vec<BilledLine>>;
    /// Every secret of some keys of an account, oldest key and version first.
    async fn secrets(&self, account: &str, whose: &Whose) -> Result<Vec<SecretLine>>;
}
