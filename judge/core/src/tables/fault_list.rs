//! Faults of one file, up to as many as somebody reads.

use crate::faults::{Fault, FaultKind, quote};

/// Faults that are listed before reading stops.
pub const MOST_FAULTS: usize = 50;

/// The list is full or the rest of the file cannot be read: there is nothing more to find.
#[derive(Debug)]
pub(super) struct Stop;

#[derive(Debug)]
pub(super) struct FaultList<'a> {
    file: &'a str,
    faults: Vec<Fault>,
}

impl<'a> FaultList<'a> {
    pub(super) fn new(file: &'a str) -> Self {
        Self { file, faults: Vec::new() }
    }

    pub(super) fn at_line(&mut self, line: u64, kind: FaultKind) -> Result<(), Stop> {
        self.push(Fault::at_line(self.file, line, kind))
    }

    pub(super) fn in_file(&mut self, kind: FaultKind) -> Result<(), Stop> {
        self.push(Fault::in_file(self.file, kind))
    }

    fn push(&mut self, fault: Fault) -> Result<(), Stop> {
        if self.faults.len() == MOST_FAULTS {
            let shown = MOST_FAULTS as u64;
            self.faults.push(Fault::in_file(self.file, FaultKind::TooManyFaults { shown }));
            return Err(Stop);
        }
        self.faults.push(fault);
        Ok(())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.faults.is_empty()
    }

    pub(super) fn into_faults(self) -> Vec<Fault> {
        self.faults
    }
}

/// A field of a table, as a fault shows it.
pub(crate) fn shown(field: &[u8]) -> String {
    /// No character takes more than 4 bytes; what lies behind is cut anyway.
    const LONGEST: usize = 4 * 81;
    let head = field.get(..LONGEST).unwrap_or(field);
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default(),
    };
    quote(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fifty_first_fault_ends_the_list_and_says_so() {
        let mut list = FaultList::new("p.csv");
        for line in 1..=50 {
            list.at_line(line, FaultKind::EmptyFile).unwrap();
        }
        assert!(list.at_line(51, FaultKind::EmptyFile).is_err());
        let faults = list.into_faults();
        assert_eq!(faults.len(), 51);
        assert_eq!(faults[50].kind, FaultKind::TooManyFaults { shown: 50 });
    }

    #[test]
    fn a_long_field_is_cut_between_characters() {
        let shown = shown("ữ".repeat(1_000_000).as_bytes());
        assert_eq!(shown, format!("{}…", "ữ".repeat(80)));
    }
}
