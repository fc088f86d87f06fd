//! Splices members of a JSON object, or pieces within them, and leaves every other byte as it was.
//! The result is a short list of slices with an exact length: the prompt is neither copied nor written anew.

use std::ops::Range;

use bytes::Bytes;

use crate::json::{Members, push_text};

/// One change to an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// Gives the known name a value: in place where it stands, else as the last member.
    Set { known: usize, json: Vec<u8> },
    /// Leaves the known name out.
    Remove { known: usize },
    /// Changes pieces of the known name's value, in the order in which they stand.
    Within { known: usize, pieces: Vec<Piece> },
}

/// What takes the place of some bytes of a document, or comes between two of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    pub at: Range<usize>,
    pub json: Vec<u8>,
}

impl Edit {
    pub(crate) fn known(&self) -> usize {
        match self {
            Self::Set { known, .. } | Self::Remove { known } | Self::Within { known, .. } => *known,
        }
    }
}

/// `document` with the edits made, as slices in order. `names` are those that `members` was read with;
/// an edit that names one twice, or removes an absent one or changes it within, changes nothing more.
pub fn splice(document: &Bytes, members: &Members, names: &[&str], edits: &[Edit]) -> Vec<Bytes> {
    let mut slices = Slices {
        document,
        copied: 0,
        slices: Vec::with_capacity(2 * edits.len() + 1),
    };
    let kept = |index: usize| !removed(members, edits, index);
    let mut any_kept = false;
    for (index, member) in members.members.iter().enumerate() {
        if !kept(index) {
            // A member goes with the comma before it; where nothing is kept before, with the one after it.
            if any_kept {
                slices.copy_to(members.members[index - 1].value.end);
            } else if index == 0 {
                slices.copy_to(member.start);
            }
            let next_kept = (index + 1..members.members.len()).find(|next| kept(*next));
            slices.copied = match next_kept {
                Some(next) if !any_kept => members.members[next].start,
                _ => member.value.end,
            };
            continue;
        }
        any_kept = true;
        if let Some(json) = replacement(edits, member.known) {
            slices.copy_to(member.value.start);
            slices.push(Bytes::copy_from_slice(json));
            slices.copied = member.value.end;
            continue;
        }
        for piece in pieces(edits, member.known) {
            slices.copy_to(piece.at.start);
            slices.push(Bytes::copy_from_slice(&piece.json));
            slices.copied = piece.at.end;
        }
    }
    let added = additions(members, names, edits, any_kept);
    if !added.is_empty() {
        slices.copy_to(members.close);
        slices.push(Bytes::from(added));
    }
    slices.copy_to(document.len());
    slices.slices
}

fn removed(members: &Members, edits: &[Edit], index: usize) -> bool {
    members.members[index].known.is_some_and(|known| {
        edits
            .iter()
            .any(|edit| matches!(edit, Edit::Remove { .. }) && edit.known() == known)
    })
}

fn replacement(edits: &[Edit], known: Option<usize>) -> Option<&[u8]> {
    let known = known?;
    edits.iter().find_map(|edit| match edit {
        Edit::Set { json, .. } if edit.known() == known => Some(json.as_slice()),
        Edit::Set { .. } | Edit::Remove { .. } | Edit::Within { .. } => None,
    })
}

fn pieces(edits: &[Edit], known: Option<usize>) -> &[Piece] {
    let pieces = edits.iter().find_map(|edit| match edit {
        Edit::Within { pieces, .. } if Some(edit.known()) == known => Some(pieces.as_slice()),
        Edit::Set { .. } | Edit::Remove { .. } | Edit::Within { .. } => None,
    });
    pieces.unwrap_or_default()
}

fn additions(members: &Members, names: &[&str], edits: &[Edit], any_kept: bool) -> Vec<u8> {
    let mut added = Vec::new();
    for edit in edits {
        if let Edit::Set { known, json } = edit
            && members.get(*known).is_none()
        {
            if any_kept || !added.is_empty() {
                added.push(b',');
            }
            push_text(&mut added, names[*known]);
            added.push(b':');
            added.extend_from_slice(json);
        }
    }
    added
}

struct Slices<'d> {
    document: &'d Bytes,
    copied: usize,
    slices: Vec<Bytes>,
}

impl Slices<'_> {
    fn copy_to(&mut self, end: usize) {
        if end > self.copied {
            self.slices.push(self.document.slice(self.copied..end));
            self.copied = end;
        }
    }

    fn push(&mut self, bytes: Bytes) {
        self.slices.push(bytes);
    }
}

#[cfg(test)]
mod tests;
