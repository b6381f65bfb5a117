//! What is taken away, opened by programs that are not ours and that a fresh machine may lack: the
//! scripts in `tests/independent/`. `.ci/run` installs what they need and runs these.

use std::path::Path;
use std::process::Command;

use serde_json::json;

use crate::exports::{HEADINGS, annas_jobs, row_of};
use crate::support::{ANNA, World};

/// Runs a script with a folder, by the Python that `INDEPENDENT_PYTHON` names.
fn run(script: &str, folder: &Path) {
    let python = std::env::var_os("INDEPENDENT_PYTHON").unwrap_or_else(|| "python3".into());
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/independent");
    let done = Command::new(python)
        .arg(scripts.join(script))
        .arg(folder)
        .output()
        .expect("Python");
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    let wrong = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{script}: {said}{wrong}");
    println!("{script}: {said}");
}

#[tokio::test]
#[ignore = "needs Python with openpyxl; .ci/run installs it"]
async fn an_export_opens_in_python_and_in_openpyxl_with_the_cells_of_the_records() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, bytes: &[u8]| {
        std::fs::write(folder.path().join(name), bytes).expect("a file");
    };
    for form in ["csv", "xlsx"] {
        let answer = anna.get(&format!("/transport-jobs.{form}")).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        write(&format!("export.{form}"), &answer.body);
    }
    let kinds = HEADINGS.map(|heading| match heading {
        "Booked" | "Scheduled" => "date",
        "Packages" | "Weight (kg)" => "number",
        _ => "text",
    });
    let rows: Vec<_> = annas_jobs().iter().map(row_of).collect();
    let expected = json!({"headings": HEADINGS, "kinds": kinds, "rows": rows});
    write("expected.json", expected.to_string().as_bytes());
    run("exports.py", folder.path());
}
