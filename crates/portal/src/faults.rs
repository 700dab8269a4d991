//! Failures on purpose, for tests of what a client does then.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    task::{Context, Poll},
};

use axum::{
    body::{Body, Bytes},
    response::Response,
};
use http_body::Frame;

/// What goes wrong on purpose. Clones share it, so that a test can arm it while the portal runs.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    lost_answers: Arc<AtomicU32>,
}

impl Faults {
    /// Loses the answers of the next `count` calls that issue a secret. The keys are made or rotated
    /// all the same.
    pub fn lose_answers(&self, count: u32) {
        self.lost_answers.store(count, Ordering::SeqCst);
    }

    /// Whether the answer at hand is one to lose.
    pub(crate) fn takes_an_answer(&self) -> bool {
        let fewer = |left: u32| left.checked_sub(1);
        self.lost_answers.fetch_update(Ordering::SeqCst, Ordering::SeqCst, fewer).is_ok()
    }
}

/// An answer that begins and breaks off before its first byte of content.
pub(crate) fn broken() -> Response {
    Response::new(Body::new(Broken))
}

/// A body that fails when it is read.
struct Broken;

impl http_body::Body for Broken {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Poll::Ready(Some(Err(std::io::Error::other("lost on purpose"))))
    }
}
