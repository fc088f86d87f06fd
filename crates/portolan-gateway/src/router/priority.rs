//! The value that Kong's default router sorts by, as it is really computed (`route_match_calculation=original`): the
//! counts are shifted as 32-bit numbers and then widened with their sign, so that they land below the two flags.

use portolan_config::compiled::{NamePattern, PathPattern, Route};

const PLAIN_HOSTS: u64 = 1 << 60;
const REGEX: u64 = 1 << 51;
const LENGTH: usize = 0x7_FFFF;
const MAX_HEADERS: usize = 255;

/// Of one of the route's paths, or of a route without any.
pub(super) fn of(route: &Route, path: Option<&PathPattern>) -> u64 {
    let fields = [
        !route.methods.is_empty(),
        !route.hosts.is_empty(),
        !route.headers.is_empty(),
        !route.snis.is_empty(),
        path.is_some(),
    ];
    let weight = fields.into_iter().filter(|constrains| *constrains).count();
    let mut hosts = route.hosts.iter();
    let plain =
        !route.hosts.is_empty() && hosts.all(|host| matches!(host.name, NamePattern::Exact(_)));
    let of_path = match path {
        Some(PathPattern::Regex(_)) => REGEX | shifted(route.regex_priority, 19),
        Some(PathPattern::Prefix(prefix)) => (prefix.len() & LENGTH) as u64,
        None => 0,
    };
    shifted(weight as i64, 29)
        | if plain { PLAIN_HOSTS } else { 0 }
        | shifted(route.headers.len().min(MAX_HEADERS) as i64, 20)
        | of_path
}

fn shifted(count: i64, bits: u32) -> u64 {
    i64::from((count as i32) << bits) as u64
}
