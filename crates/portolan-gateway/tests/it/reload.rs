//! Another configuration in place of the live one: what changes, what is kept, and what a bad one comes to.

use std::{fs, path::PathBuf};

use portolan_gateway::{Reloaded, Reloader};
use portolan_mock::Step;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    admin::{status, with_admin},
    client::{Client, chat, post},
    harness::{Served, ask, file, file_at, loaded, mock, scripted, serve, single, target},
};

fn replace(served: &Served, file: &Value) {
    let loaded = loaded(&file.to_string());
    served.gateway.reload(&loaded.config).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reload_swaps_the_routes() {
    let mock = mock().await;
    let targets = json!({ "targets": [target("openai", &mock)] });
    let served = serve(&file(targets.clone()));
    let mut client = Client::connect(served.address).await;
    let asked = ask(false).to_string();
    for (path, expected) in [("/chat", 200), ("/moved", 404)] {
        client.post(path, &[], &asked).await;
        assert_eq!(client.answer().await.status, expected, "{path}");
    }
    replace(&served, &file_at("/moved", targets));
    // On a connection of before, too.
    for (path, expected) in [("/chat", 404), ("/moved", 200)] {
        client.post(path, &[], &asked).await;
        assert_eq!(client.answer().await.status, expected, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_goes_on_with_what_it_began_with() {
    let text = "word ".repeat(30);
    let step = Step {
        text: Some(text.clone()),
        chunk_delay_ms: Some(20),
        ..Step::default()
    };
    let mock = scripted(step).await;
    let served = serve(&single(target("openai", &mock)));
    let mut client = Client::connect(served.address).await;
    client.post("/chat", &[], &ask(true).to_string()).await;
    client.seen("word").await;
    replace(&served, &json!({ "_format_version": "3.0" }));
    assert_eq!(chat(served.address, &ask(false)).await.status, 404);
    let answer = client.answer().await;
    assert_eq!((answer.whole, answer.said()), (true, text));
    let lines = served.settled();
    let streamed = lines.iter().find(|line| line["response"]["status"] == 200);
    assert_eq!(streamed.unwrap()["route"]["name"], "chat");
}

/// Elsewhere, and of the proxy that is asked: weights that are alike take turns.
#[tokio::test(flavor = "multi_thread")]
async fn the_turn_survives_a_change_elsewhere() {
    let (first, second) = (mock().await, mock().await);
    let targets = [target("openai", &first), target("openai", &second)];
    let mut file = file(json!({ "targets": targets }));
    let served = serve(&file);
    let served_by = async || {
        let before = (first.attempts().len(), second.attempts().len());
        assert_eq!(chat(served.address, &ask(false)).await.status, 200);
        let after = (first.attempts().len(), second.attempts().len());
        (after.0 - before.0, after.1 - before.1)
    };
    assert_eq!(served_by().await, (1, 0));
    let other = file_at("/other", json!({ "targets": [target("openai", &first)] }));
    let mut other = other["routes"][0].clone();
    other["name"] = json!("other");
    file["routes"].as_array_mut().unwrap().insert(0, other);
    replace(&served, &file);
    assert_eq!(served_by().await, (0, 1));
    assert_eq!(served_by().await, (1, 0));
    file["routes"][1]["plugins"][0]["config"]["balancer"] = json!({ "retries": 1 });
    replace(&served, &file);
    assert_eq!(served_by().await, (0, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credential_is_the_new_files() {
    let mock = mock().await;
    let mut target = target("openai", &mock);
    let served = serve(&single(target.clone()));
    assert_eq!(chat(served.address, &ask(false)).await.status, 200);
    target["auth"]["header_value"] = json!("Bearer FAKE-second-key");
    replace(&served, &single(target));
    assert_eq!(chat(served.address, &ask(false)).await.status, 200);
    let keys: Vec<String> = mock
        .attempts()
        .iter()
        .map(|attempt| attempt.headers["authorization"].clone())
        .collect();
    assert_eq!(keys, ["Bearer FAKE-provider-key", "Bearer FAKE-second-key"]);
}

/// A gateway with an admin listener, and the file that it serves.
pub(crate) struct Filed {
    pub(crate) served: Served,
    pub(crate) path: PathBuf,
    _folder: TempDir,
}

impl Filed {
    pub(crate) fn new(file: &Value) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kong.json");
        fs::write(&path, file.to_string()).unwrap();
        Self {
            served: with_admin(file),
            path,
            _folder: folder,
        }
    }

    pub(crate) fn reloader(&self) -> FileReloader {
        let paths = vec![self.path.clone()];
        let sources = portolan_config::read(&paths).unwrap_or_else(|error| panic!("{error}"));
        FileReloader {
            reloader: Reloader::new(&self.served.gateway, sources),
            paths,
        }
    }

    pub(crate) fn write(&self, text: &str) {
        fs::write(&self.path, text).unwrap();
    }
}

pub(crate) struct FileReloader {
    reloader: Reloader,
    paths: Vec<PathBuf>,
}

impl FileReloader {
    pub(crate) fn reload(&mut self) -> Reloaded {
        self.reloader.reload(portolan_config::read(&self.paths))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_says_what_it_said_swaps_nothing() {
    let mock = mock().await;
    let targets = json!({ "targets": [target("openai", &mock)] });
    let filed = Filed::new(&file(targets.clone()));
    let mut reloader = filed.reloader();
    let before = status(&filed.served).await;
    assert_eq!(reloader.reload(), Reloaded::Unchanged);
    let after = status(&filed.served).await;
    assert_eq!(after["configuration_hash"], before["configuration_hash"]);
    let configuration = |status: &Value| status["portolan"]["configuration"].clone();
    let (before, after) = (configuration(&before), configuration(&after));
    assert_eq!(after["loaded_at"], before["loaded_at"]);
    assert_eq!(
        after["reloads"],
        json!({ "applied": 0, "unchanged": 1, "refused": 0 })
    );
    assert_eq!(after["last_reload"]["outcome"], "unchanged");

    filed.write(&file_at("/moved", targets).to_string());
    assert_eq!(reloader.reload(), Reloaded::Applied);
    let applied = configuration(&status(&filed.served).await);
    assert_ne!(applied["loaded_at"], before["loaded_at"]);
    assert_eq!(applied["last_reload"]["outcome"], "applied");
    assert_eq!(applied["last_reload"]["warnings"], 0);
    assert_eq!(chat(filed.served.address, &ask(false)).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_file_leaves_what_was_live_and_is_told() {
    let mock = mock().await;
    let filed = Filed::new(&single(target("openai", &mock)));
    let mut reloader = filed.reloader();
    let hash = status(&filed.served).await["configuration_hash"].clone();
    assert_eq!(hash.as_str().unwrap().len(), 32);
    filed.write("_format_version: \"3.0\"\nroutes:\n- nam: chat\n  paths: [/chat]\n");
    assert_eq!(reloader.reload(), Reloaded::Refused);

    let told = status(&filed.served).await;
    assert_eq!(told["configuration_hash"], hash);
    let configuration = &told["portolan"]["configuration"];
    let counts = json!({ "applied": 0, "unchanged": 0, "refused": 1 });
    assert_eq!(configuration["reloads"], counts);
    let last = &configuration["last_reload"];
    assert_eq!(last["outcome"], "refused");
    let fault = &last["faults"][0];
    assert_eq!(fault["severity"], "error");
    assert_eq!(fault["file"], filed.path.display().to_string());
    assert_eq!((&fault["line"], &fault["column"]), (&json!(3), &json!(3)));
    assert_eq!(fault["path"], "routes[0].nam");
    assert!(fault["message"].as_str().unwrap().contains("name"));
    assert_eq!(chat(filed.served.address, &ask(false)).await.status, 200);

    filed.write(&file_at("/mended", json!({ "targets": [target("openai", &mock)] })).to_string());
    assert_eq!(reloader.reload(), Reloaded::Applied);
    let last = &status(&filed.served).await["portolan"]["configuration"]["last_reload"];
    assert_eq!(
        (&last["outcome"], &last["faults"]),
        (&json!("applied"), &json!([]))
    );
    let asked = ask(false).to_string();
    let mended = post(filed.served.address, "/mended", &[], &asked).await;
    assert_eq!(mended.status, 200);
}

/// What a valid file asks for and this process does not have; and no file at all.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_cannot_run_here_leaves_what_was_live_and_is_told() {
    let mock = mock().await;
    let filed = Filed::new(&single(target("openai", &mock)));
    let mut reloader = filed.reloader();
    let mut unset = target("openai", &mock);
    unset["auth"]["header_value"] = json!("{vault://env/no-such-key}");
    filed.write(&single(unset).to_string());
    assert_eq!(reloader.reload(), Reloaded::Refused);
    let message = async || {
        let status = status(&filed.served).await;
        let last = &status["portolan"]["configuration"]["last_reload"];
        last["faults"][0]["message"].as_str().unwrap().to_owned()
    };
    let told = message().await;
    assert!(told.contains("NO_SUCH_KEY"), "{told}");

    fs::remove_file(&filed.path).unwrap();
    assert_eq!(reloader.reload(), Reloaded::Refused);
    let told = message().await;
    assert!(told.contains(filed.path.to_str().unwrap()), "{told}");
    assert_eq!(chat(filed.served.address, &ask(false)).await.status, 200);
}

/// R-91 of the admin listener: neither the live file's nor a refused one's.
#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_told_in_the_status() {
    const CANARY: &str = "Bearer CANARY-of-the-file";
    let mock = mock().await;
    let mut target = target("openai", &mock);
    target["auth"]["header_value"] = json!(CANARY);
    let mut file = single(target);
    let filed = Filed::new(&file);
    let mut reloader = filed.reloader();
    file["routes"][0]["nam"] = json!("chat");
    file["routes"][0]["plugins"][0]["config"]["targets"][0]["auth"]["header_valu"] = json!(CANARY);
    filed.write(&file.to_string());
    assert_eq!(reloader.reload(), Reloaded::Refused);
    let told = status(&filed.served).await.to_string();
    assert!(told.contains("header_valu"), "{told}");
    assert!(!told.contains("CANARY"), "{told}");
}
