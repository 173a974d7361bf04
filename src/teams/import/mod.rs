//! Teams in a spreadsheet: one row for each member. Pure.

mod columns;
mod report;
mod rows;

pub use columns::{Columns, HeaderFault, header_of};
pub use report::{Outcome, Report, RowFault, RowReport};
pub use rows::{Entry, entries};
