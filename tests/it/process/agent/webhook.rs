//! A webhook of the agent's: signed, thin, tried again, and ended by a server that wants no more.

use ai2ai_tests::model_server::{ModelServer, Says};
use ai2ai_tests::solo::acquainted;
use ai2ai_tests::times::{PATIENCE, wait_for};

#[tokio::test(flavor = "multi_thread")]
async fn a_server_is_told_ids_and_tried_again_until_it_is_gone() {
    let server = ModelServer::serve().await;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("secret");
    std::fs::write(&file, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n").expect("a secret");
    std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("a mode");
    let settings =
        format!("[webhook]\nurl = \"http://{}/hook\"\nsecret_file = \"{}\"\n", server.address, file.display());
    let (alex, sam) = acquainted(("Alex", ""), ("Sam", &settings));
    server.then_says([Says::Status(503), Says::Status(204), Says::Status(410)]);
    assert!(alex.types(&["send", "Sam", "zanzibar"]).status.success());
    wait_for("the second try", PATIENCE, || (server.asked().len() >= 2).then_some(()));
    assert!(alex.types(&["send", "Sam", "zanzibar"]).status.success());
    wait_for("the second event", PATIENCE, || (server.asked().len() >= 3).then_some(()));
    assert!(alex.types(&["send", "Sam", "zanzibar"]).status.success());
    wait_for("all of it to come", PATIENCE, || (sam.asks(&["pending"]).len() >= 3).then_some(()));

    let told = server.asked();
    assert_eq!(told.len(), 3, "who is gone is told nothing more");
    for one in &told {
        assert_eq!((&one.body["schema"], &one.body["event"]), (&"happened/1".into(), &"arrived".into()));
        assert!(!one.body.to_string().contains("zanzibar") && one.body["conversation"].is_string(), "{}", one.body);
        assert!(one.headers["webhook-signature"].to_str().is_ok_and(|signature| signature.starts_with("v1,")));
    }
    let id = |place: usize| told[place].headers["webhook-id"].clone();
    assert!(id(0) == id(1) && id(1) != id(2), "one event keeps its id");
}
