//! One binary for all integration tests of the server.

mod accounts;
mod architecture;
mod bad_input;
mod boards;
mod checks;
mod definitions;
mod downloads;
mod events;
mod export;
mod harness;
mod judging;
mod letters;
mod openapi;
mod people;
mod phases;
mod sandbox;
mod site;
mod teams;
mod uploads;
