//! `vectordb`: where vectors are kept and compared.

use super::redis::REDIS;
use crate::schema::field::{Field, Literal, Record};

pub(crate) static VECTORDB: Record = Record::new(
    "vectordb",
    &[&[
        Field::any_integer("dimensions").required(),
        Field::choice("distance_metric", &["cosine", "euclidean"]).required(),
        Field::record("pgvector", &PGVECTOR),
        Field::record("redis", &REDIS),
        Field::choice("strategy", &["pgvector", "redis"]).required(),
        Field::any_number("threshold"),
    ]],
);

static PGVECTOR: Record = Record::new(
    "vectordb.pgvector",
    &[&[
        Field::text("database").or(Literal::Text("kong-pgvector")),
        Field::text("host").or(Literal::Text("127.0.0.1")),
        Field::secret("password"),
        Field::any_integer("port").or(Literal::Int(5432)),
        Field::flag("ssl", false),
        Field::text("ssl_cert"),
        Field::text("ssl_cert_key"),
        Field::flag("ssl_required", false),
        Field::flag("ssl_verify", true),
        Field::choice("ssl_version", &["any", "tlsv1_2", "tlsv1_3"]).or(Literal::Text("tlsv1_2")),
        Field::any_number("timeout").or(Literal::Number(5000.0)),
        Field::referenceable("user").or(Literal::Text("postgres")),
    ]],
);
