//! `auth`

use crate::schema::field::{Field, Record};

pub(crate) static AUTH: Record = Record::new(
    "auth",
    &[&[
        Field::flag("allow_override", false),
        Field::secret("aws_access_key_id"),
        Field::secret("aws_secret_access_key"),
        Field::referenceable("azure_client_id"),
        Field::secret("azure_client_secret"),
        Field::referenceable("azure_tenant_id"),
        Field::flag("azure_use_managed_identity", false),
        Field::referenceable("gcp_metadata_url"),
        Field::referenceable("gcp_oauth_token_url"),
        Field::secret("gcp_service_account_json"),
        Field::flag("gcp_use_service_account", false),
        Field::referenceable("header_name"),
        Field::secret("header_value"),
        Field::choice("param_location", &["body", "query"]),
        Field::referenceable("param_name"),
        Field::secret("param_value"),
    ]],
);



