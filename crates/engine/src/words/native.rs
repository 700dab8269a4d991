//! What the desktop's own notices say, in the languages of the app.
//!
//! They are drawn by the desktop, so no window translates them. A key's name stands in the title alone:
//! desktops read markup in the text below it. Names are made visible and set apart, so that their
//! direction does not reorder the sentence.

use std::time::Duration;

use keystow_domain::Rule;

/// A language of the app.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    English,
    Arabic,
    French,
}

impl Language {
    /// Reads a tag such as `fr`, `ar-EG` or `fr_CH.UTF-8`; what is not spoken is English.
    pub(crate) fn from_tag(tag: &str) -> Self {
        match tag.split(['-', '_', '.', '@']).next().unwrap_or_default().to_ascii_lowercase().as_str() {
            "ar" => Self::Arabic,
            "fr" => Self::French,
            _ => Self::English,
        }
    }
}

/// How much time is left, in the unit a person would use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Left {
    Minutes(u64),
    Hours(u64),
    Days(u64),
}

impl Left {
    /// Rounded to the unit; never nothing.
    pub(crate) fn of(left: Duration) -> Self {
        let minutes = (left.as_secs() + 30) / 60;
        match minutes {
            0..=119 => Self::Minutes(minutes.max(1)),
            120..=2879 => Self::Hours((minutes + 30) / 60),
            _ => Self::Days((minutes + 720) / 1440),
        }
    }

    /// The same in minutes, for whoever says it in another way.
    pub(crate) fn minutes(self) -> u64 {
        match self {
            Self::Minutes(minutes) => minutes,
            Self::Hours(hours) => hours * 60,
            Self::Days(days) => days * 1440,
        }
    }

    /// In words, as in “5 minutes”.
    pub(crate) fn say(self, language: Language) -> String {
        let (count, en, fr, ar) = match self {
            Self::Minutes(n) => (n, ["minute", "minutes"], ["minute", "minutes"], MINUTES),
            Self::Hours(n) => (n, ["hour", "hours"], ["heure", "heures"], HOURS),
            Self::Days(n) => (n, ["day", "days"], ["jour", "jours"], DAYS),
        };
        match language {
            Language::English => format!("{count} {}", en[usize::from(count != 1)]),
            Language::French => format!("{count} {}", fr[usize::from(count > 1)]),
            Language::Arabic => match count {
                1 => ar[0].to_owned(),
                2 => ar[1].to_owned(),
                n if (3..=10).contains(&(n % 100)) => format!("{n} {}", ar[2]),
                n => format!("{n} {}", ar[3]),
            },
        }
    }
}

/// One, two, a few, many: the forms Arabic counts in.
const MINUTES: [&str; 4] = ["دقيقة واحدة", "دقيقتين", "دقائق", "دقيقة"];
const HOURS: [&str; 4] = ["ساعة واحدة", "ساعتين", "ساعات", "ساعة"];
const DAYS: [&str; 4] = ["يوم واحد", "يومين", "أيام", "يومًا"];

/// What a notice is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Saying {
    /// An old secret ends after this time.
    GraceEnding(Left),
    /// An old secret may end from now on.
    GraceMayEnd,
    /// An old secret has ended.
    GraceEnded,
    /// A key expires after this time.
    Expires(Left),
    /// A key has expired.
    Expired,
    /// An old secret is still used near its end.
    StillUsed,
    /// A rotation is due.
    Due,
    /// Something of its usage crossed a bound: percent, or hours.
    Alert(Rule, u32),
    /// So many keys need attention.
    Many(usize),
    /// Something that an app asked for was approved.
    Approved,
    /// The same was refused.
    Rejected,
    /// So much of it was decided.
    ManyDecided(usize),
}

/// The title and the text of a notice about a key.
pub(crate) fn say(language: Language, saying: &Saying, name: &str) -> (String, String) {
    let name = set_apart(name);
    let (title, body) = match language {
        Language::English => english(saying),
        Language::French => french(saying),
        Language::Arabic => arabic(saying),
    };
    (title.replace("{key}", &name), body.to_owned())
}

