//! Enumerations that are a fixed list of words on the wire.

/// Declares an enum whose variants are written as the given words in JSON, on the command line and in documents.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub enum $name {
            $($(#[$variant_meta])* #[serde(rename = $word)] $variant),+
        }

        impl $name {
            /// Every word, in the order in which documents list them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word on the wire.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.pad(self.as_str())
            }
        }
    };
}

words! {
    /// What a finding is.
    Kind {
        /// An organization-to-tenant cache, or one record of it.
        TenantCache = "tenant-cache",
        /// An account that is bound to an organization.
        AccountBinding = "account-binding",
        /// A setting that names a tenant or an authority.
        PinnedTenant = "pinned-tenant",
        /// A personal access token.
        Pat = "pat",
        /// A token that a tool got for itself and renews by itself.
        SessionToken = "session-token",
        /// An Entra access token.
        AccessToken = "access-token",
        /// A secret in a slot for Azure DevOps that has no known token form.
        Password = "password",
        /// A private SSH key.
        SshKey = "ssh-key",
        /// An SSH setting that breaks or weakens connections to Azure DevOps.
        SshSetting = "ssh-setting",
    }
}

words! {
    /// What the judge says of a finding.
    Verdict {
        /// It belongs to the identity or tenant before the change.
        Stale = "stale",
        /// It belongs to the identity and tenant of now.
        Current = "current",
        /// Nothing decides.
        Unsure = "unsure",
    }
}

words! {
    /// Who may remove a finding.
    Remedy {
        /// rekey, without a question of its own.
        Automatic = "automatic",
        /// rekey, after the person agreed.
        Consent = "consent",
        /// The person, by hand.
        Manual = "manual",
    }
}

words! {
    /// Why a verdict is what it is.
    EvidenceCode {
        /// Both connectionData and the slot's own address refuse it.
        RejectedByServer = "rejected-by-server",
        /// Its own expiry is past, or the service says so.
        Expired = "expired",
        /// The service answers with an identity of before the change.
        AcceptedAsOldIdentity = "accepted-as-old-identity",
        /// The service answers with an identity of the tenant.
        AcceptedAsCurrentIdentity = "accepted-as-current-identity",
        /// It names another tenant than the organization's.
        TenantDiffers = "tenant-differs",
        /// It says that the organization has no tenant.
        TenantUnset = "tenant-unset",
        /// It names the organization's tenant.
        TenantMatches = "tenant-matches",
        /// The month inside the token is before the connection's.
        CreatedBeforeConnection = "created-before-connection",
        /// The month inside the token is after the connection's.
        CreatedAfterConnection = "created-after-connection",
        /// The month inside the token is the connection's.
        CreatedInConnectionMonth = "created-in-connection-month",
        /// What holds it was last written before the connection.
        WrittenBeforeConnection = "written-before-connection",
        /// What holds it was last written after the connection.
        WrittenAfterConnection = "written-after-connection",
        /// rekey made it, or the person pasted it, and it worked.
        ProvedByGuide = "proved-by-guide",
        /// Azure DevOps does not accept this type of key.
        KeyTypeRefused = "key-type-refused",
        /// No address says whose token it is.
        UnknownOrganization = "unknown-organization",
    }
}

words! {
    /// What became of a place that was looked at.
    PlaceState {
        /// It was read whole.
        Read = "read",
        /// It is not there.
        Absent = "absent",
        /// It is there and could not be read or understood.
        Unreadable = "unreadable",
        /// It is a vault that is locked.
        Locked = "locked",
        /// It was left alone on purpose.
        Skipped = "skipped",
    }
}

words! {
    /// What an edit does.
    Action {
        /// Deletes one file.
        DeleteFile = "delete-file",
        /// Cuts or replaces parts of one file, or makes one that was not there.
        EditFile = "edit-file",
        /// Deletes one entry of a vault.
        DeleteVaultEntry = "delete-vault-entry",
        /// Puts one entry into a vault.
        SetVaultEntry = "set-vault-entry",
        /// Sets or deletes one registry value.
        SetRegistryValue = "set-registry-value",
        /// Sets or unsets one git config value.
        SetGitConfig = "set-git-config",
    }
}

words! {
    /// What became of an edit.
    OutcomeState {
        /// It was carried out.
        Done = "done",
        /// What it would do was so already.
        AlreadyDone = "already-done",
        /// The file is not the one that was planned against, so it was not touched.
        ChangedMeanwhile = "changed-meanwhile",
        /// It could not be carried out; the reason says why.
        Failed = "failed",
        /// The person or the policy said no.
        Declined = "declined",
        /// It waits for the person.
        Pending = "pending",
    }
}

words! {
    /// The steps of the change, in the order in which a person takes them.
    StepId {
        /// Sign out everywhere and in again with the work account.
        SignIn = "sign-in",
        /// Clear tenant caches.
        Caches = "caches",
        /// Regenerate personal access tokens and revoke the old ones.
        Pats = "pats",
        /// Have SSH keys cleared and add them again.
        SshKeys = "ssh-keys",
        /// Rename the Microsoft account that has the same address as the work account.
        MicrosoftAccount = "microsoft-account",
        /// Move the Visual Studio subscription to the new sign-in name.
        Subscription = "subscription",
    }
}

words! {
    /// How far a step is.
    StepState {
        /// Nothing here calls for it.
        NotNeeded = "not-needed",
        /// It waits for the person.
        Pending = "pending",
        /// The person put it off.
        Deferred = "deferred",
        /// It is done; the proof says how that is known.
        Done = "done",
    }
}

words! {
    /// How it is known that a step is done.
    Proof {
        /// rekey saw it.
        Verified = "verified",
        /// The person said so.
        Declared = "declared",
    }
}

words! {
    /// Where a workstation stands after a run.
    DeviceState {
        /// Nothing is left to do.
        Compliant = "compliant",
        /// Something stale or unsure remains, or a step is open.
        ActionNeeded = "action-needed",
        /// The last run had an error.
        Failed = "failed",
        /// The organizations are not connected yet, or cleaning is paused.
        Waiting = "waiting",
    }
}

words! {
    /// Where an environment variable is set.
    VariableScope {
        /// In the environment that rekey was started with.
        Process = "process",
        /// For the person.
        User = "user",
        /// For the machine.
        Machine = "machine",
    }
}

words! {
    /// What a credential helper of git is.
    HelperKind {
        /// git's own file of addresses.
        Store = "store",
        /// git's own memory.
        Cache = "cache",
        /// Secret Service, by git's own helper.
        Libsecret = "libsecret",
        /// The macOS keychain, by git's own helper.
        Osxkeychain = "osxkeychain",
        /// Windows Credential Manager, by git's own helper.
        Wincred = "wincred",
        /// Git Credential Manager.
        Manager = "manager",
        /// A command of the shell that stands in the setting.
        Inline = "inline",
        /// Another program.
        Other = "other",
        /// An empty value: the helpers that are set before it are not asked.
        None = "none",
    }
}

words! {
    /// Whose setting of git something is.
    ConfigLevel {
        /// The machine's.
        System = "system",
        /// The person's.
        Global = "global",
        /// One repository's.
        Local = "local",
        /// One work tree's.
        Worktree = "worktree",
    }
}

words! {
    /// What a credential helper answered after the clean-up.
    HelperState {
        /// Nothing.
        Silent = "silent",
        /// A credential that is current.
        AnswersCurrent = "answers-current",
        /// A credential that is stale, or that nothing proves to be current.
        StillAnswers = "still-answers",
        /// It was not asked.
        NotAsked = "not-asked",
        /// It could not be asked.
        Failed = "failed",
    }
}
