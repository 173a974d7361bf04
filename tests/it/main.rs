//! One binary for all integration tests of the server.

mod accounts;
mod architecture;
mod harness;
mod judging;
mod people;
mod teams;
