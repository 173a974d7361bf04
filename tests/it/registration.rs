//! How teams register: approval, windows, the form, sizes, and who may not start over.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use dautri::accounts::Role;
use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::harness::{Answer, Browser, Contest, Server};

const CSV: &[u8] = b"id,label\na,x\nb,y\nc,x\nd,x\n";

/// A contest whose organizer is not an administrator.
struct Stage {
    server: Server,
    organizer: Browser,
    phase: String,
}

impl Stage {
    async fn open(db: PgPool, contest: Contest) -> Self {
        let server = Server::start(db).await;
        let organizer = server.person_with("to-chuc", &[Role::Organizer]).await;
        let phase = contest.import(&organizer).await;
        Self { server, organizer, phase }
    }

    async fn decide(&self, teams: &[&str], decision: &str, reason: &str) -> Answer {
        let body = json!({ "teams": teams, "decision": decision, "reason": reason });
        self.organizer.post("/competitions/thi/teams/decisions", body).await
    }

    async fn acts(&self) -> Vec<(String, String)> {
        let acts = "SELECT verb, reason FROM audit_acts WHERE verb LIKE 'team.%' ORDER BY id";
        sqlx::query_as(acts).fetch_all(&self.server.db).await.unwrap()
    }

    /// Kinds of the notices that a person got, in order.
    async fn told(&self, person: &Browser) -> Vec<String> {
        sqlx::query_scalar("SELECT notice ->> 'kind' FROM notifications WHERE user_id = $1::uuid ORDER BY id")
            .bind(&person.id)
            .fetch_all(&self.server.db)
            .await
            .unwrap()
    }
}

fn approved_contest() -> Contest {
    Contest::result().with("/registration", json!({ "approval": "required" }))
}

async fn make(person: &Browser, body: Value) -> Answer {
    person.post("/competitions/thi/teams", body).await
}

async fn team(person: &Browser, name: &str) -> String {
    let answer = make(person, json!({ "name": name, "division": "a" })).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    answer.text("id")
}

async fn invitation(leader: &Browser, team: &str) -> String {
    leader.post(&format!("/teams/{team}/invitations"), json!({})).await.text("code")
}

async fn join(person: &Browser, code: &str, body: Value) -> Answer {
    person.post(&format!("/invitations/{code}"), body).await
}

#[sqlx::test(migrations = "./migrations")]
async fn a_team_hands_in_once_an_organizer_approved_it(db: PgPool) {
    let stage = Stage::open(db, approved_contest()).await;
    let lan = stage.server.person("lan").await;
    let id = team(&lan, "Sao Mai").await;
    let shown = lan.get(&format!("/teams/{id}")).await.body;
    assert_eq!(shown["state"], "waiting");
    assert_eq!(shown["obstacles"][0]["code"], "team-not-approved");
    assert_eq!(lan.hand_in(&stage.phase, "p.csv", CSV).await.code(), (403, "team-not-approved"));

    let refused = stage.decide(&[&id], "refuse", "Thiếu giấy xác nhận.").await;
    assert_eq!(refused.body["items"][0]["state"], "refused");
    assert_eq!(lan.get(&format!("/teams/{id}")).await.body["state_reason"], "Thiếu giấy xác nhận.");
    let answer = lan.hand_in(&stage.phase, "p.csv", CSV).await;
    assert_eq!(answer.code(), (403, "team-refused"));
    assert!(answer.text("vi").contains("Thiếu giấy xác nhận."));

    let approved = stage.decide(&[&id], "approve", "").await;
    assert_eq!(approved.body["items"][0]["result"], "changed");
    assert_eq!(stage.decide(&[&id], "approve", "").await.body["items"][0]["result"], "unchanged");
    assert_eq!(lan.hand_in(&stage.phase, "p.csv", CSV).await.status, StatusCode::CREATED);
    assert_eq!(stage.told(&lan).await, ["team_refused", "team_approved"]);
    let acts = stage.acts().await;
    let expected = [("team.refused", "Thiếu giấy xác nhận."), ("team.approved", "")];
    assert_eq!(acts, expected.map(|(verb, reason)| (verb.to_owned(), reason.to_owned())));
}

