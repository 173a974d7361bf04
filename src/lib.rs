//! Đấu Trí: the contest server, and the one binary that runs all of it.
//!
//! The rooms stand in this order, from the ground up; a lower room never imports a higher one (a test checks
//! it). `app` puts them together, `cli` starts them.

pub mod kernel;

pub mod config;

pub mod db;
pub mod storage;

pub mod events;

pub mod mail;

pub mod web;

pub mod audit;

pub mod accounts;

pub mod notifications;

pub mod competitions;

pub mod uploads;

pub mod data;

pub mod teams;

pub mod leaderboard;

pub mod phases;

pub mod judging;

pub mod submissions;

pub mod definitions;

pub mod messages;
pub mod oversight;

pub mod follow;
pub mod site;

pub mod app;
pub mod cli;
