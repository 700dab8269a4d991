//! Letting the person choose a file: in the desktop's own dialog, so that a page neither names nor reads one.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use keystow_domain::KeyId;
use tauri::{AppHandle, Manager as _, Runtime};

/// The file that was chosen last for a key, until a secret was taken from it.
#[derive(Default)]
pub(crate) struct Chosen(Mutex<Option<(KeyId, PathBuf)>>);

impl Chosen {
    /// Remembers a file for a key, in place of any other.
    pub(crate) fn keep(&self, key: &KeyId, file: PathBuf) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((key.clone(), file));
    }

    /// The folder of the file that was chosen last.
    fn folder(&self) -> Option<PathBuf> {
        let chosen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        chosen.as_ref().and_then(|(_, file)| Some(file.parent()?.to_owned()))
    }

    /// The file that was chosen for this key.
    pub(crate) fn of(&self, key: &KeyId) -> Option<PathBuf> {
        let chosen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        chosen.as_ref().filter(|(other, _)| other == key).map(|(_, file)| file.clone())
    }
}

#[cfg(target_os = "linux")]
pub(crate) use toolkit::choose;

/// Where to look first: where the last file was, or the person's home.
fn folder<R: Runtime>(app: &AppHandle<R>) -> Option<PathBuf> {
    let last = app.try_state::<Chosen>().and_then(|chosen| chosen.folder());
    last.or_else(|| app.path().home_dir().ok())
}

/// Asks for a file; nothing if the dialog was closed without one.
#[cfg(not(target_os = "linux"))]
pub(crate) async fn choose<R: Runtime>(app: &AppHandle<R>, title: &str) -> Option<PathBuf> {
    let mut dialog = rfd::AsyncFileDialog::new().set_title(title);
    if let Some(folder) = folder(app) {
        dialog = dialog.set_directory(folder);
    }
    let file = dialog.pick_file().await;
    file.map(|file| file.path().to_owned())
}

/// The dialog of GTK, which draws Tauri's windows on Linux.
#[cfg(target_os = "linux")]
mod toolkit {
    use std::cell::RefCell;
    use std::path::PathBuf;

    use gtk::prelude::*;
    use tauri::{AppHandle, Manager as _, Runtime};
    use tokio::sync::oneshot;

    use super::folder;
    use crate::window;

    /// Asks for a file; nothing if the dialog was closed without one.
    pub(crate) async fn choose<R: Runtime>(app: &AppHandle<R>, title: &str) -> Option<PathBuf> {
        let (tell, told) = oneshot::channel();
        let (front, title) = (app.clone(), title.to_owned());
        app.run_on_main_thread(move || show(&front, &title, tell)).ok()?;
        told.await.ok().flatten()
    }

    fn show<R: Runtime>(app: &AppHandle<R>, title: &str, tell: oneshot::Sender<Option<PathBuf>>) {
        let front = app.get_webview_window(window::LABEL).and_then(|window| window.gtk_window().ok());
        let action = gtk::FileChooserAction::Open;
        let dialog = gtk::FileChooserNative::new(Some(title), front.as_ref(), action, None, None);
        dialog.set_modal(true);
        // Files of variables begin with a dot.
        dialog.set_show_hidden(true);
        if let Some(folder) = folder(app) {
            dialog.set_current_folder(folder);
        }
        let tell = RefCell::new(Some(tell));
        // What keeps the dialog is what waits for its answer: nothing else holds it.
        let held = RefCell::new(Some(dialog.clone()));
        dialog.connect_response(move |dialog, response| {
            let Some(tell) = tell.take() else { return };
            let file = if response == gtk::ResponseType::Accept { dialog.filename() } else { None };
            let _ = tell.send(file);
            held.take();
        });
        dialog.show();
    }
}