#[sqlx::test(migrations = "./migrations")]
async fn many_teams_are_decided_at_once_and_one_that_cannot_be_keeps_none_from_it(db: PgPool) {
    let contest = approved_contest().with("/teams", json!({ "min_members": 2, "max_members": 3 }));
    let stage = Stage::open(db, contest).await;
    let (lan, minh, mai) = (
        stage.server.person("lan").await,
        stage.server.person("minh").await,
        stage.server.person("mai").await,
    );
    let (one, two) = (team(&lan, "Một").await, team(&minh, "Hai").await);
    join(&mai, &invitation(&lan, &one).await, json!({})).await;
    let nobody = uuid::Uuid::nil().to_string();
    let decided = stage.decide(&[&one, &two, &nobody, &one], "approve", "").await.body;
    let results: Vec<_> =
        decided["items"].as_array().unwrap().iter().map(|i| (&i["result"], &i["code"])).collect();
    assert_eq!(
        results,
        [
            (&json!("changed"), &Value::Null),
            (&json!("error"), &json!("team-too-small")),
            (&json!("error"), &json!("not-found"))
        ]
    );
    assert_eq!(minh.hand_in(&stage.phase, "p.csv", CSV).await.code(), (403, "team-not-approved"));
    assert_eq!(lan.delete(&format!("/teams/{one}/members/{}", mai.id)).await.status, StatusCode::NO_CONTENT);
    assert_eq!(lan.hand_in(&stage.phase, "p.csv", CSV).await.code(), (403, "team-too-small"));
}

#[sqlx::test(migrations = "./migrations")]
async fn organizers_alone_list_and_decide(db: PgPool) {
    let stage = Stage::open(db, approved_contest()).await;
    let lan = stage.server.person("lan").await;
    let id = team(&lan, "Sao Mai").await;
    let other = stage.server.person_with("khac", &[Role::Organizer]).await;
    let body = json!({ "teams": [id], "decision": "approve" });
    for (person, expected) in [
        (&lan, (403, "forbidden")),
        (&other, (403, "forbidden")),
        (&stage.server.browser(), (401, "not-logged-in")),
    ] {
        assert_eq!(person.get("/competitions/thi/teams").await.code(), expected);
        assert_eq!(person.post("/competitions/thi/teams/decisions", body.clone()).await.code(), expected);
        assert_eq!(person.get("/competitions/thi/departures").await.code(), expected);
        let note = person.put(&format!("/teams/{id}/note"), json!({ "note": "Chào" })).await;
        assert_eq!(note.code(), expected);
        let moved = json!({ "division": "b", "reason": "Sai bảng" });
        assert_eq!(person.put(&format!("/teams/{id}/division"), moved).await.code(), expected);
    }
    assert_eq!(stage.organizer.get("/competitions/khac/teams").await.code(), (404, "not-found"));
    for (teams, decision, reason, field) in [
        (json!([]), "approve", "", "teams"),
        (json!(vec![&id; 501]), "approve", "", "teams"),
        (json!([id]), "refuse", " ", "reason"),
        (json!([id]), "refuse", "a\u{0}b", "reason"),
    ] {
        let body = json!({ "teams": teams, "decision": decision, "reason": reason });
        let answer = stage.organizer.post("/competitions/thi/teams/decisions", body).await;
        assert_eq!((answer.code(), answer.text("field")), ((422, "invalid"), field.to_owned()));
    }
    assert_eq!(stage.acts().await, []);
}