/// What the tray says: the way to the picker and to the window, the lock, and the end of the app.
pub(crate) fn tray(language: Language) -> crate::TrayWords {
    let [pick, open, lock, locked, unlock, quit] = match language {
        Language::English => {
            ["Find a key…", "Open Keystow", "Lock now", "Keystow is locked", "Unlock…", "Quit"]
        }
        Language::French => [
            "Trouver une clé…",
            "Ouvrir Keystow",
            "Verrouiller",
            "Keystow est verrouillé",
            "Déverrouiller…",
            "Quitter",
        ],
        Language::Arabic => {
            ["ابحث عن مفتاح…", "افتح Keystow", "اقفل الآن", "Keystow مقفل", "افتح القفل…", "إنهاء"]
        }
    };
    crate::TrayWords { pick, open, lock, locked, unlock, quit }
}

/// A line of the tray that copies the secret of a key.
pub(crate) fn tray_copy(language: Language, name: &str) -> String {
    let name = set_apart(name);
    match language {
        Language::English => format!("Copy {name}"),
        Language::French => format!("Copier {name}"),
        Language::Arabic => format!("انسخ {name}"),
    }
}

/// A line of the tray that clears the clipboard, and how many seconds are left until it is cleared anyway.
pub(crate) fn tray_clear(language: Language, name: &str, seconds: u64) -> String {
    let name = set_apart(name);
    match language {
        Language::English => format!("Clear {name} from the clipboard now ({seconds} s left)"),
        Language::French => format!("Effacer {name} du presse-papiers ({seconds} s restantes)"),
        Language::Arabic => format!("امسح {name} من الحافظة الآن (الباقي {seconds} ث)"),
    }
}

/// A line of the tray: a key and how long its old secret still works, as far as it is known.
pub(crate) fn timer(language: Language, name: &str, left: Option<Left>) -> String {
    let unknown = match language {
        Language::English => "not known when",
        Language::French => "fin inconnue",
        Language::Arabic => "موعد غير معروف",
    };
    let left = left.map_or_else(|| unknown.to_owned(), |left| left.say(language));
    format!("{} — {left}", set_apart(name))
}

fn english(saying: &Saying) -> (String, &'static str) {
    let lang = Language::English;
    match saying {
        Saying::GraceEnding(left) => (
            format!("{{key}}: the old secret ends in {}", left.say(lang)),
            "Whatever still uses it is refused from then on.",
        ),
        Saying::GraceMayEnd => (
            "{key}: the old secret may end at any moment".into(),
            "Treat it as ended: deliver the new secret everywhere now.",
        ),
        Saying::GraceEnded => {
            ("{key}: the old secret has ended".into(), "Only the new secret is accepted now.")
        }
        Saying::StillUsed => (
            "{key}: the old secret is still used".into(),
            "Its end is near. Bring the new secret to what still uses it.",
        ),
        Saying::Expires(left) => (
            format!("{{key}} expires in {}", left.say(lang)),
            "Its secrets are refused everywhere from then on.",
        ),
        Saying::Expired => ("{key} has expired".into(), "Its secrets are refused everywhere."),
        Saying::Due => ("{key}: its rotation is due".into(), "Its secret is older than its schedule allows."),
        Saying::Alert(Rule::Quota, bound) => (
            format!("{{key}}: {bound} % of the quota is used"),
            "Open Keystow to see how long the rest lasts.",
        ),
        Saying::Alert(Rule::Errors, bound) => (
            format!("{{key}}: more than {bound} % of the calls fail"),
            "Open Keystow to see which errors they are.",
        ),
        Saying::Alert(Rule::Throttled, bound) => (
            format!("{{key}}: more than {bound} % of the calls are throttled"),
            "Open Keystow to see since when.",
        ),
        Saying::Alert(Rule::Silence, bound) => {
            (format!("{{key}}: no call for {bound} hours"), "Whatever uses it may stand still.")
        }
        Saying::Many(count) => (format!("{count} keys need attention"), "Open Keystow to see them."),
        Saying::Approved => (
            "{key}: what you asked for was approved".into(),
            "Keys of the app are accepted for it from now on.",
        ),
        Saying::Rejected => {
            ("{key}: what you asked for was refused".into(), "Open Keystow to read why, and to ask again.")
        }
        Saying::ManyDecided(count) => {
            (format!("{count} requests of your apps were decided"), "Open Keystow to see them.")
        }
    }
}

