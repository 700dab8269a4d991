import type { ErrorCatalogue } from "./errors";

/** What OAuth clients and the bill have to tell, in French. */
export const errorsClientsFr: ErrorCatalogue = {
  client_conflict: {
    message: "Le portail détient quelque chose qui contredit ceci ({said}).",
    meaning: "Rien n’a changé ; vos clients et vos clés sont comme avant.",
    remedy: "Supprimez un client inutile s’il y en a trop, ou relisez la liste.",
  },
  client_invalid: {
    message: "Le portail n’a pas accepté ce qui est écrit dans certains champs.",
    meaning: "Rien n’a changé ; vos clients et vos clés sont comme avant.",
    remedy: "Chaque champ dit ce qui ne va pas. Changez-le et réessayez.",
  },
  client_alone: {
    message: "Ce client n’appartient à aucune application ; il ne peut obtenir de jeton pour lui-même.",
    meaning: "Il peut connecter des personnes comme avant ; son secret n’a été envoyé nulle part.",
    remedy: "Créez un client sur la page d’une application pour l’essayer d’ici.",
  },
  client_public: {
    message: "Ce client est public : il n’a pas de secret.",
    meaning: "Rien n’a été envoyé.",
    remedy: "Connectez-vous avec lui par le navigateur, comme le font ses utilisateurs.",
  },
  bill_absent: {
    message: "Le portail ne dit aucune facture pour ce mois ({said}).",
    meaning: "Rien n’a changé. Ce qui est compté continue de l’être.",
    remedy: "Choisissez un mois plus récent : un portail ne garde ses chiffres qu’un temps.",
  },
};
