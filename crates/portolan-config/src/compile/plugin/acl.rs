//! `acl`

use super::texts;
use crate::{
    compiled::plugin::{Acl, AclGroups},
    schema::view::View,
};

pub(super) fn acl(config: View<'_>) -> Option<Acl> {
    let (allow, deny) = (texts(config, "allow"), texts(config, "deny"));
    Some(Acl {
        groups: match (allow.is_empty(), deny.is_empty()) {
            (false, true) => AclGroups::Allow(allow),
            (true, false) => AclGroups::Deny(deny),
            (true, true) | (false, false) => return None,
        },
        hide_groups_header: config.flag("hide_groups_header")?,
        always_use_authenticated_groups: config.flag("always_use_authenticated_groups")?,
        include_consumer_groups: config.flag("include_consumer_groups")?,
    })
}
