//! Stands back behind what the person does on this machine.

/// Lets everything else go first, on the processor and on the disk: for runs that nobody waits for.
///
/// It is for the whole process and for good, so it is called before anything else starts. Where the
/// system refuses, rekey goes on as usual.
pub fn stand_back() {
    #[cfg(unix)]
    if let Err(error) = nice() {
        tracing::debug!(%error, "the priority on the processor stays");
    }
    #[cfg(not(target_os = "windows"))]
    if let Err(error) = idle_disk() {
        tracing::debug!(%error, "the priority on the disk stays");
    }
    #[cfg(windows)]
    if let Err(error) = background() {
        tracing::debug!(%error, "the priority stays");
    }
}

/// Has the system refuse to fetch from a cloud what is not on the disk, whoever opens it here.
///
/// Placeholders are never opened in any case; this holds where one becomes one at the wrong moment.
pub fn fetch_nothing() {
    #[cfg(target_os = "macos")]
    if let Err(error) = policy(MATERIALIZE_DATALESS_FILES, MATERIALIZE_OFF) {
        tracing::debug!(%error, "the system may fetch files from a cloud");
    }
}

/// The usual step of nice(1); whoever started rekey may have asked for more.
#[cfg(unix)]
fn nice() -> std::io::Result<()> {
    use rustix::process::{getpriority_process, setpriority_process};

    const STEP: i32 = 10;
    if getpriority_process(None)? < STEP {
        setpriority_process(None, STEP)?;
    }
    Ok(())
}

/// `ioprio_set(2)`: only when nobody else wants the disk.
#[cfg(target_os = "linux")]
#[allow(unsafe_code, reason = "the system call has no safe wrapper")]
fn idle_disk() -> std::io::Result<()> {
    const WHO_PROCESS: libc::c_long = 1;
    const THIS: libc::c_long = 0;
    const IDLE: libc::c_long = 3 << 13;

    // SAFETY: it takes three numbers and touches no memory of this process.
    let answer = unsafe { libc::syscall(libc::SYS_ioprio_set, WHO_PROCESS, THIS, IDLE) };
    if answer == 0 {
        Ok(())
    } else {
        Err(std::io::Error::last_os_error())
    }
}

/// `setpriority(2)` puts the process into the background, and `setiopolicy_np(3)` its reads behind others'.
#[cfg(target_os = "macos")]
#[allow(unsafe_code, reason = "the call has no safe wrapper for these kinds")]
fn idle_disk() -> std::io::Result<()> {
    // SAFETY: it takes three numbers and touches no memory of this process.
    let answer = unsafe { libc::setpriority(libc::PRIO_DARWIN_PROCESS, 0, libc::PRIO_DARWIN_BG) };
    if answer != 0 {
        return Err(std::io::Error::last_os_error());
    }
    policy(DISK, THROTTLE)
}

// Of sys/resource.h.
#[cfg(target_os = "macos")]
const DISK: libc::c_int = 0;
#[cfg(target_os = "macos")]
const THROTTLE: libc::c_int = 3;
#[cfg(target_os = "macos")]
const MATERIALIZE_DATALESS_FILES: libc::c_int = 3;
#[cfg(target_os = "macos")]
const MATERIALIZE_OFF: libc::c_int = 1;

#[cfg(target_os = "macos")]
#[allow(unsafe_code, reason = "the call has no safe wrapper")]
fn policy(kind: libc::c_int, policy: libc::c_int) -> std::io::Result<()> {
    const SCOPE_PROCESS: libc::c_int = 0;
    unsafe extern "C" {
        fn setiopolicy_np(
            kind: libc::c_int,
            scope: libc::c_int,
            policy: libc::c_int,
        ) -> libc::c_int;
    }

    // SAFETY: it takes three numbers and touches no memory of this process.
    if unsafe { setiopolicy_np(kind, SCOPE_PROCESS, policy) } == 0 {
        Ok(())
    } else {
        Err(std::io::Error::last_os_error())
    }
}

/// Processor, disk and memory in one; where Windows refuses that, the processor alone.
///
/// In this mode Windows keeps at most 32 MB of the process in memory, which is as much as a scan takes.
#[cfg(windows)]
#[allow(unsafe_code, reason = "the call has no safe wrapper")]
fn background() -> std::io::Result<()> {
    use windows_sys::Win32::System::Threading::{
        GetCurrentProcess, IDLE_PRIORITY_CLASS, PROCESS_MODE_BACKGROUND_BEGIN, SetPriorityClass,
    };

    for class in [PROCESS_MODE_BACKGROUND_BEGIN, IDLE_PRIORITY_CLASS] {
        // SAFETY: the handle is this process's own pseudo handle, which needs no closing.
        if unsafe { SetPriorityClass(GetCurrentProcess(), class) } != 0 {
            return Ok(());
        }
    }
    Err(std::io::Error::last_os_error())
}
