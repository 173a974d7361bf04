//! One binary for all integration tests of the server.

mod accounts;
mod architecture;
mod bad_input;
mod boards;
mod events;
mod harness;
mod judging;
mod people;
mod sandbox;
mod teams;
mod uploads;
