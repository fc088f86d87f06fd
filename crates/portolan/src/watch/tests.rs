use std::os::unix::fs::symlink;

use tempfile::TempDir;

use super::*;

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Self(TempDir::new().unwrap());
        folder.write("kong.yaml", "_format_version: \"3.0\"\n");
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    fn rename(&self, from: &str, to: &str) {
        fs::rename(self.path(from), self.path(to)).unwrap();
    }

    fn watch(&self, name: &str) -> Watch {
        let mut watch = Watch::new(vec![self.path(name)]);
        watch.read().unwrap();
        assert!(watch.news().is_none(), "nothing has changed yet");
        watch
    }
}

/// Seen, seen to stay so, and told once.
fn assert_noticed(watch: &mut Watch) {
    assert!(watch.news().is_none(), "it may be being written");
    assert!(watch.news().is_some());
    assert!(watch.news().is_none());
}

fn assert_not_noticed(watch: &mut Watch) {
    for _ in 0..3 {
        assert!(watch.news().is_none());
    }
}

#[test]
fn a_file_written_anew_is_noticed() {
    let folder = Folder::new();
    let mut watch = folder.watch("kong.yaml");
    folder.write("kong.yaml", "_format_version: \"3.0\"\nroutes: []\n");
    assert_noticed(&mut watch);
}

/// As editors and deployments do it; also where the text is as long as it was.
#[test]
fn a_file_put_in_the_place_of_another_is_noticed() {
    let folder = Folder::new();
    let mut watch = folder.watch("kong.yaml");
    folder.write("new", "_format_version: \"2.1\"\n");
    folder.rename("new", "kong.yaml");
    assert_noticed(&mut watch);
}

#[test]
fn a_file_that_is_being_written_is_waited_for() {
    let folder = Folder::new();
    let mut watch = folder.watch("kong.yaml");
    for text in [
        "_for",
        "_format_version: ",
        "_format_version: \"3.0\"\nroutes: []\n",
    ] {
        folder.write("kong.yaml", text);
        assert!(watch.news().is_none());
    }
    assert!(watch.news().is_some());
}

#[test]
fn a_file_removed_and_put_back_is_noticed() {
    let folder = Folder::new();
    let mut watch = folder.watch("kong.yaml");
    folder.rename("kong.yaml", "elsewhere");
    assert_noticed(&mut watch);
    folder.rename("elsewhere", "kong.yaml");
    assert_noticed(&mut watch);
}

/// Kubernetes mounts a file as a link into a link to a folder, and puts that second link in place of the old.
#[test]
fn a_link_that_leads_elsewhere_is_noticed() {
    let folder = Folder::new();
    for (version, text) in [
        ("v1", "_format_version: \"3.0\"\n"),
        ("v2", "_format_version: \"2.1\"\n"),
    ] {
        fs::create_dir(folder.path(version)).unwrap();
        folder.write(&format!("{version}/kong.yaml"), text);
    }
    symlink("v1", folder.path("..data")).unwrap();
    fs::create_dir(folder.path("mounted")).unwrap();
    symlink("../..data/kong.yaml", folder.path("mounted/kong.yaml")).unwrap();
    for watched in ["mounted/kong.yaml", "mounted"] {
        let mut watch = folder.watch(watched);
        symlink("v2", folder.path("..new")).unwrap();
        folder.rename("..new", "..data");
        assert_noticed(&mut watch);
        symlink("v1", folder.path("..new")).unwrap();
        folder.rename("..new", "..data");
        assert_noticed(&mut watch);
    }
}

#[test]
fn of_a_folder_the_files_that_are_read_count() {
    let folder = Folder::new();
    let mut watch = folder.watch("");
    folder.write("more.yml", "_format_version: \"3.0\"\n");
    assert_noticed(&mut watch);
    folder.write("more.yml", "_format_version: \"3.0\"\nroutes: []\n");
    assert_noticed(&mut watch);
    fs::remove_file(folder.path("more.yml")).unwrap();
    assert_noticed(&mut watch);
    folder.write("kong.yaml.swp", "an editor's");
    assert_not_noticed(&mut watch);
}

#[test]
fn what_is_read_for_another_reason_is_no_change() {
    let folder = Folder::new();
    let mut watch = folder.watch("kong.yaml");
    folder.write("kong.yaml", "_format_version: \"3.0\"\nroutes: []\n");
    assert!(watch.news().is_none());
    watch.read().unwrap();
    assert_not_noticed(&mut watch);
}

/// However often they are looked at; and read as soon as they can be.
#[test]
fn files_that_cannot_be_read_are_told_once_and_tried_again() {
    let folder = Folder::new();
    let mut watch = folder.watch("kong.yaml");
    folder.rename("kong.yaml", "elsewhere");
    assert!(watch.news().is_none());
    assert!(watch.news().unwrap().is_err());
    assert_not_noticed(&mut watch);
    // Who asks is told.
    assert!(watch.read().is_err());
    // The file as it was, so that only the failure makes it news.
    folder.rename("elsewhere", "kong.yaml");
    watch.told = looks(&watch.paths);
    watch.last.clone_from(&watch.told);
    assert!(watch.news().unwrap().is_ok());
    assert_not_noticed(&mut watch);
}

/// `other.yaml` changes at every look, and does so when the change of `kong.yaml` has long ended.
#[test]
fn a_change_without_end_holds_no_other_up() {
    let folder = Folder::new();
    folder.write("other.yaml", "");
    let mut watch = folder.watch("");
    folder.write("kong.yaml", "_format_version: \"3.0\"\nroutes: []\n");
    for round in 0..2 {
        for look in 1..=PATIENCE as usize {
            folder.write("other.yaml", &"#".repeat(100 * (round + 1) + look));
            assert_eq!(watch.news().is_some(), look == PATIENCE as usize, "{look}");
        }
    }
}

#[test]
fn what_changes_while_it_is_read_is_read_again() {
    let folder = Folder::new();
    let mut watch = folder.watch("");
    let mut reads = 0;
    watch
        .read_with(|_| {
            reads += 1;
            if reads == 1 {
                folder.write("more.yaml", "_format_version: \"3.0\"\n");
            }
            Ok(Vec::new())
        })
        .unwrap();
    assert_eq!(reads, 2);
    assert_not_noticed(&mut watch);

    let mut reads = 0;
    watch
        .read_with(|_| {
            reads += 1;
            folder.write("more.yaml", &"#".repeat(reads));
            Ok(Vec::new())
        })
        .unwrap();
    assert_eq!(reads, 3);
    assert!(watch.news().is_some(), "what came after the last read");
}
