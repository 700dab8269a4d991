import type { Said } from "./catalogue";
import type { passphraseEn } from "./passphrase.en";

/** ما يفتح الخزنة، بالعربية. */
export const passphraseAr: Said<typeof passphraseEn> = {
  "lock.start": "بدأ Keystow الآن. عبارة السر تفتحه.",
  "lock.unlockPassphrase": "افتح القفل بعبارة السر…",
  "lock.askingPassphrase": "اكتبها في نافذة السؤال الخاصة بـ Keystow…",
  "rail.vaultAskingPassphrase": "تُطلب عبارة السر",
  "settings.opens": "ما يفتح الخزنة",
  "settings.opens.keyring": "حافظ كلمات السر في سطح المكتب هذا. من دخل هنا يفتح الخزنة بلا كلمة أخرى.",
  "settings.opens.passphrase": "عبارة السر وحدها. الأسرار وجلسات الدخول مختومة في ملف Keystow نفسه، ولا شيء منها في حافظ كلمات السر. لا أحد يستطيع استرجاع عبارة منسية.",
  "settings.opens.leftover": "ما زال مفتاح الخزنة في حافظ كلمات السر أيضًا لأنه لم يسمح بحذفه. تُعاد المحاولة عند كل فتح.",
  "settings.opens.asked": "يسأل Keystow في نافذة خاصة به، فلا يدخل ما تكتبه إلى هذه النافذة أبدًا.",
  "settings.opens.absent": "لا يمكن اختيار عبارة سر إلا على Linux حتى الآن.",
  "settings.opens.choose": "استعمل عبارة سر…",
  "settings.opens.change": "غيّر عبارة السر…",
  "settings.opens.back": "ارجع إلى حافظ كلمات السر…",
  "settings.opens.changed": "غُيّرت عبارة السر. العبارة السابقة لم تعد تفتح شيئًا.",
  "settings.lock.askHelpPassphrase": "في النافذة وفي أداة الاختيار وفي سطر الأوامر، كل مرة، بعبارة السر. لا تسأل إلا مفاتيح بيئة «الإنتاج».",
  "check.keyring.instead": "استعمل عبارة سر بدلا منه…",
};
