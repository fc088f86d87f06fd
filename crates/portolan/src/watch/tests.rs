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
        assert!(!watch.changed(), "nothing has changed yet");
        watch
    }
}

/// Seen, seen to stay so, and told once.
fn assert_noticed(watch: &mut Watch) {
    assert!(!watch.changed(), "it may be being written");
    assert!(watch.changed());
    assert!(!watch.changed());
}

fn assert_not_noticed(watch: &mut Watch) {
    for _ in 0..3 {
        assert!(!watch.changed());
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
        assert!(!watch.changed());
    }
    assert!(watch.changed());
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
    assert!(!watch.changed());
    watch.will_be_read();
    assert_not_noticed(&mut watch);
}
