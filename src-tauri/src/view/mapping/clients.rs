//! OAuth clients.

use keystow_domain::{AppId, Client, ClientKey, ClientProof, ClientWish, NewClient};

use super::{bounded, millis, shown, told};
use crate::view::{ClientInput, ClientKeyView, ClientView, NewClientInput, ProofView};

/// How many parts of a client a window is sent, or may send.
const MOST_PARTS: usize = 100;

impl From<&Client> for ClientView {
    fn from(client: &Client) -> Self {
        Self {
            proof: (&client.proof).into(),
            redirect_uris: client.redirect_uris.iter().take(MOST_PARTS).map(|uri| told(uri)).collect(),
            keys: client.keys.iter().take(MOST_PARTS).map(Into::into).collect(),
        }
    }
}

impl From<&ClientKey> for ClientKeyView {
    fn from(key: &ClientKey) -> Self {
        Self {
            kid: shown(&key.kid),
            algorithm: shown(&key.algorithm),
            added_at: millis(key.added_at),
            last_used_at: millis(key.last_used_at),
        }
    }
}

impl From<&ClientProof> for ProofView {
    fn from(proof: &ClientProof) -> Self {
        match proof {
            ClientProof::Nothing => Self::Nothing,
            ClientProof::Secret => Self::Secret,
            ClientProof::Signature => Self::Signature,
            ClientProof::Unknown(_) => Self::Unknown,
        }
    }
}

impl From<NewClientInput> for NewClient {
    fn from(input: NewClientInput) -> Self {
        Self {
            name: bounded(input.name),
            proof: match input.proof {
                ProofView::Nothing => ClientProof::Nothing,
                ProofView::Secret => ClientProof::Secret,
                ProofView::Signature => ClientProof::Signature,
                ProofView::Unknown => ClientProof::Unknown(String::new()),
            },
            redirect_uris: texts(input.redirect_uris),
            app: input.app.map(|app| AppId::new(bounded(app))),
        }
    }
}

impl From<ClientInput> for ClientWish {
    fn from(input: ClientInput) -> Self {
        Self { name: Some(bounded(input.name)), redirect_uris: Some(texts(input.redirect_uris)) }
    }
}

fn texts(all: Vec<String>) -> Vec<String> {
    all.into_iter().take(MOST_PARTS).map(bounded).collect()
}
