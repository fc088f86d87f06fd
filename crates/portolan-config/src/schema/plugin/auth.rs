//! `auth`: the credential of a target, or of the embeddings model.

use crate::{
    document::Node,
    fault::{Faults, Path},
    schema::field::{Field, Kind, Record, Text},
    secret,
};

pub(crate) static AUTH: Record = Record::new(
    "auth",
    &[&[
        Field::new(
            "header_name",
            Kind::Text(Text {
                check: Some(secret::check_header_name),
                ..Text::REFERENCEABLE
            }),
        )
        .doc("The header that carries the credential."),
        Field::new(
            "header_value",
            Kind::Text(Text {
                check: Some(header_value),
                ..Text::SECRET
            }),
        )
        .doc("Its whole value, `Bearer ` included."),
        Field::referenceable("param_name"),
        Field::secret("param_value"),
        Field::choice("param_location", &["body", "query"]),
        Field::flag("allow_override", false)
            .doc("Whether a client's own credential is sent instead of this one."),
        Field::flag("azure_use_managed_identity", false),
        Field::referenceable("azure_client_id"),
        Field::secret("azure_client_secret"),
        Field::referenceable("azure_tenant_id"),
        Field::secret("aws_access_key_id"),
        Field::secret("aws_secret_access_key"),
        Field::flag("gcp_use_service_account", false),
        Field::secret("gcp_service_account_json"),
        Field::referenceable("gcp_metadata_url"),
        Field::referenceable("gcp_oauth_token_url"),
    ]],
)
.checked(check);

/// The message must not show the value.
fn header_value(text: &str) -> Result<(), String> {
    if text.chars().any(|char| char.is_control() && char != '\t') {
        Err("a control character in a header value".to_owned())
    } else {
        Ok(())
    }
}

/// The texts are Kong's.
fn check(auth: &Node, path: &Path<'_>, faults: &mut Faults) {
    let given = |name: &str| auth.given(name).is_some();
    if given("header_name") != given("header_value") {
        faults.error(
            auth.at,
            path,
            "all or none of these fields must be set: 'auth.header_name', 'auth.header_value'",
        );
    }
    let of_param = ["param_name", "param_value", "param_location"];
    let count = of_param.iter().filter(|name| given(name)).count();
    if count > 0 && count < of_param.len() {
        faults.error(
            auth.at,
            path,
            "all or none of these fields must be set: 'auth.param_name', 'auth.param_value', 'auth.param_location'",
        );
    }
}
