# Intune Win32 app, requirement script: "yes" where somebody on this computer works with git or Azure DevOps.
# The rule: output data type String, operator Equals, value yes. Without a rule rekey is installed on every computer
# of the group, which does no harm: where there is nothing to find, it finds nothing.
#
# Run it as SYSTEM. It looks whether folders and files are there, and reads none of them.
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'

function Test-AnyProfile {
    $traces = @(
        '.gitconfig',
        '.git-credentials',
        '.npmrc',
        '.azure',
        '.nuget',
        'AppData\Local\GitCredentialManager',
        'AppData\Roaming\NuGet'
    )
    # The 64-bit view, also from a 32-bit PowerShell.
    $machine = [Microsoft.Win32.RegistryKey]::OpenBaseKey('LocalMachine', 'Registry64')
    $list = $machine.OpenSubKey('SOFTWARE\Microsoft\Windows NT\CurrentVersion\ProfileList')
    foreach ($sid in $list.GetSubKeyNames()) {
        # S-1-5-21 is an account of a domain or of this computer, S-1-12-1 one of Microsoft Entra ID.
        if (-not ($sid.StartsWith('S-1-5-21-') -or $sid.StartsWith('S-1-12-1-'))) { continue }
        $home_folder = [string]$list.OpenSubKey($sid).GetValue('ProfileImagePath')
        if ($home_folder -eq '') { continue }
        foreach ($trace in $traces) {
            $path = [System.IO.Path]::Combine($home_folder, $trace)
            if ([System.IO.File]::Exists($path) -or [System.IO.Directory]::Exists($path)) { return $true }
        }
    }
    return $false
}

$word = 'no'
try {
    if (Test-AnyProfile) { $word = 'yes' }
} catch {
    # Better installed once too often than missing where it is needed.
    $word = 'yes'
}
Write-Output $word
exit 0
