//! `vaults[]`: where `{vault://PREFIX/...}` references lead.

use crate::{
    document::Node,
    schema::field::{Entity, Field, Kind, Literal, META, Record},
    secret::STRATEGIES,
};

pub(crate) static VAULTS: Entity = Entity {
    name: "vaults",
    record: &VAULT,
    key: Some("prefix"),
    unique: &[],
};

pub(super) static VAULT: Record = Record::new("vaults", &[FIELDS, META]);

static FIELDS: &[Field] = &[
    Field::checked("prefix", prefix)
        .required()
        .doc("What references name it by."),
    Field::choice("name", &STRATEGIES)
        .required()
        .doc("The strategy: what kind of vault it is."),
    Field::text("description"),
    Field::new("config", Kind::Chosen(config)),
];

fn prefix(text: &str) -> Result<(), String> {
    if STRATEGIES.contains(&text) {
        return Err(format!(
            "'{text}' is the name of a strategy, which references reach without an entity: choose another"
        ));
    }
    let inner = |char: char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '-';
    let sound = text.len() > 1
        && text.starts_with(|char: char| char.is_ascii_lowercase())
        && text.chars().all(inner)
        && !text.ends_with('-');
    if sound {
        Ok(())
    } else {
        Err(format!(
            "invalid value: '{text}', expected two or more of a-z, 0-9 and -, a letter first and no - last"
        ))
    }
}

/// By strategy, each called `vaults.` and its name.
pub(super) static CONFIGS: [&Record; 8] = [&ENV, &AWS, &AZURE, &CONJUR, &FS, &GCP, &HCV, &KONNECT];

fn config(vault: &Node) -> Option<&'static Record> {
    let strategy = vault.get("name")?.as_str()?;
    CONFIGS
        .into_iter()
        .find(|record| record.name.strip_prefix("vaults.") == Some(strategy))
}

/// Of every vault over a network.
static CACHE: &[Field] = &[
    Field::number("ttl", 0.0, f64::MAX)
        .or(Literal::Number(0.0))
        .doc("Seconds that a secret is kept; 0 keeps it for ever."),
    Field::number("neg_ttl", 0.0, f64::MAX).doc("Seconds that a missing secret is not asked for."),
    Field::number("resurrect_ttl", 0.0, f64::MAX)
        .doc("Seconds that an expired secret is still used while the vault fails."),
    BASE64,
];

const BASE64: Field =
    Field::flag("base64_decode", false).doc("Whether secrets are base64 to be decoded.");

static ENV: Record = Record::new(
    "vaults.env",
    &[&[
        Field::text("prefix").doc("Put before the names of variables."),
        BASE64,
    ]],
);

static AWS: Record = Record::new(
    "vaults.aws",
    &[
        &[
            Field::text("region"),
            Field::text("endpoint_url"),
            Field::text("assume_role_arn"),
            Field::text("role_session_name").or(Literal::Text("KongVault")),
            Field::text("sts_endpoint_url"),
        ],
        CACHE,
    ],
);

static AZURE: Record = Record::new(
    "vaults.azure",
    &[
        &[
            Field::text("vault_uri"),
            Field::text("client_id"),
            Field::text("tenant_id"),
            Field::text("location"),
            Field::choice("type", &["secrets"]).or(Literal::Text("secrets")),
            Field::text("credentials_prefix")
                .or(Literal::Text("AZURE"))
                .doc("Of the variables with the credential: `AZURE_CLIENT_SECRET`."),
        ],
        CACHE,
    ],
);

static CONJUR: Record = Record::new(
    "vaults.conjur",
    &[
        &[
            Field::text("endpoint_url"),
            Field::choice("auth_method", &["api_key"]).or(Literal::Text("api_key")),
            Field::text("account"),
            Field::referenceable("login"),
            Field::secret("api_key"),
        ],
        CACHE,
    ],
);

static FS: Record = Record::new(
    "vaults.fs",
    &[
        &[Field::text("prefix").doc("The folder of the files.")],
        CACHE,
    ],
);

static GCP: Record = Record::new("vaults.gcp", &[&[Field::text("project_id")], CACHE]);

static KONNECT: Record = Record::new(
    "vaults.konnect",
    &[&[Field::text("config_store_id")], CACHE],
);

static HCV: Record = Record::new("vaults.hcv", &[HCV_ADDRESS, HCV_AUTH, CACHE]);

static HCV_ADDRESS: &[Field] = &[
    Field::choice("protocol", &["http", "https"]).or(Literal::Text("http")),
    Field::text("host").or(Literal::Text("127.0.0.1")),
    Field::integer("port", 0, 65_535).or(Literal::Int(8200)),
    Field::text("mount").or(Literal::Text("secret")),
    Field::choice("kv", &["v1", "v2"])
        .or(Literal::Text("v1"))
        .doc("The version of the secrets engine."),
    Field::text("namespace"),
    Field::flag("ssl_verify", true),
];

static HCV_AUTH: &[Field] = &[
    Field::choice(
        "auth_method",
        &[
            "approle",
            "aws_ec2",
            "aws_iam",
            "azure",
            "cert",
            "gcp_gce",
            "gcp_iam",
            "jwt",
            "kubernetes",
            "token",
        ],
    )
    .or(Literal::Text("token")),
    Field::secret("token"),
    Field::text("kube_role"),
    Field::text("kube_auth_path").or(Literal::Text("kubernetes")),
    Field::text("kube_api_token_file").or(Literal::Text(
        "/run/secrets/kubernetes.io/serviceaccount/token",
    )),
    Field::text("approle_auth_path").or(Literal::Text("approle")),
    Field::referenceable("approle_role_id"),
    Field::secret("approle_secret_id"),
    Field::text("approle_secret_id_file"),
    Field::flag("approle_response_wrapping", false)
        .doc("Whether the secret id is a wrapping token, good for one use."),
    Field::text("cert_auth_role_name"),
    Field::referenceable("cert_auth_cert"),
    Field::secret("cert_auth_cert_key"),
    Field::text("jwt_role"),
    Field::text("oauth2_role_name"),
    Field::text("oauth2_token_endpoint"),
    Field::referenceable("oauth2_client_id"),
    Field::secret("oauth2_client_secret"),
    Field::text("oauth2_audiences"),
];
