//! What the command line, the settings and the terminal mean together; resolved once.

use std::io::IsTerminal as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::args::{Central, Color, Common, Deep};
use super::charset::{self, Charset};
use super::fault::Fault;
use super::service::Asking;
use super::show::Layout;
use crate::edit::{self, State};
use crate::model::{OrganizationName, typed_path};
use crate::platform::{self, Hermetic, Platform, System};
use crate::policy::{
    Layer, LayerOrganization, Origin, PolicyFault, Settings, environment, parse_time, resolve,
};
use crate::token;

/// Flags of single commands that are settings.
#[derive(Clone, Copy)]
pub(crate) struct Typed<'a> {
    /// Where reports go.
    pub central: &'a Central,
    /// How much is read.
    pub deep: Option<Deep>,
    /// `--verify`.
    pub verify: bool,
}

/// One call of rekey.
pub(crate) struct Session {
    /// The system, or the one home that is looked at.
    pub platform: Arc<dyn Platform>,
    /// Every setting, resolved.
    pub settings: Settings,
    /// When the call began.
    pub now: Timestamp,
    /// How text is laid out.
    pub layout: Layout,
    /// A person can be asked.
    pub interactive: bool,
    /// Data is printed as JSON.
    pub json: bool,
    /// Nothing goes over the network.
    pub offline: bool,
    /// What the service may be asked.
    pub asking: Asking,
    /// How much is said: below zero only what went wrong.
    pub loudness: i8,
}

impl Session {
    /// The state folder with the vault and the person's keys, locked: for whatever changes something.
    pub(crate) fn edit_state(&self) -> Result<State, edit::Fault> {
        let state = State::open(&self.platform.folders().state)?;
        let state = state.with_vault(self.platform.vault());
        let state = state.with_registry(self.platform.registry());
        Ok(state.with_dpapi(self.platform.dpapi()))
    }

    /// Reads the settings and looks at the terminal.
    pub(crate) fn open(common: &Common, typed: &Typed<'_>) -> Result<Self, Fault> {
        set_color(common.color);
        let now = now();
        let platform = platform_of(common)?;
        let mut warnings = Vec::new();
        let mut warn = |warning| warnings.push(warning);
        let layers = layers(platform.as_ref(), common, typed, &mut warn)?;
        let settings = resolve(&layers, now)?;
        let interactive = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
        let width = terminal_width();
        let home = platform.home().to_string_lossy().into_owned();
        let quiet = if common.quiet { -1 } else { 0 };
        let hermetic = platform.hermetic();
        let asking = Asking::new(typed.verify, common.offline, settings.verify, hermetic)?;
        let session = Self {
            platform,
            asking,
            settings,
            now,
            layout: Layout { width, home },
            interactive,
            json: common.json,
            offline: common.offline,
            loudness: quiet + i8::try_from(common.verbose).unwrap_or(i8::MAX),
        };
        for warning in warnings {
            session.warn(warning);
        }
        if let Some(warning) = session.asking.warning() {
            session.warn(warning);
        }
        Ok(session)
    }

    /// Refuses another person's home, before anything is read or written there.
    pub(crate) fn refuse_other_homes(&self) -> Result<(), Fault> {
        self.platform.may_change_home().map_err(Fault::wrong)
    }

    /// Data.
    #[allow(
        clippy::unused_self,
        reason = "output belongs to the session, like what is said beside it"
    )]
    pub(crate) fn print(&self, text: &str) -> Result<(), Fault> {
        charset::stdout().write_all(text.as_bytes())?;
        Ok(())
    }

    /// A value as JSON.
    pub(crate) fn print_json(&self, value: &impl serde::Serialize) -> Result<(), Fault> {
        let mut text = serde_json::to_string_pretty(value).map_err(Fault::failed)?;
        text.push('\n');
        self.print(&Charset::of(&std::io::stdout()).json(&text))
    }

    /// What a person reads beside the data.
    pub(crate) fn say(&self, text: impl std::fmt::Display) {
        if self.loudness >= 0 {
            // Nobody can be told where the error stream itself is closed.
            let _ = writeln!(charset::stderr(), "{text}");
        }
    }

    /// What a person should know even where they asked for quiet.
    #[allow(
        clippy::unused_self,
        reason = "output belongs to the session, like data"
    )]
    pub(crate) fn warn(&self, text: impl std::fmt::Display) {
        let word = super::show::styled(super::show::YELLOW, "warning");
        let _ = writeln!(charset::stderr(), "{word}: {text}");
    }
}

/// The one place where the clock is read.
#[allow(
    clippy::disallowed_methods,
    reason = "time enters here and is a parameter from here on"
)]
fn now() -> Timestamp {
    Timestamp::now()
}

/// A clock that tells the time since now.
pub(crate) fn stopwatch() -> impl Fn() -> Duration + Send + Sync + 'static {
    let begin = Instant::now();
    move || begin.elapsed()
}

