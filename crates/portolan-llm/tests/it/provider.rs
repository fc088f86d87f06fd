//! The provider table agrees with the formats it names.

use portolan_llm::provider::{PROVIDERS, by_name};

#[test]
fn a_provider_refuses_only_names_that_its_format_reads() {
    for provider in PROVIDERS {
        for endpoint in provider.endpoints {
            let names = endpoint.format.codec().names();
            for refused in provider.quirks.refuses {
                assert!(names.contains(refused), "{}: {refused}", provider.name);
            }
        }
    }
}

#[test]
fn names_are_unique_and_found() {
    for provider in PROVIDERS {
        assert!(
            std::ptr::eq(by_name(provider.name).unwrap(), *provider),
            "{}",
            provider.name
        );
    }
    assert!(by_name("no-such-provider").is_none());
}

#[test]
fn paths_and_origins_join() {
    for provider in PROVIDERS {
        assert!(provider.origin.starts_with("https://"), "{}", provider.name);
        assert!(!provider.origin.ends_with('/'), "{}", provider.name);
        for endpoint in provider.endpoints {
            assert!(endpoint.path.starts_with('/'), "{}", provider.name);
        }
    }
}
