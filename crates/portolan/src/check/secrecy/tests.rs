use super::{looks_secret, names_secret, references};

#[test]
fn names_of_secrets_are_known_in_any_spelling() {
    for name in [
        "header_value",
        "aws_secret_access_key",
        "Authorization",
        "X-Api-Key",
        "keyauth_credentials[0].ky",
        "rsa_public_key",
        "p\\u0061ssword",
    ] {
        assert!(names_secret(name), "{name}");
    }
    for name in ["hots", "header_name", "provider", "temperature", "paths"] {
        assert!(!names_secret(name), "{name}");
    }
}

#[test]
fn values_that_look_secret() {
    for text in [
        "sk-FAKE-0001",
        "eyJhbGciOi",
        // RFC 7617, 2: Aladdin:open sesame
        "QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
        "0123456789abcdef0123456789abcdef",
        "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
        "-----BEGIN PRIVATE KEY-----",
        "Bearer abc",
        "basic abc",
        "https://me:abc@example.com",
        "https://example.com/?api_key=abc",
        "Authorization:abc",
    ] {
        assert!(looks_secret(text), "{text}");
    }
}

#[test]
fn names_of_models_paths_and_plugins_are_no_secrets() {
    for text in [
        "claude-3-5-sonnet-20241022",
        "gpt-4o-mini-2024-07-18",
        "meta.llama3-1-405b-instruct-v1:0",
        "~/openai/v1/chat/completions$",
        "https://api.example.com:8443/v1/chat/completions",
        "key-auth",
        "$(headers.x-model)",
        "llm/v1/chat",
    ] {
        assert!(!looks_secret(text), "{text}");
    }
}

fn shown(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let found = references(&chars).into_iter();
    found.map(|range| chars[range].iter().collect()).collect()
}

#[test]
fn a_reference_is_shown_as_it_is_written() {
    for text in [
        "${{ env \"DECK_KEY\" }}",
        "${{- env `DECK_KEY` | indent 4 -}}",
        "${{ toInt (env \"DECK_N\") }}",
        "{vault://env/openai-key?prefix=x_}",
        "{vault://env/OPENAI/key#2}",
    ] {
        assert_eq!(shown(&format!("Bearer {text} and on")), [text]);
    }
}

#[test]
fn what_only_begins_like_a_reference_is_none() {
    for text in [
        "${{ env \"DECK_KEY\"",
        "${{ hunter2 }}",
        "${{ env \"hunter 2\" }}",
        "${{ env \"sk-FAKE0001\" }}",
        "{vault://hunter2",
        "{vault://env/hunter 2}",
        "{vault://env/0123456789abcdef0123456789abcdef}",
    ] {
        assert_eq!(shown(text), [""; 0], "{text}");
    }
}
