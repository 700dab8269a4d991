import type { ErrorCatalogue } from "./errors";

const AS_BEFORE = "التطبيقات والمفاتيح في البوابة كما كانت.";

/** What administrators have to be told, in Arabic. */
export const errorsAdminAr: ErrorCatalogue = {
  admin_unknown: {
    message: "لم يصل رد البوابة، فلا يُعرف إلى أين وصلت.",
    meaning: "قد يكون جزء منها عُلّق أو استُؤنف. السؤال مرة أخرى لا يفعل شيئًا مرتين.",
    remedy: "اقرأ التعليقات من جديد، وتابع ما لم يبلغ نهايته.",
  },
  admin_gone: {
    message: "لا تعرف البوابة هذا التعليق أو التقرير.",
    meaning: AS_BEFORE,
    remedy: "اقرأ التعليقات من جديد لترى ما هناك.",
  },
  admin_differs: {
    message: "تغيّر شيء منذ نظرت: سيصيب تطبيقات أو مفاتيح أخرى الآن، أو أن أحدًا يتراجع عنه.",
    meaning: AS_BEFORE,
    remedy: "انظر إلى المعاينة أو التعليق من جديد، ثم قرر.",
  },
  admin_invalid: {
    message: "لم تقبل البوابة ما كُتب في بعض الحقول، أو لا يقول أي حقل ما المقصود.",
    meaning: AS_BEFORE,
    remedy: "كل حقل يقول ما الخطأ فيه. سمِّ شيئًا واحدًا على الأقل، ثم انظر من جديد.",
  },
  count_differs: {
    message: "العدد المكتوب ليس عدد ما يصيبه التعليق.",
    meaning: AS_BEFORE,
    remedy: "اكتب العدد كما يظهر تمامًا.",
  },
  no_suspension_reason: {
    message: "يحتاج التعليق إلى سبب من 1 إلى {most} حرف: يُقال للمطورين.",
    meaning: AS_BEFORE,
    remedy: "اكتب لماذا يُعلَّق.",
  },
};
