import type { Said } from "./catalogue";
import type { lockEn } from "./lock.en";

/** Le verrou, en français. */
export const lockFr: Said<typeof lockEn> = {
  "lock.title": "Keystow est verrouillé",
  "lock.person": "Vous l’avez verrouillé.",
  "lock.idle": "Personne n’était là depuis un moment.",
  "lock.screen": "Le bureau a été verrouillé.",
  "lock.sleep": "L’ordinateur s’est mis en veille.",
  "lock.help": "Vos clés sont cachées. Le presse-papiers a été vidé de ce que Keystow y avait mis. Les minuteries continuent.",
  "lock.unlock": "Déverrouiller",
  "lock.asking": "Le trousseau est interrogé…",
  "settings.lock": "Verrou",
  "settings.lock.idle": "Verrouiller si personne n’est là pendant",
  "settings.lock.minutes": { one: "{count} minute", other: "{count} minutes" },
  "settings.lock.never": "Jamais",
  "settings.lock.idle.desktop": "Personne ne touche au clavier ni au pointeur, dans quelque programme que ce soit.",
  "settings.lock.idle.app": "Ce bureau ne dit pas quand personne n’est là : c’est le temps sans utiliser Keystow qui compte.",
  "settings.lock.when.both": "Il se verrouille aussi quand le bureau est verrouillé, et avant la mise en veille, qui l’attend.",
  "settings.lock.when.screen": "Il se verrouille aussi quand le bureau est verrouillé. Ce système ne prévient pas avant la veille : verrouillez-le alors vous-même.",
  "settings.lock.when.sleep": "Il se verrouille aussi avant la mise en veille, qui l’attend. Ce système ne dit pas quand le bureau est verrouillé.",
  "settings.lock.when.none": "Ni le verrouillage du bureau ni la veille ne sont surveillés ici : verrouillez Keystow vous-même.",
  "settings.lock.hide": "Cacher les clés tant qu’il est verrouillé",
  "settings.lock.hide.on": "La fenêtre, le sélecteur et la zone de notification ne montrent aucune clé avant le déverrouillage.",
  "settings.lock.hide.off": "Les noms et les états restent visibles. Rien ne peut être copié.",
  "settings.lock.work": "Le verrou n’interrompt rien : une clé en cours de création arrive d’abord dans le coffre. Une série sur plusieurs clés se repose et reprend après le déverrouillage.",
  "picker.hidden": "Keystow est verrouillé",
  "picker.hiddenHelp": "Déverrouillez-le dans sa fenêtre. Vos clés se trouvent alors de nouveau ici.",
};