fn french(saying: &Saying) -> (String, &'static str) {
    let lang = Language::French;
    match saying {
        Saying::GraceEnding(left) => (
            format!("{{key}} : l’ancien secret expire dans {}", left.say(lang)),
            "Ce qui l’utilise encore sera alors refusé.",
        ),
        Saying::GraceMayEnd => (
            "{key} : l’ancien secret peut expirer à tout moment".into(),
            "Considérez-le comme expiré : livrez le nouveau secret partout maintenant.",
        ),
        Saying::GraceEnded => {
            ("{key} : l’ancien secret a expiré".into(), "Seul le nouveau secret est accepté désormais.")
        }
        Saying::StillUsed => (
            "{key} : l’ancien secret sert encore".into(),
            "Sa fin est proche. Apportez le nouveau secret à ce qui s’en sert encore.",
        ),
        Saying::Expires(left) => {
            (format!("{{key}} expire dans {}", left.say(lang)), "Ses secrets seront alors refusés partout.")
        }
        Saying::Expired => ("{key} a expiré".into(), "Ses secrets sont refusés partout."),
        Saying::Due => {
            ("{key} : rotation à faire".into(), "Son secret est plus ancien que son calendrier ne le permet.")
        }
        Saying::Alert(Rule::Quota, bound) => (
            format!("{{key}} : {bound} % du quota est utilisé"),
            "Ouvrez Keystow pour voir combien de temps le reste suffira.",
        ),
        Saying::Alert(Rule::Errors, bound) => (
            format!("{{key}} : plus de {bound} % des appels échouent"),
            "Ouvrez Keystow pour voir de quelles erreurs il s’agit.",
        ),
        Saying::Alert(Rule::Throttled, bound) => (
            format!("{{key}} : plus de {bound} % des appels sont freinés"),
            "Ouvrez Keystow pour voir depuis quand.",
        ),
        Saying::Alert(Rule::Silence, bound) => (
            format!("{{key}} : aucun appel depuis {bound} heures"),
            "Ce qui s’en sert est peut-être à l’arrêt.",
        ),
        Saying::Many(count) => {
            (format!("{count} clés demandent votre attention"), "Ouvrez Keystow pour les voir.")
        }
        Saying::Approved => (
            "{key} : votre demande est approuvée".into(),
            "Les clés de l’application sont désormais acceptées pour cela.",
        ),
        Saying::Rejected => (
            "{key} : votre demande est refusée".into(),
            "Ouvrez Keystow pour lire pourquoi, et pour redemander.",
        ),
        Saying::ManyDecided(count) => {
            (format!("{count} demandes de vos applications sont tranchées"), "Ouvrez Keystow pour les voir.")
        }
    }
}

