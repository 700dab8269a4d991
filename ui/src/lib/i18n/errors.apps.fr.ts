import type { ErrorCatalogue } from "./errors";

const UNCHANGED = "Rien n’a changé ; vos applications et vos clés sont comme avant.";

/** What apps and approval have to tell, in French. */
export const errorsAppsFr: ErrorCatalogue = {
  decided_before: {
    message: "Ceci n’attend plus de décision ({said}).",
    meaning: "Votre décision n’a pas été prise en compte ; ce qui a été tranché d’abord reste.",
    remedy: "Regardez la liste, qui a été relue.",
  },
  app_gone: {
    message: "Le portail ne connaît pas cette application : elle a été supprimée, ou n’est pas à vous.",
    meaning: "Les clés d’une application supprimée sont révoquées ; les autres sont comme avant.",
    remedy: "Relisez la liste des applications pour voir ce qui est là.",
  },
  app_conflict: {
    message: "Le portail détient quelque chose qui contredit ceci ({said}).",
    meaning: UNCHANGED,
    remedy: "Changez ce qu’il nomme, comme le nom, et réessayez.",
  },
  app_invalid: {
    message: "Le portail n’a pas accepté ce qui est écrit dans certains champs.",
    meaning: UNCHANGED,
    remedy: "Chaque champ dit ce qui ne va pas. Changez-le et réessayez.",
  },
  only_looks: {
    message: "Votre rôle sur ce portail est en lecture seule.",
    meaning: "Vous voyez clés, applications et utilisation ; copier ce qui est sur cet appareil fonctionne comme avant.",
    remedy: "Demandez un autre rôle à un administrateur du portail.",
  },
  role_forbids: {
    message: "Votre rôle sur ce portail ne permet pas cela.",
    meaning: UNCHANGED,
    remedy: "Votre rôle a été relu. Demandez-en un autre à un administrateur du portail s’il le faut.",
  },
  app_unknown: {
    message: "La réponse du portail sur l’application « {app} » n’est pas arrivée, et la liste des applications n’a pas pu être lue.",
    meaning: "L’application existe peut-être comme vous la vouliez. Rien n’est envoyé deux fois tout seul, et aucune clé n’a été touchée.",
    remedy: "Relisez la liste des applications avant de refaire la même chose.",
  },
  app_not_done: {
    message: "La réponse du portail sur l’application « {app} » n’est pas arrivée. Elle a été relue, et rien n’a changé.",
    meaning: UNCHANGED,
    remedy: "Recommencez.",
  },
  deletion_unknown: {
    message: "La réponse du portail n’est pas arrivée : « {app} » est peut-être supprimée, ou non.",
    meaning: "Si elle l’est, toutes ses clés sont désormais refusées. Elles sont relues dès que le portail répond.",
    remedy: "Relisez la liste des applications. Si elle y est encore, supprimez-la de nouveau.",
  },
  decision_unknown: {
    message: "La réponse du portail n’est pas arrivée : on ne sait pas si votre décision a été prise en compte.",
    meaning: "Une décision se prend une fois : la refaire ne peut changer celle qui est prise.",
    remedy: "Relisez la liste. Ce qui y attend encore peut être tranché de nouveau.",
  },
  app_name_differs: {
    message: "Le nom tapé n’est pas celui de l’application.",
    meaning: UNCHANGED,
    remedy: "Tapez le nom exactement comme il est affiché.",
  },
  no_reason: {
    message: "Un refus demande un motif de 1 à {most} caractères : le développeur l’apprend.",
    meaning: "Rien n’a été tranché ; cela attend encore.",
    remedy: "Écrivez pourquoi c’est refusé.",
  },
  subscription_approved: {
    message: "« {product} » a été approuvé pour l’application « {app} ».",
    meaning: "Les clés de l’application sont désormais acceptées pour cela.",
    remedy: "Créez une clé pour l’application si elle n’en a pas, et copiez son secret.",
  },
  subscription_rejected: {
    message: "« {product} » a été refusé pour l’application « {app} » ({reason}).",
    meaning: "Les clés de l’application ne sont pas acceptées pour ce qui est refusé ; ce qui a été approuvé avant reste en vigueur.",
    remedy: "Changez ce que l’application demande, ou redemandez en disant mieux à quoi cela sert.",
  },
  many_decided: {
    message: "{count} des abonnements demandés par vos applications ont été tranchés.",
    meaning: "Les clés de vos applications sont acceptées pour ce qui est approuvé.",
    remedy: "Regardez vos applications pour voir lesquels.",
  },
};
