//! `request-size-limiting`

use crate::{compiled::plugin::RequestSizeLimiting, schema::view::View};

pub(super) fn request_size_limiting(config: View<'_>) -> Option<RequestSizeLimiting> {
    let unit = match config.text("size_unit")? {
        "bytes" => 1,
        "kilobytes" => 1 << 10,
        "megabytes" => 1 << 20,
        _ => return None,
    };
    let size = u64::try_from(config.int("allowed_payload_size")?).ok()?;
    Some(RequestSizeLimiting {
        allowed: size.saturating_mul(unit),
        require_content_length: config.flag("require_content_length")?,
    })
}
