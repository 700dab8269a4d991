import type { ErrorCatalogue } from "./errors";

const AS_BEFORE = "Applications et clés sur le portail sont comme avant.";

/** What administrators have to be told, in French. */
export const errorsAdminFr: ErrorCatalogue = {
  admin_unknown: {
    message: "La réponse du portail n’est pas arrivée ; on ne sait pas jusqu’où il est allé.",
    meaning: "Une partie peut être suspendue ou rétablie qui ne l’était pas. Redemander ne fait rien deux fois.",
    remedy: "Relisez les suspensions, et continuez ce qui n’est pas terminé.",
  },
  admin_gone: {
    message: "Le portail ne connaît pas cette suspension ou ce rapport.",
    meaning: AS_BEFORE,
    remedy: "Relisez les suspensions pour voir ce qui est là.",
  },
  admin_differs: {
    message: "Quelque chose a changé depuis : d’autres applications ou clés seraient touchées, ou quelqu’un l’annule.",
    meaning: AS_BEFORE,
    remedy: "Regardez de nouveau l’aperçu ou la suspension, puis décidez.",
  },
  admin_invalid: {
    message: "Le portail n’a pas accepté ce qui est écrit dans certains champs, ou aucun champ ne dit ce qui est visé.",
    meaning: AS_BEFORE,
    remedy: "Chaque champ dit ce qui ne va pas. Nommez au moins une chose, puis regardez de nouveau.",
  },
  count_differs: {
    message: "Le nombre tapé n’est pas celui de ce qui est touché.",
    meaning: AS_BEFORE,
    remedy: "Tapez exactement le nombre affiché.",
  },
  no_suspension_reason: {
    message: "Une suspension a besoin d’un motif de 1 à {most} caractères : les développeurs l’apprennent.",
    meaning: AS_BEFORE,
    remedy: "Écrivez pourquoi.",
  },
};