#[sqlx::test(migrations = "./migrations")]
async fn the_list_is_filtered_and_paged_and_shows_addresses(db: PgPool) {
    let stage = Stage::open(db, approved_contest()).await;
    let mut ids = Vec::new();
    for (person, name) in [("lan", "Đội Ếch"), ("minh", "Sao Mai"), ("mai", "Biển Xanh")] {
        ids.push(team(&stage.server.person(person).await, name).await);
    }
    stage.decide(&[&ids[1]], "approve", "").await;
    stage
        .organizer
        .put(&format!("/teams/{}/division", ids[2]), json!({ "division": "b", "reason": "r" }))
        .await;
    let names = async |query: &str| {
        let page = stage.organizer.get(&format!("/competitions/thi/teams?{query}")).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        let items = page.body["items"].as_array().unwrap().clone();
        items.iter().map(|item| item["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names("").await, ["Biển Xanh", "Sao Mai", "Đội Ếch"]);
    assert_eq!(names("state=approved").await, ["Sao Mai"]);
    assert_eq!(names("state=waiting").await, ["Biển Xanh", "Đội Ếch"]);
    assert_eq!(names("division=b").await, ["Biển Xanh"]);
    assert_eq!(names("search=%C4%91%E1%BB%99i+%E1%BA%BFch").await, ["Đội Ếch"], "case does not matter");
    assert_eq!(names("search=MINH%40truong").await, ["Sao Mai"], "a member's address");
    assert_eq!(names("search=%25").await, [""; 0], "no pattern");
    assert_eq!(names("search=%00").await, [""; 0]);
    assert_eq!(names("state=waiting&division=b&search=xanh").await, ["Biển Xanh"]);
    let first = stage.organizer.get("/competitions/thi/teams?limit=2").await.body;
    assert_eq!(first["items"][0]["members"][0]["email"], "mai@truong.edu.vn");
    let next = first["next"].as_str().unwrap();
    assert_eq!(names(&format!("limit=2&cursor={next}")).await, ["Đội Ếch"]);
    assert_eq!(stage.organizer.get("/competitions/thi/teams?state=x").await.code(), (400, "wrong-query"));
}

#[sqlx::test(migrations = "./migrations")]
async fn a_note_is_seen_by_the_team_alone_and_told(db: PgPool) {
    let stage = Stage::open(db, Contest::result()).await;
    let lan = stage.server.person("lan").await;
    let id = team(&lan, "Sao Mai").await;
    let path = format!("/teams/{id}/note");
    let write = async |text: &str| stage.organizer.put(&path, json!({ "note": text })).await;
    assert_eq!(write("Hãy bổ sung giấy xác nhận.").await.text("note"), "Hãy bổ sung giấy xác nhận.");
    write("Hãy bổ sung giấy xác nhận.").await;
    assert_eq!(lan.get(&format!("/teams/{id}")).await.body["note"], "Hãy bổ sung giấy xác nhận.");
    assert_eq!(stage.server.browser().get(&format!("/teams/{id}")).await.body["note"], Value::Null);
    assert_eq!(write("").await.body["note"], Value::Null);
    assert_eq!(stage.told(&lan).await, ["team_note"], "the same note again tells nobody");
    assert_eq!(write(&"x".repeat(501)).await.code(), (422, "invalid"));
    assert_eq!(stage.acts().await.len(), 2);
}

#[sqlx::test(migrations = "./migrations")]
async fn teams_are_made_and_joined_while_registration_is_open(db: PgPool) {
    let window = |opens: &str, closes: &str| {
        Contest::result().with("/registration", json!({ "opens": opens, "closes": closes }))
    };
    let (past, future) = ("2020-01-01T00:00:00+07:00", "2100-01-01T00:00:00+07:00");
    let stage = Stage::open(db, window(past, future)).await;
    let (lan, minh) = (stage.server.person("lan").await, stage.server.person("minh").await);
    let id = team(&lan, "Sao Mai").await;
    let code = invitation(&lan, &id).await;
    assert_eq!(stage.server.browser().get("/competitions/thi/registration").await.body["is_open"], true);

    window(future, "2101-01-01T00:00:00+07:00").import(&stage.organizer).await;
    let answer = make(&minh, json!({ "name": "Hai", "division": "a" })).await;
    assert_eq!(answer.code(), (409, "registration-not-open"));
    window(past, "2020-02-01T00:00:00+07:00").import(&stage.organizer).await;
    let registration = minh.get("/competitions/thi/registration").await.body;
    assert_eq!(registration["is_open"], false);
    let answer = make(&minh, json!({ "name": "Hai", "division": "a" })).await;
    assert_eq!(answer.code(), (409, "registration-closed"));
    assert_eq!(join(&minh, &code, json!({})).await.code(), (409, "registration-closed"));
    let rename = lan.put(&format!("/teams/{id}/name"), json!({ "name": "Sao Hôm" })).await;
    assert_eq!(rename.code(), (409, "registration-closed"));
    let renamed = stage.organizer.put(&format!("/teams/{id}/name"), json!({ "name": "Sao Hôm" })).await;
    assert_eq!(renamed.text("name"), "Sao Hôm", "organizers correct names at any time");
    assert_eq!(lan.hand_in(&stage.phase, "p.csv", CSV).await.status, StatusCode::CREATED);
}

#[sqlx::test(migrations = "./migrations")]
async fn the_form_is_answered_strictly_and_shown_to_team_and_organizers(db: PgPool) {
    let text = |t: &str| json!({ "vi": t, "en": t });
    let fields = json!([
        { "key": "school", "title": text("Trường"), "kind": "text", "required": true, "max_length": 10 },
        { "key": "size", "title": text("Cỡ áo"), "kind": "choice", "of": "member", "required": true,
          "choices": [{ "value": "s", "title": text("Nhỏ") }, { "value": "l", "title": text("Lớn") }] },
    ]);
    let contest = Contest::result().with("/registration", json!({ "fields": fields }));
    let stage = Stage::open(db, contest.clone()).await;
    let (lan, minh) = (stage.server.person("lan").await, stage.server.person("minh").await);
    let form = |answers: Value, own: Value| json!({ "name": "Sao Mai", "division": "a", "answers": answers, "own_answers": own });
    for (answers, own, field) in [
        (json!({}), json!({ "size": "s" }), "answers.school"),
        (json!({ "school": "dài hơn mười ký tự" }), json!({ "size": "s" }), "answers.school"),
        (json!({ "school": "A" }), json!({}), "answers.size"),
        (json!({ "school": "A" }), json!({ "size": "xl" }), "answers.size"),
        (json!({ "school": "A", "other": 1 }), json!({ "size": "s" }), "answers.other"),
    ] {
        let answer = make(&lan, form(answers, own)).await;
        assert_eq!((answer.code(), answer.text("field")), ((422, "invalid"), field.to_owned()));
    }
    let made = make(&lan, form(json!({ "school": "Trường A" }), json!({ "size": "s" }))).await;
    let id = made.text("id");
    let code = invitation(&lan, &id).await;
    assert_eq!(join(&minh, &code, json!({})).await.code(), (422, "invalid"));
    assert_eq!(join(&minh, &code, json!({ "answers": { "size": "l" } })).await.status, StatusCode::OK);
    for person in [&minh, &stage.organizer] {
        let shown = person.get(&format!("/teams/{id}")).await.body;
        assert_eq!(shown["answers"], json!({ "school": "Trường A" }));
        assert_eq!(shown["members"][1]["answers"], json!({ "size": "l" }));
    }
    assert_eq!(stage.server.browser().get(&format!("/teams/{id}")).await.body["answers"], Value::Null);

    // A question that came later keeps the team from handing in until it is answered.
    let later = contest.with("/registration/fields/0/key", json!("city"));
    later.import(&stage.organizer).await;
    let answer = lan.hand_in(&stage.phase, "p.csv", CSV).await;
    assert_eq!(answer.code(), (403, "answers-missing"));
    assert!(answer.text("en").contains("city"));
    let own = minh.put(&format!("/teams/{id}/answers"), json!({ "answers": { "city": "Huế" } })).await;
    assert_eq!(own.code(), (403, "leader-only"));
    let answered = lan.put(&format!("/teams/{id}/answers"), json!({ "answers": { "city": "Huế" } })).await;
    assert_eq!(answered.body["obstacles"], json!([]));
    let size = json!({ "answers": { "size": "s" } });
    let own = minh.put(&format!("/teams/{id}/members/me/answers"), size).await;
    assert_eq!(own.body["members"][1]["answers"]["size"], "s");
    assert_eq!(lan.hand_in(&stage.phase, "p.csv", CSV).await.status, StatusCode::CREATED);
}

#[sqlx::test(migrations = "./migrations")]
async fn what_was_approved_stays_as_it_was_approved(db: PgPool) {
    let text = |t: &str| json!({ "vi": t, "en": t });
    let fields = json!([{ "key": "school", "title": text("Trường"), "kind": "text", "required": true }]);
    let rules = json!({ "approval": "required", "fields": fields });
    let stage = Stage::open(db, Contest::result().with("/registration", rules)).await;
    let lan = stage.server.person("lan").await;
    let body = json!({ "name": "Sao Mai", "division": "a", "answers": { "school": "A" } });
    let id = make(&lan, body).await.text("id");
    stage.decide(&[&id], "refuse", "Trường nào?").await;
    let answers = json!({ "answers": { "school": "B" } });
    let path = format!("/teams/{id}/answers");
    assert_eq!(lan.put(&path, answers.clone()).await.body["state"], "waiting", "it is considered again");
    stage.decide(&[&id], "approve", "").await;
    assert_eq!(lan.put(&path, answers).await.code(), (409, "answers-approved"));
    let rename = lan.put(&format!("/teams/{id}/name"), json!({ "name": "Khác" })).await;
    assert_eq!(rename.code(), (409, "name-approved"));
}

#[sqlx::test(migrations = "./migrations")]
async fn a_division_has_sizes_of_its_own(db: PgPool) {
    let text = |t: &str| json!({ "vi": t, "en": t });
    let divisions = json!([
        { "slug": "a", "title": text("A"), "max_members": 1 },
        { "slug": "b", "title": text("B"), "min_members": 2 },
    ]);
    let stage = Stage::open(db, Contest::result().with("/divisions", divisions)).await;
    let (lan, minh) = (stage.server.person("lan").await, stage.server.person("minh").await);
    let id = team(&lan, "Sao Mai").await;
    let code = invitation(&lan, &id).await;
    let full = join(&minh, &code, json!({})).await;
    assert_eq!((full.code(), &full.body["limit"]), ((409, "team-full"), &json!(1)));
    let moved = json!({ "division": "b", "reason": "Theo đề nghị" });
    let moved = stage.organizer.put(&format!("/teams/{id}/division"), moved).await;
    assert_eq!(moved.body["division"]["slug"], "b");
    assert_eq!(stage.told(&lan).await, ["team_moved"]);
    assert_eq!(lan.hand_in(&stage.phase, "p.csv", CSV).await.code(), (403, "team-too-small"));
    assert_eq!(join(&minh, &code, json!({})).await.status, StatusCode::OK);
    assert_eq!(lan.hand_in(&stage.phase, "p.csv", CSV).await.status, StatusCode::CREATED);
    let back = json!({ "division": "a", "reason": "Nhầm" });
    let back = stage.organizer.put(&format!("/teams/{id}/division"), back).await;
    assert_eq!(back.code(), (409, "team-full"));
}

#[sqlx::test(migrations = "./migrations")]
async fn a_division_for_pupils_takes_only_teams_whose_members_all_proved_it(db: PgPool) {
    let text = |t: &str| json!({ "vi": t, "en": t });
    let divisions = json!([{ "slug": "a", "title": text("A"), "requires": "pupil" }, { "slug": "b", "title": text("B") }]);
    let stage = Stage::open(db, approved_contest().with("/divisions", divisions)).await;
    let (lan, minh) = (stage.server.person("lan").await, stage.server.person("minh").await);
    let id = team(&lan, "Sao Mai").await;
    join(&minh, &invitation(&lan, &id).await, json!({})).await;
    let prove = async |person: &Browser, claim: &str| {
        let sql = "WITH blob AS (INSERT INTO blobs (id, sha256, size) VALUES (gen_random_uuid(), sha256($1::bytea), 1) RETURNING id)
                   INSERT INTO status_evidence (id, user_id, claim, media_type, blob_id, state)
                   SELECT gen_random_uuid(), $2::uuid, $3, 'image/png', id, 'accepted' FROM blob";
        let run = sqlx::query(sql).bind(person.id.as_bytes()).bind(&person.id).bind(claim);
        run.execute(&stage.server.db).await.unwrap();
    };
    prove(&lan, "pupil").await;
    // Who is of age needs no guardian.
    sqlx::query("INSERT INTO profiles (user_id, birth_year) SELECT id, 1990 FROM users")
        .execute(&stage.server.db)
        .await
        .unwrap();
    let decided = stage.decide(&[&id], "approve", "").await.body;
    assert_eq!(decided["items"][0]["code"], "evidence-needed");
    let shown = stage.organizer.get(&format!("/teams/{id}")).await.body;
    assert_eq!(shown["obstacles"][1]["members"], json!([minh.id]));
    prove(&minh, "student").await;
    assert_eq!(stage.decide(&[&id], "approve", "").await.body["items"][0]["code"], "evidence-needed");
    sqlx::query("UPDATE status_evidence SET claim = 'pupil'").execute(&stage.server.db).await.unwrap();
    assert_eq!(stage.decide(&[&id], "approve", "").await.body["items"][0]["result"], "changed");
    assert_eq!(lan.hand_in(&stage.phase, "p.csv", CSV).await.status, StatusCode::CREATED);
    sqlx::query("UPDATE status_evidence SET state = 'refused'").execute(&stage.server.db).await.unwrap();
    assert_eq!(lan.hand_in(&stage.phase, "p.csv", CSV).await.code(), (403, "evidence-needed"));
}

#[sqlx::test(migrations = "./migrations")]
async fn who_leaves_a_team_that_handed_in_gets_no_new_attempts_elsewhere(db: PgPool) {
    let contest = Contest::result().phase("attempts", json!({ "total": 1 }));
    let stage = Stage::open(db, contest).await;
    let (lan, minh, mai) = (
        stage.server.person("lan").await,
        stage.server.person("minh").await,
        stage.server.person("mai").await,
    );
    let first = team(&lan, "Một").await;
    let code = invitation(&lan, &first).await;
    for person in [&minh, &mai] {
        assert_eq!(join(person, &code, json!({})).await.status, StatusCode::OK);
    }
    assert_eq!(mai.delete(&format!("/teams/{first}/members/me")).await.status, StatusCode::NO_CONTENT);
    assert_eq!(minh.hand_in(&stage.phase, "p.csv", CSV).await.status, StatusCode::CREATED);
    team(&mai, "Ba").await; // She left before anything was handed in.
    for person in [&minh, &lan] {
        join(person, &code, json!({})).await;
        let left = person.delete(&format!("/teams/{first}/members/me")).await;
        assert!([204, 409].contains(&left.status.as_u16()), "the last one stays");
    }
    let again = make(&minh, json!({ "name": "Hai", "division": "a" })).await;
    assert_eq!(again.code(), (409, "handed-in-elsewhere"));
    let third = mai.get("/me/teams").await.body["items"][0]["id"].as_str().unwrap().to_owned();
    let joined = join(&minh, &invitation(&mai, &third).await, json!({})).await;
    assert_eq!(joined.code(), (409, "handed-in-elsewhere"));
    assert_eq!(join(&minh, &code, json!({})).await.status, StatusCode::OK, "back to the own team is fine");
    minh.delete(&format!("/teams/{first}/members/me")).await;

    let bound = stage.organizer.get("/competitions/thi/departures").await.body;
    assert_eq!(bound["items"][0]["user"], json!(minh.id));
    let release = format!("/competitions/thi/departures/{}/release", minh.id);
    let reason = json!({ "reason": "Trường chia lại đội" });
    assert_eq!(minh.post(&release, reason.clone()).await.code(), (403, "forbidden"));
    assert_eq!(stage.organizer.post(&release, json!({ "reason": "" })).await.code(), (422, "invalid"));
    assert_eq!(stage.organizer.post(&release, reason.clone()).await.status, StatusCode::NO_CONTENT);
    assert_eq!(stage.organizer.post(&release, reason).await.code(), (404, "not-found"));
    team(&minh, "Hai").await;
    assert_eq!(stage.acts().await, [("team.member_released".into(), "Trường chia lại đội".into())]);
}

#[sqlx::test(migrations = "./migrations")]
async fn the_leadership_passes_on_to_a_member(db: PgPool) {
    let stage = Stage::open(db, Contest::result()).await;
    let (lan, minh, mai) = (
        stage.server.person("lan").await,
        stage.server.person("minh").await,
        stage.server.person("mai").await,
    );
    let id = team(&lan, "Sao Mai").await;
    join(&minh, &invitation(&lan, &id).await, json!({})).await;
    let path = format!("/teams/{id}/leader");
    let lead = |person: &Browser| json!({ "user": person.id });
    assert_eq!(minh.put(&path, lead(&minh)).await.code(), (403, "leader-only"));
    assert_eq!(mai.put(&path, lead(&mai)).await.code(), (404, "not-found"));
    assert_eq!(lan.put(&path, lead(&mai)).await.code(), (422, "invalid"));
    let led = lan.put(&path, lead(&minh)).await.body;
    let leaders: Vec<_> = led["members"].as_array().unwrap().iter().map(|m| &m["is_leader"]).collect();
    assert_eq!(leaders, [false, true]);
    assert_eq!(lan.put(&path, lead(&lan)).await.code(), (403, "leader-only"));
    assert_eq!(stage.organizer.put(&path, lead(&lan)).await.status, StatusCode::OK);
    assert_eq!(stage.told(&minh).await, ["team_leader"]);
    assert_eq!(stage.acts().await, [("team.leader_changed".into(), String::new())]);
}

#[sqlx::test(migrations = "./migrations")]
async fn a_link_is_mailed_to_the_address_that_a_leader_names(db: PgPool) {
    let stage = Stage::open(db, Contest::result()).await;
    let (lan, minh) = (stage.server.person("lan").await, stage.server.person("minh").await);
    let id = team(&lan, "Sao Mai").await;
    let path = format!("/teams/{id}/invitations");
    let invite = async |email: &str| lan.post(&path, json!({ "email": email })).await;
    assert_eq!(invite("minh").await.code(), (422, "invalid"));
    let made = invite("Minh@truong.edu.vn").await;
    let sql = "SELECT address, body FROM mails WHERE subject LIKE '%Sao Mai%'";
    let letters: Vec<(String, String)> = sqlx::query_as(sql).fetch_all(&stage.server.db).await.unwrap();
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].0, "minh@truong.edu.vn");
    assert!(letters[0].1.contains(&made.text("link")));
    assert_eq!(join(&minh, &made.text("code"), json!({})).await.status, StatusCode::OK);
    for n in 1..20 {
        assert_eq!(invite(&format!("nguoi{n}@truong.edu.vn")).await.status, StatusCode::CREATED);
    }
    lan.delete(&path).await;
    assert_eq!(invite("nguoi20@truong.edu.vn").await.code(), (429, "invitation-letters"));
    assert_eq!(lan.post(&path, json!({})).await.status, StatusCode::CREATED, "a link alone is no letter");
}
