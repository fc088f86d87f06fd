//! `request-termination`

use super::text;
use crate::{
    compiled::plugin::{RequestTermination, Termination},
    schema::view::View,
};

pub(super) fn request_termination(config: View<'_>) -> Option<RequestTermination> {
    let message = text(config, "message");
    Some(RequestTermination {
        status: u16::try_from(config.int("status_code")?).ok()?,
        answer: match text(config, "body") {
            _ if config.flag("echo")? => Termination::Echo { message },
            Some(body) => Termination::Body {
                body,
                content_type: text(config, "content_type"),
            },
            None => Termination::Message(message),
        },
        trigger: text(config, "trigger"),
    })
}
