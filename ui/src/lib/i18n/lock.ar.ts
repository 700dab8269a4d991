import type { Said } from "./catalogue";
import type { lockEn } from "./lock.en";

/** القفل بالعربية. */
export const lockAr: Said<typeof lockEn> = {
  "lock.title": "Keystow مقفل",
  "lock.person": "أنت من قفله.",
  "lock.idle": "لم يكن أحد هنا منذ مدة.",
  "lock.screen": "قُفل سطح المكتب.",
  "lock.sleep": "دخل الحاسوب في السكون.",
  "lock.help": "مفاتيحك مخفية. مُسح من الحافظة ما وضعه Keystow فيها. والمؤقتات مستمرة.",
  "lock.unlock": "افتح القفل",
  "lock.asking": "يُسأل حافظ كلمات السر…",
  "settings.lock": "القفل",
  "settings.lock.idle": "اقفل إذا لم يكن أحد هنا مدة",
  "settings.lock.minutes": { one: "دقيقة واحدة", two: "دقيقتين", few: "{count} دقائق", many: "{count} دقيقة", other: "{count} دقيقة" },
  "settings.lock.never": "لا تقفل أبدًا",
  "settings.lock.idle.desktop": "لا أحد يلمس لوحة المفاتيح أو المؤشر، في أي برنامج كان.",
  "settings.lock.idle.app": "سطح المكتب هذا لا يخبر متى لا يكون أحد هنا، فيُحسب الوقت الذي لا يُستعمل فيه Keystow.",
  "settings.lock.when.both": "ويقفل أيضًا عند قفل سطح المكتب، وقبل سكون الحاسوب الذي ينتظره.",
  "settings.lock.when.screen": "ويقفل أيضًا عند قفل سطح المكتب. هذا النظام لا يخبر قبل السكون، فاقفله بنفسك عندئذ.",
  "settings.lock.when.sleep": "ويقفل أيضًا قبل سكون الحاسوب الذي ينتظره. هذا النظام لا يخبر متى يُقفل سطح المكتب.",
  "settings.lock.when.none": "قفل سطح المكتب والسكون غير مراقبين هنا: اقفل Keystow بنفسك.",
  "settings.lock.hide": "أخفِ المفاتيح ما دام مقفلًا",
  "settings.lock.hide.on": "لا تُظهر النافذة ولا أداة الاختيار ولا علبة النظام أي مفتاح حتى يُفتح القفل.",
  "settings.lock.hide.off": "تبقى الأسماء والحالات ظاهرة، ولا يمكن نسخ شيء.",
  "settings.lock.work": "القفل لا يقطع شيئًا: المفتاح الذي يُنشأ الآن يصل إلى الخزنة أولًا. والعمل على مفاتيح كثيرة يتوقف، ثم يتابع بعد فتح القفل.",
  "picker.hidden": "Keystow مقفل",
  "picker.hiddenHelp": "افتح قفله في نافذته، وعندئذ تجد مفاتيحك هنا من جديد.",
};
