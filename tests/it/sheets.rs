//! Teams from a spreadsheet and back.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::Stdio;

use dautri::accounts::Role;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::harness::{Answer, Browser, Contest, Server, zip_of};

struct Stage {
    server: Server,
    organizer: Browser,
}

impl Stage {
    async fn open(db: PgPool, contest: Contest) -> Self {
        let server = Server::start(db).await;
        let organizer = server.person_with("to-chuc", &[Role::Organizer]).await;
        contest.import(&organizer).await;
        Self { server, organizer }
    }

    async fn send(&self, person: &Browser, bytes: &[u8], apply: bool) -> Answer {
        let path = format!("/competitions/thi/teams/import?apply={apply}");
        person.answer(person.request(Method::POST, &path).body(bytes.to_vec())).await
    }

    async fn import(&self, table: &str) -> Value {
        let answer = self.send(&self.organizer, table.as_bytes(), true).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        answer.body
    }

    async fn counts(&self) -> (i64, i64, i64) {
        let sql =
            "SELECT (SELECT count(*) FROM teams), (SELECT count(*) FROM users), (SELECT count(*) FROM mails)";
        sqlx::query_as(sql).fetch_one(&self.server.db).await.unwrap()
    }

    async fn export(&self) -> String {
        let answer =
            self.organizer.request(Method::GET, "/competitions/thi/teams/export").send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(answer.headers()["content-type"], "text/csv; charset=utf-8");
        answer.text().await.unwrap()
    }
}

/// Row, result and code of each row of a report.
fn rows(report: &Value) -> Vec<(u64, String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or("").to_owned();
    let row = |row: &Value| (row["row"].as_u64().unwrap(), text(&row["result"]), text(&row["code"]));
    report["rows"].as_array().unwrap().iter().map(row).collect()
}

fn results(report: &Value) -> Vec<String> {
    rows(report).into_iter().map(|(_, result, code)| if code.is_empty() { result } else { code }).collect()
}

const TABLE: &str = "Đội;Bảng;Họ tên;E-mail;Đội trưởng\n\
                     Sao Mai;a;Lan;lan@truong.edu.vn;\n\
                     ;;Nguyễn Văn An;an@truong.edu.vn;x\n\
                     Biển Xanh;b;Trần Bình;binh@truong.edu.vn;\n";

#[sqlx::test(migrations = "./migrations")]
async fn a_dry_run_tells_what_an_import_then_does_and_again_nothing_changes(db: PgPool) {
    let stage = Stage::open(db, Contest::result()).await;
    stage.server.person("lan").await;
    let before = stage.counts().await;
    let dry = stage.send(&stage.organizer, TABLE.as_bytes(), false).await.body;
    assert_eq!(dry["applied"], false);
    assert_eq!(results(&dry), ["created", "joined", "created"]);
    assert_eq!(stage.counts().await, before, "nothing was changed");

    let mut done = stage.import(TABLE).await;
    assert_eq!((&done["accounts"], &done["created"], &done["joined"]), (&json!(2), &json!(2), &json!(1)));
    done["applied"] = json!(false);
    assert_eq!(done, dry);
    let teams = stage.organizer.get("/competitions/thi/teams?search=sao").await.body["items"][0].clone();
    let members: Vec<_> =
        teams["members"].as_array().unwrap().iter().map(|m| (&m["name"], &m["is_leader"])).collect();
    assert_eq!(
        members,
        [(&json!("lan"), &json!(false)), (&json!("Nguyễn Văn An"), &json!(true))],
        "who has an account keeps their name"
    );
    assert_eq!((&teams["state"], &teams["division"]["slug"]), (&json!("approved"), &json!("a")));

    let counts = stage.counts().await;
    assert_eq!(results(&stage.import(TABLE).await), ["unchanged"; 3]);
    assert_eq!(stage.counts().await, counts);
    let acts: Vec<String> = sqlx::query_scalar("SELECT verb FROM audit_acts WHERE verb LIKE 'teams.%'")
        .fetch_all(&stage.server.db)
        .await
        .unwrap();
    assert_eq!(acts, ["teams.imported"; 2]);
}

#[sqlx::test(migrations = "./migrations")]
async fn who_has_no_account_chooses_a_password_by_the_letters_link(db: PgPool) {
    let stage = Stage::open(db, Contest::result()).await;
    stage.import("team,division,member,email,unit\nSao Mai,a,An,an@truong.edu.vn,THPT Lê Quý Đôn\n").await;
    let letter: String = sqlx::query_scalar("SELECT body FROM mails WHERE body LIKE '%/reset/%'")
        .fetch_one(&stage.server.db)
        .await
        .unwrap();
    let code = letter.split("/reset/").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
    let browser = stage.server.browser();
    let guess = json!({ "email": "an@truong.edu.vn", "password": "mật khẩu đoán mò" });
    assert_eq!(browser.post("/session", guess).await.status, StatusCode::UNAUTHORIZED);
    let chosen = json!({ "password": "mật khẩu rất dài" });
    let reset = browser.put(&format!("/password-resets/{code}"), chosen).await;
    assert!(reset.status.is_success(), "{}", reset.body);
    let log_in = json!({ "email": "an@truong.edu.vn", "password": "mật khẩu rất dài" });
    assert_eq!(browser.post("/session", log_in).await.status, StatusCode::OK);
    let mine = browser.get("/me/teams").await.body;
    assert_eq!(mine["items"][0]["name"], "Sao Mai");
    assert_eq!(
        mine["items"][0]["members"][0]["is_leader"], true,
        "the first one leads where nobody is marked"
    );
}

