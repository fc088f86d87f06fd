//! `ai-proxy` and `ai-proxy-advanced`: under either name a list of `targets`, or one target's fields beside the plugin's
//! own. The four tables share their rows.

use super::{
    embeddings::EMBEDDINGS,
    enums::{CATEGORIES, LLM_FORMATS, MATCH_TYPES},
    target::{self, TARGET, TARGET_FIELDS},
    vectordb::VECTORDB,
};
use crate::{
    document::Node,
    fault::{Faults, Path},
    schema::field::{Field, Kind, Literal, Origin, Record, STRING, Spelling},
};

pub(crate) static ADVANCED_TARGETS: Record =
    Record::new("ai-proxy", &[COMMON, OLDER, ADVANCED_ONLY, TARGETS])
        .hinted(beside_targets)
        .checked(check);

static ADVANCED_FLAT: Record =
    Record::new("ai-proxy", &[COMMON, OLDER, ADVANCED_ONLY, TARGET_FIELDS])
        .checked(check)
        .ours("a target's fields stand in an item of `targets` there");

static PROXY_TARGETS: Record = Record::new("ai-proxy", &[COMMON, OLDER, TARGETS])
    .hinted(proxy_or_beside_targets)
    .checked(check)
    .ours("`targets` belongs to ai-proxy-advanced there");

pub(crate) static PROXY_FLAT: Record = Record::new("ai-proxy", &[COMMON, OLDER, TARGET_FIELDS])
    .hinted(advanced_only)
    .checked(check);

static COMMON: &[Field] = &[
    Field::choice("llm_format", LLM_FORMATS)
        .or(Literal::Text("openai"))
        .doc("The wire format that clients speak, in both directions."),
    Field::choice("genai_category", CATEGORIES)
        .or(Literal::Text("text/generation"))
        .doc("The family of operations; each target's `route_type` must belong to it."),
    Field::integer("max_request_body_size", 0, i64::MAX)
        .or(Literal::Int(1_048_576))
        .doc("In bytes. A longer body is answered 413; 0 is no bound."),
    Field::flag("model_name_header", true)
        .doc("Whether a 200 carries `X-Kong-LLM-Model: provider/model`."),
    Field::choice("response_streaming", &["allow", "always", "deny"])
        .or(Literal::Text("allow"))
        .doc("Whether a client may ask for a stream, gets one always, or never."),
    Field::record("_portolan", &PORTOLAN)
        .of(Origin::Portolan)
        .doc("Portolan's own settings of this plugin; there are none yet."),
];

static PORTOLAN: Record = Record::new("ai-proxy._portolan", &[&[]]);

/// Where older documentation had it.
static OLDER: &[Field] = &[Field::text("azure_api_version")
    .spelled(Spelling::Deprecated("model.options.azure_api_version"))];

static ADVANCED_ONLY: &[Field] = &[
    Field::record("balancer", &BALANCER)
        .or(Literal::Nothing)
        .doc("How a request finds its target, and when another is tried."),
    Field::record("embeddings", &EMBEDDINGS)
        .doc("The model that turns prompts into vectors, for `algorithm: semantic`."),
    Field::record("vectordb", &VECTORDB)
        .doc("Where the vectors are kept, for `algorithm: semantic`."),
    Field::record("acls", &ACLS).doc("Which requests may use this plugin's targets."),
];

static TARGETS: &[Field] = &[Field::some("targets", &TARGET_ITEM)
    .required()
    .doc("The upstream models, at least one.")];

static TARGET_ITEM: Kind = Kind::Record(&TARGET);

pub(crate) static BALANCER: Record = Record::new("balancer", &[BALANCER_FIELDS]).checked(retries);

static BALANCER_FIELDS: &[Field] = &[
    Field::choice(
        "algorithm",
        &[
            "consistent-hashing",
            "least-connections",
            "lowest-latency",
            "lowest-usage",
            "priority",
            "round-robin",
            "semantic",
        ],
    )
    .or(Literal::Text("round-robin"))
    .doc("How a target is chosen; `round-robin` is smooth and weighted."),
    Field::integer("retries", 0, 32_767)
        .or(Literal::Int(5))
        .doc("Further tries after the first."),
    Field::list("failover_criteria", &CRITERION)
        .or(Literal::Texts(&["error", "timeout"]))
        .doc("Which faults of a try are worth another, with nginx's meanings. A request that was sent needs `non_idempotent` as well."),
    Field::timeout("connect_timeout", 60_000)
        .doc("In ms, of one try: name, TCP and TLS together."),
    Field::timeout("write_timeout", 60_000).doc("In ms, between two writes of the request."),
    Field::timeout("read_timeout", 60_000)
        .doc("In ms, until the answer's head and between two pieces of its body."),
    Field::integer("max_fails", 0, 32_767)
        .or(Literal::Int(0))
        .doc("Faults after which a target rests for `fail_timeout`; 0 switches the breaker off."),
    Field::timeout("fail_timeout", 10_000).doc("In ms: how long a target rests."),
    Field::integer("slots", 10, 65_536)
        .or(Literal::Int(10_000))
        .doc("The size of the ring of `consistent-hashing`."),
    Field::text("hash_on_header")
        .or(Literal::Text("X-Kong-LLM-Request-ID"))
        .doc("The header whose value `consistent-hashing` hashes."),
    Field::choice("latency_strategy", &["e2e", "tpot"])
        .or(Literal::Text("tpot"))
        .doc("What `lowest-latency` compares: the whole answer's time, or its time for each token."),
    Field::choice(
        "tokens_count_strategy",
        &[
            "completion-tokens",
            "cost",
            "llm-accuracy",
            "prompt-tokens",
            "total-tokens",
        ],
    )
    .or(Literal::Text("total-tokens"))
    .doc("What `lowest-usage` adds up."),
];

