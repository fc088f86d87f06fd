//! Redis as the plugins of the enterprise edition and the open ones configure it.

use crate::schema::field::{Field, Kind, Literal, Record, STRING, Spelling};

pub(crate) static CLOUD_AUTHENTICATION: Record = Record::new(
    "redis.cloud_authentication",
    &[&[
        Field::choice("auth_provider", &["aws", "azure", "gcp"]),
        Field::secret("aws_access_key_id"),
        Field::secret("aws_assume_role_arn"),
        Field::referenceable("aws_cache_name"),
        Field::flag("aws_is_serverless", true),
        Field::referenceable("aws_region"),
        Field::secret("aws_role_session_name"),
        Field::secret("aws_secret_access_key"),
        Field::secret("azure_client_id"),
        Field::secret("azure_client_secret"),
        Field::secret("azure_tenant_id"),
        Field::secret("gcp_service_account_json"),
    ]],
);

pub(crate) static REDIS: Record = Record::new(
    "redis",
    &[&[
        Field::record("cloud_authentication", &CLOUD_AUTHENTICATION),
        Field::any_integer("cluster_max_redirections").or(Literal::Int(5)),
        Field::some("cluster_nodes", &CLUSTER_NODES_ITEM),
        Field::integer("timeout", 0, 2147483646).spelled(Spelling::Older(&[
            "connect_timeout",
            "send_timeout",
            "read_timeout",
        ])),
        Field::list("cluster_addresses", &STRING).spelled(Spelling::Older(&["cluster_nodes"])),
        Field::list("sentinel_addresses", &STRING).spelled(Spelling::Older(&["sentinel_nodes"])),
        Field::integer("connect_timeout", 0, 2147483646).or(Literal::Int(2000)),
        Field::flag("connection_is_proxied", false),
        Field::any_integer("database").or(Literal::Int(0)),
        Field::referenceable("host").or(Literal::Text("127.0.0.1")),
        Field::integer("keepalive_backlog", 0, 2147483646),
        Field::timeout("keepalive_pool_size", 256),
        Field::secret("password"),
        Field::integer("port", 0, 65535)
            .referenced()
            .or(Literal::Int(6379)),
        Field::integer("read_timeout", 0, 2147483646).or(Literal::Int(2000)),
        Field::integer("send_timeout", 0, 2147483646).or(Literal::Int(2000)),
        Field::text("sentinel_master"),
        Field::some("sentinel_nodes", &SENTINEL_NODES_ITEM),
        Field::secret("sentinel_password"),
        Field::choice("sentinel_role", &["any", "master", "slave"]),
        Field::referenceable("sentinel_username"),
        Field::referenceable("server_name"),
        Field::flag("ssl", false),
        Field::flag("ssl_verify", true),
        Field::referenceable("username"),
    ]],
);

pub(crate) static REDIS_CE: Record = Record::new(
    "redis-ce",
    &[&[
        Field::record("cloud_authentication", &CLOUD_AUTHENTICATION),
        Field::any_integer("database").or(Literal::Int(0)),
        Field::referenceable("host"),
        Field::secret("password"),
        Field::integer("port", 0, 65535)
            .referenced()
            .or(Literal::Int(6379)),
        Field::referenceable("server_name"),
        Field::flag("ssl", false),
        Field::flag("ssl_verify", true),
        Field::integer("timeout", 0, 2147483646).or(Literal::Int(2000)),
        Field::referenceable("username"),
    ]],
);

static CLUSTER_NODES: Record = Record::new(
    "redis.cluster_nodes",
    &[&[
        Field::text("ip").or(Literal::Text("127.0.0.1")),
        Field::integer("port", 0, 65535).or(Literal::Int(6379)),
    ]],
);

static SENTINEL_NODES: Record = Record::new(
    "redis.sentinel_nodes",
    &[&[
        Field::text("host").or(Literal::Text("127.0.0.1")),
        Field::integer("port", 0, 65535).or(Literal::Int(6379)),
    ]],
);

static CLUSTER_NODES_ITEM: Kind = Kind::Record(&CLUSTER_NODES);
static SENTINEL_NODES_ITEM: Kind = Kind::Record(&SENTINEL_NODES);