fn set_color(color: Color) {
    match color {
        Color::Auto => {}
        Color::Always => anstream::ColorChoice::Always.write_global(),
        Color::Never => anstream::ColorChoice::Never.write_global(),
    }
}

/// Wide enough to read without a terminal, and never wider than is pleasant. `COLUMNS` tells where there is none.
fn terminal_width() -> u16 {
    let terminal = || Some(console::Term::stdout().size_checked()?.1);
    let told = || std::env::var("COLUMNS").ok()?.parse().ok();
    let columns = terminal().or_else(told);
    columns.map_or(100, |columns: u16| columns.clamp(40, 120))
}

/// The system, or the home that is named.
pub(super) fn platform_of(common: &Common) -> Result<Arc<dyn Platform>, Fault> {
    let Some(home) = &common.home else {
        return platform::native().map(Arc::from).map_err(Fault::wrong);
    };
    let home = std::path::absolute(home)
        .map_err(|error| Fault::wrong(format!("--home {}: {error}", home.display())))?;
    if !home.is_dir() {
        return Err(Fault::wrong(format!(
            "--home {}: there is no such folder",
            home.display()
        )));
    }
    Ok(Arc::new(Hermetic::new(System::THIS, &home)))
}

fn layers(
    platform: &dyn Platform,
    common: &Common,
    flags: &Typed<'_>,
    warn: &mut dyn FnMut(String),
) -> Result<Vec<(Origin, Layer)>, Fault> {
    let mut layers = Vec::new();
    layers.extend(super::machine::policy(platform)?);
    layers.push((Origin::CommandLine, typed(common, flags)?));
    if !platform.hermetic() {
        let variable = |name: &str| {
            platform
                .variable(name)
                .and_then(|value| value.into_string().ok())
        };
        layers.push((Origin::Environment, environment(&variable)?));
    }
    let person = match &common.config {
        Some(path) => Some((path.clone(), read(path, true)?)),
        None => optional(&platform.folders().person_config())?,
    };
    if let Some((path, text)) = person {
        let mut layer = Layer::from_toml(&path, &text)?;
        if platform.hermetic() {
            // Nothing is reported from a home that is only looked at, unless --collector says where.
            layer.collector.url = None;
        }
        layers.push((Origin::Person(path), layer));
    }
    layers.extend(super::machine::defaults(platform, warn)?);
    Ok(layers)
}

/// What was typed, as a layer.
fn typed(common: &Common, flags: &Typed<'_>) -> Result<Layer, PolicyFault> {
    let wrong = |place: &str, message: String, hint: &str| PolicyFault {
        place: place.to_owned(),
        message,
        hint: hint.to_owned(),
    };
    let tenant = match &common.tenant {
        None => None,
        Some(text) => Some(text.parse().map_err(|message| {
            wrong(
                "--tenant",
                message,
                "the admin sees it in Organization settings > Microsoft Entra",
            )
        })?),
    };
    let connected_at = match &common.connected_at {
        None => None,
        Some(text) => Some(parse_time(text).map_err(|message| {
            wrong(
                "--connected-at",
                message,
                "leave it out where you do not know it",
            )
        })?),
    };
    let mut organizations = Vec::new();
    for text in &common.organizations {
        let name = OrganizationName::new(text).ok_or_else(|| {
            wrong(
                "--org",
                format!("{:?} cannot name an organization", token::shown(text)),
                "for https://dev.azure.com/contoso it is contoso",
            )
        })?;
        organizations.push(LayerOrganization {
            name,
            connected_at,
            tenant,
        });
    }
    if organizations.is_empty() && (tenant.is_some() || connected_at.is_some()) {
        let flag = if tenant.is_some() {
            "--tenant"
        } else {
            "--connected-at"
        };
        return Err(wrong(
            flag,
            "it says nothing without --org".to_owned(),
            "add --org NAME",
        ));
    }
    let organizations = (!organizations.is_empty()).then_some(organizations);
    let mut layer = Layer {
        organizations,
        ..Layer::default()
    };
    layer.collector.url.clone_from(&flags.central.collector);
    layer.scan.deep = flags.deep.map(Into::into);
    Ok(layer)
}

fn read(path: &Path, asked_for: bool) -> Result<String, Fault> {
    std::fs::read_to_string(path).map_err(|error| {
        let flag = if asked_for { "--config " } else { "" };
        Fault::wrong(format!(
            "{flag}{}: it cannot be read: {error}",
            typed_path(path)
        ))
    })
}

/// A settings file that need not be there.
pub(super) fn optional(path: &Path) -> Result<Option<(PathBuf, String)>, Fault> {
    match path.symlink_metadata() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        // A pipe in its place would hold rekey up for ever.
        Ok(_) if !path.is_file() => Err(Fault::wrong(format!(
            "{}: it is not a file",
            typed_path(path)
        ))),
        _ => Ok(Some((path.to_owned(), read(path, false)?))),
    }
}
