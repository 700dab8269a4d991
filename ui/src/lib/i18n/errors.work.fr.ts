import type { ErrorCatalogue } from "./errors";

/** What runs over many keys, schedules, reminders and the log have to tell, in French. */
export const errorsWorkFr: ErrorCatalogue = {
  bulk_open: {
    message: "Une série sur plusieurs clés n’est pas terminée.",
    meaning: "Deux séries à la fois pourraient faire tourner une clé deux fois : aucune seconde n’a été prévue.",
    remedy: "Reprenez ou terminez la première.",
  },
  bulk_gone: {
    message: "Cette série n’est plus là.",
    meaning: "Rien n’a changé ; vos clés et vos secrets sont comme avant.",
    remedy: "Prévoyez-en une nouvelle.",
  },
  bulk_unfinished: {
    message: "Cette série a commencé et n’est pas terminée.",
    meaning: "Les clés dont le tour n’est pas venu sont comme avant.",
    remedy: "Terminez-la d’abord.",
  },
  bulk_interrupted: {
    message: "Une série sur plusieurs clés a été interrompue à la fermeture de Keystow.",
    meaning: "Clés qui attendent leur tour : {left}. Ce qui avait commencé est d’abord éclairci, aucune clé ne tourne deux fois.",
    remedy: "Ouvrez la série pour la reprendre ou la terminer.",
  },
  bulk_paused: {
    message: "La série sur plusieurs clés est suspendue : {why}",
    meaning: "Clés qui attendent leur tour, inchangées : {left}.",
    remedy: "Ouvrez la série pour la reprendre ou la terminer.",
  },
  bulk_halted: {
    message: "La série sur plusieurs clés s’est arrêtée à « {key} ».",
    meaning: "Clés qui attendent leur tour, inchangées : {left}.",
    remedy: "Lisez ce qui est dit de cette clé, puis reprenez ou terminez la série.",
  },
  bulk_done: {
    message: "La série sur plusieurs clés est terminée : {done} tournées, {others} non.",
    meaning: "Les nouveaux secrets sont dans le coffre ; les anciens marchent jusqu’à la fin de leur délai.",
    remedy: "Ouvrez la série pour son rapport, et livrez les nouveaux secrets là où ils servent.",
  },
  key_inactive: {
    message: "« {key} » attend une approbation ou est désactivée.",
    meaning: "Le portail ne la ferait pas tourner ; elle est laissée.",
    remedy: "Faites-la tourner quand elle sera active.",
  },
  key_unclear: {
    message: "Le portail dit « {word} » de « {key} », ce que cette version de Keystow ne connaît pas.",
    meaning: "Ce qu’une rotation lui ferait n’est pas connu ; elle est laissée.",
    remedy: "Regardez la clé sur le portail.",
  },
  unfinished_change: {
    message: "On ne sait pas encore comment un changement de « {key} » s’est terminé.",
    meaning: "Sans session, son nouveau secret ne peut pas être demandé et pourrait être perdu.",
    remedy: "Attendez que la ligne dise comment il s’est terminé, ou déconnectez-vous quand même.",
  },
  not_yours: {
    message: "Ceci appartient à {owner}, et {person} est connecté.",
    meaning: "Rien n’a changé ; ce qui a commencé attend le compte à qui il appartient.",
    remedy: "Passez à ce compte, ou connectez-vous avec lui.",
  },
  grace_ending: {
    message: "L’ancien secret de « {key} » cesse de marcher dans {left}.",
    meaning: "Tout ce qui l’utilise encore sera refusé.",
    remedy: "Livrez le nouveau secret là où il manque, et regardez les preuves.",
  },
  grace_may_end: {
    message: "L’ancien secret de « {key} » peut cesser de marcher à tout moment.",
    meaning: "Le portail ne dit pas quand ; après {at} il est refusé à coup sûr.",
    remedy: "Tenez-le pour fini : livrez le nouveau secret partout maintenant.",
  },
  grace_ended: {
    message: "L’ancien secret de « {key} » a pris fin : {at}.",
    meaning: "Seul le nouveau secret est accepté.",
    remedy: "Si quelque chose échoue depuis, donnez-lui le nouveau secret.",
  },
  ended_while_away: {
    message: "L’ancien secret de « {key} » a pris fin pendant que cet ordinateur dormait ou que Keystow était fermé : {at}.",
    meaning: "Seul le nouveau secret est accepté depuis. La liste est relue.",
    remedy: "Si quelque chose a échoué depuis, donnez-lui le nouveau secret.",
  },
  key_expires: {
    message: "« {key} » expire dans {left}.",
    meaning: "Ses secrets seront refusés partout.",
    remedy: "Créez son remplacement, livrez-le, et laissez celle-ci expirer.",
  },
  key_expired: {
    message: "« {key} » a expiré : {at}.",
    meaning: "Ses secrets sont refusés partout.",
    remedy: "Créez une nouvelle clé là où il en faut encore une.",
  },
  rotation_due: {
    message: "La rotation de « {key} » était due : {at}.",
    meaning: "Son secret marche encore ; il est plus vieux que son échéance ne le permet.",
    remedy: "Faites-la tourner, ou reportez.",
  },
  many_due: {
    message: "Clés qui demandent attention, car elles expirent bientôt ou leur rotation est due : {count}.",
    meaning: "Rien n’a cessé de marcher qui n’ait cessé de lui-même.",
    remedy: "Regardez la bande au-dessus de la liste : le plus pressant y vient d’abord.",
  },
  audit_unwritten: {
    message: "Ce qui est fait de vos clés ne peut pas être consigné.",
    meaning: "Clés et secrets n’en sont pas touchés ; le journal a seulement un trou à partir d’ici.",
    remedy: "Vérifiez le disque et les droits du dossier de données de Keystow.",
  },
  audit_altered: {
    message: "Le journal a été modifié : l’entrée {number} ne convient pas ou manque.",
    meaning: "Vos clés et secrets sont comme avant ; le journal n’est plus fiable à partir de cette entrée.",
    remedy: "Cherchez qui a pu écrire dans le dossier de données de Keystow, et gardez-en une copie.",
  },
  bad_days: {
    message: "Une rotation tous les tant de jours demande un nombre de 1 à 3650.",
    meaning: "Rien n’a changé ; vos clés et vos secrets sont comme avant.",
    remedy: "Choisissez un nombre de jours entre les deux.",
  },
  bad_rule: {
    message: "« {rule} » ne peut pas dire pour quelles clés vaut une échéance.",
    meaning: "Rien n’a changé ; vos clés et vos secrets sont comme avant.",
    remedy: "Utilisez des mots et des termes sur les clés mêmes, comme env:prod ou owner:billing, et terminez chacun.",
  },
  empty_rule: {
    message: "La règle n’a pas de recherche et ne couvrirait rien de précis.",
    meaning: "Rien n’a changé ; vos clés et vos secrets sont comme avant.",
    remedy: "Tapez une recherche comme env:prod, ou choisissez une clé.",
  },
  not_saved: {
    message: "Le fichier n’a pas pu être enregistré.",
    meaning: "Vos clés et vos secrets ne sont pas concernés.",
    remedy: "Vérifiez votre dossier de téléchargement et le disque, puis réessayez.",
  },
  bulk_rotating: {
    message: "Un ancien secret de « {key} » est encore accepté.",
    meaning: "Une nouvelle rotation pourrait y mettre fin plus tôt ; elle est laissée.",
    remedy: "Faites-la tourner quand l’ancien secret aura pris fin, ou seule, là où le risque est expliqué.",
  },
  key_dead: {
    message: "Cette clé est expirée ou révoquée.",
    meaning: "Son secret est refusé partout.",
    remedy: "Créez une nouvelle clé.",
  },
  key_gone: {
    message: "Le portail ne connaît pas cette clé : elle a disparu, ou n’est pas à vous.",
    meaning: "Le secret sur cet appareil est gardé jusqu’à ce que vous le supprimiez.",
    remedy: "Relisez la liste pour voir ce qu’il y a.",
  },
  unknown_key: {
    message: "Cette clé n’est plus dans la liste.",
    meaning: "Rien n’a changé ; vos clés et vos secrets sont comme avant.",
    remedy: "Relisez la liste.",
  },
  change_open: {
    message: "Un changement précédent de « {key} » n’est pas terminé.",
    meaning: "Deux changements à la fois pourraient perdre un secret ; le second n’a pas été envoyé.",
    remedy: "Attendez que la ligne dise comment le premier s’est terminé.",
  },
  change_unknown: {
    message: "La réponse du portail n’est pas arrivée : c’est peut-être fait, peut-être pas.",
    meaning: "Aucun secret ne peut être perdu ainsi. La clé est relue dès que le portail répond.",
    remedy: "Regardez la clé ; si rien n’a changé, recommencez.",
  },
  conflict: {
    message: "Le portail tient quelque chose qui contredit ceci.",
    meaning: "Rien n’a changé ; vos clés et vos secrets sont comme avant.",
    remedy: "Relisez la liste pour voir la clé telle qu’elle est, puis décidez.",
  },
  not_offered: {
    message: "Ce portail ne propose pas cela.",
    meaning: "Rien n’a changé ; vos clés et vos secrets sont comme avant.",
    remedy: "Utilisez ce que le portail propose.",
  },
  not_signed_in: {
    message: "Vous êtes déconnecté de ce compte.",
    meaning: "Vos secrets restent dans le coffre et se copient ; la liste est la dernière lue.",
    remedy: "Connectez-vous pour la relire et changer des clés.",
  },
  sign_out_unconfirmed: {
    message: "Vous êtes déconnecté ici, mais le portail ne l’a pas confirmé.",
    meaning: "La session peut rester valable au portail jusqu’à sa propre fin. Les secrets restent dans le coffre.",
    remedy: "Terminez la session au portail si cet ordinateur n’est pas le vôtre.",
  },
  hotkey_taken: {
    message: "Un autre programme a la touche {hotkey} : elle n’ouvre pas le sélecteur.",
    meaning: "Vos clés et vos secrets sont comme avant. La commande `keystow-desktop --pick` ouvre aussi le sélecteur.",
    remedy: "Choisissez une autre touche dans les Réglages, ou libérez celle-ci dans le programme qui l’a.",
  },
  hotkey_unfit: {
    message: "Cette touche ne peut pas ouvrir le sélecteur.",
    meaning: "Celle qui était choisie avant l’ouvre toujours.",
    remedy: "Tenez Ctrl, Alt ou la touche système avec une lettre, un chiffre, Espace ou une touche de fonction.",
  },
};
