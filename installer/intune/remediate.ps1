# Intune remediation, remediation script; ConfigMgr takes it too. It starts rekey's logon task and changes nothing itself:
# the task runs as the person who is signed in, with no more rights than theirs, and does what policy allows.
#
# Run it as SYSTEM. It asks rekey again before it does anything, so that a detection that broke starts nothing.
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'

#region rekey: the same in every script, since each must stand alone
# One line of rekey, or one that begins with ERROR. Nothing is thrown and nothing goes to the error stream.
function Get-RekeyStatus {
    param([int]$Seconds)
    try {
        # The 64-bit view, also from a 32-bit PowerShell; and no variable that anybody can set.
        $machine = [Microsoft.Win32.RegistryKey]::OpenBaseKey('LocalMachine', 'Registry64')
        $key = $machine.OpenSubKey('SOFTWARE\Rekey')
        if ($null -eq $key) { return 'ERROR rekey is not installed' }
        $folder = [string]$key.GetValue('Folder')
        $program = [System.IO.Path]::Combine($folder, 'rekey.exe')
        # Without a folder that would be a program of whatever folder this runs in.
        if (($folder -eq '') -or (-not [System.IO.File]::Exists($program))) { return 'ERROR rekey.exe is not where the registry says' }
        $answer = Invoke-Program -Path $program -Arguments 'status --detect' -Seconds $Seconds
        if ($null -eq $answer) { return "ERROR rekey did not answer within $Seconds s" }
        $line = $answer.Text.Trim()
        # 0 and 1 are the answers there are; with anything else it broke off, whatever it had said before.
        if (($answer.Code -ne 0) -and ($answer.Code -ne 1)) { return "ERROR rekey ended with $($answer.Code)" }
        if (-not $line.StartsWith('rekey v=')) { return 'ERROR rekey said something else' }
        return (ConvertTo-Line -Text $line)
    } catch {
        return (ConvertTo-Line -Text ('ERROR ' + $_.Exception.Message))
    }
}

# Exit code and standard output of a program, or nothing where its time was over.
function Invoke-Program {
    param([string]$Path, [string]$Arguments, [int]$Seconds)
    $start = New-Object System.Diagnostics.ProcessStartInfo
    $start.FileName = $Path
    $start.Arguments = $Arguments
    $start.UseShellExecute = $false
    $start.CreateNoWindow = $true
    $start.RedirectStandardOutput = $true
    $start.RedirectStandardError = $true
    $process = [System.Diagnostics.Process]::Start($start)
    # What the programs here say is far less than a pipe holds, so it can be read after their end.
    if (-not $process.WaitForExit($Seconds * 1000)) {
        $process.Kill()
        return $null
    }
    return @{ Code = $process.ExitCode; Text = $process.StandardOutput.ReadToEnd() }
}

# One line of printable ASCII that no console cuts: Intune shows the last line, and 2,048 characters of it.
function ConvertTo-Line {
    param([string]$Text)
    $line = ($Text -replace '[^\x20-\x7E]+', ' ').Trim()
    if ($line.Length -gt 400) { $line = $line.Substring(0, 400) }
    return $line
}
#endregion

# The first word says what came of it; then the newest line of rekey.
function Start-Rekey {
    $before = Get-RekeyStatus -Seconds 30
    if (-not ($before.StartsWith('rekey v=') -and $before.Contains(' state=action-needed '))) {
        return @{ Code = 0; Line = 'SKIPPED ' + $before }
    }
    # Sysnative leads a 32-bit PowerShell to the 64-bit programs; for a 64-bit one it is not there.
    $windows = [System.Environment]::GetFolderPath('Windows')
    $schtasks = [System.IO.Path]::Combine($windows, 'Sysnative\schtasks.exe')
    if (-not [System.IO.File]::Exists($schtasks)) {
        $schtasks = [System.IO.Path]::Combine($windows, 'System32\schtasks.exe')
    }
    $answer = Invoke-Program -Path $schtasks -Arguments '/Run /TN Rekey' -Seconds 30
    if ($null -eq $answer) { return @{ Code = 1; Line = 'FAILED schtasks.exe did not answer ' + $before } }
    if ($answer.Code -ne 0) { return @{ Code = 1; Line = 'FAILED the task Rekey cannot be started ' + $before } }
    # The detection that follows should see the new run. Other remediations wait meanwhile, so this has an end.
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    while ($clock.Elapsed.TotalSeconds -lt 120) {
        Start-Sleep -Seconds 5
        $now = Get-RekeyStatus -Seconds 30
        if ($now.StartsWith('rekey v=') -and ($now -ne $before)) { return @{ Code = 0; Line = 'RAN ' + $now } }
    }
    return @{ Code = 0; Line = 'STARTED ' + $before }
}

$code = 1
$line = 'FAILED'
try {
    $result = Start-Rekey
    $code = $result.Code
    $line = $result.Line
} catch {
    $line = 'FAILED ' + $_.Exception.Message
}
Write-Output (ConvertTo-Line -Text $line)
exit $code
