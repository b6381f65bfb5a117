//! What is taken away, opened by programs that are not ours and that a fresh machine may lack: the
//! scripts in `tests/independent/`. `.ci/run` installs what they need and runs these.

use std::path::Path;
use std::process::Command;

use quayfront::demo::MadeFile;
use serde_json::json;

use crate::archive::{FILES, JOB, bytes_of, of_job, of_jobs, record};
use crate::exports::{HEADINGS, annas_jobs, row_of};
use crate::support::truth::text;
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

#[tokio::test]
#[ignore = "needs Python, unzip and 7z; .ci/run installs them"]
async fn an_archive_opens_in_unzip_in_7z_and_in_python_with_the_bytes_of_the_files() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    let folder = tempfile::tempdir().expect("a folder");
    // One of the files is long, so that how long it is is not known before it has passed.
    let (id, _) = FILES[0];
    let url = text(&record(id), "file_url").to_owned();
    let long = MadeFile::Pattern(40 << 20);
    world.site.set_file_content(&url, long.clone());
    for (archive, address, within) in [
        ("one", of_job(JOB), String::new()),
        ("several", of_jobs(&[JOB]), format!("{JOB}/")),
    ] {
        let answer = anna.get(&address).await;
        assert_eq!(answer.status, 200);
        let zip = folder.path().join(format!("{archive}.zip"));
        std::fs::write(zip, &answer.body).expect("a file");
        for (file, name) in FILES {
            let bytes = if file == id {
                long.bytes()
            } else {
                bytes_of(file)
            };
            let path = folder.path().join(archive).join(format!("{within}{name}"));
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
            std::fs::write(path, bytes).expect("a file");
        }
    }
    run("archives.py", folder.path());
}
