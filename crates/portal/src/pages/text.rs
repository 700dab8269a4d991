//! The words of the pages, in the languages of the app.

use std::time::Duration;

use axum::http::{HeaderMap, header};

use crate::accounts::{LONGEST_PASSWORD, SHORTEST_PASSWORD, Trouble};

/// A language of the pages.
pub(crate) struct Text {
    /// Its BCP 47 tag.
    pub(super) tag: &'static str,
    /// `ltr` or `rtl`.
    pub(super) direction: &'static str,
    pub(super) sign_in: &'static str,
    pub(super) sign_in_to_go_on: &'static str,
    pub(super) register: &'static str,
    pub(super) register_lead: &'static str,
    pub(super) create_account: &'static str,
    pub(super) email: &'static str,
    pub(super) name: &'static str,
    pub(super) optional: &'static str,
    pub(super) password: &'static str,
    pub(super) password_hint: &'static str,
    pub(super) repeat_password: &'static str,
    pub(super) no_account: &'static str,
    pub(super) have_account: &'static str,
    pub(super) signed_in_as: &'static str,
    pub(super) sign_out: &'static str,
    pub(super) other_account: &'static str,
    pub(super) home: &'static str,
    pub(super) home_lead: &'static str,
    pub(super) home_signed_in: &'static str,
    pub(super) allow_title: &'static str,
    pub(super) allow_lead: &'static str,
    pub(super) registered_by: &'static str,
    pub(super) read_scope: &'static str,
    pub(super) stream_scope: &'static str,
    pub(super) allow: &'static str,
    pub(super) deny: &'static str,
    pub(super) goes_to: &'static str,
    pub(super) sign_in_to_answer: &'static str,
    pub(super) join_title: &'static str,
    pub(super) invited_by: &'static str,
    pub(super) join_lead: &'static str,
    pub(super) member_rights: &'static str,
    pub(super) admin_rights: &'static str,
    pub(super) unchecked: &'static str,
    pub(super) join: &'static str,
    pub(super) decline: &'static str,
    pub(super) joined: &'static str,
    pub(super) joined_lead: &'static str,
    pub(super) declined: &'static str,
    pub(super) declined_lead: &'static str,
    pub(super) no_invitation: &'static str,
    pub(super) no_invitation_lead: &'static str,
    pub(super) no_room_lead: &'static str,
    pub(super) unknown_app: &'static str,
    pub(super) unknown_app_lead: &'static str,
    pub(super) missing: &'static str,
    pub(super) missing_lead: &'static str,
    pub(super) failed: &'static str,
    pub(super) failed_lead: &'static str,
    pub(super) unreadable_lead: &'static str,
    pub(super) sample: &'static str,
    email_trouble: &'static str,
    password_trouble: &'static str,
    guessable_trouble: &'static str,
    mismatch_trouble: &'static str,
    taken_trouble: &'static str,
    wrong_trouble: &'static str,
    wait_trouble: &'static str,
    crowded_trouble: &'static str,
    form_trouble: &'static str,
}

impl Text {
    /// The language a browser asks for; English if it asks for none of ours.
    pub(crate) fn of(headers: &HeaderMap) -> &'static Self {
        let asked =
            headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let mut wishes: Vec<(&str, f32)> = asked.split(',').map(wish).collect();
        wishes.sort_by(|one, other| other.1.total_cmp(&one.1));
        let known = wishes.iter().filter(|(_, weight)| *weight > 0.0).find_map(|(tag, _)| language(tag));
        known.unwrap_or(&ENGLISH)
    }

    /// What went wrong and what to do.
    pub(super) fn trouble(&self, trouble: Trouble) -> String {
        match trouble {
            Trouble::Email => self.email_trouble.to_owned(),
            Trouble::Password => {
                let shortest = self.password_trouble.replace("{n}", &SHORTEST_PASSWORD.to_string());
                shortest.replace("{m}", &LONGEST_PASSWORD.to_string())
            }
            Trouble::Guessable => self.guessable_trouble.to_owned(),
            Trouble::Mismatch => self.mismatch_trouble.to_owned(),
            Trouble::Taken => self.taken_trouble.to_owned(),
            Trouble::Wrong => self.wrong_trouble.to_owned(),
            Trouble::Wait(wait) => self.wait_trouble.replace("{n}", &minutes(wait)),
            Trouble::Crowded(wait) => self.crowded_trouble.replace("{n}", &minutes(wait)),
            Trouble::Form => self.form_trouble.to_owned(),
        }
    }

    /// What a scope lets an app do.
    pub(super) fn scope(&self, scope: &str) -> &'static str {
        if scope == "stream" { self.stream_scope } else { self.read_scope }
    }
}

