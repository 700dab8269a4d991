import type { Said } from "./catalogue";
import type { clipboardEn } from "./clipboard.en";

/** What the clipboard bar tells of a copy, in French. */
export const clipboardFr: Said<typeof clipboardEn> = {
  "clip.as.dotenv": "en ligne .env",
  "clip.as.export": "en export shell",
  "clip.as.powerShell": "en commande PowerShell",
  "clip.as.curl": "comme en-tête curl",
  "clip.as.bearer": "comme en-tête Bearer",
  "clip.as.json": "en JSON",
  "clip.as.kubernetes": "en Secret Kubernetes",
  "clip.as.compose": "pour Docker Compose",
  "clip.as.terraform": "en variable Terraform",
  "clip.as.curlCall": "en appel curl",
  "clip.as.javaScriptCall": "en appel JavaScript",
  "clip.as.pythonCall": "en appel Python",
  "clip.as.template": "dans votre modèle",
  "clip.once": "Pour un seul collage.",
  "clip.read": { one: "Lu une fois par {program}.", other: "Lu {count} fois par {program}." },
  "clip.readOften": "Lu souvent par {program}.",
  "clip.readBy": "Lu par {programs}.",
  "clip.untold": "Ici, on ne peut pas savoir qui le lit.",
  "clip.manager": "{program}, un gestionnaire de presse-papiers",
  "clip.nameless": "un programme sans nom",
  "clip.warning": "Alerte du presse-papiers",
  "clip.hasty": "{program} a lu le secret {time} après la copie : plus vite que quiconque ne colle.",
  "clip.hastyHelp": "Aucun gestionnaire de presse-papiers de ce nom n’est connu. Si vous ne le connaissez pas non plus, faites tourner la clé et cherchez ce que c’est.",
  "settings.once": "Effacer après le premier collage",
  "settings.onceHelp": "Sous X11, où le presse-papiers dit qui lit. Un gestionnaire de presse-papiers connu ne compte pas ; un inconnu consomme le collage.",
  "unit.millisecond": "{count} ms",
};
