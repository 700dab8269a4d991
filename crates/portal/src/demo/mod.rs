//! Sample data: placeholder.
use crate::{app::App, storage::StorageError};
use std::sync::Arc;
use tokio::sync::watch;
/// The address of the sample account.
pub(crate) const EMAIL: &str = "demo@keystow.example";
/// Its password.
pub(crate) const PASSWORD: &str = "keystow-demo";
pub(crate) async fn fill(_app: &App) -> Result<(), StorageError> {
    Ok(())
}
pub(crate) async fn traffic(_app: Arc<App>, stopped: watch::Receiver<bool>) {
    crate::serve::until(stopped).await;
}
