import type { ErrorCatalogue } from "./errors";

const unchanged = "Rien n’a changé ; vos clés et vos secrets sont comme avant.";
const nobody = "Rien n’a été conservé et personne n’est connecté.";
const restart = "Keystow réessaie de lui-même.";
const builtIn = "Les clés du portail intégré ne peuvent être ni lues ni changées ; leurs secrets peuvent être copiés.";
const noKeyring = "Sans lui, aucun secret ne peut être gardé en sûreté : rien de nouveau n’est demandé au portail.";

/** What the app itself, its disk, its vault and its sign-ins have to tell, in French. */
export const errorsAppFr: ErrorCatalogue = {
  already_running: {
    message: "Un autre Keystow utilise le même dossier de données.",
    meaning: "À deux, un secret pourrait se perdre : celui-ci s’arrête.",
    remedy: "Utilisez celui qui tourne, ou fermez-le d’abord.",
  },
  folder_unusable: {
    message: "Le dossier de données de Keystow est inutilisable.",
    meaning: "Rien n’a été lu ni changé.",
    remedy: "Vérifiez les droits et le disque du dossier, puis relancez Keystow.",
  },
  bad_address: {
    message: "Ce n’est pas l’adresse d’un portail.",
    meaning: "Rien n’a été envoyé.",
    remedy: "Saisissez une adresse qui commence par https:// (http:// seulement sur cet ordinateur : 127.0.0.1 ou [::1]).",
  },
  bad_input: { message: "« {what} » est inutilisable.", meaning: unchanged, remedy: "Changez-le et réessayez." },
  invalid: { message: "Le portail a refusé la demande ({said}).", meaning: unchanged, remedy: "Changez ce qu’il indique et réessayez." },
  presence_wanted: {
    message: "« {key} » est une clé de production, et personne n’a confirmé que son secret est voulu.",
    meaning: "Son secret n’a été donné à rien.",
    remedy: "Copiez-le de nouveau et confirmez, dans la fenêtre ou dans le sélecteur. Une commande demande dans son terminal.",
  },
  no_account: { message: "Aucun compte n’est choisi.", meaning: unchanged, remedy: "Choisissez un compte, ou connectez-vous." },
  no_log: {
    message: "Il n’y a pas de journal dans ce dossier de données.",
    meaning: "Keystow n’a encore rien noté ici, ou le dossier n’est pas le bon.",
    remedy: "Vérifiez le dossier.",
  },
  clock_off: {
    message: "L’horloge de cet ordinateur s’écarte de celle du portail d’environ {minutes} minutes.",
    meaning: "Les minuteries suivent l’horloge du portail et restent justes ; les dates affichées ici peuvent tromper.",
    remedy: "Réglez l’horloge de cet ordinateur.",
  },
  built_in_down: { message: "Le portail intégré ne tourne pas encore.", meaning: builtIn, remedy: "Attendez un instant et réessayez." },
  "built_in_down.folder": {
    message: "Le portail intégré ne tourne pas : son dossier de données est inutilisable.",
    meaning: builtIn,
    remedy: `Vérifiez les droits et le disque du dossier « portal » dans le dossier de données de Keystow. ${restart}`,
  },
  "built_in_down.running": {
    message: "Le portail intégré ne tourne pas : un autre programme utilise son dossier de données.",
    meaning: builtIn,
    remedy: `Fermez l’autre Keystow ou keystow-portal. ${restart}`,
  },
  "built_in_down.address": {
    message: "Le portail intégré ne tourne pas : cet ordinateur ne lui a donné aucun port.",
    meaning: builtIn,
    remedy: `Vérifiez si un pare-feu ou un autre programme l’empêche d’utiliser 127.0.0.1. ${restart}`,
  },
  "built_in_down.disk": { message: "Le portail intégré ne tourne pas : le disque est plein.", meaning: builtIn, remedy: `Libérez de la place. ${restart}` },
  "built_in_down.newer": {
    message: "Le portail intégré ne tourne pas : ses données viennent d’une version plus récente de Keystow.",
    meaning: builtIn,
    remedy: `Lancez la version plus récente. ${restart}`,
  },
  "built_in_down.incomplete": {
    message: "Le portail intégré ne tourne pas : il manque un fichier sans lequel sa base est inutilisable.",
    meaning: builtIn,
    remedy: `Remettez le fichier « pepper » dans le dossier « portal » des données de Keystow, depuis une sauvegarde. ${restart}`,
  },
  "built_in_down.database": {
    message: "Le portail intégré ne tourne pas : sa base de données a échoué.",
    meaning: builtIn,
    remedy: `Vérifiez le disque du dossier de données de Keystow ; son journal en dit plus. ${restart}`,
  },
  built_in_moved: {
    message: "Un autre programme utilise le port du portail intégré, qui en a donc pris un nouveau.",
    meaning: "Vos clés et sessions continuent. Les programmes qui appellent le portail intégré ont besoin de sa nouvelle adresse.",
    remedy: "La nouvelle adresse est dans les Réglages.",
  },
  built_in_set_aside: {
    message: "La base du portail intégré était endommagée et a été mise de côté sous « {file} ».",
    meaning: "Le portail repart vide : ses comptes et ses clés n’y sont plus. Les secrets du coffre sont intacts.",
    remedy: "Inscrivez-vous de nouveau au portail intégré, ou restaurez le fichier depuis une sauvegarde.",
  },
  database_failed: {
    message: "La base locale n’a pas pu être utilisée.",
    meaning: "Elle ne contient aucun secret ; le coffre est un autre fichier, intact.",
    remedy: "Vérifiez les droits et le disque du dossier de données de Keystow, puis relancez-le.",
  },
  database_newer: {
    message: "La base locale vient d’une version plus récente de Keystow.",
    meaning: "Elle reste intacte. Elle ne contient aucun secret.",
    remedy: "Lancez la version plus récente.",
  },
  database_set_aside: {
    message: "La base locale était endommagée et a été mise de côté sous « {file} ».",
    meaning: "Aucun secret n’y était. La liste est relue au portail et les réglages reviennent à leurs valeurs d’origine. Aucun changement inachevé n’a pu y être lu.",
    remedy: "Regardez les clés qui étaient en cours de création ou de rotation. Supprimez le fichier quand il ne sert plus.",
  },
  database_set_aside_open: {
    message: "La base locale était endommagée et a été mise de côté sous « {file} ». Changements inachevés trouvés : {count}.",
    meaning: "Aucun secret n’y était. On demande au portail ce que ces changements sont devenus, et c’est dit ici. La liste est relue ; les réglages reviennent à leurs valeurs d’origine.",
    remedy: "Attendez qu’il soit dit comment ils ont fini. Supprimez le fichier quand il ne sert plus.",
  },
  vault_damaged: {
    message: "Un enregistrement du coffre est endommagé.",
    meaning: "Ce secret ne peut pas être lu ici ; il marche toujours là où il sert. Les autres sont intacts.",
    remedy: "Faites tourner la clé pour obtenir un nouveau secret.",
  },
  vault_failed: { message: "Le coffre n’a pas pu être utilisé.", meaning: unchanged, remedy: "Réessayez ; si cela persiste, relancez Keystow." },
  vault_key_lost: {
    message: "La clé qui ouvre le coffre n’est pas dans le trousseau de ce bureau.",
    meaning: "Sans elle, les secrets du coffre ne peuvent pas être lus. Ils marchent toujours là où ils servent.",
    remedy: "Restaurez le trousseau depuis une sauvegarde, ou déplacez le coffre et faites tourner les clés.",
  },
  vault_newer: {
    message: "Le coffre vient d’une version plus récente de Keystow.",
    meaning: "Il reste intact, pour que rien n’y soit abîmé.",
    remedy: "Lancez la version plus récente.",
  },
  vault_read_only: {
    message: "Le dossier du coffre ne peut pas être écrit.",
    meaning: "Les secrets peuvent être copiés, mais aucun ne peut être reçu en sûreté : rien de nouveau n’a été demandé.",
    remedy: "Vérifiez les droits et le disque du dossier de données de Keystow.",
  },
  vault_set_aside: {
    message: "Le fichier du coffre était endommagé et a été mis de côté sous « {file} ».",
    meaning: "Ce qui pouvait en être lu a été repris. Une clé qui a perdu son secret dit « Aucun secret ici ».",
    remedy: "Faites tourner les clés qui le disent.",
  },
  secret_unstowed: {
    message: "Le secret de « {key} » est arrivé mais n’a pas pu être écrit dans le coffre.",
    meaning: "Il est gardé en mémoire et écrit dès que le coffre l’accepte. Ne fermez pas Keystow.",
    remedy: "Libérez de la place ou rendez le dossier de données accessible en écriture.",
  },
  secrets_deleted: {
    message: "Les secrets des clés finies depuis plus de 30 jours ont été effacés de cet appareil. Clés : {count}.",
    meaning: "Plus rien n’accepte ces secrets ; les clés restent dans la liste telles que le portail les donne.",
    remedy: "Rien à faire. Le journal dit de quelles clés il s’agit.",
  },
  key_alive: {
    message: "« {key} » n’est ni expirée ni révoquée.",
    meaning: "Son secret peut encore servir : il n’a pas été effacé de cet appareil.",
    remedy: "Révoquez d’abord la clé si plus rien ne l’utilise.",
  },
  keyring_damaged: {
    message: "L’entrée du trousseau pour Keystow est endommagée, ou il y en a plusieurs.",
    meaning: "Le coffre reste fermé ; rien n’y a changé.",
    remedy: "Cherchez « Keystow » dans les réglages des mots de passe du bureau et restaurez la bonne entrée.",
  },
  keyring_empty: {
    message: "Le trousseau n’a encore aucun endroit où garder des choses.",
    meaning: noKeyring,
    remedy: "Créez un trousseau par défaut dans les réglages des mots de passe du bureau, puis réessayez.",
  },
  keyring_failed: { message: "Le trousseau a échoué.", meaning: noKeyring, remedy: "Réessayez ; si cela persiste, relancez le trousseau ou la session." },
  keyring_silent: {
    message: "Le trousseau n’a pas répondu à temps.",
    meaning: noKeyring,
    remedy: "Cherchez une demande de mot de passe derrière les autres fenêtres, puis réessayez.",
  },
  clipboard_returned: {
    message: "Le presse-papiers a été effacé, et {program} y a remis le secret.",
    meaning: "Il garde ce qui est copié, bien que le secret soit marqué comme à laisser, et l’a peut-être sur le disque.",
    remedy: "Supprimez-le de l’historique de {program} et faites-lui laisser les mots de passe ; puis effacez encore.",
  },
  clipboard_lost: {
    message: "Le programme qui gardait le presse-papiers s’est arrêté avant l’heure.",
    meaning: "Le secret n’est plus proposé aux autres programmes.",
    remedy: "Copiez-le de nouveau si vous en avez encore besoin.",
  },
  name_differs: { message: "Le nom saisi n’est pas celui de la clé.", meaning: unchanged, remedy: "Tapez le nom exactement comme il est affiché." },
  two_keys: { message: "Une clé prend ici la place d’une autre.", meaning: unchanged, remedy: "Révoquez-la séparément, et choisissez laquelle des deux s’éteint." },
  name_empty: { message: "La clé n’a pas de nom.", meaning: unchanged, remedy: "Donnez-lui un nom de 1 à 100 caractères." },
  name_long: { message: "Le nom dépasse 100 caractères.", meaning: unchanged, remedy: "Raccourcissez-le à 100 caractères au plus." },
  no_scope: { message: "La clé n’a aucun droit.", meaning: unchanged, remedy: "Choisissez au moins une chose qu’elle peut faire." },
  rows_skipped: {
    message: "{count} clés de la liste du portail n’ont pas pu être lues et ne sont pas affichées.",
    meaning: "Elles existent au portail comme avant.",
    remedy: "Prévenez qui tient le portail.",
  },
  portal_foreign_endpoint: {
    message: "Le portail renvoie vers des adresses de connexion qui ne sont pas les siennes.",
    meaning: "Se connecter pourrait livrer votre session à autrui : rien n’a été envoyé.",
    remedy: "Prévenez qui tient le portail.",
  },
  portal_no_pkce: {
    message: "Le portail ne protège pas les connexions avec S256.",
    meaning: "Une connexion volée pourrait servir à d’autres : aucune n’a commencé.",
    remedy: "Demandez à qui tient le portail de proposer PKCE avec S256.",
  },
  portal_other_issuer: {
    message: "Le portail à cette adresse dit en être un autre.",
    meaning: "Se connecter pourrait livrer votre session à autrui : rien n’a été envoyé.",
    remedy: "Vérifiez l’adresse auprès de qui tient le portail ; elle doit être écrite exactement comme on vous la donne.",
  },
  session_unknown: {
    message: "Le portail n’a pas répondu quand la session devait être renouvelée.",
    meaning: "Pour autant que l’on sache, vous êtes encore connecté ; les secrets peuvent être copiés entre-temps.",
    remedy: "Vérifiez le réseau, puis réessayez.",
  },
  no_listener: {
    message: "Cet ordinateur n’a donné aucun port où attendre le navigateur.",
    meaning: "Rien n’a été envoyé et personne n’est connecté.",
    remedy: "Vérifiez si un pare-feu empêche les programmes d’utiliser 127.0.0.1, puis recommencez.",
  },
  sign_in_cancelled: { message: "La connexion a été annulée.", meaning: "Rien n’a été conservé.", remedy: "Recommencez quand vous voulez." },
  sign_in_lost: {
    message: "Le portail n’a pas répondu à la fin de la connexion.",
    meaning: "Une connexion ne sert qu’une fois et n’est pas renvoyée. Personne n’est connecté ; vos secrets sont intacts.",
    remedy: "Recommencez.",
  },
  sign_in_refused: { message: "Le portail n’a pas accepté la connexion.", meaning: nobody, remedy: "Recommencez ; si cela persiste, prévenez qui tient le portail." },
  wrong_callback: {
    message: "Ce n’est pas l’adresse de cette connexion.",
    meaning: "Elle n’a pas été utilisée ; la connexion attend toujours.",
    remedy: "Copiez l’adresse entière du navigateur, qui commence par http://127.0.0.1.",
  },
  wrong_issuer: {
    message: "La réponse du navigateur venait d’un autre portail.",
    meaning: "Elle n’a pas été utilisée : ce pouvait être une tentative de confondre deux portails.",
    remedy: "Recommencez. Si cela arrive deux fois, prévenez qui tient le portail.",
  },
};
