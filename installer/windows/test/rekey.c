/* rekey.exe for tests of rekeyw.exe: 4 where it was started as the logon task must start it, else a number that says
 * what was wrong. */
#include <stdio.h>
#include <string.h>
#include <windows.h>

int main(int count, char **arguments)
{
    char line[8];
    if (count != 3 || strcmp(arguments[1], "run") != 0 || strcmp(arguments[2], "--unattended") != 0)
        return 10;
    if (GetConsoleWindow() && IsWindowVisible(GetConsoleWindow()))
        return 11;
    if (fgets(line, sizeof line, stdin))
        return 12;
    return 4;
}
