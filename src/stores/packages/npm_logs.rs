//! npm's debug logs, which repeat tokens that were typed on its command line.

use crate::stores::Finder;

pub(super) fn find(_finder: &mut Finder<'_>) {}
