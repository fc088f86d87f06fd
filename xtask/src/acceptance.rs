//! `docs/acceptance.md`: tables of `| sentence | state | proof |`.
//! A sentence is `done` only while every test that its proof names ran and passed.

/// What the list claims and the tests do not show, a line each.
pub(crate) fn faults(text: &str, passed: impl Fn(&str) -> bool) -> Vec<String> {
    let rows: Vec<Row> = text
        .lines()
        .enumerate()
        .filter_map(|(index, line)| Row::read(index + 1, line))
        .collect();
    if rows.is_empty() {
        return vec!["docs/acceptance.md has no row".to_owned()];
    }
    rows.iter().filter_map(|row| row.fault(&passed)).collect()
}

struct Row {
    line: usize,
    cells: Vec<String>,
}

impl Row {
    /// None for what is no row of a table, and for its head.
    fn read(line: usize, text: &str) -> Option<Self> {
        let inner = text.trim().strip_prefix('|')?.strip_suffix('|')?;
        let cells: Vec<String> = cells(inner);
        let ruled = cells
            .iter()
            .all(|cell| !cell.is_empty() && cell.chars().all(|c| matches!(c, '-' | ':')));
        let headed = cells
            .get(1)
            .is_some_and(|cell| cell.eq_ignore_ascii_case("state"));
        (!ruled && !headed).then_some(Self { line, cells })
    }

    fn fault(&self, passed: impl Fn(&str) -> bool) -> Option<String> {
        let line = self.line;
        let fault = |what: &str| Some(format!("docs/acceptance.md:{line}: {what}"));
        let [_, state, proof] = self.cells.as_slice() else {
            return fault("a row has three cells: sentence, state, proof");
        };
        match state.as_str() {
            "done" => {
                let names = quoted(proof);
                if names.is_empty() {
                    return fault("done, and no test is named");
                }
                let missing: Vec<&str> = names.into_iter().filter(|name| !passed(name)).collect();
                if missing.is_empty() {
                    return None;
                }
                let missing = missing.join(", ");
                fault(&format!("done, but did not run and pass: {missing}"))
            }
            "refused" if proof.is_empty() => fault("refused, and its message is not given"),
            "refused" | "open" => None,
            other => fault(&format!("`{other}` is none of done, refused, open")),
        }
    }
}

/// The cells of a row; `\|` is a bar within one.
fn cells(row: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut characters = row.chars().peekable();
    while let Some(character) = characters.next() {
        match (character, characters.peek()) {
            ('\\', Some('|')) => {
                characters.next();
                push(&mut cells, '|');
            }
            ('|', _) => cells.push(String::new()),
            (other, _) => push(&mut cells, other),
        }
    }
    for cell in &mut cells {
        *cell = cell.trim().to_owned();
    }
    cells
}

fn push(cells: &mut [String], character: char) {
    if let Some(cell) = cells.last_mut() {
        cell.push(character);
    }
}

/// What stands between back-quotes.
fn quoted(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "\
# Acceptance

| sentence | state | proof |
| --- | :-: | --- |
| It serves a \\| b. | done | `serves`, `serves_both` |
| It flies. | refused | `flying is not served yet` |
| It swims. | open | |
";

    #[test]
    fn done_needs_every_test() {
        assert!(faults(LIST, |name| name.starts_with("serves")).is_empty());
        assert_eq!(
            faults(LIST, |name| name == "serves"),
            ["docs/acceptance.md:5: done, but did not run and pass: serves_both"]
        );
    }

    #[test]
    fn rows_that_claim_without_saying_what() {
        let wrong = [
            ("| a | done | tested |", "done, and no test is named"),
            ("| a | perhaps | `b` |", "`perhaps` is none of"),
            ("| a | done |", "three cells"),
            ("| a | refused | |", "its message is not given"),
        ];
        for (row, expected) in wrong {
            let faults = faults(row, |_| true);
            assert_eq!(faults.len(), 1, "{row}");
            assert!(faults[0].contains(expected), "{faults:?}");
        }
    }

    #[test]
    fn an_empty_list_is_a_fault() {
        assert_eq!(faults("# Acceptance\n", |_| true).len(), 1);
    }
}
