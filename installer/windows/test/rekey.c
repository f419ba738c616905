/* rekey.exe for tests of rekeyw.exe: 4 where it was started as the logon task must start it, else a number that says
 * what was wrong. Where a file "wait" lies beside it, it goes on until it is ended,
 * and there is a file "running" for as long. */
#include <stdio.h>
#include <string.h>
#include <windows.h>

static const char *beside(const char *name)
{
    static char path[MAX_PATH];
    GetModuleFileNameA(NULL, path, sizeof path);
    strcpy(strrchr(path, '\\') + 1, name);
    return path;
}

static int is_there_beside(const char *name)
{
    return GetFileAttributesA(beside(name)) != INVALID_FILE_ATTRIBUTES;
}

int main(int count, char **arguments)
{
    char line[8];
    if (count != 3 || strcmp(arguments[1], "run") != 0 || strcmp(arguments[2], "--unattended") != 0)
        return 10;
    if (GetConsoleWindow() && IsWindowVisible(GetConsoleWindow()))
        return 11;
    if (fgets(line, sizeof line, stdin))
        return 12;
    if (is_there_beside("wait")) {
        CreateFileA(beside("running"), GENERIC_WRITE | DELETE, 0, NULL, CREATE_ALWAYS, FILE_FLAG_DELETE_ON_CLOSE, NULL);
        Sleep(INFINITE);
    }
    return 4;
}
