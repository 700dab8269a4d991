//! The dialog of GTK, which draws Tauri's windows on Linux.

use std::cell::RefCell;
use std::ffi::CStr;
use std::rc::Rc;

use gtk::glib::translate::ToGlibPtr as _;
use gtk::prelude::*;
use keystow_engine::{Answered, ChoiceWords, Passphrase, PassphraseQuestion};
use tauri::{AppHandle, Manager as _};
use tokio::sync::oneshot;

use crate::{picker, window};

/// As many characters as a field takes.
const MOST: i32 = 1024;
/// How wide a line of text is, in characters.
const LINE: i32 = 52;
/// The space around things, in pixels.
const SPACE: i32 = 16;

/// Shows the dialog and waits for what comes of it.
pub(super) async fn ask(app: &AppHandle, question: &PassphraseQuestion) -> Answered {
    let (tell, told) = oneshot::channel();
    let (front, question) = (app.clone(), question.clone());
    if app.run_on_main_thread(move || show(&front, &question, tell)).is_err() {
        return Answered::Nowhere;
    }
    // A dialog that went away without an answer gave none.
    told.await.unwrap_or(Answered::Dismissed)
}

thread_local! {
    /// The dialog that stands, on the one thread that has dialogs.
    static STANDS: RefCell<Option<gtk::glib::WeakRef<gtk::Dialog>>> = const { RefCell::new(None) };
}

/// Closes the dialog that stands, which forgets what was typed into it.
pub(super) fn withdraw(app: &AppHandle) {
    let close = || {
        let dialog = STANDS.with_borrow_mut(Option::take).and_then(|dialog| dialog.upgrade());
        if let Some(dialog) = dialog {
            dialog.response(gtk::ResponseType::Cancel);
        }
    };
    if let Err(error) = app.run_on_main_thread(close) {
        tracing::warn!(%error, "a question for the passphrase could not be closed");
    }
}

fn show(app: &AppHandle, question: &PassphraseQuestion, tell: oneshot::Sender<Answered>) {
    let dialog = gtk::Dialog::new();
    dialog.set_title(&question.title);
    dialog.set_modal(true);
    dialog.set_resizable(false);
    dialog.set_position(gtk::WindowPosition::Center);
    if let Some(front) = front(app) {
        dialog.set_transient_for(Some(&front));
    }
    dialog.add_button(&question.dismiss, gtk::ResponseType::Cancel);
    dialog.add_button(&question.accept, gtk::ResponseType::Accept);
    dialog.set_default_response(gtk::ResponseType::Accept);
    dialog.set_response_sensitive(gtk::ResponseType::Accept, false);
    let fields = Rc::new(Fields::new(question));
    fields.fill(&dialog.content_area(), question);
    for field in fields.all() {
        let (dialog, fields) = (dialog.downgrade(), Rc::downgrade(&fields));
        field.connect_changed(move |_| {
            if let (Some(dialog), Some(fields)) = (dialog.upgrade(), fields.upgrade()) {
                dialog.set_response_sensitive(gtk::ResponseType::Accept, fields.look());
            }
        });
    }
    let tell = RefCell::new(Some(tell));
    dialog.connect_response(move |dialog, response| {
        // Closing it answers once more, and nobody listens then.
        let Some(tell) = tell.take() else { return };
        let answer = match response {
            gtk::ResponseType::Accept => Answered::Given(fields.take()),
            _ => Answered::Dismissed,
        };
        fields.clear();
        let _ = tell.send(answer);
        dialog.hide();
        dialog.close();
    });
    STANDS.set(Some(dialog.downgrade()));
    dialog.show_all();
    dialog.present();
}

/// The window the person looks at.
fn front(app: &AppHandle) -> Option<gtk::ApplicationWindow> {
    let shown = |label| app.get_webview_window(label).filter(|window| window.is_visible().unwrap_or(false));
    shown(picker::LABEL).or_else(|| shown(window::LABEL))?.gtk_window().ok()
}

/// What is typed into.
struct Fields {
    first: gtk::Entry,
    /// The same once more, and what is said while the two are not fit.
    again: Option<(gtk::Entry, gtk::Label, ChoiceWords)>,
}

impl Fields {
    fn new(question: &PassphraseQuestion) -> Self {
        let field = || {
            let field = gtk::Entry::new();
            field.set_visibility(false);
            field.set_input_purpose(gtk::InputPurpose::Password);
            field.set_max_length(MOST);
            field.set_activates_default(true);
            field
        };
        let again = question.choice.clone().map(|words| (field(), line(&words.short), words));
        Self { first: field(), again }
    }

    /// Lays everything out.
    fn fill(&self, area: &gtk::Box, question: &PassphraseQuestion) {
        area.set_border_width(SPACE.unsigned_abs());
        area.set_spacing(SPACE / 2);
        area.add(&line(&question.text));
        let named = |text: &str, field: &gtk::Entry| {
            let label = line(text);
            label.set_mnemonic_widget(Some(field));
            area.add(&label);
            area.add(field);
        };
        named(&question.label, &self.first);
        if let Some((again, hint, words)) = &self.again {
            named(&words.again, again);
            area.add(hint);
        }
        let direction =
            if question.right_to_left { gtk::TextDirection::Rtl } else { gtk::TextDirection::Ltr };
        for child in area.children() {
            child.set_direction(direction);
        }
    }

    fn all(&self) -> impl Iterator<Item = &gtk::Entry> {
        [&self.first].into_iter().chain(self.again.as_ref().map(|(again, ..)| again))
    }

    /// Whether it can be given, and says why not.
    fn look(&self) -> bool {
        let Some((again, hint, words)) = &self.again else { return self.first.text_length() > 0 };
        let long = usize::from(self.first.text_length()) >= words.least;
        let same = with_text(&self.first, |one| with_text(again, |other| one == other));
        hint.set_text(match (long, same) {
            (false, _) => &words.short,
            (true, false) => &words.differ,
            (true, true) => "",
        });
        long && same
    }

    fn take(&self) -> Passphrase {
        with_text(&self.first, |typed| Passphrase::typed(typed.to_owned()))
    }

    /// Empties the fields. Their buffers overwrite what is deleted (GtkEntryBuffer does so for passwords' sake).
    fn clear(&self) {
        for field in self.all() {
            field.set_text("");
        }
    }
}

/// Looks at what is in a field, where it is: what the bindings return is a copy that nobody wipes.
fn with_text<T>(field: &gtk::Entry, look: impl FnOnce(&str) -> T) -> T {
    // SAFETY: the field is alive, and nothing changes it on this thread, which alone may, before `look` returns.
    // Its text is never null and ends with a zero.
    let text = unsafe { CStr::from_ptr(gtk::ffi::gtk_entry_get_text(field.to_glib_none().0)) };
    // A field takes nothing but UTF-8.
    look(text.to_str().unwrap_or_default())
}

/// A text of one or more lines.
fn line(text: &str) -> gtk::Label {
    let label = gtk::Label::new(Some(text));
    label.set_line_wrap(true);
    label.set_max_width_chars(LINE);
    label.set_xalign(0.0);
    label
}
