import type { Said } from "./catalogue";
import type { clipboardEn } from "./clipboard.en";

/** What the clipboard bar tells of a copy, in Arabic. */
export const clipboardAr: Said<typeof clipboardEn> = {
  "clip.as.dotenv": "سطرَ ‎.env",
  "clip.as.export": "أمرَ export",
  "clip.as.powerShell": "أمرَ PowerShell",
  "clip.as.curl": "ترويسةَ curl",
  "clip.as.bearer": "ترويسةَ Bearer",
  "clip.as.json": "بصيغة JSON",
  "clip.as.kubernetes": "بصيغة Kubernetes Secret",
  "clip.as.compose": "لأجل Docker Compose",
  "clip.as.terraform": "متغيرَ Terraform",
  "clip.as.curlCall": "استدعاءَ curl",
  "clip.as.javaScriptCall": "استدعاءَ JavaScript",
  "clip.as.pythonCall": "استدعاءَ Python",
  "clip.as.template": "في قالبك",
  "clip.once": "للصق مرة واحدة.",
  "clip.read": { zero: "لم يقرأه {program}.", one: "قرأه {program} مرة واحدة.", two: "قرأه {program} مرتين.", few: "قرأه {program} {count} مرات.", many: "قرأه {program} {count} مرة.", other: "قرأه {program} {count} مرة." },
  "clip.readOften": "قرأه {program} مرات كثيرة.",
  "clip.readBy": "قرأته البرامج: {programs}.",
  "clip.untold": "لا يمكن هنا معرفة من يقرؤه.",
  "clip.manager": "{program} (مدير حافظة)",
  "clip.nameless": "برنامج بلا اسم",
  "clip.warning": "تنبيه الحافظة",
  "clip.hasty": "قرأ {program} السر بعد {time} من نسخه: أسرع مما يلصق أي إنسان.",
  "clip.hastyHelp": "لا يُعرف مدير حافظة بهذا الاسم. إن كنت لا تعرفه أيضًا فدوّر المفتاح وابحث عن ماهيته.",
  "settings.once": "المسح بعد أول لصق",
  "settings.onceHelp": "على X11، حيث تخبر الحافظة بمن يقرأ. لا يُحسب مدير حافظة معروف، أما غير المعروف فيستهلك اللصق.",
  "unit.millisecond": "{count} م.ث",
};
