import type { ErrorCatalogue } from "./errors";

const closed = "تبقى الخزنة مغلقة؛ لم يتغير فيها شيء.";
const unchanged = "لم يتغير شيء؛ مفاتيحك وأسرارك كما كانت.";

/** ما تقوله عبارة السر، بالعربية. */
export const errorsPassphraseAr: ErrorCatalogue = {
  passphrase_needed: {
    message: "تُفتح الخزنة بعبارة السر.",
    meaning: closed,
    remedy: "افتح القفل.",
  },
  keyring_other: {
    message: "تحمل سلسلة المفاتيح مفتاح خزنة أخرى من خزن Keystow.",
    meaning: "قد تحتاج إليه تلك، فتُرك كما هو. وتبقى هذه الخزنة تحت عبارة السر.",
    remedy: "إن لم يستخدمه Keystow آخر فاحذف المُدخل «Keystow» من إعدادات كلمات المرور في سطح مكتبك، ثم حاول من جديد.",
  },
  vault_memory: {
    message: "لا تكفي الذاكرة للعمل على عبارة السر: يلزم 128 ميبيبايت.",
    meaning: "لم يتغير شيء؛ مفاتيحك وأسرارك كما كانت.",
    remedy: "أغلق برامج أخرى، ثم حاول من جديد.",
  },
  passphrase_wrong: {
    message: "عبارة السر هذه لا تفتح الخزنة.",
    meaning: closed,
    remedy: "أعد المحاولة، وتحقق من قفل الأحرف الكبيرة ومن لغة لوحة المفاتيح. العبارة المنسية لا تُسترجع: عندئذ أنهِ Keystow وانقل «vault.db» من ⁦{folder}⁩ ثم سجّل الدخول ودوّر مفاتيحك.",
  },
  passphrase_pause: {
    message: "كانت عدة عبارات خاطئة، فلا تُجرَّب التالية إلا بعد وقفة.",
    meaning: closed,
    remedy: "انتظر انتهاء الوقت ثم أعد المحاولة.",
  },
  passphrase_dismissed: {
    message: "لم تُعط عبارة سر.",
    meaning: unchanged,
    remedy: "أعد المحاولة متى شئت.",
  },
  passphrase_asked: {
    message: "عبارة السر مطلوبة بالفعل.",
    meaning: unchanged,
    remedy: "ابحث عن السؤال خلف النوافذ الأخرى.",
  },
  passphrase_unasked: {
    message: "تُفتح الخزنة بعبارة سر، ولا أحد هنا يمكن سؤاله.",
    meaning: closed,
    remedy: "افتحها حيث يمكن لأحد أن يكتب: في التطبيق أو في طرفية.",
  },
  passphrase_unfit: {
    message: "لعبارة السر 12 حرفًا على الأقل و1024 بايتًا على الأكثر.",
    meaning: unchanged,
    remedy: "اختر عدة كلمات لا صلة بينها.",
  },
  seal_damaged: {
    message: "مفتاح الخزنة المختوم تالف.",
    meaning: "من دونه لا تفتح أي عبارة الخزنة. الأسرار ما زالت تعمل حيث تُستعمل.",
    remedy: "استعد الملف «vault.db» من مجلد Keystow من نسخة احتياطية، أو دوّر المفاتيح.",
  },
};
