//! Teams, invitations and members, over HTTP.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use dautri::{
    accounts::{Role, secret},
    kernel::ids::{CompetitionId, TeamId},
    teams::store,
};
use reqwest::StatusCode;
use serde_json::json;
use sqlx::PgPool;
use uuid::Uuid;

use crate::people::{Answer, Browser, Site, until_waiting};

/// A competition with divisions a and b; returns its id.
async fn competition(db: &PgPool, slug: &str, max_members: i32) -> Uuid {
    let id: Uuid = sqlx::query_scalar(
        r#"INSERT INTO competitions (id, slug, title, summary, timezone, max_team_members, definition_hash)
           VALUES (gen_random_uuid(), $1, '{"vi": "Chữ số", "en": "Digits"}', '{"vi": "", "en": ""}',
                   'Asia/Ho_Chi_Minh', $2, '') RETURNING id"#,
    )
    .bind(slug)
    .bind(max_members)
    .fetch_one(db)
    .await
    .unwrap();
    sqlx::query(
        r#"INSERT INTO divisions (id, competition_id, slug, position, title)
           SELECT gen_random_uuid(), $1, d, 0, '{"vi": "Bảng", "en": "Board"}' FROM unnest('{a,b}'::text[]) d"#,
    )
    .bind(id)
    .execute(db)
    .await
    .unwrap();
    id
}

/// Makes the team hand something in.
async fn hand_in(db: &PgPool, team: &str, user: &str) {
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!(
        "WITH track AS (
               INSERT INTO tracks (id, competition_id, slug, position, kind, title, upload_max_bytes)
               SELECT gen_random_uuid(), competition_id, 't', 0, 'result', '{{}}', 1 FROM teams WHERE id = '{team}'
               RETURNING id),
           phase AS (
               INSERT INTO phases (id, track_id, slug, position, title, starts_at, ends_at, board)
               SELECT gen_random_uuid(), id, 'p', 0, '{{}}', now(), now() + interval '1 day', '{{}}' FROM track
               RETURNING id),
           blob AS (
               INSERT INTO blobs (id, sha256, size) VALUES (gen_random_uuid(), sha256(''), 0) RETURNING id),
           upload AS (
               INSERT INTO uploads (id, user_id, filename, length, expires_at)
               VALUES (gen_random_uuid(), '{user}', 'x', 0, now()) RETURNING id)
           INSERT INTO submissions (id, phase_id, team_id, blob_id, upload_id, filename, accepted_at, charged_day)
           SELECT gen_random_uuid(), phase.id, '{team}', blob.id, upload.id, 'x', now(), now()
           FROM phase, blob, upload"
    )))
    .execute(db)
    .await
    .unwrap();
}

async fn make_team(person: &Browser, competition: &str, name: &str) -> String {
    let answer = create(person, competition, name).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    answer.text("id")
}

async fn create(person: &Browser, competition: &str, name: &str) -> Answer {
    person.post(&format!("/competitions/{competition}/teams"), json!({ "name": name, "division": "a" })).await
}

async fn invite(leader: &Browser, team: &str) -> String {
    let answer = leader.post(&format!("/teams/{team}/invitations"), json!({})).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    answer.text("code")
}

async fn join(person: &Browser, code: &str) -> Answer {
    person.post(&format!("/invitations/{code}"), json!({})).await
}

async fn leave(person: &Browser, team: &str) -> Answer {
    person.delete(&format!("/teams/{team}/members/me")).await
}

/// Members' names in order; the leader's with a star.
async fn members(person: &Browser, team: &str) -> Vec<String> {
    let answer = person.get(&format!("/teams/{team}")).await;
    let star = |member: &serde_json::Value| if member["is_leader"] == true { "*" } else { "" };
    let name = |member: &serde_json::Value| format!("{}{}", member["name"].as_str().unwrap(), star(member));
    answer.body["members"].as_array().unwrap_or(&vec![]).iter().map(name).collect()
}

fn both(a: &Answer, b: &Answer) -> [(u16, String); 2] {
    let mut codes = [a, b].map(|answer| (answer.status.as_u16(), answer.code().1.to_owned()));
    codes.sort_unstable();
    codes
}