static CRITERION: Kind = Kind::Enum(&[
    "error",
    "http_403",
    "http_404",
    "http_429",
    "http_500",
    "http_502",
    "http_503",
    "http_504",
    "invalid_header",
    "non_idempotent",
    "timeout",
]);

static ACLS: Record = Record::new(
    "acls",
    &[&[
        Field::some("allow", &RULE_ITEM)
            .doc("With any rule here, at least one must match the request."),
        Field::some("deny", &RULE_ITEM).doc("A request that one of these matches is refused."),
    ]],
);

static RULE_ITEM: Kind = Kind::Record(&RULE);
static RULE: Record = Record::new(
    "acls.rule",
    &[&[Field::some("match", &MATCH_ITEM)
        .required()
        .doc("Conditions that must all hold.")]],
);

static MATCH_ITEM: Kind = Kind::Record(&MATCH);
static MATCH: Record = Record::new(
    "acls.rule.match",
    &[&[
        Field::choice("type", MATCH_TYPES).required(),
        Field::text("key").doc(
            "Of a consumer `id` or `username`, of a group `id` or `name`, of a header its name.",
        ),
        Field::some("values", &STRING).required(),
    ]],
);

/// The table that a plugin's name and spelling choose.
pub(super) fn config(name: &str, config: Option<&Node>) -> &'static Record {
    let written = |name: &str| config.is_some_and(|config| config.get(name).is_some());
    let flat = || TARGET_FIELDS.iter().any(|field| written(field.name));
    match (name, written("targets")) {
        ("ai-proxy", true) => &PROXY_TARGETS,
        ("ai-proxy", false) => &PROXY_FLAT,
        (_, false) if flat() => &ADVANCED_FLAT,
        (_, _) => &ADVANCED_TARGETS,
    }
}

fn beside_targets(written: &str) -> Option<String> {
    TARGET_FIELDS
        .iter()
        .any(|field| field.name == written)
        .then(|| format!("`{written}` stands beside `targets`: put it into each target, or leave `targets` out"))
}

fn advanced_only(written: &str) -> Option<String> {
    ADVANCED_ONLY
        .iter()
        .any(|field| field.name == written)
        .then(|| format!("ai-proxy has no `{written}`, ai-proxy-advanced has"))
}

fn proxy_or_beside_targets(written: &str) -> Option<String> {
    advanced_only(written).or_else(|| beside_targets(written))
}

/// Every LLM call is a POST, and nginx tries no POST again that was sent.
fn retries(balancer: &Node, path: &Path<'_>, faults: &mut Faults) {
    let Some(criteria) = balancer.given("failover_criteria") else {
        return;
    };
    let listed = |name: &str| {
        criteria
            .items()
            .iter()
            .any(|item| item.as_str() == Some(name))
    };
    if listed("non_idempotent") {
        return;
    }
    for (index, item) in criteria.items().iter().enumerate() {
        if let Some(name) = item.as_str()
            && (name.starts_with("http_") || name == "invalid_header")
        {
            let path = path.key("failover_criteria");
            faults.warn(
                item.at,
                path.index(index),
                format!("a retry for {name} cannot happen: every LLM call is a POST that was sent by then, so `non_idempotent` must be listed too"),
            );
        }
    }
}

/// Rules over the plugin and its targets.
fn check(config: &Node, path: &Path<'_>, faults: &mut Faults) {
    match config.get("targets") {
        None => target::check_within(config, config, path, faults),
        Some(targets) => {
            let path = path.key("targets");
            for (index, each) in targets.items().iter().enumerate() {
                target::check_within(config, each, &path.index(index), faults);
            }
        }
    }
    needs_of_the_algorithm(config, path, faults);
}

/// What an algorithm cannot do without.
fn needs_of_the_algorithm(config: &Node, path: &Path<'_>, faults: &mut Faults) {
    let Some(algorithm) = config.at_path("balancer.algorithm") else {
        return;
    };
    let strategy = config.at_path("balancer.tokens_count_strategy");
    let targets = config.get("targets").map(Node::items).unwrap_or_default();
    match algorithm.as_str() {
        Some("semantic") => {
            for needed in ["embeddings", "vectordb"] {
                if config.given(needed).is_none() {
                    faults.error(
                        algorithm.at,
                        path.key(needed),
                        "required field missing: `algorithm: semantic` reads it",
                    );
                }
            }
            for (index, target) in targets.iter().enumerate() {
                if target.given("description").is_none() {
                    let path = path.key("targets");
                    let path = path.index(index);
                    faults.error(
                        target.at,
                        path.key("description"),
                        "required field missing: `algorithm: semantic` compares prompts with it; CATCHALL takes what nothing else matches",
                    );
                }
            }
        }
        Some("lowest-usage") if strategy.and_then(Node::as_str) == Some("cost") => {
            for (index, target) in targets.iter().enumerate() {
                let path = path.key("targets");
                let path = path.index(index);
                for needed in ["input_cost", "output_cost"] {
                    if target
                        .at_path("model.options")
                        .is_none_or(|options| options.given(needed).is_none())
                    {
                        faults.error(
                            target.at,
                            path.key("model").key("options").key(needed),
                            "required field missing: `tokens_count_strategy: cost` reads it",
                        );
                    }
                }
                if target
                    .at_path("logging.log_statistics")
                    .and_then(Node::as_bool)
                    != Some(true)
                {
                    faults.error(
                        target.at,
                        path.key("logging").key("log_statistics"),
                        "must be true: `tokens_count_strategy: cost` reads the statistics",
                    );
                }
            }
        }
        _ => {}
    }
}
