//! Images that the engine does not have yet.

use judge_core::{
    faults::FaultKind,
    protocol::{ImageLink, Plan},
    verdict::Verdict,
};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::{
    Test,
    contest::Contest,
    fixtures::{Worker, docker, kinds, predict_plan, verdict},
    tests,
};

pub fn tests() -> Vec<Test> {
    tests![
        an_image_is_fetched_and_loaded_once,
        another_image_than_promised_is_refused,
        an_image_with_volumes_is_refused
    ]
}

/// An image of one small file, different each time.
fn tiny(contest: &Contest, config: &serde_json::Value) -> ImageLink {
    let layer = tar_of(&[("note", uuid::Uuid::new_v4().to_string().as_bytes())]);
    let config = json!({
        "architecture": "amd64", "os": "linux", "config": config,
        "rootfs": {"type": "layers", "diff_ids": [format!("sha256:{}", hash(&layer))]},
    })
    .to_string();
    let name = format!("{}.json", hash(config.as_bytes()));
    let manifest = json!([{"Config": name, "RepoTags": null, "Layers": ["layer.tar"]}]).to_string();
    let archive =
        tar_of(&[("layer.tar", &layer), (&name, config.as_bytes()), ("manifest.json", manifest.as_bytes())]);
    ImageLink { image_id: format!("sha256:{}", hash(config.as_bytes())), archive: contest.blob(archive) }
}

fn hash(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

fn tar_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (name, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, name, *content).unwrap();
    }
    tar.into_inner().unwrap()
}

/// The tag that workers give an image, under which any engine finds it.
fn name_of(image: &ImageLink) -> String {
    format!("dautri-sandbox:{}", image.image_id.trim_start_matches("sha256:"))
}

async fn remove(id: &str) {
    docker()
        .await
        .remove_image(id, None::<bollard::query_parameters::RemoveImageOptions>, None)
        .await
        .unwrap();
}

async fn an_image_is_fetched_and_loaded_once() {
    let contest = Contest::open().await;
    let worker = Worker::start_with(&contest, |config| config.slots = 2);
    let image = tiny(&contest, &json!({"Entrypoint": ["/evil"], "User": "0", "Env": ["LD_PRELOAD=/evil"]}));
    let mut jobs = Vec::new();
    for _ in 0..2 {
        let mut plan = predict_plan(&contest, "").await;
        plan.image = image.clone();
        plan.command = vec!["/nothing".into()];
        jobs.push(contest.submit(Plan::Predict(plan)));
    }
    for job in jobs {
        // The image has no program: the init process says so.
        let outcome = contest.outcome(job).await;
        assert_eq!(kinds(&outcome), [FaultKind::ExitCode { exit_code: 127 }], "{outcome:?}");
    }
    let name = name_of(&image);
    docker().await.inspect_image(&name).await.unwrap();
    worker.stop().await;
    remove(&name).await;
}

async fn another_image_than_promised_is_refused() {
    let contest = Contest::open().await;
    let worker = Worker::start(&contest);
    let (promised, other) = (tiny(&contest, &json!({})), tiny(&contest, &json!({})));
    let mut plan = predict_plan(&contest, "").await;
    plan.image = ImageLink { image_id: promised.image_id, archive: other.archive };
    let job = contest.submit(Plan::Predict(plan));
    let outcome = contest.outcome(job).await;
    assert_eq!(verdict(&outcome), Some(Verdict::PlatformFault));
    let [FaultKind::Platform { reason }] = &kinds(&outcome)[..] else { panic!("{outcome:?}") };
    assert!(reason.contains(&other.image_id), "{reason}");
    worker.stop().await;
    assert!(docker().await.inspect_image(&other.image_id).await.is_err(), "it never reached the engine");
}

async fn an_image_with_volumes_is_refused() {
    let contest = Contest::open().await;
    let worker = Worker::start(&contest);
    let image = tiny(&contest, &json!({"Volumes": {"/data": {}}}));
    let mut plan = predict_plan(&contest, "").await;
    plan.image = image.clone();
    let job = contest.submit(Plan::Predict(plan));
    let outcome = contest.outcome(job).await;
    let [FaultKind::Platform { reason }] = &kinds(&outcome)[..] else { panic!("{outcome:?}") };
    assert!(reason.contains("/data"), "{reason}");
    worker.stop().await;
    remove(&name_of(&image)).await;
}