fn arabic(saying: &Saying) -> (String, &'static str) {
    let lang = Language::Arabic;
    match saying {
        Saying::GraceEnding(left) => (
            format!("{{key}}: ينتهي السر القديم خلال {}", left.say(lang)),
            "كل ما يزال يستخدمه سيُرفض بعد ذلك.",
        ),
        Saying::GraceMayEnd => (
            "{key}: قد ينتهي السر القديم في أي لحظة".into(),
            "اعتبره منتهيًا: سلّم السر الجديد في كل مكان الآن.",
        ),
        Saying::GraceEnded => ("{key}: انتهى السر القديم".into(), "لا يُقبل الآن إلا السر الجديد."),
        Saying::StillUsed => (
            "{key}: ما زال السر القديم مستخدمًا".into(),
            "نهايته قريبة. أوصل السر الجديد إلى ما لا يزال يستخدمه.",
        ),
        Saying::Expires(left) => (
            format!("{{key}}: تنتهي صلاحية المفتاح خلال {}", left.say(lang)),
            "ستُرفض أسراره في كل مكان بعد ذلك.",
        ),
        Saying::Expired => ("{key}: انتهت صلاحية المفتاح".into(), "أسراره مرفوضة في كل مكان."),
        Saying::Due => ("{key}: حان موعد التدوير".into(), "سرّه أقدم مما يسمح به جدوله."),
        Saying::Alert(Rule::Quota, bound) => {
            (format!("{{key}}: استُهلك {bound} % من الحصة"), "افتح Keystow لترى إلى متى يكفي الباقي.")
        }
        Saying::Alert(Rule::Errors, bound) => {
            (format!("{{key}}: تفشل أكثر من {bound} % من الطلبات"), "افتح Keystow لترى أي أخطاء هي.")
        }
        Saying::Alert(Rule::Throttled, bound) => {
            (format!("{{key}}: رُفضت أكثر من {bound} % من الطلبات لكثرتها"), "افتح Keystow لترى منذ متى.")
        }
        Saying::Alert(Rule::Silence, bound) => {
            (format!("{{key}}: لا طلبات منذ {bound} ساعة"), "ربما توقف ما يستخدمه.")
        }
        Saying::Many(count) => (format!("مفاتيح تحتاج إلى انتباهك: {count}"), "افتح Keystow لرؤيتها."),
        Saying::Approved => ("{key}: تمت الموافقة على طلبك".into(), "تُقبل مفاتيح التطبيق له من الآن."),
        Saying::Rejected => ("{key}: رُفض طلبك".into(), "افتح Keystow لتقرأ السبب ولتطلب من جديد."),
        Saying::ManyDecided(count) => (format!("طلبات لتطبيقاتك بُتّ فيها: {count}"), "افتح Keystow لرؤيتها."),
    }
}

/// The longest name in a title, in characters.
const LONGEST: usize = 60;

/// A name, visible, cut, and isolated from the direction of the words around it.
fn set_apart(name: &str) -> String {
    let shown = keystow_domain::visible(name);
    let cut: String = shown.chars().take(LONGEST).collect();
    let more = if cut.len() < shown.len() { "…" } else { "" };
    format!("\u{2068}{cut}{more}\u{2069}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_told_in_the_unit_a_person_would_use() {
        let left = |secs| Left::of(Duration::from_secs(secs)).say(Language::English);
        assert_eq!(left(0), "1 minute");
        assert_eq!(left(299), "5 minutes");
        assert_eq!(left(3 * 3600), "3 hours");
        assert_eq!(left(14 * 86_400), "14 days");
    }

    #[test]
    fn each_language_counts_in_its_own_way() {
        let say = |minutes, language| Left::Minutes(minutes).say(language);
        assert_eq!(say(1, Language::French), "1 minute");
        assert_eq!(say(2, Language::Arabic), "دقيقتين");
        assert_eq!(say(5, Language::Arabic), "5 دقائق");
        assert_eq!(say(30, Language::Arabic), "30 دقيقة");
    }

    #[test]
    fn a_hostile_name_is_visible_cut_and_only_in_the_title() {
        let name = format!("<b>\u{202e}evil{}", "x".repeat(200));
        for language in [Language::English, Language::French, Language::Arabic] {
            let (title, body) = say(language, &Saying::GraceEnding(Left::Minutes(5)), &name);
            assert!(title.contains("\\u{202e}") && !title.contains('\u{202e}'), "{title}");
            assert!(title.chars().count() < 140, "{title}");
            assert!(!body.contains("evil") && !body.contains('<'), "{body}");
        }
    }

    #[test]
    fn what_is_not_spoken_is_english() {
        for (tag, language) in [
            ("fr_CH.UTF-8", Language::French),
            ("ar-EG", Language::Arabic),
            ("de", Language::English),
            ("", Language::English),
            ("C.UTF-8", Language::English),
        ] {
            assert_eq!(Language::from_tag(tag), language, "{tag}");
        }
    }
}
