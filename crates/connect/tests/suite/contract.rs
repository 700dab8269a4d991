//! What every portal must do, whoever speaks to it. One suite for all of them.

mod claims;
mod subject;

/// Runs every claim against every portal.
macro_rules! suite {
    ($($portal:ident),+ ; $($claim:ident),+ $(,)?) => {
        suite!(@each [$($claim),+] $($portal),+);
    };
    (@each $claims:tt $($portal:ident),+) => {
        $(suite!(@one $portal $claims);)+
    };
    (@one $portal:ident [$($claim:ident),+]) => {
        mod $portal {
            use super::{claims, subject};
            $(
                #[tokio::test]
                async fn $claim() {
                    claims::$claim(subject::$portal().await).await;
                }
            )+
        }
    };
}

suite!(
    memory_extended, memory_plain, developer_service_extended, developer_service_plain;
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
    a_plain_portal_has_neither_usage_nor_quota,
);
