import type { ErrorCatalogue } from "./errors";

/** What alerts have to tell, in French. */
export const errorsWatchFr: ErrorCatalogue = {
  alert_quota: {
    message: "« {key} » a utilisé {figure} % de son quota.",
    meaning: "Une fois épuisé, le portail refuse ses appels jusqu’à la remise à zéro.",
    remedy: "Regardez son utilisation pour voir quand ce serait ; demandez un quota plus grand, ou réduisez ses appels.",
  },
  alert_errors: {
    message: "{figure} % des derniers appels de « {key} » ont reçu une erreur.",
    meaning: "La clé elle-même peut être saine : 4xx vient le plus souvent de l’appelant, 5xx du service.",
    remedy: "Regardez son utilisation pour voir laquelle des deux, et depuis quand.",
  },
  alert_throttled: {
    message: "{figure} % des derniers appels de « {key} » ont été refusés car trop nombreux (429).",
    meaning: "Ce qui a été refusé n’a pas eu lieu, sauf si l’appelant a réessayé.",
    remedy: "Faites ralentir l’appelant ou attendre entre deux essais, ou demandez une limite plus haute.",
  },
  alert_silence: {
    message: "« {key} » n’a fait aucun appel depuis {figure} heures.",
    meaning: "Ce qui s’en sert est peut-être à l’arrêt, ou a reçu une autre clé.",
    remedy: "Vérifiez que ce qui s’en sert tourne encore.",
  },
  bad_bound: {
    message: "Une alerte demande un nombre entier entre 1 et {most}.",
    meaning: "L’alerte est restée comme avant.",
    remedy: "Écrivez un tel nombre.",
  },
  many_watched: {
    message: "Des alertes sont déjà posées pour {most} clés.",
    meaning: "Rien n’a changé ; vos clés et vos secrets sont comme avant.",
    remedy: "Retirez celles d’une clé qui n’en a plus besoin, ou surveillez toutes les clés ensemble.",
  },
};
