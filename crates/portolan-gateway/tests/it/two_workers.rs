//! Two workers are one gateway: turns, counts, bounds, reloads and the end are right over both.
//! The kernel spreads connections by their ports: enough of them reach both.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use portolan_mock::{Mock, MockOptions, Step};
use serde_json::{Value, json};
use tokio::{
    task::{self, JoinSet},
    time::sleep,
};

use crate::{
    admin::status,
    client::{Client, chat},
    harness::{PATIENCE, Served, ask, file, file_at, loaded, mock, serve_with, single, target},
};

/// As good as sure to reach both workers.
const MANY: usize = 40;

fn serve_by_two(file: &Value) -> Served {
    serve_with(&file.to_string(), |options| {
        options.workers = 2;
        options.admin = Some(SocketAddr::from(([127, 0, 0, 1], 0)));
    })
}

async fn counts(served: &Served) -> Value {
    status(served).await["server"].clone()
}

/// Of any eight in a row: three to one, one connection after the other.
#[tokio::test(flavor = "multi_thread")]
async fn weights_hold_over_the_sum() {
    let (first, second) = (mock().await, mock().await);
    let mut targets = [target("openai", &first), target("openai", &second)];
    targets[0]["weight"] = json!(75);
    targets[1]["weight"] = json!(25);
    let served = serve_by_two(&file(json!({ "targets": targets })));
    for turn in 1..=MANY / 4 {
        for _ in 0..4 {
            assert_eq!(chat(served.address, &ask(false)).await.status, 200);
        }
        let counted = (first.attempts().len(), second.attempts().len());
        assert_eq!(counted, (3 * turn, turn));
    }
}

/// And however many ask at a time.
#[tokio::test(flavor = "multi_thread")]
async fn weights_hold_over_the_sum_of_requests_at_a_time() {
    let quiet = async || {
        let options = MockOptions {
            quiet_log: true,
            ..MockOptions::default()
        };
        Mock::start(options).await.unwrap()
    };
    let (first, second) = (quiet().await, quiet().await);
    let mut targets = [target("openai", &first), target("openai", &second)];
    targets[0]["weight"] = json!(75);
    targets[1]["weight"] = json!(25);
    let served = serve_by_two(&file(json!({ "targets": targets })));
    let mut asking = JoinSet::new();
    for _ in 0..MANY {
        let address = served.address;
        asking.spawn(async move {
            let mut client = Client::connect(address).await;
            for _ in 0..10 {
                client.post("/chat", &[], &ask(false).to_string()).await;
                assert_eq!(client.answer().await.status, 200);
            }
        });
    }
    asking.join_all().await;
    let counted = (first.counters().requests, second.counters().requests);
    assert_eq!(counted, (300, 100));
}