#[sqlx::test(migrations = "./migrations")]
async fn every_row_that_cannot_be_used_says_why_and_keeps_no_other_out(db: PgPool) {
    let text = |t: &str| json!({ "vi": t, "en": t });
    let fields = json!([
        { "key": "city", "title": text("Tỉnh thành"), "kind": "text", "max_length": 5 },
        { "key": "born", "title": text("Năm sinh"), "kind": "number", "of": "member", "required": true },
    ]);
    let contest = Contest::result()
        .with("/teams", json!({ "max_members": 2 }))
        .with("/registration", json!({ "fields": fields }));
    let stage = Stage::open(db, contest).await;
    let sen = json!({ "name": "Đội Sen", "division": "a", "own_answers": { "born": 2008 } });
    let sen = stage.server.person("sen").await.post("/competitions/thi/teams", sen).await;
    assert_eq!(sen.status, StatusCode::CREATED, "{}", sen.body);
    let table = "team,division,member,email,leader,born,city,STT\n\
                 Một,a,An,an@truong.edu.vn,,2008,Huế,1\n\
                 Một,,Ba,ba@truong.edu.vn,,muộn,,2\n\
                 Một,,Ba,ba@truong.edu.vn,,2009,,3\n\
                 Một,,Chi,chi@truong.edu.vn,,2009,,4\n\
                 Hai,,Dung,dung@truong.edu.vn,,2009,,5\n\
                 Hai,x,Dung,du@truong.edu.vn,,2009,,6\n\
                 Hai,a,Dung,em@truong.edu.vn,,2009,Thành phố,7\n\
                 Hai,a,,giang@truong.edu.vn,,2009,,8\n\
                 Hai,a,Sen,sen@truong.edu.vn,,2008,,9\n\
                 Hai,a,Hoa,hoa@truong.edu.vn,,,,10\n\
                 Hai,b,Khoa,khoa@truong.edu.vn,,2007,,11\n";
    let report = stage.import(table).await;
    assert_eq!(
        results(&report),
        [
            "created",
            "bad-answer",
            "joined",
            "team-full",
            "division-missing",
            "unknown-division",
            "bad-answer",
            "member-name-missing",
            "already-in-a-team",
            "created",
            "other-division",
        ]
    );
    assert_eq!(report["ignored_columns"], json!(["STT"]));
    assert!(report["rows"][1]["vi"].as_str().unwrap().contains("born"));
    let two = stage.organizer.get("/competitions/thi/teams?search=hai").await.body["items"][0].clone();
    assert_eq!(two["members"][0]["name"], "Hoa");
    assert_eq!(two["members"][0]["is_leader"], true, "a team that stands has a leader");
    assert_eq!(two["obstacles"][0]["code"], "answers-missing", "the team answers what the row left out");
    let accounts: i64 =
        sqlx::query_scalar("SELECT count(*) FROM users WHERE email LIKE 'chi@%' OR email LIKE 'du%'")
            .fetch_one(&stage.server.db)
            .await
            .unwrap();
    assert_eq!(accounts, 0, "a row that is not used leaves nothing behind");
}

