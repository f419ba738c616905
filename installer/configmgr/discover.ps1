# ConfigMgr configuration item, discovery script: prints one word. The rule is: equals Compliant.
#
# Run it as SYSTEM ("Run scripts by using the logged on user credentials": off). Every word but Compliant starts the
# remediation where it is switched on; that one is installer/intune/remediate.ps1, which asks rekey again and does
# something only where rekey itself says that something is left to do.
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

$word = 'Error'
$line = Get-RekeyStatus -Seconds 30
if ($line.StartsWith('rekey v=')) {
    if ($line.Contains(' state=compliant ') -or $line.Contains(' state=waiting ')) { $word = 'Compliant' }
    if ($line.Contains(' state=action-needed ')) { $word = 'ActionNeeded' }
    if ($line.Contains(' state=failed ')) { $word = 'Failed' }
    if ($line.Contains(' state=never-run ')) { $word = 'NeverRun' }
}
Write-Output $word
exit 0
