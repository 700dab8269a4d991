import type { ErrorCatalogue } from "./errors";

const notCopied = "Rien n’a été copié, et ce qui se trouvait dans le presse-papiers y est encore.";
const unchanged = "Rien n’a changé ; vos clés et vos secrets sont comme avant.";
const notSet = "Le secret chez GitHub est celui d’avant.";

/** What forms of a copy, templates and pushing have to tell, in French. */
export const errorsFormsFr: ErrorCatalogue = {
  bad_variable: {
    message: "Une variable ne peut pas s’appeler ainsi.",
    meaning: notCopied,
    remedy: "Utilisez des lettres de A à Z, des chiffres et des tirets bas, sans chiffre au début.",
  },
  reserved_variable: {
    message: "GitHub se réserve les noms qui commencent par GITHUB_.",
    meaning: notSet,
    remedy: "Choisissez un autre nom de variable.",
  },
  unfit_header: {
    message: "Ce secret contient un caractère qu’aucun en-tête ne peut porter.",
    meaning: notCopied,
    remedy: "Choisissez une autre forme.",
  },
  unfit_shell: {
    message: "Ce secret contient un caractère qui le couperait dans cette forme.",
    meaning: notCopied,
    remedy: "Choisissez « Secret seul » ou JSON.",
  },
  template_no_secret: {
    message: "Le modèle n’a pas de place pour le secret.",
    meaning: unchanged,
    remedy: "Écrivez {{secret}} là où il doit être.",
  },
  template_unknown: {
    message: "Le modèle a une place « {place} » que Keystow ne connaît pas.",
    meaning: unchanged,
    remedy: "Les places sont {{secret}}, {{secret:shell}}, {{secret:json}}, {{secret:base64}}, {{secret:url}} et {{name}}.",
  },
  template_open: {
    message: "Une place du modèle est ouverte et n’est pas fermée.",
    meaning: unchanged,
    remedy: "Fermez-la avec }}.",
  },
  template_name: {
    message: "Le modèle ne peut pas s’appeler ainsi.",
    meaning: unchanged,
    remedy: "Nommez-le en 1 à 60 caractères, tous visibles.",
  },
  template_long: {
    message: "Le modèle est trop long.",
    meaning: unchanged,
    remedy: "Gardez-le sous 4000 caractères.",
  },
  too_many_templates: {
    message: "Il y a autant de modèles que Keystow en garde.",
    meaning: unchanged,
    remedy: "Retirez-en un qui ne sert plus.",
  },
  no_template: {
    message: "Ce modèle n’est plus là.",
    meaning: notCopied,
    remedy: "Choisissez une autre forme.",
  },
  bad_repository: {
    message: "Ce n’est pas un dépôt de GitHub.",
    meaning: notSet,
    remedy: "Écrivez-le OWNER/REPO.",
  },
  gh_missing: {
    message: "Le programme « gh » de GitHub n’est pas sur cet ordinateur.",
    meaning: notSet,
    remedy: "Installez-le depuis cli.github.com, connectez-vous avec « gh auth login », puis réessayez.",
  },
  gh_signed_out: {
    message: "Le programme « gh » de GitHub n’est pas connecté.",
    meaning: notSet,
    remedy: "Lancez « gh auth login » dans un terminal, puis réessayez.",
  },
  gh_refused: {
    message: "GitHub ne connaît pas « {repository} », ou ne vous laisse pas définir ses secrets.",
    meaning: notSet,
    remedy: "Vérifiez le nom du dépôt et qui est connecté avec « gh auth status ».",
  },
  gh_failed: {
    message: "Le programme « gh » de GitHub a échoué.",
    meaning: notSet,
    remedy: "Essayez « gh secret list » dans un terminal pour voir ce qu’il dit, puis réessayez.",
  },
  gh_silent: {
    message: "Le programme « gh » de GitHub n’a pas fini à temps.",
    meaning: "Le secret chez GitHub peut être le nouveau ou celui d’avant.",
    remedy: "Vérifiez le réseau, puis définissez-le de nouveau.",
  },
};
