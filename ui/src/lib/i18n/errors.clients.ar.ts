import type { ErrorCatalogue } from "./errors";

/** What OAuth clients and the bill have to tell, in Arabic. */
export const errorsClientsAr: ErrorCatalogue = {
  client_conflict: {
    message: "لدى البوابة ما يناقض هذا ({said}).",
    meaning: "لم يتغير شيء؛ عملاؤك ومفاتيحك كما كانت.",
    remedy: "احذف عميلا لا حاجة إليه إن كثروا، أو اقرأ القائمة من جديد.",
  },
  client_invalid: {
    message: "لم تقبل البوابة ما كُتب في بعض الحقول.",
    meaning: "لم يتغير شيء؛ عملاؤك ومفاتيحك كما كانت.",
    remedy: "كل حقل يقول ما الخطأ فيه. غيّره وحاول ثانية.",
  },
  client_alone: {
    message: "هذا العميل لا يتبع تطبيقًا، فلا يحصل على رمز لنفسه.",
    meaning: "يُدخل الأشخاص كما كان؛ ولم يُرسل سره إلى أي مكان.",
    remedy: "أنشئ عميلا في صفحة تطبيق لتجربه من هنا.",
  },
  client_public: {
    message: "هذا العميل عام: لا سر له.",
    meaning: "لم يُرسل شيء.",
    remedy: "ادخل به عبر المتصفح كما يفعل مستخدموه.",
  },
  bill_absent: {
    message: "لا تذكر البوابة فاتورة لهذا الشهر ({said}).",
    meaning: "لم يتغير شيء. ما يُعدّ يبقى معدودًا.",
    remedy: "اختر شهرًا أحدث: تحفظ البوابة أرقامها مدة محدودة.",
  },
};
