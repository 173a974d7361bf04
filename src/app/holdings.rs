//! What each room holds of one person, from the highest room to the lowest.

use crate::{
    accounts::holding::Holding, audit, competitions, mail, messages, notifications, submissions, teams,
    uploads,
};

pub fn all() -> Vec<Holding> {
    vec![
        Holding {
            name: "questions",
            read: |conn, user| Box::pin(messages::held(conn, user)),
            // They go with the person's row.
            let_go: None,
        },
        Holding {
            name: "submissions",
            read: |conn, user| Box::pin(submissions::held(conn, user)),
            let_go: Some(|conn, user| Box::pin(submissions::let_go(conn, user))),
        },
        Holding {
            name: "teams",
            read: |conn, user| Box::pin(teams::store::held(conn, user)),
            let_go: Some(|conn, user| Box::pin(teams::departure::let_go(conn, user))),
        },
        Holding {
            name: "uploads",
            read: |conn, user| Box::pin(uploads::held(conn, user)),
            let_go: Some(|conn, user| Box::pin(uploads::let_go(conn, user))),
        },
        Holding {
            name: "organizes",
            read: |conn, user| Box::pin(competitions::store::organized_by(conn, user)),
            let_go: None,
        },
        Holding {
            name: "notifications",
            read: |conn, user| Box::pin(notifications::held(conn, user)),
            let_go: None,
        },
        Holding { name: "acts", read: |conn, user| Box::pin(audit::acts_of(conn, user)), let_go: None },
        Holding { name: "letters", read: |conn, user| Box::pin(mail::held(conn, user)), let_go: None },
    ]
}
