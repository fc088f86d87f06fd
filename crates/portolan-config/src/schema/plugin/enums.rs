//! Values that several tables share.

/// Wire formats that clients may speak.
pub(super) const LLM_FORMATS: &[&str] = &[
    "anthropic",
    "bedrock",
    "cohere",
    "gemini",
    "huggingface",
    "openai",
];

/// Values of `genai_category`.
pub(super) const CATEGORIES: &[&str] = &[
    "audio/speech",
    "audio/transcription",
    "image/generation",
    "realtime/generation",
    "text/embeddings",
    "text/generation",
    "video/generation",
];

/// What a condition of an ACL or of a policy looks at.
pub(super) const MATCH_TYPES: &[&str] = &[
    "consumer",
    "consumer_group",
    "header",
    "ip",
    "model",
    "path",
    "provider",
];

/// What a rate is counted for.
pub(super) const LIMIT_BY: &[&str] = &[
    "consumer",
    "consumer-group",
    "credential",
    "header",
    "ip",
    "path",
    "service",
];
