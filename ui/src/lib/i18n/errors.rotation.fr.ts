import type { ErrorCatalogue } from "./errors";

/** What a rotation, its places and its evidence have to tell, in French. A fact after the dot chooses a variant. */
export const errorsRotationFr: ErrorCatalogue = {
  clock_unknown: {
    message: "L’horloge du portail n’est pas encore connue.",
    meaning: "Sans elle, le temps qui reste à l’ancien secret pourrait être faux.",
    remedy: "Attendez la réponse du portail, puis rouvrez ceci.",
  },
  grace_running: {
    message: "Un ancien secret de « {key} » est encore accepté.",
    meaning: "Le portail ne dit pas ce qu’une nouvelle rotation en fait : il peut être refusé aussitôt.",
    remedy: "Apportez d’abord le secret le plus récent partout, ou confirmez que vous voulez refaire tourner la clé.",
  },
  "grace_running.keepsAll": {
    message: "Un ancien secret de « {key} » est encore accepté.",
    meaning: "Ce portail laisse vivre chaque ancien secret jusqu’à sa fin : une nouvelle rotation n’en coupe aucun.",
    remedy: "Apportez d’abord le secret le plus récent partout, ou confirmez que vous voulez refaire tourner la clé.",
  },
  "grace_running.dropsOld": {
    message: "Un ancien secret de « {key} » est encore accepté.",
    meaning: "Ce portail coupe aussitôt le plus ancien : les serveurs qui s’en servent seraient refusés.",
    remedy: "Apportez d’abord le secret le plus récent partout, ou confirmez que vous voulez refaire tourner la clé.",
  },
  successor_exists: {
    message: "Une seconde clé existe déjà à côté de « {key} ».",
    meaning: "Rien n’a été envoyé. Les deux clés marchent, et le nouveau secret est sur cet appareil.",
    remedy: "Apportez le nouveau secret partout, puis révoquez l’ancienne clé et terminez cette rotation.",
  },
  successor_dead: {
    message: "La nouvelle clé à côté de « {key} » a expiré ou est révoquée.",
    meaning: "Rien n’a été envoyé : révoquer l’ancienne ne laisserait aucun secret qui marche.",
    remedy: "Abandonnez cette rotation et commencez-en une autre, ou révoquez la clé depuis son menu.",
  },
  successor_lost: {
    message: "Le portail a créé une seconde clé à côté de « {key} », mais sa réponse n’est jamais arrivée ici.",
    meaning: "Personne n’a le secret de la seconde clé. L’ancienne marche comme avant ; aucun délai ne court.",
    remedy: "Révoquez la seconde clé d’après son nom et l’heure de sa création, puis refaites tourner.",
  },
  grace_too_short: {
    message: "L’ancien secret finirait avant la tâche la plus longue qui s’en sert.",
    meaning: "Rien n’a été envoyé. Une tâche commencée serait refusée en cours de route.",
    remedy: "Choisissez un délai plus long, ou une seconde clé à côté, qui ne finit pas toute seule.",
  },
  rotated_elsewhere: {
    message: "« {key} » a été mise en rotation ailleurs depuis la dernière lecture.",
    meaning: "Rien n’a été envoyé. Quelqu’un est peut-être en pleine rotation, et une seconde pourrait couper un secret qu’il livre.",
    remedy: "Demandez qui l’a fait. Si vous voulez quand même la faire tourner, recommencez : c’est connu maintenant.",
  },
  "rotated_elsewhere.at": {
    message: "« {key} » a été mise en rotation ailleurs : {at}.",
    meaning: "Rien n’a été envoyé. Quelqu’un est peut-être en pleine rotation, et une seconde pourrait couper un secret qu’il livre.",
    remedy: "Demandez qui l’a fait. Si vous voulez quand même la faire tourner, recommencez : c’est connu maintenant.",
  },
  also_rotated: {
    message: "« {key} » a été mise en rotation ailleurs au même moment.",
    meaning: "Le secret sur cet appareil est le plus récent du portail ; l’autre peut finir avec son délai.",
    remedy: "Demandez qui d’autre l’a fait, et apportez le secret le plus récent partout.",
  },
  old_still_accepted: {
    message: "L’ancien secret de « {key} » est encore accepté.",
    meaning: "La rotation reste ouverte, pour que la ligne continue d’en parler.",
    remedy: "Attendez sa fin, ou mettez-y fin vous-même quand plus rien ne s’en sert, puis terminez.",
  },
  no_rotation: {
    message: "Aucun nouveau secret n’a été émis : il n’y a rien à terminer.",
    meaning: "Rien n’a changé ; vos clés et vos secrets sont comme avant.",
    remedy: "Faites d’abord tourner la clé.",
  },
  rotation_begun: {
    message: "La rotation de « {key} » a commencé et ne peut pas être abandonnée.",
    meaning: "Un nouveau secret a été demandé au portail ; ce qui s’y est passé n’est pas oublié.",
    remedy: "Menez-la jusqu’au bout, puis terminez-la.",
  },
  "rotation_lost.until": {
    message: "Le portail a fait tourner « {key} », mais sa réponse n’est jamais arrivée ici.",
    meaning: "Personne n’a le nouveau secret. Les serveurs avec l’ancien marchent jusque vers {until}.",
    remedy: "Refaites tourner la clé avant, et déployez ce secret-là.",
  },
  course_open: {
    message: "Une rotation de « {key} » est déjà ouverte.",
    meaning: "Rien n’a changé ; vos clés et vos secrets sont comme avant.",
    remedy: "Ouvrez-la et menez-la jusqu’au bout.",
  },
  straggler: {
    message: "L’ancien secret de « {key} » sert encore.",
    meaning: "Sa fin est proche, et ce qui s’en sert s’arrêtera alors.",
    remedy: "Trouvez ce qui s’en sert encore et apportez-y le nouveau secret.",
  },
  bad_label: {
    message: "L’endroit ne peut pas s’appeler ainsi.",
    meaning: "Rien n’a changé ; vos clés et vos secrets sont comme avant.",
    remedy: "Décrivez-le en 1 à 200 caractères, tous visibles.",
  },
  looks_secret: {
    message: "Ce texte contient ce qui ressemble à un secret.",
    meaning: "Il n’a pas été gardé : seul le coffre peut garder un secret.",
    remedy: "Décrivez l’endroit sans le secret. Si vous l’avez collé ailleurs par erreur, faites tourner la clé.",
  },
  too_many_places: {
    message: "Cette clé a autant d’endroits que Keystow en garde.",
    meaning: "Rien n’a changé ; vos clés et vos secrets sont comme avant.",
    remedy: "Retirez un endroit qui ne sert plus.",
  },
  no_course: {
    message: "Aucune rotation de cette clé n’est ouverte.",
    meaning: "Rien n’a changé ; vos clés et vos secrets sont comme avant.",
    remedy: "Commencez une rotation ; ses endroits pourront alors être cochés.",
  },
  not_rotated: {
    message: "Cette clé n’a pas encore de nouveau secret.",
    meaning: "Rien n’a changé ; vos clés et vos secrets sont comme avant.",
    remedy: "Faites d’abord tourner la clé ; ensuite apportez le nouveau secret à ses endroits.",
  },
  bad_probe_address: {
    message: "Un secret ne peut pas être envoyé à cette adresse.",
    meaning: "Rien n’a été envoyé et rien n’a changé.",
    remedy: "Prenez une adresse en https, ou en http avec le numéro de cet ordinateur (127.0.0.1).",
  },
  bad_probe_header: {
    message: "Cet en-tête ne peut pas porter un secret.",
    meaning: "Rien n’a été envoyé et rien n’a changé.",
    remedy: "Prenez le nom de l’en-tête que le service lit, comme Authorization ou x-api-key.",
  },
  bad_probe_before: {
    message: "Ce texte ne peut pas précéder un secret.",
    meaning: "Rien n’a été envoyé et rien n’a changé.",
    remedy: "Prenez au plus 64 caractères simples, comme « Bearer » et son espace.",
  },
  bad_quiet: {
    message: "Le silence ne peut pas durer cela.",
    meaning: "Rien n’a changé ; vos clés et vos secrets sont comme avant.",
    remedy: "Choisissez entre une minute et sept jours.",
  },
  no_probe: {
    message: "Personne n’a dit où essayer le secret de cette clé, et ce portail n’a pas de vérification à lui.",
    meaning: "Rien n’a été envoyé ; le secret est comme avant.",
    remedy: "Donnez une adresse qui répond 2xx à un bon secret et 401 ou 403 à un mauvais.",
  },
  probe_says_nothing: {
    message: "Le secret a été essayé, et la réponse est le statut {status}.",
    meaning: "Seul 2xx dit qu’un secret est accepté, et seul 401 ou 403 qu’il est refusé : rien n’est prouvé.",
    remedy: "Réessayez dans un instant, ou prenez une adresse qui distingue les bons secrets des mauvais.",
  },
  probe_unanswered: {
    message: "L’adresse où essayer le secret n’a pas répondu.",
    meaning: "Rien n’est prouvé ; le secret est comme avant.",
    remedy: "Vérifiez l’adresse et le réseau, puis réessayez.",
  },
  no_old_secret: {
    message: "Aucun ancien secret de cette clé n’est sur cet appareil.",
    meaning: "Ce qui n’est pas ici ne peut pas être cherché : un portail donne un secret une seule fois.",
    remedy: "Cherchez vous-même ses premiers caractères, ou cochez les endroits à la main.",
  },
  sweep_running: {
    message: "Une recherche est déjà en cours.",
    meaning: "Elle continue ; elle ne fait que lire.",
    remedy: "Attendez sa fin, ou arrêtez-la d’abord.",
  },
  nothing_to_sweep: {
    message: "Rien n’est choisi à chercher.",
    meaning: "Rien n’a changé ; vos clés et vos secrets sont comme avant.",
    remedy: "Choisissez un dossier, vos fichiers de réglages ou les historiques.",
  },
  no_folder: {
    message: "Le dossier « {folder} » ne peut pas être fouillé.",
    meaning: "Rien n’a été lu.",
    remedy: "Vérifiez son nom et vos droits, ou laissez-le de côté.",
  },
  sweep_many: {
    message: "La recherche s’est arrêtée après {lines} lignes avec l’ancien secret.",
    meaning: "Il peut y en avoir d’autres dans des fichiers qui n’ont pas été lus.",
    remedy: "Remplacez ce qui est trouvé, puis cherchez encore.",
  },
  sweep_failed: {
    message: "La recherche n’a pas pu commencer.",
    meaning: "Rien n’a été lu.",
    remedy: "Fermez d’autres programmes, puis réessayez.",
  },
};