/// A spreadsheet as programs write it: merged cells hold their text once.
fn book() -> Vec<u8> {
    let cell =
        |place: &str, text: &str| format!(r#"<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>"#);
    let header = ["Tên đội", "Bảng thi", "Họ và tên", "Email"];
    let header: String =
        ["A1", "B1", "C1", "D1"].iter().zip(header).map(|(at, text)| cell(at, text)).collect();
    let first =
        cell("A2", "Sao Mai") + &cell("B2", "A") + &cell("C2", "An") + &cell("D2", "an@truong.edu.vn");
    let second = cell("C3", "Ba") + &cell("D3", "ba@truong.edu.vn");
    let sheet = format!(
        "<worksheet><sheetData><row r=\"1\">{header}</row><row r=\"2\">{first}</row><row r=\"3\">{second}</row></sheetData>\
         <mergeCells count=\"2\"><mergeCell ref=\"A2:A3\"/><mergeCell ref=\"B2:B3\"/></mergeCells></worksheet>"
    );
    let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    zip_of(&[
        (
            "[Content_Types].xml",
            br#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>"#,
        ),
        (
            "_rels/.rels",
            format!(r#"<Relationships><Relationship Id="rId1" Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>"#)
                .as_bytes(),
        ),
        (
            "xl/workbook.xml",
            format!(r#"<workbook xmlns:r="{office}"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>"#).as_bytes(),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            format!(r#"<Relationships><Relationship Id="rId1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#)
                .as_bytes(),
        ),
        ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
    ])
}

#[sqlx::test(migrations = "./migrations")]
async fn a_spreadsheet_with_merged_cells_is_read_and_hostile_ones_are_refused(db: PgPool) {
    let stage = Stage::open(db, Contest::result()).await;
    let report = stage.send(&stage.organizer, &book(), true).await;
    assert_eq!(report.status, StatusCode::OK, "{}", report.body);
    assert_eq!(
        rows(&report.body),
        [(2, "created".into(), String::new()), (3, "joined".into(), String::new())]
    );

    let bomb = zip_of(&[("xl/workbook.xml", &vec![b' '; 70 << 20])]);
    let long: String = "team,email\n".to_owned() + &"Sao Mai,a@b.vn\n".repeat(10_001);
    for (file, code) in [
        (&b""[..], "sheet-empty"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "not-a-sheet"),
        (b"PK\x03\x04 and nothing more", "sheet-corrupt"),
        (b"\xf0i,email\n", "sheet-not-utf8"),
        (b"name,email\n", "column-missing"),
        (b"team,email,team\n", "column-twice"),
        (&bomb, "sheet-too-large"),
        (&vec![b'a'; 9 << 20], "sheet-too-large"),
        (long.as_bytes(), "too-many-rows"),
        (("team,email\nSao Mai,".to_owned() + &"x".repeat(3000)).as_bytes(), "cell-too-long"),
    ] {
        let answer = stage.send(&stage.organizer, file, true).await;
        assert_eq!(answer.code(), (422, code));
    }
    let stranger = stage.server.person("la").await;
    let other = stage.server.person_with("khac", &[Role::Organizer]).await;
    for person in [&stranger, &other] {
        assert_eq!(stage.send(person, TABLE.as_bytes(), true).await.code(), (403, "forbidden"));
        assert_eq!(person.get("/competitions/thi/teams/export").await.code(), (403, "forbidden"));
    }
    let nobody = stage.server.browser();
    assert_eq!(stage.send(&nobody, TABLE.as_bytes(), true).await.code(), (401, "not-logged-in"));
}

#[sqlx::test(migrations = "./migrations")]
async fn an_export_is_safe_for_spreadsheets_and_comes_in_again_unchanged(db: PgPool) {
    let stage = Stage::open(db, Contest::result()).await;
    stage
        .import(
            "team,division,member,email\n'=1+1,a,@An,an@truong.edu.vn\n\"Sao, Mai\",b,Ba,ba@truong.edu.vn\n",
        )
        .await;
    let table = stage.export().await;
    assert!(table.starts_with("\u{feff}team,division,state,member,email,leader,joined\n"), "{table}");
    assert!(table.contains("'=1+1,a,approved,'@An,an@truong.edu.vn,yes,"), "{table}");
    assert_eq!(results(&stage.import(&table).await), ["unchanged"; 2]);
    let acts: i64 = sqlx::query_scalar("SELECT count(*) FROM audit_acts WHERE verb = 'teams.exported'")
        .fetch_one(&stage.server.db)
        .await
        .unwrap();
    assert_eq!(acts, 1);
}

#[sqlx::test(migrations = "./migrations")]
async fn imports_of_one_file_at_once_bring_everybody_in_once(db: PgPool) {
    let stage = Stage::open(db, Contest::result()).await;
    let send = || stage.send(&stage.organizer, TABLE.as_bytes(), true);
    let answers = tokio::join!(send(), send(), send(), send());
    for answer in [&answers.0, &answers.1, &answers.2, &answers.3] {
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    }
    let (teams, members): (i64, i64) =
        sqlx::query_as("SELECT (SELECT count(*) FROM teams), (SELECT count(*) FROM team_members)")
            .fetch_one(&stage.server.db)
            .await
            .unwrap();
    assert_eq!((teams, members), (2, 3));
}

#[sqlx::test(migrations = "./migrations")]
async fn the_command_imports_and_exports(db: PgPool) {
    let stage = Stage::open(db, Contest::result()).await;
    let token = stage
        .organizer
        .post("/tokens", json!({ "name": "máy", "scopes": ["read", "submit", "manage"] }))
        .await
        .text("token");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("teams.csv");
    std::fs::write(&file, TABLE).unwrap();
    let run = async |args: Vec<String>| {
        let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_dautri"));
        command.arg("teams").args(args).args(["--competition", "thi"]);
        command.env("DAUTRI_SERVER", &stage.server.base).env("DAUTRI_TOKEN", &token).stdin(Stdio::null());
        let output = command.output().await.unwrap();
        (output.status.success(), String::from_utf8(output.stdout).unwrap())
    };
    let path = file.display().to_string();
    let (well, dry) = run(vec!["import".into(), path.clone()]).await;
    assert!(well && dry.starts_with("2\tcreated\tSao Mai\tlan@truong.edu.vn\t\n"), "{dry}");
    assert_eq!(stage.counts().await.0, 0);
    let (well, _) = run(vec!["import".into(), path, "--apply".into()]).await;
    assert!(well);
    let (well, table) = run(vec!["export".into()]).await;
    assert!(well && table.contains("Biển Xanh,b,approved,Trần Bình,binh@truong.edu.vn,yes,"), "{table}");
}