#[tokio::test(flavor = "multi_thread")]
async fn counts_are_of_both() {
    let mock = mock().await;
    let served = serve_by_two(&single(target("openai", &mock)));
    let mut clients = Vec::new();
    for _ in 0..MANY {
        let mut client = Client::connect(served.address).await;
        for _ in 0..3 {
            client.post("/nowhere", &[], "{}").await;
            assert_eq!(client.answer().await.status, 404);
        }
        clients.push(client);
    }
    let connections = u64::try_from(MANY).unwrap();
    let told = counts(&served).await;
    assert_eq!(told["connections_accepted"], connections);
    assert_eq!(told["connections_handled"], connections);
    assert_eq!(told["connections_active"], connections);
    assert_eq!(told["total_requests"], 3 * connections);
    drop(clients);
    let began = Instant::now();
    while counts(&served).await["connections_active"] != 0 {
        assert!(began.elapsed() < PATIENCE);
        // A pause between two questions, not a wait for the answer.
        sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(served.settled().len(), 3 * MANY);
}

/// No request fails, on old connections and new ones, and the last file is everybody's.
#[tokio::test(flavor = "multi_thread")]
async fn a_reload_under_load_fails_nobody() {
    let mock = Mock::start(MockOptions {
        quiet_log: true,
        ..MockOptions::default()
    })
    .await
    .unwrap();
    let targets = json!({ "targets": [target("openai", &mock)] });
    let numbered = |number: usize| {
        let mut file = file(targets.clone());
        let other = file_at(&format!("/number-{number}"), targets.clone());
        let mut other = other["routes"][0].clone();
        other["name"] = json!("other");
        file["routes"].as_array_mut().unwrap().push(other);
        file
    };
    let served = serve_by_two(&numbered(0));
    let address = served.address;
    let over = Arc::new(AtomicBool::new(false));
    let answered = Arc::new(AtomicUsize::new(0));
    let mut asking = JoinSet::new();
    for kept in 0..16 {
        let (over, answered) = (Arc::clone(&over), Arc::clone(&answered));
        asking.spawn(async move {
            let mut client = Client::connect(address).await;
            while !over.load(Ordering::Relaxed) {
                if kept % 2 == 0 {
                    client = Client::connect(address).await;
                }
                client
                    .post("/chat", &[], &ask(kept % 4 < 2).to_string())
                    .await;
                let answer = client.answer().await;
                assert_eq!((answer.status, answer.whole), (200, true));
                answered.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    let last = 30;
    for number in 1..=last {
        let loaded = loaded(&numbered(number).to_string());
        served.gateway.reload(&loaded.config).unwrap();
        // Some are served by each.
        let before = answered.load(Ordering::Relaxed);
        let began = Instant::now();
        while answered.load(Ordering::Relaxed) < before + 16 {
            assert!(began.elapsed() < PATIENCE);
            task::yield_now().await;
        }
    }
    over.store(true, Ordering::Relaxed);
    asking.join_all().await;
    for _ in 0..MANY {
        for (number, status) in [(last, 200), (last - 1, 404)] {
            let mut client = Client::connect(address).await;
            let target = format!("/number-{number}");
            client.post(&target, &[], &ask(false).to_string()).await;
            assert_eq!(client.answer().await.status, status);
        }
    }
}

/// Streams run on, on both; idle connections do not hold them up.
#[tokio::test(flavor = "multi_thread")]
async fn a_drain_finishes_the_streams_of_both() {
    let text = "word ".repeat(30);
    let mock = mock().await;
    mock.script((0..MANY).map(|_| Step {
        text: Some(text.clone()),
        chunk_delay_ms: Some(20),
        ..Step::default()
    }));
    let served = serve_by_two(&single(target("openai", &mock)));
    let mut streams = Vec::new();
    let mut idle = Vec::new();
    for _ in 0..MANY {
        let mut client = Client::connect(served.address).await;
        client.post("/chat", &[], &ask(true).to_string()).await;
        streams.push(client);
        idle.push(Client::connect(served.address).await);
    }
    for client in &mut streams {
        client.seen("data: ").await;
    }
    let draining = task::spawn_blocking(move || served.settled());
    for client in &mut streams {
        let answer = client.answer().await;
        assert!(answer.whole);
        assert_eq!(answer.said(), text);
        assert!(client.ended().await);
    }
    for client in &mut idle {
        assert!(client.ended().await);
    }
    let lines = draining.await.unwrap();
    assert_eq!(lines.len(), MANY);
    assert!(
        lines
            .iter()
            .all(|line| line["response"]["complete"] == true)
    );
}

/// However the kernel spreads them.
#[tokio::test(flavor = "multi_thread")]
async fn the_bound_of_connections_is_over_both() {
    const BOUND: usize = 10;
    let mock = mock().await;
    let served = serve_with(&single(target("openai", &mock)).to_string(), |options| {
        options.workers = 2;
        options.bounds.connections = BOUND;
    });
    let mut held = Vec::new();
    for _ in 0..BOUND {
        let mut client = Client::connect(served.address).await;
        client.post("/nowhere", &[], "{}").await;
        assert_eq!(client.answer().await.status, 404);
        held.push(client);
    }
    for _ in 0..MANY {
        let mut client = Client::connect(served.address).await;
        assert!(client.ended().await);
    }
    for client in &mut held {
        client.post("/nowhere", &[], "{}").await;
        assert_eq!(client.answer().await.status, 404);
    }
}

/// The first worker takes a free port, the second the same.
#[tokio::test(flavor = "multi_thread")]
async fn a_taken_port_is_no_gateways() {
    let mock = mock().await;
    let file = single(target("openai", &mock));
    let served = serve_by_two(&file);
    let options = portolan_gateway::Options {
        listen: vec![served.address.into()],
        workers: 2,
        ..portolan_gateway::Options::default()
    };
    // SO_REUSEPORT would share it in silence.
    let second = portolan_gateway::Gateway::start(&loaded(&file.to_string()).config, options);
    let error = second.expect_err("a refusal").to_string();
    assert!(error.contains(&served.address.to_string()), "{error}");
}
