//! The command line, and nothing else.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use quayfront::admin::check::Grade;
use quayfront::commands;
use quayfront::commands::administrator::Options;
use quayfront::commands::setup::{Changing, SetupOptions};

// Pages are made of many small pieces, on several threads, and what is remembered comes and goes in
// thousands: the system's own allocator spends a tenth of a page on that.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A customer portal in front of ERPNext and CargoNext.
#[derive(Parser)]
#[command(version, about)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Show the portal in front of an embedded demo ERP.
    Demo {
        /// The port on which the portal listens, on this machine alone.
        #[arg(long, default_value_t = 8080)]
        port: u16,
        /// Let the ERP be slow, failing, cut off or in maintenance, in changing phases. The same
        /// seed makes the same phases.
        #[arg(long, value_name = "SEED", num_args = 0..=1, require_equals = true)]
        #[expect(
            clippy::option_option,
            reason = "how clap says: absent, bare, with a value"
        )]
        chaos: Option<Option<u64>>,
    },
    /// Examine a site: what is good, what is wrong, what it means for customers, where to mend it.
    ///
    /// Ends with 0 when all is good, 1 with warnings, 2 when something is wrong.
    Check {
        #[command(flatten)]
        options: Options,
        /// Say what this user would see, and why.
        #[arg(long, value_name = "EMAIL")]
        user: Option<String>,
        /// Frappe's own public address: it should not answer there.
        #[arg(long, value_name = "URL")]
        frappe: Option<String>,
        /// Write JSON, for machines.
        #[arg(long)]
        json: bool,
    },
    /// Bring a site to the state that check wants: shows a plan, and changes after --apply and a yes.
    Setup {
        #[command(flatten)]
        options: Options,
        #[command(flatten)]
        setup: SetupOptions,
        #[command(flatten)]
        changing: Changing,
    },
    /// Connect a user to a customer: shows a plan, and changes after --apply and a yes.
    Link {
        #[command(flatten)]
        options: Options,
        #[command(flatten)]
        changing: Changing,
        /// The user's first name, for one who is not there yet.
        #[arg(long, value_name = "NAME")]
        first_name: Option<String>,
        /// The user's e-mail address.
        user: String,
        /// The customer's name, letter by letter.
        customer: String,
    },
    /// Serve the portal in front of a real site.
    Serve {
        /// The settings, a TOML file as config/quayfront.toml explains it.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
}

fn main() -> ExitCode {
    let command = CommandLine::parse().command;
    let is_check = matches!(command, Command::Check { .. });
    let outcome = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(anyhow::Error::from)
        .and_then(|runtime| {
            runtime.block_on(async {
                match command {
                    Command::Demo { port, chaos } => {
                        let chaos = chaos.map(|seed| seed.unwrap_or_else(rand::random));
                        commands::demo::run(port, chaos).await.map(|()| Grade::Good)
                    }
                    Command::Check {
                        options,
                        user,
                        frappe,
                        json,
                    } => {
                        let (user, frappe) = (user.as_deref(), frappe.as_deref());
                        let out = &mut std::io::stdout();
                        commands::check::run(&options, user, frappe, json, out).await
                    }
                    Command::Setup {
                        options,
                        setup,
                        changing,
                    } => {
                        let out = &mut std::io::stdout();
                        commands::setup::setup(&options, &setup, &changing, out).await
                    }
                    Command::Link {
                        options,
                        changing,
                        first_name,
                        user,
                        customer,
                    } => {
                        let first_name = first_name.as_deref();
                        let out = &mut std::io::stdout();
                        commands::setup::link(
                            &options, &changing, &user, &customer, first_name, out,
                        )
                        .await
                    }
                    Command::Serve { config } => {
                        commands::serve::run(&config).await.map(|()| Grade::Good)
                    }
                }
            })
        });
    match outcome {
        Ok(Grade::Good) => ExitCode::SUCCESS,
        Ok(Grade::Warning) => ExitCode::from(1),
        Ok(Grade::Wrong) => ExitCode::from(2),
        Err(problem) => {
            let problem = commands::printable(&format!("{problem:#}"));
            eprintln!("quayfront: {problem}");
            ExitCode::from(if is_check { 2 } else { 1 })
        }
    }
}
