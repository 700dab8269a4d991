//! When the window has shown what is known. Everything that can wait, waits for it.

use std::time::Duration;

use tokio::sync::watch;

/// The longest wait: a window that never draws keeps no timer and no unfinished change waiting.
const PATIENCE: Duration = Duration::from_secs(3);

/// Whether the window has drawn its first picture.
pub(crate) struct Painted(watch::Sender<bool>);

impl Painted {
    pub(crate) fn new() -> Self {
        Self(watch::Sender::new(false))
    }

    /// The window says that it has.
    pub(crate) fn tell(&self) {
        self.0.send_replace(true);
    }

    /// Returns once it has, or when it takes too long.
    pub(crate) async fn wait(&self) {
        self.wait_at_most(PATIENCE).await;
    }

    async fn wait_at_most(&self, patience: Duration) {
        let mut seen = self.0.subscribe();
        let _ = tokio::time::timeout(patience, seen.wait_for(|seen| *seen)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_waits_goes_on_when_the_window_has_drawn() {
        let painted = Painted::new();
        tokio::join!(painted.wait_at_most(Duration::MAX), async { painted.tell() });
        painted.wait_at_most(Duration::MAX).await;
    }

    #[tokio::test]
    async fn a_window_that_draws_nothing_stops_nothing() {
        Painted::new().wait_at_most(Duration::ZERO).await;
    }
}
