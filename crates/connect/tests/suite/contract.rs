//! What every portal must do, whoever speaks to it. One suite for all of them.

mod admin_claims;
mod app_claims;
mod claims;
mod client_claims;
mod subject;
mod team_claims;

/// Runs every claim against every portal.
macro_rules! suite {
    ($($portal:ident),+ ; $($module:ident: $($claim:ident),+ $(,)?);+ ;) => {
        suite!(@each [$($module [$($claim),+])+] $($portal),+);
    };
    (@each $claims:tt $($portal:ident),+) => {
        $(suite!(@one $portal $claims);)+
    };
    (@one $portal:ident [$($module:ident [$($claim:ident),+])+]) => {
        mod $portal {
            $(
                mod $module {
                    use super::super::{$module, subject};
                    $(
                        #[tokio::test]
                        async fn $claim() {
                            $module::$claim(subject::$portal().await).await;
                        }
                    )+
                }
            )+
        }
    };
}

suite!(
    memory_extended, memory_plain, developer_service_extended, developer_service_plain;
    claims:
    a_new_key_comes_with_its_secret_and_is_listed,
    a_rotation_keeps_the_id_and_changes_the_secret,
    a_repeated_call_gets_the_first_answer_where_the_portal_replays,
    a_name_of_a_call_is_not_used_for_another_call,
    a_revoked_key_is_dead_and_revoking_it_again_is_done,
    a_rename_changes_the_name_alone,
    pages_hold_every_key_once,
    an_unknown_key_is_nothing,
    what_is_out_of_bounds_is_refused_and_nothing_is_made,
    an_old_secret_works_until_its_deadline_and_not_after,
    grace_ends_early_where_the_portal_can,
    a_plain_portal_has_neither_usage_nor_quota;
    app_claims:
    a_portal_without_apps_says_so_and_has_none,
    an_app_comes_back_as_it_was_wished_for,
    what_needs_approval_waits_and_is_decided_once,
    a_refusal_brings_its_reason_and_can_be_asked_again,
    what_was_taken_back_is_told_to_whoever_decides_too_late,
    a_wrong_field_of_an_app_is_named,
    deleting_an_app_revokes_its_keys,
    a_key_of_an_app_has_nothing_its_app_did_not_ask_for;
    client_claims:
    a_portal_without_clients_says_so_and_registers_none,
    a_client_comes_with_its_secret_and_is_listed_with_the_keys,
    registering_again_in_the_same_call_gets_the_same_secret,
    both_secrets_of_a_client_are_taken_until_grace_is_ended,
    a_client_that_signs_is_known_by_each_of_its_keys,
    a_client_is_edited_and_each_wrong_place_is_named,
    a_deleted_client_is_gone,
    the_bill_is_told_where_there_is_one;
    team_claims:
    a_portal_without_teams_says_so_and_has_none,
    a_team_is_founded_renamed_and_deleted_by_its_owner,
    an_invitation_waits_until_it_is_withdrawn_and_is_sent_once,
    whoever_accepts_is_a_member_and_can_be_given_another_role,
    the_last_owner_stays_until_the_team_is_handed_over,
    who_is_an_admin_has_no_say_over_owners,
    the_usage_of_a_team_is_told_to_who_is_in_it,
    an_app_of_a_team_names_it_and_holds_the_team_in_being;
    admin_claims:
    what_is_suspended_by_criteria_is_told_and_resumed,
    nothing_but_what_was_previewed_is_suspended,
    reports_tell_of_apps_and_what_waits;
);