/// Whole minutes after which a wait is over.
fn minutes(wait: Duration) -> String {
    wait.as_secs().div_ceil(60).max(1).to_string()
}

/// One wish of `Accept-Language` with its weight (RFC 9110 §12.5.4).
fn wish(text: &str) -> (&str, f32) {
    let mut parts = text.split(';').map(str::trim);
    let tag = parts.next().unwrap_or_default();
    let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(1.0, |q| q.parse().unwrap_or(0.0));
    (tag, weight)
}

fn language(tag: &str) -> Option<&'static Text> {
    let primary = tag.split('-').next().unwrap_or_default();
    [&ENGLISH, &ARABIC, &FRENCH].into_iter().find(|text| text.tag.eq_ignore_ascii_case(primary))
}

const ENGLISH: Text = Text {
    tag: "en",
    direction: "ltr",
    sign_in: "Sign in",
    sign_in_to_go_on: "Sign in to connect the app that sent you here.",
    register: "Create an account",
    register_lead: "One account holds your keys at this portal.",
    create_account: "Create account",
    email: "Email",
    name: "Name",
    optional: "optional",
    password: "Password",
    password_hint: "At least {n} characters.",
    repeat_password: "Repeat password",
    no_account: "No account yet?",
    have_account: "Have an account?",
    signed_in_as: "Signed in as",
    sign_out: "Sign out",
    other_account: "Use another account",
    home: "Developer portal",
    home_lead: "This portal issues API keys. Manage them with the Keystow app.",
    home_signed_in: "Your keys are waiting in the Keystow app. You may close this page.",
    allow_title: "Allow {app} to use your account?",
    allow_lead: "{app} will be able to:",
    registered_by: "Registered at this portal by",
    read_scope: "See and manage your API keys, and read their usage",
    stream_scope: "Play and stream on your behalf",
    allow: "Allow",
    deny: "Deny",
    goes_to: "The answer goes to",
    sign_in_to_answer: "Sign in with the address that the invitation was sent to. If it has no account yet, create one.",
    join_title: "Join the team {team}?",
    invited_by: "Invited by",
    join_lead: "In the team you will be able to:",
    member_rights: "See its apps and keys, and rotate keys",
    admin_rights: "Make, change and end its apps and keys, and look after its members",
    unchecked: "The portal has not checked these names. Join only if you know what this is about.",
    join: "Join",
    decline: "Decline",
    joined: "You are in the team {team}",
    joined_lead: "Its apps and keys are in the Keystow app. You may close this page.",
    declined: "You declined",
    declined_lead: "Nothing was changed but this: the invitation is over. You may close this page.",
    no_invitation: "This invitation does not work",
    no_invitation_lead: "It was answered or taken back, its time is over, or it is for another address. Sign in with the address that the mail was sent to, or ask for another invitation.",
    no_room_lead: "The team is full, or you are in as many teams as anybody may be. Nothing was changed.",
    unknown_app: "This sign-in link does not work",
    unknown_app_lead: "The app is not known here, or the address it wants the answer at is not its own. Nothing was sent. Go back to the app and begin again.",
    missing: "There is nothing here",
    missing_lead: "The address may be old or mistyped.",
    failed: "The portal could not do this",
    failed_lead: "Nothing was changed. Try again in a moment.",
    unreadable_lead: "What the browser sent cannot be read here. Nothing was changed. Go back, open the page afresh and fill it in again.",
    sample: "Sample data. Sign in with",
    email_trouble: "That is not an email address. Check it for typing errors.",
    password_trouble: "The password must have {n} to {m} characters.",
    guessable_trouble: "This password is among the first that anybody would try: it is a common one, a pattern, or made of your name, your address or the name of this portal. Take three or four words that do not belong together.",
    mismatch_trouble: "The two passwords differ. Type them again.",
    taken_trouble: "That address has an account already. Sign in instead.",
    wrong_trouble: "Email and password do not belong together. Try again.",
    wait_trouble: "Too many failed tries. Wait {n} min, then try again.",
    crowded_trouble: "Too many accounts were made from your network. Wait {n} min, then try again.",
    form_trouble: "This page was open too long. Try again.",
};

