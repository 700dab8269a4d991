//! Identifiers as types, so that a key's id cannot be passed where an account's is meant.

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            /// Wraps an identifier as it was received; its shape is the issuer's business.
            pub fn new(id: impl Into<String>) -> Self {
                Self(id.into())
            }

            /// The identifier as it was received.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id!(
    /// A key at a portal, in the portal's own spelling (`key_…` at the reference portal).
    KeyId
);
id!(
    /// An account of this app: one person at one portal, named by this app.
    AccountId
);
id!(
    /// A developer app at a portal, in the portal's own spelling (`app_…` at the reference portal).
    AppId
);
id!(
    /// A team at a portal, in the portal's own spelling (`team_…` at the reference portal).
    TeamId
);
id!(
    /// Somebody in a team: the account of a person at the portal.
    MemberId
);
id!(
    /// An invitation into a team. It lets nobody in.
    InvitationId
);
id!(
    /// A product that a portal offers to apps.
    ProductId
);
id!(
    /// An app's subscription to a product, in the portal's own spelling.
    SubscriptionId
);
id!(
    /// A suspension at a portal, in the portal's own spelling.
    SuspensionId
);
id!(
    /// One intended change at a portal. It travels as the `Idempotency-Key`, so it is unguessable.
    OperationId
);
id!(
    /// One rotation from the person's first choice to its receipt.
    CourseId
);
