//! A thousand reloads under traffic, good files and bad ones: no request fails, none is left uncounted, nothing piles up.

use std::{
    env, fs,
    net::SocketAddr,
    path::Path,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use portolan_gateway::Reloaded;
use portolan_mock::{Mock, MockOptions};
use serde_json::{Value, json};
use tokio::{
    runtime::Runtime,
    sync::watch,
    task::{JoinSet, block_in_place},
    time::timeout,
};

use crate::{
    admin::status,
    client::Client,
    harness::{PATIENCE, ask, target},
    reload::Filed,
};

const RELOADS: usize = 1000;
/// What pools, allocator and threads come to hold once, they hold by then.
const WARM_UP: usize = 200;
const CLIENTS: usize = 3;
/// Of a key that only one snapshot has: what is held of a file, of its configuration and of its snapshot shows.
const BALLAST: usize = 32 * 1024;
/// Of the resident memory, in KiB. Four hundred snapshots follow the warm-up, of more than 64 KiB each: if one of three
/// were kept, that would be 8 MiB and more; what an allocator holds back of a few threads is well below.
const GROWTH: u64 = 8 * 1024;
/// Set for the process that has its memory measured.
const ALONE: &str = "PORTOLAN_TEST_ALONE";

#[test]
fn a_thousand_reloads_under_traffic() {
    if env::var_os(ALONE).is_some() {
        return Runtime::new().unwrap().block_on(campaign());
    }
    // Memory is a process's: it is measured in one where no other test runs.
    let name = "campaign::a_thousand_reloads_under_traffic";
    let run = Command::new(env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .env(ALONE, "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&run.stdout);
    let complained = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{said}{complained}");
    assert!(said.contains("1 passed"), "{said}");
}

async fn campaign() {
    let mock = Mock::start(MockOptions {
        quiet_log: true,
        ..MockOptions::default()
    })
    .await
    .unwrap();
    let filed = Filed::new(&good(&mock, 0));
    let mut reloader = filed.reloader();
    let (answered, mut answers) = watch::channel(());
    let traffic = Arc::new(Traffic {
        address: filed.served.address,
        over: AtomicBool::new(false),
        answered,
    });
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        clients.spawn(keep_asking(Arc::clone(&traffic)));
    }

    let mut generation = 0;
    let mut counts = [0; 3];
    let mut warm = 0;
    for reload in 0..RELOADS {
        let expected = match reload % 4 {
            0 | 1 => {
                generation += 1;
                filed.write(&good(&mock, generation).to_string());
                Reloaded::Applied
            }
            2 => {
                bad(&filed.path, &mock, reload);
                Reloaded::Refused
            }
            _ => {
                filed.write(&good(&mock, generation).to_string());
                Reloaded::Unchanged
            }
        };
        assert_eq!(block_in_place(|| reloader.reload()), expected, "{reload}");
        counts[expected as usize] += 1;
        // Requests end between one reload and the next.
        let answer = timeout(PATIENCE, answers.changed()).await;
        answer.expect("traffic goes on").unwrap();
        if reload + 1 == WARM_UP {
            warm = resident();
        }
    }
    let grown = resident().saturating_sub(warm);
    assert!(grown < GROWTH, "{grown} KiB more than after the warm-up");

    traffic.over.store(true, Ordering::Relaxed);
    let mut sent = 0;
    while let Some(asked) = clients.join_next().await {
        sent += asked.unwrap();
    }
    let told = status(&filed.served).await;
    assert_eq!(told["server"]["total_requests"], sent);
    let [applied, unchanged, refused] = counts;
    let reloads = json!({ "applied": applied, "unchanged": unchanged, "refused": refused });
    assert_eq!(told["portolan"]["configuration"]["reloads"], reloads);
    assert_eq!(mock.counters().requests, sent);
    drop(reloader);
    let lines = filed.served.settled();
    assert_eq!(lines.len() as u64, sent);
    for line in lines {
        assert_eq!(line["response"]["status"], 200, "{line}");
        assert_eq!(line["response"]["complete"], true, "{line}");
    }
}

struct Traffic {
    address: SocketAddr,
    over: AtomicBool,
    answered: watch::Sender<()>,
}

/// Whole and streamed by turns over one connection. Returns how many were asked; all were answered.
async fn keep_asking(traffic: Arc<Traffic>) -> u64 {
    let mut client = Client::connect(traffic.address).await;
    let mut asked = 0;
    while !traffic.over.load(Ordering::Relaxed) {
        let stream = asked % 2 == 1;
        client.post("/chat", &[], &ask(stream).to_string()).await;
        asked += 1;
        let answer = client.answer().await;
        assert_eq!((answer.status, answer.whole), (200, true), "{answer:?}");
        traffic.answered.send_replace(());
    }
    asked
}

/// The proxy that is asked changes with every third generation only, the other with each.
fn good(mock: &Mock, generation: usize) -> Value {
    let targets = [target("openai", mock), target("openai", mock)];
    let mut ballast = target("openai", mock);
    let key = format!("Bearer FAKE-{generation}-{}", "x".repeat(BALLAST));
    ballast["auth"]["header_value"] = json!(key);
    let route = |name: &str, config: Value| {
        json!({
            "name": name,
            "paths": [format!("/{name}")],
            "plugins": [{ "name": "ai-proxy-advanced", "config": config }],
        })
    };
    json!({
        "_format_version": "3.0",
        "routes": [
            route("chat", json!({
                "balancer": { "retries": 1 + generation / 3 % 2 },
                "targets": targets,
            })),
            route("ballast", json!({ "targets": [ballast] })),
        ],
    })
}

fn bad(path: &Path, mock: &Mock, reload: usize) {
    match reload / 4 % 3 {
        0 => fs::write(path, "_format_version: \"3.0\"\nroutes: [").unwrap(),
        1 => fs::remove_file(path).unwrap(),
        _ => {
            let mut file = good(mock, reload);
            let targets = &mut file["routes"][0]["plugins"][0]["config"]["targets"];
            targets[1]["auth"]["header_value"] = json!("{vault://env/no-such-key}");
            fs::write(path, file.to_string()).unwrap();
        }
    }
}

/// Of this process, in KiB; nothing where no such file tells it, which Linux's does.
fn resident() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let resident = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .and_then(|size| size.trim().strip_suffix(" kB")?.trim().parse().ok())
        .unwrap_or_default();
    assert!(resident > 0 || cfg!(not(target_os = "linux")), "{status}");
    resident
}
