import type { Said } from "./catalogue";
import type { settingsEn } from "./settings.en";

/** Settings, in French. */
export const settingsFr: Said<typeof settingsEn> = {
  "settings.title": "Réglages",
  "settings.look": "Apparence",
  "settings.theme": "Thème",
  "settings.theme.system": "Comme le bureau",
  "settings.theme.light": "Clair",
  "settings.theme.dark": "Sombre",
  "settings.language": "Langue",
  "settings.language.system": "Comme le bureau",
  "settings.clipboard": "Presse-papiers",
  "settings.seconds": "Un secret copié est effacé après",
  "settings.secondsUnit": { one: "{count} seconde", other: "{count} secondes" },
  "settings.secondsHelp": "Entre 10 et 120 secondes. Plus tôt au verrouillage et à la fermeture, et aussi si l’application meurt.",
  "settings.accounts": "Comptes",
  "settings.signOut": "Se déconnecter",
  "settings.signIn": "Se connecter",
  "settings.signOutOf": "Se déconnecter de {portal}",
  "settings.signOutHelp": "La session finit aussi sur le portail. Les secrets gardés restent dans le coffre.",
  "settings.about": "À propos",
  "settings.version": "Version {version}",
  "settings.builtIn": "Portail intégré",
  "settings.builtInOff": "à l’arrêt",
  "settings.keyboard": "Raccourcis clavier",
  "settings.fonts": "Inter, JetBrains Mono et IBM Plex Sans Arabic sous licence SIL Open Font, Lucide sous licence ISC.",
};
