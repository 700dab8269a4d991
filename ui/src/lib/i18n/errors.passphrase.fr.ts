import type { ErrorCatalogue } from "./errors";

const closed = "Le coffre reste fermé ; rien n’y a été changé.";
const unchanged = "Rien n’a changé ; vos clés et vos secrets sont comme avant.";

/** Ce que la phrase secrète a à dire, en français. */
export const errorsPassphraseFr: ErrorCatalogue = {
  passphrase_needed: {
    message: "Le coffre s’ouvre avec votre phrase secrète.",
    meaning: closed,
    remedy: "Déverrouillez-le.",
  },
  keyring_other: {
    message: "Le trousseau contient la clé d’un autre coffre de Keystow.",
    meaning: "Ce coffre peut en avoir besoin, elle n’a donc pas été touchée. Celui-ci reste sous votre phrase secrète.",
    remedy: "Si aucun autre Keystow ne s’en sert, supprimez l’entrée « Keystow » dans les réglages de mots de passe du bureau, puis réessayez.",
  },
  vault_memory: {
    message: "La mémoire ne suffit pas pour traiter une phrase secrète : il faut 128 Mio.",
    meaning: "Rien n’a changé ; vos clés et vos secrets sont comme avant.",
    remedy: "Fermez d’autres programmes, puis réessayez.",
  },
  passphrase_wrong: {
    message: "Cette phrase secrète n’ouvre pas le coffre.",
    meaning: closed,
    remedy: "Réessayez ; vérifiez le verrouillage des majuscules et la langue du clavier. Une phrase oubliée ne peut pas être récupérée : quittez alors Keystow, retirez « vault.db » de {folder}, reconnectez-vous et renouvelez vos clés.",
  },
  passphrase_pause: {
    message: "Plusieurs phrases étaient fausses : la suivante n’est essayée qu’après une pause.",
    meaning: closed,
    remedy: "Attendez la fin de la pause, puis réessayez.",
  },
  passphrase_dismissed: {
    message: "Aucune phrase secrète n’a été donnée.",
    meaning: unchanged,
    remedy: "Réessayez quand vous voulez.",
  },
  passphrase_asked: {
    message: "La phrase secrète est déjà demandée.",
    meaning: unchanged,
    remedy: "Cherchez la question derrière d’autres fenêtres.",
  },
  passphrase_unasked: {
    message: "Le coffre s’ouvre avec une phrase secrète, et il n’y a ici personne à qui la demander.",
    meaning: closed,
    remedy: "Ouvrez-le là où quelqu’un peut taper : dans l’application ou dans un terminal.",
  },
  passphrase_unfit: {
    message: "Une phrase secrète a au moins 12 caractères, et au plus 1024 octets.",
    meaning: unchanged,
    remedy: "Choisissez plusieurs mots sans rapport entre eux.",
  },
  seal_damaged: {
    message: "La clé scellée du coffre est abîmée.",
    meaning: "Sans elle aucune phrase n’ouvre le coffre. Les secrets fonctionnent encore là où ils servent.",
    remedy: "Restaurez le fichier « vault.db » du dossier de Keystow depuis une sauvegarde, ou renouvelez les clés.",
  },
};