const ARABIC: Text = Text {
    tag: "ar",
    direction: "rtl",
    sign_in: "تسجيل الدخول",
    sign_in_to_go_on: "سجّل الدخول لربط التطبيق الذي أرسلك إلى هنا.",
    register: "إنشاء حساب",
    register_lead: "حساب واحد يضم مفاتيحك في هذه البوابة.",
    create_account: "إنشاء الحساب",
    email: "البريد الإلكتروني",
    name: "الاسم",
    optional: "اختياري",
    password: "كلمة المرور",
    password_hint: "{n} أحرف على الأقل.",
    repeat_password: "أعد كتابة كلمة المرور",
    no_account: "ليس لديك حساب؟",
    have_account: "لديك حساب؟",
    signed_in_as: "الحساب الحالي:",
    sign_out: "تسجيل الخروج",
    other_account: "استخدام حساب آخر",
    home: "بوابة المطورين",
    home_lead: "تصدر هذه البوابة مفاتيح API. تُدار المفاتيح من تطبيق Keystow.",
    home_signed_in: "مفاتيحك في تطبيق Keystow. يمكنك إغلاق هذه الصفحة.",
    allow_title: "هل تسمح لتطبيق {app} باستخدام حسابك؟",
    allow_lead: "سيتمكن {app} من:",
    registered_by: "سُجّل في هذه البوابة من قِبل",
    read_scope: "عرض مفاتيح API وإدارتها وقراءة استخدامها",
    stream_scope: "التشغيل والبث باسمك",
    allow: "سماح",
    deny: "رفض",
    goes_to: "يُرسل الرد إلى",
    sign_in_to_answer: "سجّل الدخول بالعنوان الذي أُرسلت إليه الدعوة. إذا لم يكن له حساب بعد، فأنشئ حساباً.",
    join_title: "هل تنضم إلى الفريق {team}؟",
    invited_by: "الدعوة من",
    join_lead: "ستتمكن في الفريق من:",
    member_rights: "عرض تطبيقات الفريق ومفاتيحه وتدوير المفاتيح",
    admin_rights: "إنشاء تطبيقات الفريق ومفاتيحه وتغييرها وإنهاؤها، ورعاية أعضائه",
    unchecked: "لم تتحقق البوابة من هذه الأسماء. انضم فقط إذا كنت تعرف موضوع الدعوة.",
    join: "انضمام",
    decline: "رفض",
    joined: "أنت الآن في الفريق {team}",
    joined_lead: "تطبيقات الفريق ومفاتيحه في تطبيق Keystow. يمكنك إغلاق هذه الصفحة.",
    declined: "لقد رفضت الدعوة",
    declined_lead: "لم يتغير شيء سوى أن الدعوة انتهت. يمكنك إغلاق هذه الصفحة.",
    no_invitation: "هذه الدعوة لا تعمل",
    no_invitation_lead: "أُجيب عنها أو سُحبت، أو انتهى وقتها، أو أنها لعنوان آخر. سجّل الدخول بالعنوان الذي أُرسلت إليه الرسالة، أو اطلب دعوة أخرى.",
    no_room_lead: "الفريق ممتلئ، أو أنك في أكبر عدد مسموح به من الفرق. لم يتغير شيء.",
    unknown_app: "رابط الدخول هذا لا يعمل",
    unknown_app_lead: "التطبيق غير معروف هنا، أو أن العنوان الذي يطلب الرد عليه ليس عنوانه. لم يُرسل شيء. عُد إلى التطبيق وابدأ من جديد.",
    missing: "لا يوجد شيء هنا",
    missing_lead: "قد يكون العنوان قديماً أو مكتوباً خطأ.",
    failed: "لم تتمكن البوابة من تنفيذ ذلك",
    failed_lead: "لم يتغير شيء. حاول مرة أخرى بعد قليل.",
    unreadable_lead: "لا يمكن قراءة ما أرسله المتصفح. لم يتغير شيء. عُد وافتح الصفحة من جديد واملأها مرة أخرى.",
    sample: "بيانات تجريبية. سجّل الدخول بـ",
    email_trouble: "هذا ليس عنوان بريد إلكتروني. تحقق من كتابته.",
    password_trouble: "يجب أن تتكون كلمة المرور من {n} إلى {m} حرفاً.",
    guessable_trouble: "كلمة المرور هذه من أول ما يجربه أي شخص: فهي شائعة، أو نمط متكرر، أو مأخوذة من اسمك أو عنوانك أو اسم هذه البوابة. اختر ثلاث كلمات أو أربعاً لا صلة بينها.",
    mismatch_trouble: "كلمتا المرور مختلفتان. اكتبهما مرة أخرى.",
    taken_trouble: "لهذا العنوان حساب بالفعل. سجّل الدخول بدلاً من ذلك.",
    wrong_trouble: "البريد الإلكتروني وكلمة المرور غير متطابقين. حاول مرة أخرى.",
    wait_trouble: "محاولات فاشلة كثيرة. انتظر {n} دقيقة ثم حاول مرة أخرى.",
    crowded_trouble: "أُنشئت حسابات كثيرة من شبكتك. انتظر {n} دقيقة ثم حاول مرة أخرى.",
    form_trouble: "بقيت هذه الصفحة مفتوحة طويلاً. حاول مرة أخرى.",
};

