import type { Said } from "./catalogue";
import type { passphraseEn } from "./passphrase.en";

/** Ce qui ouvre le coffre, en français. */
export const passphraseFr: Said<typeof passphraseEn> = {
  "lock.start": "Keystow vient de démarrer. Votre phrase secrète l’ouvre.",
  "lock.unlockPassphrase": "Déverrouiller avec la phrase secrète…",
  "lock.askingPassphrase": "Tapez-la dans le dialogue de Keystow…",
  "rail.vaultAskingPassphrase": "Phrase secrète demandée",
  "settings.opens": "Ce qui ouvre le coffre",
  "settings.opens.keyring": "Le trousseau de ce bureau. Quiconque a ouvert cette session ouvre le coffre sans un mot de plus.",
  "settings.opens.passphrase": "Votre phrase secrète, et elle seule. Les secrets et les connexions sont scellés dans le fichier de Keystow ; le trousseau n’en garde rien. Personne ne peut récupérer une phrase oubliée.",
  "settings.opens.leftover": "Le trousseau a encore la clé du coffre, car il n’a pas permis de l’effacer. Un nouvel essai suit chaque déverrouillage.",
  "settings.opens.asked": "Keystow la demande dans un dialogue à part : ce que vous tapez n’entre jamais dans cette fenêtre.",
  "settings.opens.absent": "Pour l’instant, une phrase secrète ne peut être choisie que sous Linux.",
  "settings.opens.choose": "Utiliser une phrase secrète…",
  "settings.opens.change": "Changer la phrase secrète…",
  "settings.opens.back": "Revenir au trousseau…",
  "settings.opens.changed": "La phrase secrète a été changée. La précédente n’ouvre plus rien.",
  "settings.lock.askHelpPassphrase": "Dans la fenêtre, dans le sélecteur et en ligne de commande, à chaque fois, par la phrase secrète. Seules les clés de l’environnement « production » demandent.",
  "check.keyring.instead": "Utiliser plutôt une phrase secrète…",
};
