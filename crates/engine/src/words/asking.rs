//! The questions for a passphrase, in the languages of the app: a dialog of the desktop's own, or a terminal,
//! shows them, so no window translates them.

use super::native::Language;

/// What a passphrase is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Asking {
    /// To open the vault.
    Unlock,
    /// To prove that it is known, before something about it changes.
    Current,
    /// To prove that the person is there who chose it, for the secret of the key of this name.
    Presence(String),
    /// A new one, typed twice.
    Choose,
}

/// A question for a passphrase, as a person reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// What it is about, in a few words.
    pub title: String,
    /// What it is for.
    pub text: String,
    /// What is to be typed.
    pub label: String,
    /// For a new passphrase: what is asked beside it.
    pub choice: Option<ChoiceWords>,
    /// The word that gives what was typed.
    pub accept: String,
    /// The word that gives nothing.
    pub dismiss: String,
    /// Whether it is read from right to left.
    pub right_to_left: bool,
}

/// What is asked beside a new passphrase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChoiceWords {
    /// What is to be typed once more.
    pub again: String,
    /// Said while it has fewer than the least characters.
    pub short: String,
    /// Said while the two are not the same.
    pub differ: String,
    /// How many characters it has at the least.
    pub least: usize,
}

/// The sentences of one language.
struct Sentences {
    unlock: [&'static str; 3],
    current: [&'static str; 3],
    /// The name of the key is put between the two parts of the text.
    presence: [&'static str; 4],
    choose: [&'static str; 3],
    label: &'static str,
    again: &'static str,
    short: &'static str,
    differ: &'static str,
    dismiss: &'static str,
}

const ENGLISH: Sentences = Sentences {
    unlock: ["Unlock Keystow", "The passphrase opens the vault on this computer.", "Unlock"],
    current: ["Your passphrase", "Type the passphrase that opens the vault now.", "Continue"],
    presence: [
        "A production key asks first",
        "Type your passphrase to give the secret of ",
        ".",
        "Give the secret",
    ],
    choose: [
        "Choose a passphrase",
        "It takes the place of the keyring: from now on only the passphrase opens the vault. Several unrelated words are good.\n\nNobody can recover a forgotten passphrase. Without it every secret in the vault is lost.",
        "Use this passphrase",
    ],
    label: "Passphrase",
    again: "Once more",
    short: "At least 12 characters.",
    differ: "The two are not the same.",
    dismiss: "Cancel",
};

const FRENCH: Sentences = Sentences {
    unlock: [
        "Déverrouiller Keystow",
        "La phrase secrète ouvre le coffre sur cet ordinateur.",
        "Déverrouiller",
    ],
    current: [
        "Votre phrase secrète",
        "Tapez la phrase secrète qui ouvre le coffre actuellement.",
        "Continuer",
    ],
    presence: [
        "Une clé de production demande d’abord",
        "Tapez votre phrase secrète pour donner le secret de ",
        ".",
        "Donner le secret",
    ],
    choose: [
        "Choisir une phrase secrète",
        "Elle prend la place du trousseau : désormais, elle seule ouvre le coffre. Plusieurs mots sans rapport conviennent bien.\n\nPersonne ne peut récupérer une phrase oubliée. Sans elle, tous les secrets du coffre sont perdus.",
        "Utiliser cette phrase",
    ],
    label: "Phrase secrète",
    again: "Encore une fois",
    short: "Au moins 12 caractères.",
    differ: "Les deux ne sont pas identiques.",
    dismiss: "Annuler",
};

const ARABIC: Sentences = Sentences {
    unlock: ["فتح Keystow", "عبارة السر تفتح الخزنة على هذا الحاسوب.", "افتح القفل"],
    current: ["عبارة السر", "اكتب عبارة السر التي تفتح الخزنة الآن.", "متابعة"],
    presence: ["مفتاح إنتاج يسأل قبل النسخ", "اكتب عبارة السر لإعطاء سر ", ".", "إعطاء السر"],
    choose: [
        "اختر عبارة سر",
        "تحل محل حافظ كلمات السر: من الآن لا يفتح الخزنة غيرها. عدة كلمات لا صلة بينها اختيار جيد.\n\nلا أحد يستطيع استرجاع عبارة منسية. من دونها تضيع كل أسرار الخزنة.",
        "استعمل هذه العبارة",
    ],
    label: "عبارة السر",
    again: "مرة أخرى",
    short: "12 حرفًا على الأقل.",
    differ: "العبارتان غير متطابقتين.",
    dismiss: "إلغاء",
};

/// A question in a language.
pub(crate) fn question(language: Language, about: &Asking) -> Question {
    let words = match language {
        Language::English => ENGLISH,
        Language::French => FRENCH,
        Language::Arabic => ARABIC,
    };
    let ([title, text, accept], name) = match about {
        Asking::Unlock => (words.unlock, None),
        Asking::Current => (words.current, None),
        Asking::Choose => (words.choose, None),
        Asking::Presence(name) => {
            let [title, before, after, accept] = words.presence;
            ([title, before, accept], Some((name, after)))
        }
    };
    let text = match name {
        // Set apart, so that the name's direction does not reorder the sentence.
        Some((name, after)) => format!("{text}\u{2068}{}\u{2069}{after}", keystow_domain::visible(name)),
        None => text.to_owned(),
    };
    let choice = (*about == Asking::Choose).then(|| ChoiceWords {
        again: words.again.to_owned(),
        short: words.short.to_owned(),
        differ: words.differ.to_owned(),
        least: keystow_vault::Passphrase::LEAST,
    });
    Question {
        title: title.to_owned(),
        text,
        label: words.label.to_owned(),
        choice,
        accept: accept.to_owned(),
        dismiss: words.dismiss.to_owned(),
        right_to_left: language == Language::Arabic,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_says_how_long_a_passphrase_is_and_that_it_cannot_be_recovered() {
        let least = keystow_vault::Passphrase::LEAST.to_string();
        for (language, lost) in [
            (Language::English, "cannot recover"),
            (Language::French, "ne peut récupérer"),
            (Language::Arabic, "لا أحد يستطيع استرجاع"),
        ] {
            let asked = question(language, &Asking::Choose);
            assert!(asked.choice.as_ref().is_some_and(|words| words.short.contains(&least)), "{language:?}");
            assert!(asked.text.contains(lost) || asked.text.contains("Nobody can recover"), "{language:?}");
            assert_eq!(asked.right_to_left, language == Language::Arabic);
            assert_eq!(question(language, &Asking::Unlock).choice, None);
        }
    }

    #[test]
    fn the_name_of_a_key_is_made_visible_and_set_apart() {
        let asked = question(Language::English, &Asking::Presence("pay\u{202e}roll".into()));
        assert!(!asked.text.contains('\u{202e}'), "{}", asked.text);
        assert!(asked.text.contains("\u{2068}pay"), "{}", asked.text);
    }
}
