import type { ErrorCatalogue } from "./errors";

/** What alerts have to tell, in Arabic. */
export const errorsWatchAr: ErrorCatalogue = {
  alert_quota: {
    message: "استهلك «{key}» ‏{figure} % من حصته.",
    meaning: "حين تنفد ترفض البوابة طلباته حتى تبدأ الحصة من جديد.",
    remedy: "انظر استخدامه لترى متى يكون ذلك؛ واطلب حصة أكبر أو قلل طلباته.",
  },
  alert_errors: {
    message: "أُجيب عن {figure} % من آخر طلبات «{key}» بخطأ.",
    meaning: "قد يكون المفتاح نفسه سليمًا: 4xx غالبًا من الطالب، و5xx من الخدمة.",
    remedy: "انظر استخدامه لترى أيهما هو، ومنذ متى.",
  },
  alert_throttled: {
    message: "رُفض {figure} % من آخر طلبات «{key}» لكثرتها (429).",
    meaning: "ما رُفض لم يحدث، إلا إن حاول الطالب من جديد.",
    remedy: "أبطئ الطالب أو اجعله ينتظر بين المحاولات، أو اطلب حدًا أعلى.",
  },
  alert_silence: {
    message: "لم يرسل «{key}» أي طلب منذ {figure} ساعة.",
    meaning: "ربما توقف ما يستخدمه، أو أُعطي مفتاحًا آخر.",
    remedy: "انظر هل ما زال ما يستخدمه يعمل.",
  },
  bad_bound: {
    message: "يحتاج التنبيه إلى عدد صحيح بين 1 و{most}.",
    meaning: "بقي التنبيه كما كان.",
    remedy: "اكتب عددًا كهذا.",
  },
  many_watched: {
    message: "وُضعت التنبيهات لـ {most} مفتاحًا من قبل.",
    meaning: "لم يتغير شيء؛ مفاتيحك وأسرارك كما كانت.",
    remedy: "أزل تنبيهات مفتاح لم يعد يحتاجها، أو راقب كل المفاتيح معًا.",
  },
};
