import type { Said } from "./catalogue";
import type { settingsEn } from "./settings.en";

/** Settings, in Arabic. */
export const settingsAr: Said<typeof settingsEn> = {
  "settings.title": "الإعدادات",
  "settings.look": "المظهر",
  "settings.theme": "السمة",
  "settings.theme.system": "كسطح المكتب",
  "settings.theme.light": "فاتحة",
  "settings.theme.dark": "داكنة",
  "settings.language": "اللغة",
  "settings.language.system": "كسطح المكتب",
  "settings.clipboard": "الحافظة",
  "settings.seconds": "يُمسح السر المنسوخ بعد",
  "settings.secondsUnit": { one: "ثانية واحدة", two: "ثانيتين", few: "{count} ثوانٍ", many: "{count} ثانية", other: "{count} ثانية" },
  "settings.secondsHelp": "بين 10 و120 ثانية. يُمسح قبل ذلك عند القفل والإنهاء، وكذلك إن مات التطبيق.",
  "settings.accounts": "الحسابات",
  "settings.signOut": "سجّل الخروج",
  "settings.signIn": "سجّل الدخول",
  "settings.signOutOf": "سجّل الخروج من {portal}",
  "settings.signOutHelp": "تنتهي الجلسة في البوابة أيضًا. تبقى الأسرار المحفوظة في الخزنة.",
  "settings.about": "حول",
  "settings.version": "الإصدار {version}",
  "settings.builtIn": "البوابة المدمجة",
  "settings.builtInOff": "لا تعمل",
  "settings.keyboard": "اختصارات لوحة المفاتيح",
  "settings.fonts": "الخطوط Inter وJetBrains Mono وIBM Plex Sans Arabic برخصة SIL Open Font، وLucide برخصة ISC.",
};