const FRENCH: Text = Text {
    tag: "fr",
    direction: "ltr",
    sign_in: "Se connecter",
    sign_in_to_go_on: "Connectez-vous pour relier l’application qui vous envoie.",
    register: "Créer un compte",
    register_lead: "Un seul compte réunit vos clés sur ce portail.",
    create_account: "Créer le compte",
    email: "Adresse e-mail",
    name: "Nom",
    optional: "facultatif",
    password: "Mot de passe",
    password_hint: "Au moins {n} caractères.",
    repeat_password: "Répétez le mot de passe",
    no_account: "Pas encore de compte ?",
    have_account: "Déjà un compte ?",
    signed_in_as: "Connecté en tant que",
    sign_out: "Se déconnecter",
    other_account: "Utiliser un autre compte",
    home: "Portail des développeurs",
    home_lead: "Ce portail délivre des clés d’API. Gérez-les avec l’application Keystow.",
    home_signed_in: "Vos clés vous attendent dans l’application Keystow. Vous pouvez fermer cette page.",
    allow_title: "Autoriser {app} à utiliser votre compte ?",
    allow_lead: "{app} pourra :",
    registered_by: "Enregistrée sur ce portail par",
    read_scope: "Voir et gérer vos clés d’API et lire leur utilisation",
    stream_scope: "Lire et diffuser en votre nom",
    allow: "Autoriser",
    deny: "Refuser",
    goes_to: "La réponse est envoyée à",
    sign_in_to_answer: "Connectez-vous avec l’adresse à laquelle l’invitation a été envoyée. Si elle n’a pas encore de compte, créez-en un.",
    join_title: "Rejoindre l’équipe {team} ?",
    invited_by: "Invitation de",
    join_lead: "Dans l’équipe, vous pourrez :",
    member_rights: "Voir ses applications et ses clés, et renouveler les clés",
    admin_rights: "Créer, modifier et supprimer ses applications et ses clés, et gérer ses membres",
    unchecked: "Le portail n’a pas vérifié ces noms. Ne rejoignez l’équipe que si vous savez de quoi il s’agit.",
    join: "Rejoindre",
    decline: "Refuser",
    joined: "Vous êtes dans l’équipe {team}",
    joined_lead: "Ses applications et ses clés sont dans l’application Keystow. Vous pouvez fermer cette page.",
    declined: "Vous avez refusé",
    declined_lead: "Rien n’a changé, sinon que l’invitation est close. Vous pouvez fermer cette page.",
    no_invitation: "Cette invitation ne fonctionne pas",
    no_invitation_lead: "Elle a reçu une réponse ou a été retirée, son délai est passé, ou elle est destinée à une autre adresse. Connectez-vous avec l’adresse à laquelle le message a été envoyé, ou demandez une autre invitation.",
    no_room_lead: "L’équipe est complète, ou vous êtes déjà dans autant d’équipes que possible. Rien n’a été modifié.",
    unknown_app: "Ce lien de connexion ne fonctionne pas",
    unknown_app_lead: "L’application n’est pas connue ici, ou l’adresse où elle attend la réponse n’est pas la sienne. Rien n’a été envoyé. Retournez dans l’application et recommencez.",
    missing: "Il n’y a rien ici",
    missing_lead: "L’adresse est peut-être ancienne ou mal saisie.",
    failed: "Le portail n’a pas pu le faire",
    failed_lead: "Rien n’a été modifié. Réessayez dans un instant.",
    unreadable_lead: "Ce que le navigateur a envoyé est illisible ici. Rien n’a été modifié. Revenez en arrière, rouvrez la page et remplissez-la de nouveau.",
    sample: "Données d’exemple. Connectez-vous avec",
    email_trouble: "Ce n’est pas une adresse e-mail. Vérifiez la saisie.",
    password_trouble: "Le mot de passe doit comporter de {n} à {m} caractères.",
    guessable_trouble: "Ce mot de passe est parmi les premiers que l’on essaierait : il est courant, c’est un motif, ou il est fait de votre nom, de votre adresse ou du nom de ce portail. Prenez trois ou quatre mots sans rapport entre eux.",
    mismatch_trouble: "Les deux mots de passe diffèrent. Saisissez-les de nouveau.",
    taken_trouble: "Cette adresse a déjà un compte. Connectez-vous plutôt.",
    wrong_trouble: "L’adresse et le mot de passe ne correspondent pas. Réessayez.",
    wait_trouble: "Trop d’essais manqués. Attendez {n} min, puis réessayez.",
    crowded_trouble: "Trop de comptes ont été créés depuis votre réseau. Attendez {n} min, puis réessayez.",
    form_trouble: "Cette page est restée ouverte trop longtemps. Réessayez.",
};

#[cfg(test)]
mod tests {
    use super::*;

    fn of(asked: &str) -> &'static str {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_LANGUAGE, asked.parse().unwrap());
        Text::of(&headers).tag
    }

    #[test]
    fn the_best_language_we_have_is_chosen() {
        assert_eq!(of("fr-CA,en;q=0.5"), "fr");
        assert_eq!(of("de, ar;q=0.9, en;q=0.8"), "ar");
        assert_eq!(of("fr;q=0, en"), "en");
        assert_eq!(of("de"), "en");
    }
}
