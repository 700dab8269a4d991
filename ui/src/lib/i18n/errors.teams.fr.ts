import type { ErrorCatalogue } from "./errors";

const UNCHANGED = "Rien n’a changé ; l’équipe, ses applications et ses clés sont comme avant.";
const NOBODY = "Personne n’a été invité, et aucun courriel n’est parti.";

/** What teams have to tell, in French. */
export const errorsTeamsFr: ErrorCatalogue = {
  team_takes_admin: {
    message: "Dans cette équipe, vous regardez et renouvelez les clés ; le reste revient à ses propriétaires et administrateurs.",
    meaning: "Vous voyez les applications, clés et l’utilisation de l’équipe, copiez ce qui est sur cet appareil et renouvelez ses clés.",
    remedy: "Demandez à un propriétaire ou à un administrateur de l’équipe.",
  },
  team_takes_owner: {
    message: "Seul un propriétaire de l’équipe le peut.",
    meaning: "L’équipe, ses applications et ses clés sont comme avant.",
    remedy: "Demandez à un propriétaire de l’équipe.",
  },
  team_not_below: {
    message: "Un administrateur n’a pas son mot à dire sur les propriétaires et les autres administrateurs.",
    meaning: "L’équipe, ses applications et ses clés sont comme avant.",
    remedy: "Demandez à un propriétaire de l’équipe.",
  },
  team_last_owner: {
    message: "L’équipe serait sans propriétaire.",
    meaning: "Personne ne pourrait plus céder ses applications et ses clés.",
    remedy: "Cédez d’abord l’équipe, ou nommez un autre propriétaire.",
  },
  team_gone: {
    message: "Le portail ne connaît pas cette équipe : elle a été supprimée, ou vous n’en faites plus partie.",
    meaning: "Vous ne verrez plus ses clés. Leurs secrets qui sont sur cet appareil restent dans le coffre.",
    remedy: "Demandez à un propriétaire de l’équipe si vous devriez en faire partie.",
  },
  team_role_forbids: {
    message: "Votre rôle dans l’équipe ne le permet plus.",
    meaning: UNCHANGED,
    remedy: "Votre rôle a été relu, et ce qu’il permet est affiché. Demandez-en un autre à un propriétaire de l’équipe.",
  },
  team_conflict: {
    message: "Le portail détient quelque chose qui contredit ceci ({said}).",
    meaning: UNCHANGED,
    remedy: "L’équipe a été relue. Regardez ce qui est affiché, et décidez de nouveau.",
  },
  team_invalid: {
    message: "Le portail n’a pas accepté ce qui est écrit.",
    meaning: UNCHANGED,
    remedy: "Le champ dit ce qui ne va pas. Changez-le et réessayez.",
  },
  team_name_taken: {
    message: "Il existe déjà une équipe « {team} ».",
    meaning: UNCHANGED,
    remedy: "Donnez-lui un autre nom : les équipes d’un même fondateur en ont de différents.",
  },
  team_owns: {
    message: "L’équipe possède des applications ou des clés : elle ne peut être supprimée ({said}).",
    meaning: "Rien n’a pris fin : ses clés fonctionnent comme avant.",
    remedy: "Supprimez d’abord ses applications ; cela met fin à leurs clés.",
  },
  team_member_gone: {
    message: "Cette personne ne fait plus partie de l’équipe.",
    meaning: UNCHANGED,
    remedy: "L’équipe a été relue. Il ne reste rien à faire, sauf à l’inviter.",
  },
  team_is_member: {
    message: "{email} fait déjà partie de l’équipe.",
    meaning: NOBODY,
    remedy: "Changez son rôle dans la liste des membres s’il lui en faut un autre.",
  },
  team_invited_before: {
    message: "Une invitation de {email} attend une réponse.",
    meaning: "Celle qui attend reste valable ; aucun second courriel n’est parti.",
    remedy: "Retirez-la pour en envoyer une autre, ou une avec un autre rôle.",
  },
  team_too_many_invitations: {
    message: "Le portail n’accepte plus d’invitations aujourd’hui pour cette équipe, de votre part ou vers cette adresse.",
    meaning: NOBODY,
    remedy: "Réessayez demain.",
  },
  team_invitation_over: {
    message: "Cette invitation n’attend plus : on y a répondu, elle a été retirée, ou elle a pris fin.",
    meaning: "Si elle a été acceptée, la personne voit maintenant les applications et clés de l’équipe.",
    remedy: "L’équipe a été relue. Retirez la personne si elle ne devrait pas en faire partie.",
  },
  team_name_differs: {
    message: "Le nom tapé n’est pas celui de l’équipe.",
    meaning: UNCHANGED,
    remedy: "Tapez le nom exactement comme il est affiché.",
  },
  team_unknown: {
    message: "La réponse du portail sur l’équipe « {team} » n’est pas arrivée, et l’équipe n’a pas pu être lue.",
    meaning: "Ce que vous vouliez est peut-être fait. Rien n’est envoyé deux fois tout seul, et aucune clé n’a été touchée.",
    remedy: "Redemandez au portail avant de refaire la même chose.",
  },
  team_not_done: {
    message: "La réponse du portail sur l’équipe « {team} » n’est pas arrivée. L’équipe a été relue, et rien n’a changé.",
    meaning: UNCHANGED,
    remedy: "Recommencez.",
  },
};
