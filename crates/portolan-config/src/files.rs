//! Reading: files as they are, of a folder every YAML and JSON file directly in it.

use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

/// Some millions of lines: no file written for Kong comes near.
const MAX_BYTES: u64 = 64 << 20;

/// A file's name, for diagnostics, and its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    pub name: String,
    pub text: String,
}

#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error("cannot read {}: {error}", path.display())]
    Io { path: PathBuf, error: io::Error },
    #[error("{} is not UTF-8 text", path.display())]
    NotText { path: PathBuf },
    #[error("{} is larger than 64 MiB", path.display())]
    TooLarge { path: PathBuf },
    #[error("{} holds no file ending in .yaml, .yml or .json", path.display())]
    NoFiles { path: PathBuf },
    #[error("unknown file type: {}. (Accepted types: json, yaml)", path.display())]
    UnknownType { path: PathBuf },
}

/// In the order given; those of a folder by name. A file named outright may also be a device or a pipe.
pub fn read(paths: &[PathBuf]) -> Result<Vec<Source>, ReadError> {
    let mut sources = Vec::new();
    for path in paths {
        let failed = |error| ReadError::Io {
            path: path.clone(),
            error,
        };
        let kind = fs::metadata(path).map_err(failed)?;
        if !kind.is_dir() {
            if kind.is_file() && !is_kong_file(path) {
                return Err(ReadError::UnknownType { path: path.clone() });
            }
            sources.push(source(path)?);
            continue;
        }
        let files = listed(path).map_err(failed)?;
        if files.is_empty() {
            return Err(ReadError::NoFiles { path: path.clone() });
        }
        for file in files {
            sources.push(source(&file)?);
        }
    }
    Ok(sources)
}

/// The YAML and JSON files directly in a folder, by name; hidden ones are an editor's or Kubernetes' own.
pub fn listed(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        // Follows links: Kubernetes mounts files as links to links.
        let hidden = path
            .file_name()
            .is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if !hidden && is_kong_file(&path) && path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn is_kong_file(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str());
    matches!(ending, Some("yaml" | "yml" | "json"))
}

fn source(path: &Path) -> Result<Source, ReadError> {
    let failed = |error| ReadError::Io {
        path: path.to_owned(),
        error,
    };
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(failed)?;
    file.take(MAX_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(ReadError::TooLarge {
            path: path.to_owned(),
        });
    }
    let text = String::from_utf8(bytes).map_err(|_| ReadError::NotText {
        path: path.to_owned(),
    })?;
    Ok(Source {
        name: path.display().to_string(),
        text,
    })
}
