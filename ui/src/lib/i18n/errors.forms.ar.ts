import type { ErrorCatalogue } from "./errors";

const notCopied = "لم يُنسخ شيء، وما كان في الحافظة ما زال فيها.";
const unchanged = "لم يتغير شيء؛ مفاتيحك وأسرارك كما كانت.";
const notSet = "السر لدى GitHub كما كان.";

/** What forms of a copy, templates and pushing have to tell, in Arabic. */
export const errorsFormsAr: ErrorCatalogue = {
  bad_variable: {
    message: "لا يمكن تسمية متغيّر بهذا الاسم.",
    meaning: notCopied,
    remedy: "استعمل الحروف من A إلى Z والأرقام والشرطة السفلية، ولا تبدأ برقم.",
  },
  reserved_variable: {
    message: "يحتفظ GitHub لنفسه بالأسماء التي تبدأ بـ GITHUB_.",
    meaning: notSet,
    remedy: "اختر اسمًا آخر للمتغيّر.",
  },
  unfit_header: {
    message: "في هذا السر حرف لا تحمله أي ترويسة.",
    meaning: notCopied,
    remedy: "اختر صيغة أخرى.",
  },
  unfit_shell: {
    message: "في هذا السر حرف يقطعه في هذه الصيغة.",
    meaning: notCopied,
    remedy: "اختر «السر وحده» أو JSON.",
  },
  template_no_secret: {
    message: "ليس في القالب موضع للسر.",
    meaning: unchanged,
    remedy: "اكتب {{secret}} حيث يجب أن يكون.",
  },
  template_unknown: {
    message: "في القالب موضع «{place}» لا يعرفه Keystow.",
    meaning: unchanged,
    remedy: "المواضع هي {{secret}} و{{secret:shell}} و{{secret:json}} و{{secret:base64}} و{{secret:url}} و{{name}}.",
  },
  template_open: {
    message: "في القالب موضع مفتوح لم يُغلق.",
    meaning: unchanged,
    remedy: "أغلقه بـ }}.",
  },
  template_name: {
    message: "لا يمكن تسمية القالب بهذا الاسم.",
    meaning: unchanged,
    remedy: "سمّه بحرف واحد إلى 60 حرفًا، كلها ظاهرة.",
  },
  template_long: {
    message: "القالب أطول مما ينبغي.",
    meaning: unchanged,
    remedy: "أبقه دون 4000 حرف.",
  },
  too_many_templates: {
    message: "بلغ عدد القوالب أقصى ما يحفظه Keystow.",
    meaning: unchanged,
    remedy: "أزل قالبًا لم يعد مستعملا.",
  },
  no_template: {
    message: "لم يعد هذا القالب هنا.",
    meaning: notCopied,
    remedy: "اختر صيغة أخرى.",
  },
  bad_repository: {
    message: "ليس هذا مستودعًا في GitHub.",
    meaning: notSet,
    remedy: "اكتبه على شكل OWNER/REPO.",
  },
  gh_missing: {
    message: "برنامج GitHub ‏«gh» ليس على هذا الحاسوب.",
    meaning: notSet,
    remedy: "ثبّته من cli.github.com وسجّل الدخول بـ «gh auth login» ثم أعد المحاولة.",
  },
  gh_signed_out: {
    message: "لا أحد مسجّل الدخول في برنامج GitHub ‏«gh».",
    meaning: notSet,
    remedy: "شغّل «gh auth login» في الطرفية ثم أعد المحاولة.",
  },
  gh_refused: {
    message: "لا يعرف GitHub المستودع «{repository}»، أو لا يسمح لك بتعيين أسراره.",
    meaning: notSet,
    remedy: "تحقق من اسم المستودع ومن المسجّل دخوله بـ «gh auth status».",
  },
  gh_failed: {
    message: "فشل برنامج GitHub ‏«gh».",
    meaning: notSet,
    remedy: "جرّب «gh secret list» في الطرفية لترى ما يقول، ثم أعد المحاولة.",
  },
  gh_silent: {
    message: "لم ينتهِ برنامج GitHub ‏«gh» في الوقت المتاح.",
    meaning: "قد يكون السر لدى GitHub هو الجديد أو السابق.",
    remedy: "تحقق من الشبكة ثم عيّنه مرة أخرى.",
  },
};
