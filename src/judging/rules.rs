//! How the queue orders jobs. Pure.
//!
//! Start-time fair queuing with the team as the flow and every job as one unit (P. Goyal, H. Vin, H. Cheng,
//! "Start-time Fair Queueing", SIGCOMM 1996): a job's turn is the later of the queue's virtual time (the turn
//! at its head) and the turn after the team's last waiting job. A team with a thousand jobs waiting and a team
//! with one get their next job in the same round, and nobody waits forever.

/// Scoring goes before prediction: it finishes what was begun.
pub const PRIORITY_PREDICT: i16 = 0;
pub const PRIORITY_SCORE: i16 = 10;

/// The turn of a new job.
///
/// `head`: turn of the first job that waits, of any team. `last`: highest turn of the team's jobs that wait or run.
pub fn turn(head: Option<i64>, last: Option<i64>) -> i64 {
    let virtual_time = head.unwrap_or(0);
    last.map_or(virtual_time, |last| virtual_time.max(last + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_further_job_of_a_team_comes_one_turn_later() {
        assert_eq!(turn(None, None), 0);
        assert_eq!(turn(Some(0), Some(0)), 1);
        assert_eq!(turn(Some(0), Some(999)), 1000);
    }

    #[test]
    fn a_newcomer_starts_in_the_round_that_is_served_now() {
        assert_eq!(turn(Some(412), None), 412);
    }

    #[test]
    fn a_team_that_was_idle_gets_no_credit_for_it() {
        assert_eq!(turn(Some(412), Some(3)), 412);
    }
}