#[sqlx::test(migrations = "./migrations")]
async fn who_makes_a_team_leads_it(db: PgPool) {
    let site = Site::start(db.clone()).await;
    competition(&db, "digits", 3).await;
    let lan = site.person("lan").await;
    let answer = create(&lan, "digits", "  Trí  Tuệ Sài Gòn ").await;
    assert_eq!(answer.status, StatusCode::CREATED);
    insta::assert_json_snapshot!(answer.body, {
        ".**.id" => "[id]", ".**.created_at" => "[time]", ".**.joined_at" => "[time]",
    }, @r#"
    {
      "answers": {},
      "competition": {
        "id": "[id]",
        "max_team_members": 3,
        "min_team_members": 1,
        "slug": "digits",
        "title": {
          "en": "Digits",
          "vi": "Chữ số"
        }
      },
      "created_at": "[time]",
      "division": {
        "id": "[id]",
        "slug": "a",
        "title": {
          "en": "Board",
          "vi": "Bảng"
        }
      },
      "id": "[id]",
      "members": [
        {
          "id": "[id]",
          "is_leader": true,
          "joined_at": "[time]",
          "name": "lan"
        }
      ],
      "name": "Trí Tuệ Sài Gòn",
      "obstacles": [],
      "state": "approved"
    }
    "#);
    assert_eq!(lan.get("/me/teams").await.body, json!({ "items": [answer.body] }));
}

#[sqlx::test(migrations = "./migrations")]
async fn outsiders_see_what_a_board_shows_and_no_more(db: PgPool) {
    let site = Site::start(db.clone()).await;
    let id = competition(&db, "digits", 3).await;
    let lan = site.person("lan").await;
    let team = make_team(&lan, "digits", "Trí Tuệ").await;
    let (organizer, other) = (
        site.person_with("to-chuc", &[Role::Organizer]).await,
        site.person_with("khac", &[Role::Organizer]).await,
    );
    sqlx::query("INSERT INTO competition_organizers VALUES ($1, $2)")
        .bind(id)
        .bind(organizer.id.parse::<Uuid>().unwrap())
        .execute(&db)
        .await
        .unwrap();
    let admin = site.person_with("admin", &[Role::Admin]).await;
    let path = format!("/teams/{team}");
    for outsider in [site.browser(), site.person("minh").await, other] {
        let seen = outsider.get(&path).await.body;
        let fields: Vec<_> = seen.as_object().unwrap().keys().collect();
        assert_eq!(fields, ["division", "id", "name"]);
    }
    for insider in [lan, organizer, admin] {
        assert_eq!(insider.get(&path).await.body["members"][0]["name"], "lan");
    }
    assert_eq!(site.browser().get("/teams/x").await.code(), (404, "not-found"));
    assert_eq!(site.browser().get(&format!("/teams/{}", TeamId::new())).await.code(), (404, "not-found"));
}

#[sqlx::test(migrations = "./migrations")]
async fn a_team_needs_a_competition_a_division_and_a_name(db: PgPool) {
    let site = Site::start(db.clone()).await;
    competition(&db, "digits", 3).await;
    let lan = site.person("lan").await;
    for slug in ["khac", "%00", "%C4%91", &"x".repeat(300)] {
        assert_eq!(create(&lan, slug, "Trí Tuệ").await.code(), (404, "not-found"), "{slug}");
    }
    for division in ["c", "", "\u{0}", "A"] {
        let form = json!({ "name": "Trí Tuệ", "division": division });
        let answer = lan.post("/competitions/digits/teams", form).await;
        assert_eq!(
            (answer.code(), answer.text("field")),
            ((422, "invalid"), "division".into()),
            "{division:?}"
        );
    }
    for name in ["", " a ", "a\u{0}b", "a\u{200b}b", &"x".repeat(61)] {
        let answer = create(&lan, "digits", name).await;
        assert_eq!((answer.code(), answer.text("field")), ((422, "invalid"), "name".into()), "{name:?}");
    }
    assert_eq!(create(&site.browser(), "digits", "Trí Tuệ").await.code(), (401, "not-logged-in"));
}

#[sqlx::test(migrations = "./migrations")]
async fn names_differ_by_more_than_case_within_a_competition(db: PgPool) {
    let site = Site::start(db.clone()).await;
    competition(&db, "digits", 3).await;
    competition(&db, "diabetes", 3).await;
    let (lan, minh) = (site.person("lan").await, site.person("minh").await);
    make_team(&lan, "digits", "Team One").await;
    assert_eq!(create(&minh, "digits", "TEAM  one").await.code(), (409, "team-name-taken"));
    make_team(&minh, "diabetes", "TEAM one").await;
}

#[sqlx::test(migrations = "./migrations")]
async fn names_differ_by_more_than_case_with_vietnamese_letters_too(db: PgPool) {
    let site = Site::start(db.clone()).await;
    competition(&db, "digits", 3).await;
    let (lan, minh) = (site.person("lan").await, site.person("minh").await);
    make_team(&lan, "digits", "Đội Ếch").await;
    assert_eq!(create(&minh, "digits", "đội ếch").await.code(), (409, "team-name-taken"));
    let decomposed = "Đo\u{323}\u{302}i E\u{302}\u{301}ch";
    assert_eq!(create(&minh, "digits", decomposed).await.code(), (409, "team-name-taken"));
    make_team(&minh, "digits", "Đội Ech").await;
}

#[sqlx::test(migrations = "./migrations")]
async fn a_person_is_in_one_team_of_a_competition(db: PgPool) {
    let site = Site::start(db.clone()).await;
    competition(&db, "digits", 3).await;
    competition(&db, "diabetes", 3).await;
    let (lan, minh) = (site.person("lan").await, site.person("minh").await);
    let first = make_team(&lan, "digits", "Một").await;
    assert_eq!(create(&lan, "digits", "Một").await.code(), (409, "already-in-a-team"));
    assert_eq!(create(&lan, "digits", "Hai").await.code(), (409, "already-in-a-team"));
    let second = make_team(&lan, "diabetes", "Hai").await;
    let other = make_team(&minh, "digits", "Ba").await;
    assert_eq!(join(&lan, &invite(&minh, &other).await).await.code(), (409, "already-in-a-team"));
    let mine = lan.get("/me/teams").await.body;
    let ids: Vec<_> = mine["items"].as_array().unwrap().iter().map(|team| team["id"].clone()).collect();
    assert_eq!(ids, [second.as_str(), first.as_str()]);
}

#[sqlx::test(migrations = "./migrations")]
async fn of_two_teams_made_at_once_by_one_person_one_stands(db: PgPool) {
    let site = Site::start(db.clone()).await;
    competition(&db, "digits", 3).await;
    let lan = site.person("lan").await;
    let (a, b) = tokio::join!(create(&lan, "digits", "Một"), create(&lan, "digits", "Hai"));
    assert_eq!(both(&a, &b), [(201, String::new()), (409, "already-in-a-team".into())]);
    let teams: i64 = sqlx::query_scalar("SELECT count(*) FROM teams").fetch_one(&db).await.unwrap();
    assert_eq!(teams, 1, "the loser's team is not left empty");
}

#[sqlx::test(migrations = "./migrations")]
async fn only_the_leader_invites(db: PgPool) {
    let site = Site::start(db.clone()).await;
    competition(&db, "digits", 3).await;
    let (lan, minh, mai) = (site.person("lan").await, site.person("minh").await, site.person("mai").await);
    let team = make_team(&lan, "digits", "Trí Tuệ").await;
    let path = format!("/teams/{team}/invitations");
    let made = lan.post(&path, json!({})).await;
    let code = made.text("code");
    assert!(code.starts_with("dti_"));
    assert_eq!(made.text("link"), format!("http://dautri.test/join/{code}"));
    let (stored, days): (Vec<u8>, f64) = sqlx::query_as(
        "SELECT secret_hash, extract(epoch FROM expires_at - created_at)::float8 / 86400 FROM team_invitations",
    )
    .fetch_one(&db)
    .await
    .unwrap();
    assert_eq!(stored, secret::hash(&code));
    assert!((days - 7.0).abs() < 0.001, "{days}");

    assert_eq!(join(&minh, &code).await.status, StatusCode::OK);
    for (person, expected) in
        [(&minh, (403, "leader-only")), (&mai, (404, "not-found")), (&site.browser(), (401, "not-logged-in"))]
    {
        assert_eq!(person.post(&path, json!({})).await.code(), expected);
        assert_eq!(person.delete(&path).await.code(), expected);
    }
}

#[sqlx::test(migrations = "./migrations")]
async fn an_invitation_shows_its_holder_where_it_leads(db: PgPool) {
    let site = Site::start(db.clone()).await;
    competition(&db, "digits", 3).await;
    let lan = site.person("lan").await;
    let team = make_team(&lan, "digits", "Trí Tuệ").await;
    let code = invite(&lan, &team).await;
    let preview = site.browser().get(&format!("/invitations/{code}")).await;
    insta::assert_json_snapshot!(preview.body, { ".**.id" => "[id]", ".expires_at" => "[time]" }, @r#"
    {
      "competition": {
        "id": "[id]",
        "max_team_members": 3,
        "min_team_members": 1,
        "slug": "digits",
        "title": {
          "en": "Digits",
          "vi": "Chữ số"
        }
      },
      "expires_at": "[time]",
      "team": {
        "division": {
          "id": "[id]",
          "slug": "a",
          "title": {
            "en": "Board",
            "vi": "Bảng"
          }
        },
        "id": "[id]",
        "name": "Trí Tuệ"
      }
    }
    "#);
    assert_eq!(join(&site.browser(), &code).await.code(), (401, "not-logged-in"));
}

#[sqlx::test(migrations = "./migrations")]
async fn a_dead_invitation_opens_nothing(db: PgPool) {
    let site = Site::start(db.clone()).await;
    competition(&db, "digits", 9).await;
    let (lan, minh) = (site.person("lan").await, site.person("minh").await);
    let team = make_team(&lan, "digits", "Trí Tuệ").await;
    let expired = invite(&lan, &team).await;
    sqlx::query("UPDATE team_invitations SET expires_at = clock_timestamp()").execute(&db).await.unwrap();
    let revoked = invite(&lan, &team).await;
    let path = format!("/teams/{team}/invitations");
    assert_eq!(lan.delete(&path).await.status, StatusCode::NO_CONTENT);
    assert_eq!(lan.delete(&path).await.status, StatusCode::NO_CONTENT, "again changes nothing");
    let unknown = secret::fresh("dti_");
    for code in [&expired, &revoked, &unknown, "x", "dti_"] {
        assert_eq!(join(&minh, code).await.code(), (404, "invitation-not-valid"), "{code}");
        let preview = minh.get(&format!("/invitations/{code}")).await;
        assert_eq!(preview.code(), (404, "invitation-not-valid"), "{code}");
    }
    assert_eq!(join(&minh, "%00").await.code(), (404, "not-found"), "no code holds a NUL");
    assert_eq!(members(&lan, &team).await, ["lan*"]);
}

#[sqlx::test(migrations = "./migrations")]
async fn a_link_that_is_clicked_twice_changes_nothing(db: PgPool) {
    let site = Site::start(db.clone()).await;
    competition(&db, "digits", 2).await;
    let (lan, minh, mai) = (site.person("lan").await, site.person("minh").await, site.person("mai").await);
    let team = make_team(&lan, "digits", "Trí Tuệ").await;
    let code = invite(&lan, &team).await;
    let (a, b) = tokio::join!(join(&minh, &code), join(&minh, &code));
    assert_eq!([a.status, b.status], [StatusCode::OK; 2]);
    assert_eq!(a.body, b.body);
    assert_eq!(join(&lan, &code).await.status, StatusCode::OK, "the leader is in, though the team is full");
    let full = join(&mai, &code).await;
    assert_eq!((full.code(), &full.body["limit"]), ((409, "team-full"), &json!(2)));
    assert_eq!(members(&minh, &team).await, ["lan*", "minh"]);
}

#[sqlx::test(migrations = "./migrations")]
async fn of_two_who_take_the_last_place_at_once_one_gets_it(db: PgPool) {
    let site = Site::start(db.clone()).await;
    competition(&db, "digits", 2).await;
    let (lan, minh, mai) = (site.person("lan").await, site.person("minh").await, site.person("mai").await);
    let team = make_team(&lan, "digits", "Trí Tuệ").await;
    let (first, second) = (invite(&lan, &team).await, invite(&lan, &team).await);
    // Both wait for the team's row, so that neither has seen the other when it goes on.
    let mut tx = db.begin().await.unwrap();
    sqlx::query("SELECT 1 FROM teams FOR UPDATE").execute(&mut *tx).await.unwrap();
    let (a, b, ()) = tokio::join!(join(&minh, &first), join(&mai, &second), async {
        until_waiting(&db, 2).await;
        tx.rollback().await.unwrap();
    });
    assert_eq!(both(&a, &b), [(200, String::new()), (409, "team-full".into())]);
    assert_eq!(members(&lan, &team).await.len(), 2);
}

#[sqlx::test(migrations = "./migrations")]
async fn who_accepts_two_teams_at_once_is_in_one(db: PgPool) {
    let site = Site::start(db.clone()).await;
    competition(&db, "digits", 3).await;
    let (lan, minh, mai) = (site.person("lan").await, site.person("minh").await, site.person("mai").await);
    let (one, two) = (make_team(&lan, "digits", "Một").await, make_team(&minh, "digits", "Hai").await);
    let (first, second) = (invite(&lan, &one).await, invite(&minh, &two).await);
    let (a, b) = tokio::join!(join(&mai, &first), join(&mai, &second));
    assert_eq!(both(&a, &b), [(200, String::new()), (409, "already-in-a-team".into())]);
}

#[sqlx::test(migrations = "./migrations")]
async fn an_invitation_revoked_while_somebody_joins_does_not_let_them_in(db: PgPool) {
    let site = Site::start(db.clone()).await;
    competition(&db, "digits", 3).await;
    let (lan, minh) = (site.person("lan").await, site.person("minh").await);
    let team = make_team(&lan, "digits", "Trí Tuệ").await;
    let code = invite(&lan, &team).await;
    let mut tx = db.begin().await.unwrap();
    sqlx::query("SELECT 1 FROM teams FOR UPDATE").execute(&mut *tx).await.unwrap();
    let (answer, ()) = tokio::join!(join(&minh, &code), async {
        until_waiting(&db, 1).await;
        sqlx::query("UPDATE team_invitations SET revoked_at = clock_timestamp()")
            .execute(&mut *tx)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    });
    assert_eq!(answer.code(), (404, "invitation-not-valid"));
}

#[sqlx::test(migrations = "./migrations")]
async fn nobody_hoards_invitations(db: PgPool) {
    let site = Site::start(db.clone()).await;
    competition(&db, "digits", 3).await;
    let lan = site.person("lan").await;
    let team = make_team(&lan, "digits", "Trí Tuệ").await;
    for _ in 0..20 {
        invite(&lan, &team).await;
    }
    let path = format!("/teams/{team}/invitations");
    assert_eq!(lan.post(&path, json!({})).await.code(), (409, "invitation-limit"));
    lan.delete(&path).await;
    invite(&lan, &team).await;
}

#[sqlx::test(migrations = "./migrations")]
async fn a_leader_who_leaves_is_followed_by_the_longest_standing_member(db: PgPool) {
    let site = Site::start(db.clone()).await;
    competition(&db, "digits", 3).await;
    let (lan, minh, mai) = (site.person("lan").await, site.person("minh").await, site.person("mai").await);
    let team = make_team(&lan, "digits", "Trí Tuệ").await;
    let code = invite(&lan, &team).await;
    // Mai's account is the youngest, but she joined first.
    join(&mai, &code).await;
    join(&minh, &code).await;
    assert_eq!(leave(&lan, &team).await.status, StatusCode::NO_CONTENT);
    assert_eq!(members(&mai, &team).await, ["mai*", "minh"]);
    assert_eq!(members(&lan, &team).await, Vec::<String>::new());
    assert_eq!(leave(&lan, &team).await.code(), (404, "not-found"));
    assert_eq!(leave(&minh, &team).await.status, StatusCode::NO_CONTENT);
    assert_eq!(members(&mai, &team).await, ["mai*"]);
    make_team(&lan, "digits", "Đội mới").await;
}

#[sqlx::test(migrations = "./migrations")]
async fn leader_and_successor_who_leave_at_once_leave_a_led_team(db: PgPool) {
    let site = Site::start(db.clone()).await;
    competition(&db, "digits", 3).await;
    let (lan, minh, mai) = (site.person("lan").await, site.person("minh").await, site.person("mai").await);
    let team = make_team(&lan, "digits", "Trí Tuệ").await;
    let code = invite(&lan, &team).await;
    join(&minh, &code).await;
    join(&mai, &code).await;
    let (a, b) = tokio::join!(leave(&lan, &team), leave(&minh, &team));
    assert_eq!([a.status, b.status], [StatusCode::NO_CONTENT; 2]);
    assert_eq!(members(&mai, &team).await, ["mai*"]);
}

#[sqlx::test(migrations = "./migrations")]
async fn with_its_last_member_a_team_that_handed_nothing_in_ends(db: PgPool) {
    let site = Site::start(db.clone()).await;
    competition(&db, "digits", 3).await;
    let (lan, minh) = (site.person("lan").await, site.person("minh").await);
    let team = make_team(&lan, "digits", "Trí Tuệ").await;
    let code = invite(&lan, &team).await;
    assert_eq!(leave(&lan, &team).await.status, StatusCode::NO_CONTENT);
    assert_eq!(lan.get(&format!("/teams/{team}")).await.code(), (404, "not-found"));
    assert_eq!(join(&minh, &code).await.code(), (404, "invitation-not-valid"));
    make_team(&minh, "digits", "Trí Tuệ").await;
}

#[sqlx::test(migrations = "./migrations")]
async fn the_last_member_of_a_team_that_handed_something_in_stays(db: PgPool) {
    let site = Site::start(db.clone()).await;
    competition(&db, "digits", 3).await;
    let (lan, minh) = (site.person("lan").await, site.person("minh").await);
    let team = make_team(&lan, "digits", "Trí Tuệ").await;
    hand_in(&db, &team, &lan.id).await;
    assert_eq!(leave(&lan, &team).await.code(), (409, "last-member"));
    let own = format!("/teams/{team}/members/{}", lan.id);
    assert_eq!(lan.delete(&own).await.code(), (409, "last-member"));
    assert_eq!(members(&lan, &team).await, ["lan*"], "nothing was changed half-way");
    join(&minh, &invite(&lan, &team).await).await;
    let (a, b) = tokio::join!(leave(&lan, &team), leave(&minh, &team));
    assert_eq!(both(&a, &b), [(204, String::new()), (409, "last-member".into())]);
}

#[sqlx::test(migrations = "./migrations")]
async fn only_the_leader_takes_members_out(db: PgPool) {
    let site = Site::start(db.clone()).await;
    competition(&db, "digits", 3).await;
    let (lan, minh, mai) = (site.person("lan").await, site.person("minh").await, site.person("mai").await);
    let team = make_team(&lan, "digits", "Trí Tuệ").await;
    let code = invite(&lan, &team).await;
    join(&minh, &code).await;
    let path = |person: &Browser| format!("/teams/{team}/members/{}", person.id);
    assert_eq!(minh.delete(&path(&lan)).await.code(), (403, "leader-only"));
    assert_eq!(mai.delete(&path(&lan)).await.code(), (404, "not-found"));
    assert_eq!(lan.delete(&path(&mai)).await.code(), (404, "not-found"));
    assert_eq!(lan.delete(&format!("/teams/{team}/members/x")).await.code(), (404, "not-found"));
    assert_eq!(lan.delete(&path(&minh)).await.status, StatusCode::NO_CONTENT);
    assert_eq!(members(&lan, &team).await, ["lan*"]);
    assert_eq!(members(&minh, &team).await, Vec::<String>::new());
    join(&minh, &code).await;
    assert_eq!(lan.delete(&path(&lan)).await.status, StatusCode::NO_CONTENT);
    assert_eq!(members(&minh, &team).await, ["minh*"]);
}

#[sqlx::test(migrations = "./migrations")]
async fn other_rooms_learn_which_team_a_person_is_in(db: PgPool) {
    let site = Site::start(db.clone()).await;
    let digits = CompetitionId(competition(&db, "digits", 3).await);
    let diabetes = CompetitionId(competition(&db, "diabetes", 3).await);
    let (lan, minh) = (site.person("lan").await, site.person("minh").await);
    let team: TeamId = make_team(&lan, "digits", "Trí Tuệ").await.parse().unwrap();
    let (lan, minh) = (lan.id.parse().unwrap(), minh.id.parse().unwrap());
    let mut conn = db.acquire().await.unwrap();
    assert_eq!(store::team_of(&mut conn, digits, lan).await.unwrap(), Some(team));
    assert_eq!(store::team_of(&mut conn, digits, minh).await.unwrap(), None);
    assert_eq!(store::team_of(&mut conn, diabetes, lan).await.unwrap(), None);
    assert!(store::is_member(&mut conn, team, lan).await.unwrap());
    assert!(!store::is_member(&mut conn, team, minh).await.unwrap());
}
