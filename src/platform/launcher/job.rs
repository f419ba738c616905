//! Programs that end with this one, however it ends (learn.microsoft.com, "Job Objects").

use std::io;
use std::os::windows::io::{AsRawHandle as _, FromRawHandle as _, OwnedHandle};
use std::ptr::{from_ref, null};

use windows_sys::Win32::System::JobObjects::{
    AssignProcessToJobObject, CreateJobObjectW, JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE,
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION, JobObjectExtendedLimitInformation,
    SetInformationJobObject,
};
use windows_sys::Win32::System::Threading::GetCurrentProcess;

use crate::platform::handles::succeeded;

/// This program, and all that it starts from now on.
///
/// Windows ends them when the only handle to the job is closed: that is when this program is gone and did not let go
/// before.
pub(super) struct Job(OwnedHandle);

impl Job {
    /// # Errors
    /// What Windows says; before Windows 8 a program that is in a job already cannot be in another.
    #[allow(unsafe_code, reason = "the calls have no safe wrappers")]
    pub(super) fn with_this_program() -> io::Result<Self> {
        // SAFETY: both pointers may be null; what comes back is checked.
        let handle = unsafe { CreateJobObjectW(null(), null()) };
        if handle.is_null() {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the handle was just made and nobody else has it.
        let job = Self(unsafe { OwnedHandle::from_raw_handle(handle) });
        job.limit(JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE)?;
        // SAFETY: the job is open, and the other is this process's own pseudo handle, which needs no closing.
        succeeded(unsafe { AssignProcessToJobObject(job.0.as_raw_handle(), GetCurrentProcess()) })?;
        Ok(job)
    }

    /// Ends nothing any more: what still runs was meant to go on.
    ///
    /// # Errors
    /// What Windows says.
    pub(super) fn let_go(&self) -> io::Result<()> {
        self.limit(0)
    }

    #[allow(unsafe_code, reason = "the call has no safe wrapper")]
    fn limit(&self, flags: u32) -> io::Result<()> {
        let mut limits = JOBOBJECT_EXTENDED_LIMIT_INFORMATION::default();
        limits.BasicLimitInformation.LimitFlags = flags;
        let size = u32::try_from(size_of_val(&limits)).map_err(io::Error::other)?;
        // SAFETY: the job is open, and the pointer is to limits of the size that is said, which the call only reads.
        succeeded(unsafe {
            SetInformationJobObject(
                self.0.as_raw_handle(),
                JobObjectExtendedLimitInformation,
                from_ref(&limits).cast(),
                size,
            )
        })
    }
}
