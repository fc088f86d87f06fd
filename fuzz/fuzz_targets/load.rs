//! No bytes make the loader panic, hang, overflow its stack or eat the memory.
//! The first byte chooses what `check` is asked for; the rest is the file.

#![no_main]

use libfuzzer_sys::fuzz_target;
use portolan_config::{Options, Resolve, Source, check};

fuzz_target!(init: own_signal_stack(), |bytes: &[u8]| {
    let Some((&asked, text)) = bytes.split_first() else {
        return;
    };
    let file = Source {
        name: "kong.yaml".to_owned(),
        text: String::from_utf8_lossy(text).into_owned(),
    };
    let options = Options {
        env: &variable,
        secrets: asked & 1 != 0,
        for_kong: asked & 2 != 0,
        resolve: if asked & 4 != 0 {
            Resolve::Whole
        } else {
            Resolve::No
        },
    };
    let _ = check(&[file], &options);
});

/// Half of all names are set, to what each use of a variable can take.
fn variable(name: &str) -> Option<String> {
    let value = match name.bytes().last()? % 8 {
        0 => name,
        1 => r#"{"key": "made-up"}"#,
        2 => "42",
        3 => "true",
        _ => return None,
    };
    Some(value.to_owned())
}

/// A full stack leaves libFuzzer's handler none to run on, and the input would be lost: Rust's
/// runtime, which else provides one, is not what starts this program. libFuzzer keeps the flag.
fn own_signal_stack() {
    const SIZE: usize = 1 << 16;
    let memory: &'static mut [u8] = vec![0; SIZE].leak();
    let stack = libc::stack_t {
        ss_sp: memory.as_mut_ptr().cast(),
        ss_flags: 0,
        ss_size: SIZE,
    };
    // SAFETY: the memory is leaked, so it outlives every signal, and nothing else refers to it;
    // a `sigaction` of zeros is a valid one, the default.
    let failed = unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_flags = libc::SA_ONSTACK;
        libc::sigaltstack(&raw const stack, std::ptr::null_mut())
            | libc::sigaction(libc::SIGSEGV, &raw const action, std::ptr::null_mut())
    };
    assert_eq!(failed, 0, "no stack for signals");
}
