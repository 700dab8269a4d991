import type { ErrorCatalogue } from "./errors";
import { errorsAppFr } from "./errors.app.fr";
import { errorsAdminFr } from "./errors.admin.fr";
import { errorsAppsFr } from "./errors.apps.fr";
import { errorsClientsFr } from "./errors.clients.fr";
import { errorsFormsFr } from "./errors.forms.fr";
import { errorsPassphraseFr } from "./errors.passphrase.fr";
import { errorsRotationFr } from "./errors.rotation.fr";
import { errorsTeamsFr } from "./errors.teams.fr";
import { errorsWatchFr } from "./errors.watch.fr";
import { errorsWorkFr } from "./errors.work.fr";

/** What the app has to tell of failures, in French. */
export const errorsFr: ErrorCatalogue = {
  ...errorsAppFr,
  ...errorsAdminFr,
  ...errorsAppsFr,
  ...errorsClientsFr,
  ...errorsRotationFr,
  ...errorsPassphraseFr,
  ...errorsFormsFr,
  ...errorsTeamsFr,
  ...errorsWatchFr,
  ...errorsWorkFr,
  no_answer: {
    message: "L’application n’a pas répondu à temps.",
    meaning: "Rien n’est perdu : la demande est sur disque et se règle quand la réponse arrive.",
    remedy: "Regardez la liste dans un instant. Si rien n’a changé, réessayez.",
  },
  internal: {
    message: "Quelque chose a échoué dans Keystow.",
    meaning: "Vos clés sur le portail et les secrets du coffre sont comme avant.",
    remedy: "Réessayez. Si cela persiste, redémarrez Keystow.",
  },
  portal_not_found: {
    message: "Le nom du portail est introuvable sur le réseau.",
    meaning: "Rien n’a changé ; vos clés et vos secrets sont comme avant.",
    remedy: "Vérifiez le réseau et l’adresse du portail, puis réessayez.",
  },
  portal_unreachable: {
    message: "Le portail ne répond pas.",
    meaning: "Vous voyez la dernière liste connue. La copie et les minuteries marchent ; les changements attendent le portail.",
    remedy: "Vérifiez le réseau, puis réessayez.",
  },
  portal_not_trusted: {
    message: "La connexion au portail n’a pas pu être sécurisée.",
    meaning: "Rien n’a été envoyé, donc rien n’a pu être lu.",
    remedy: "Vérifiez le certificat du portail et la date de cet ordinateur, puis réessayez.",
  },
  portal_slow: {
    message: "Le portail a mis trop de temps à répondre.",
    meaning: "Rien n’a changé ; vos clés et vos secrets sont comme avant.",
    remedy: "Réessayez dans un instant.",
  },
  portal_failed: {
    message: "Le portail a échoué avec le statut {status}.",
    meaning: "Rien n’a changé ; vos clés et vos secrets sont comme avant.",
    remedy: "Réessayez dans un instant ; si cela persiste, prévenez qui gère le portail.",
  },
  portal_intercepted: {
    message: "Autre chose a répondu à la place du portail : une page au lieu de données.",
    meaning: "Rien n’en a été utilisé ; vos clés sont comme avant.",
    remedy: "Connectez-vous au réseau où vous êtes, ou vérifiez l’adresse du portail, puis réessayez.",
  },
  portal_garbage: {
    message: "La réponse du portail n’avait pas de sens.",
    meaning: "Rien n’en a été utilisé ; vos clés sont comme avant.",
    remedy: "Réessayez ; si cela persiste, prévenez qui gère le portail.",
  },
  forbidden: {
    message: "Le portail dit que ce compte n’a pas ce droit.",
    meaning: "Rien n’a changé ; vos clés et vos secrets sont comme avant.",
    remedy: "Passez au compte qui possède la clé, ou demandez à son propriétaire.",
  },
  throttled: {
    message: "Le portail demande de ralentir : trop d’appels.",
    meaning: "Rien n’a changé ; vos clés et vos secrets sont comme avant.",
    remedy: "Attendez l’heure qu’il indique ; ensuite la même chose sera possible.",
  },
  signed_out: {
    message: "Le portail a mis fin à cette session.",
    meaning: "Vos secrets restent dans le coffre et peuvent être copiés ; les changements demandent une nouvelle connexion.",
    remedy: "Reconnectez-vous.",
  },
  outcome_unknown: {
    message: "La réponse du portail au sujet de « {key} » n’est pas arrivée.",
    meaning: "On cherche si le portail a fait le changement ; rien n’est envoyé deux fois entre-temps.",
    remedy: "Attendez : la ligne dit comment cela a fini. Les secrets en service marchent jusque-là.",
  },
  rotation_lost: {
    message: "Le portail a fait tourner « {key} », mais sa réponse n’est jamais arrivée ici.",
    meaning: "Personne n’a le nouveau secret. Les serveurs avec l’ancien marchent jusqu’à la fin du délai.",
    remedy: "Refaites tourner la clé avant, et déployez ce secret-là.",
  },
  creation_lost: {
    message: "Le portail a créé « {key} », mais sa réponse n’est jamais arrivée ici.",
    meaning: "La clé existe et personne n’a son secret. Aucune autre clé n’est touchée.",
    remedy: "Faites-la tourner pour avoir un secret, ou révoquez-la.",
  },
  not_done: {
    message: "Le changement de « {key} » n’a pas eu lieu.",
    meaning: "Son secret est celui d’avant.",
    remedy: "Recommencez quand vous voulez.",
  },
  recovered: {
    message: "Le nouveau secret de « {key} » a été retrouvé après une interruption.",
    meaning: "Il est dans le coffre, et rien n’a été fait deux fois.",
    remedy: "Copiez-le quand vous en avez besoin.",
  },
  vault_locked: {
    message: "Le coffre est verrouillé.",
    meaning: "Aucun secret ne peut être copié ni reçu avant le déverrouillage ; aucun n’est perdu.",
    remedy: "Déverrouillez-le.",
  },
  keyring_absent: {
    message: "Aucun trousseau ne tourne sur ce bureau.",
    meaning: "Sans lui aucun secret ne peut être gardé sûrement ; rien de neuf n’est demandé au portail.",
    remedy: "Lancez-en un qui offre le Secret Service, comme GNOME Keyring, KWallet ou KeePassXC, puis réessayez.",
  },
  keyring_locked: {
    message: "Le trousseau est verrouillé et n’a pas pu demander son mot de passe.",
    meaning: "Sans lui aucun secret ne peut être gardé sûrement ; rien de neuf n’est demandé au portail.",
    remedy: "Déverrouillez-le dans les réglages du bureau, puis réessayez.",
  },
  keyring_dismissed: {
    message: "La demande de mot de passe du trousseau a été fermée.",
    meaning: "Sans lui aucun secret ne peut être gardé sûrement ; rien de neuf n’est demandé au portail.",
    remedy: "Réessayez et saisissez le mot de passe du trousseau.",
  },
  disk_full: {
    message: "Le disque est plein.",
    meaning: "Un secret n’aurait pas pu être gardé ; rien n’a été envoyé au portail.",
    remedy: "Libérez de la place, puis réessayez.",
  },
  already_here: {
    message: "Le secret de « {key} » est déjà sur cet appareil.",
    meaning: "Rien n’a été pris.",
    remedy: "Copiez-le avec son bouton quand vous en avez besoin.",
  },
  given_unreadable: {
    message: "Il n’a pas pu être lu.",
    meaning: "Rien n’a été pris.",
    remedy: "Vérifiez le fichier et ses droits, puis réessayez.",
  },
  given_too_long: {
    message: "Il dépasse 64 Kio.",
    meaning: "Rien n’a été pris.",
    remedy: "Donnez seulement la ligne du secret, puis réessayez.",
  },
  given_nothing: {
    message: "Il ne contient aucun texte.",
    meaning: "Rien n’a été pris.",
    remedy: "Donnez le secret, puis réessayez.",
  },
  given_unshown: {
    message: "Ce portail montre trop peu du secret pour le distinguer d’un autre texte.",
    meaning: "Rien n’a été pris.",
    remedy: "Faites tourner la clé dans l’application pour obtenir ici un nouveau secret.",
  },
  given_no_variable: {
    message: "Aucune ligne n’y définit cette variable.",
    meaning: "Rien n’a été pris.",
    remedy: "Vérifiez le nom de la variable.",
  },
  given_unlike: {
    message: "Rien n’y ressemble au secret de cette clé.",
    meaning: "Rien n’a été pris.",
    remedy: "Comparez-le avec ce que la liste montre du secret. C’est peut-être celui d’une autre clé, ou d’avant une rotation.",
  },
  given_several: {
    message: "Plusieurs textes différents y ressemblent au secret de cette clé.",
    meaning: "Rien n’a été pris.",
    remedy: "Donnez le secret seul, puis réessayez.",
  },
  given_several_variables: {
    message: "Plusieurs variables y ressemblent au secret de cette clé.",
    meaning: "Rien n’a été pris.",
    remedy: "Nommez-en une avec --var : {names}.",
  },
  list_unread: {
    message: "La liste des clés n’a pas pu être lue en entier.",
    meaning: "Rien n’a été envoyé. Ce portail ne dit pas quand les clés ont été créées : si sa réponse se perdait, la nouvelle clé ne pourrait être distinguée d’une ancienne du même nom.",
    remedy: "Lisez le reste de la liste, puis réessayez.",
  },
  paste_unshown: {
    message: "Ce portail montre trop peu du secret pour le distinguer d’un autre texte.",
    meaning: "Rien n’a été pris, et le presse-papiers n’a pas été lu.",
    remedy: "Faites tourner la clé pour obtenir un nouveau secret ici.",
  },
  paste_nothing: {
    message: "Il n’y a pas de texte dans le presse-papiers.",
    meaning: "Rien n’a été pris ; le presse-papiers est comme avant.",
    remedy: "Copiez le secret là où vous l’avez, puis importez-le ici.",
  },
  paste_unlike: {
    message: "Rien dans le presse-papiers ne ressemble au secret de cette clé.",
    meaning: "Rien n’a été pris ; le presse-papiers est comme avant.",
    remedy: "Comparez-le avec ce que la liste montre du secret. Il est peut-être d’une autre clé, ou d’avant une rotation.",
  },
  paste_several: {
    message: "Plusieurs textes différents du presse-papiers ressemblent au secret de cette clé.",
    meaning: "Rien n’a été pris ; le presse-papiers est comme avant.",
    remedy: "Copiez le secret seul, puis importez-le ici.",
  },
  paste_failed: {
    message: "Le presse-papiers n’a pas pu être lu.",
    meaning: "Rien n’a été pris ; le presse-papiers est comme avant.",
    remedy: "Vérifiez que cette session a un presse-papiers (X11, ou Wayland avec data control), puis réessayez.",
  },
  import_refused: {
    message: "Le portail refuse ce secret, bien qu’il ressemble à celui de cette clé.",
    meaning: "Rien n’a été pris.",
    remedy: "Vérifiez s’il a été renouvelé ou révoqué depuis, et copiez le plus récent.",
  },
  no_secret: {
    message: "Le secret de cette clé n’est pas sur cet appareil.",
    meaning: "Un portail donne un secret une fois, et celui-ci a été donné ailleurs. Il y marche toujours.",
    remedy: "Copiez-le là où vous l’avez et importez-le ici, ou faites tourner la clé pour en obtenir un nouveau.",
  },
  clipboard_failed: {
    message: "Le secret n’a pas pu être mis dans le presse-papiers.",
    meaning: "Rien n’a été copié, et ce qui s’y trouvait y est encore.",
    remedy: "Vérifiez que cette session a un presse-papiers, puis réessayez.",
  },
  clipboard_unverified: {
    message: "On n’a pas pu vérifier que le presse-papiers est vide.",
    meaning: "Le secret y est peut-être encore, lisible par d’autres programmes.",
    remedy: "Copiez autre chose, ou essayez de l’effacer encore.",
  },
  denied: {
    message: "La demande a été refusée dans le navigateur.",
    meaning: "Rien n’a été gardé, et personne n’est connecté.",
    remedy: "Recommencez et choisissez Autoriser, ou demandez à qui peut approuver.",
  },
  sign_in_expired: {
    message: "Personne n’a répondu dans le navigateur pendant cinq minutes.",
    meaning: "Rien n’a été gardé, et personne n’est connecté.",
    remedy: "Recommencez.",
  },
};
